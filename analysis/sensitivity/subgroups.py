"""Published subgroup hazard ratios in the answer (SA07: by liver metastases, SA08: by PD-L1), counted once.

A pair is used only whole: both halves of one split with their intervals, from one analysis of one trial. It
then replaces that trial: of a trial in the network the patients are left out by a fit of their own.
"""

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.follow_up import interval_sd
from analysis.sensitivity.line import Line
from analysis.sensitivity.new_prior import with_likelihood
from analysis.sensitivity.refits import Fitted, Titled, pdl1_mapping
from analysis.sensitivity.variant import FitPlan, Variant
from digitized.curve import Floats
from models.covariate_mix import DEFAULT_PDL1_SHARE
from models.priors import UNPUBLISHED_LIVER_SHARE
from models.subgroups import Half, SubgroupPair, latent_shares, pair_log_likelihood
from models.survival_predictor import FIXED_EFFECTS
from trials.covariates import covariate_mix
from trials.evidence import Trial
from trials.facts import Effect
from trials.network import PdL1Share, Share

# "liver metastases: yes" / "no"; "PD-L1 CPS>=10" / "PD-L1 CPS<10" with the scales CPS, TPS, TAP.
LIVER = re.compile(r"liver metastases: (yes|no)")
PDL1 = re.compile(r"(?:PD-L1 )?(CPS|TPS|TAP) ?(>=|<) ?(\d+)")
LIVER_SPLIT, PDL1_SPLIT = "liver metastases", "PD-L1"


@dataclass(frozen=True)
class SubgroupRow:
    """A published subgroup hazard ratio and which half of which split it is."""

    trial: Trial
    row: Effect
    split: str
    upper_half: bool

    @property
    def partners(self) -> tuple[str, ...]:
        """What the other half must have in common."""
        return self.trial.id, self.row.endpoint, self.row.arm, self.row.versus, self.row.analysis, self.split


def subgroup_rows(base: BaseCase, endpoint: str) -> list[SubgroupRow]:
    """Every subgroup hazard ratio of ICI + backbone against backbone, by a split the model knows."""
    contrast = base.evidence.question.contrast
    backbone, partner = frozenset(contrast.backbone), frozenset(contrast.partner)
    found = []
    for trial in base.evidence.trials:
        for row in trial.effect:
            experimental = frozenset(trial.arm_named(row.arm).components)
            control = frozenset(trial.arm_named(row.versus).components)
            named = _split(row.population)
            asked = row.endpoint == endpoint and row.measure == "HR" and trial.info.randomised
            if asked and named and control == backbone and experimental - control <= partner:
                found.append(SubgroupRow(trial, row, *named))
    return found


def subgroup_pairs(base: BaseCase, endpoint: str) -> list[SubgroupPair]:
    """The splits of which both halves are published with an interval."""
    found: dict[tuple[str, ...], dict[bool, SubgroupRow]] = {}
    for item in subgroup_rows(base, endpoint):
        if item.row.lower is not None and item.row.upper is not None:
            found.setdefault(item.partners, {}).setdefault(item.upper_half, item)
    return [subgroup_pair(halves[True], halves[False]) for halves in found.values() if len(halves) == 2]


def subgroup_evidence(base: BaseCase) -> pd.DataFrame:
    """Every subgroup hazard ratio with whether it speaks, and why not."""
    rows = []
    for endpoint in base.endpoints:
        used = {(pair.trial, pair.split) for pair in subgroup_pairs(base, endpoint)}
        for item in subgroup_rows(base, endpoint):
            pair = item.trial.id, item.split
            rows.append(
                {
                    "endpoint": endpoint,
                    "trial": item.trial.id,
                    "population": item.row.population,
                    "analysis": item.row.analysis,
                    "hazard_ratio": item.row.value,
                    "lower": item.row.lower,
                    "upper": item.row.upper,
                    "use": "with its other half, in place of the trial"
                    if pair in used and item.row.lower is not None
                    else _why_not(item),
                    "source": item.row.source,
                }
            )
    return pd.DataFrame(rows)


def in_network(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """Fits without the trials of the network that pairs replace."""
    fitted = {arm.trial for arm in plan.arms if arm.endpoint == endpoint}
    return {
        _title(pair): Variant(endpoint, without=(pair.trial,))
        for pair in subgroup_pairs(base, endpoint)
        if pair.trial in fitted
    }


def pdl1_variants(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA08: bounds on what the PD-L1 map does, and the fits that pairs of the network's trials need."""
    return {**pdl1_mapping(base, plan, endpoint), **in_network(base, plan, endpoint)}


def pdl1_lines(base: BaseCase, fitted: Fitted, endpoint: str) -> list[Line]:
    """SA08: one line a mapping, one a pair."""
    mapped = pdl1_mapping(base, fitted.plan, endpoint)
    return fitted.lines(base.heading("SA08", endpoint), mapped) + in_network_lines(
        base, fitted, "SA08", endpoint
    )


def in_network_lines(base: BaseCase, fitted: Fitted, analysis: str, endpoint: str) -> list[Line]:
    """Delta with the pairs of the network's own trials in place of their patients."""
    variants = in_network(base, fitted.plan, endpoint)
    lines = []
    for pair in subgroup_pairs(base, endpoint):
        variant = variants.get(_title(pair))
        if variant is not None:
            drawn = fitted.posteriors[variant].stack(sample=("chain", "draw"))
            effects = drawn["effects"].transpose("sample", "effect").to_numpy()
            tau = drawn["tau"].sel(spread="tau_ici").to_numpy()
            lines.append(_line(base, analysis, endpoint, pair, fitted.delta(variant), effects, tau))
    return lines


def outside_lines(base: BaseCase, analysis: str, split: str) -> list[Line]:
    """Delta with the pairs of trials that the run was not fitted to."""
    fitted = set(base.table("arms")["trial"])
    lines = []
    for endpoint in base.endpoints:
        effects = np.column_stack([base.draws(endpoint, name) for name in FIXED_EFFECTS])
        tau = base.draws(endpoint, "tau_ici")
        for pair in subgroup_pairs(base, endpoint):
            if pair.trial not in fitted and pair.split.startswith(split):
                delta = base.draws(endpoint, "Delta")
                lines.append(_line(base, analysis, endpoint, pair, delta, effects, tau))
    return lines


def _line(
    base: BaseCase,
    analysis: str,
    endpoint: str,
    pair: SubgroupPair,
    delta: Floats,
    effects: Floats,
    tau: Floats,
) -> Line:
    rng = np.random.default_rng([base.seed, *_title(pair).encode()])
    answered = with_likelihood(delta, pair_log_likelihood(pair, effects, tau), rng)
    return base.heading(analysis, endpoint).ratio(answered.delta, _title(pair), answered.method)


def _title(pair: SubgroupPair) -> str:
    ratios = " and ".join(f"{math.exp(half.log_hazard_ratio):.2f}" for half in pair.halves)
    return f"{pair.trial} by {pair.split} (HR {ratios}) as likelihoods"


def _split(population: str) -> tuple[str, bool] | None:
    """Split and half that a population's words name; mixed populations name none."""
    liver, pdl1 = LIVER.fullmatch(population), PDL1.fullmatch(population)
    if liver:
        return LIVER_SPLIT, liver[1] == "yes"
    if pdl1:
        return f"{PDL1_SPLIT} {pdl1[1]} {pdl1[3]}", pdl1[2] == ">="
    return None


def subgroup_pair(upper: SubgroupRow, lower: SubgroupRow) -> SubgroupPair:
    """Both halves of a split with the mix of covariates of each."""
    trial = upper.trial
    mix = covariate_mix(trial, upper.row.arm, "all")
    liver = mix.liver.proportion if mix.liver else UNPUBLISHED_LIVER_SHARE.mean
    high = mix.pdl1.high.proportion if mix.pdl1 else DEFAULT_PDL1_SHARE
    livers, latent = (1.0, 0.0), (high, high)
    by_pdl1 = PDL1.fullmatch(upper.row.population)
    if by_pdl1:
        scale, cut = by_pdl1[1], float(by_pdl1[3])
        assay = mix.pdl1.assay if mix.pdl1 else ""
        livers, latent = (liver, liver), latent_shares(PdL1Share(Share(high), scale, cut, assay))
    first, second = (
        _half(item.row, *shares)
        for item, shares in zip((upper, lower), zip(livers, latent, strict=True), strict=True)
    )
    return SubgroupPair(trial.id, upper.row.endpoint, upper.split, (first, second), mix.tp, mix.asia)


def _half(row: Effect, liver: float, pdl1_high: float) -> Half:
    assert row.lower is not None
    assert row.upper is not None
    error = interval_sd(row.lower, row.upper, row.level or 0.95)
    return Half(math.log(row.value), error, liver, pdl1_high)


def _why_not(item: SubgroupRow) -> str:
    if item.row.lower is None or item.row.upper is None:
        return "not used: no interval is printed"
    return "not used: its other half is not printed, and the whole trial already speaks"
