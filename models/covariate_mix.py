"""Mixture of covariate cells in each arm: liver metastases x latent PD-L1 class (22C3 CPS 10 scale).

The liver share of an arm is known where published and a parameter where not. The latent PD-L1 share is a
parameter informed by the observed class through the assay's sensitivity and specificity; unknown PD-L1 is
missing at random within the arm. Shares are pooled over the arms of a randomised trial.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor import TensorVariable

from digitized.curve import Floats
from models.priors import Beta, SurvivalPriors
from trials.network import PdL1Share, ResponseArm, Share, SurvivalArm

STRATA = ("no liver, PD-L1 low", "no liver, PD-L1 high", "liver, PD-L1 low", "liver, PD-L1 high")
LIVER = np.array([0.0, 0.0, 1.0, 1.0])
PDL1_HIGH = np.array([0.0, 1.0, 0.0, 1.0])
# Where a trial does not publish CPS 10: about half, as in the phase 3 trials that do.
DEFAULT_PDL1_SHARE = 0.50
# Model data of every mapping but the assay's: one compiled model serves them all.
OBSERVED_PDL1 = "observed_pdl1"


class PdL1Mapping(StrEnum):
    """How observed PD-L1 classes inform the latent class."""

    ASSAY = "assay"  # through sensitivity and specificity
    UNMAPPED = "unmapped"  # observed class taken as the latent one
    ALL_LOW = "all_low"  # patients not tested, and trials without a share, all low
    ALL_HIGH = "all_high"


@dataclass(frozen=True)
class AssayAccuracy:
    """Sensitivity and specificity of an assay (scale, cut) for the latent class; None means exact."""

    sensitivity: Beta | None
    specificity: Beta | None


def assay_accuracy(pdl1: PdL1Share) -> AssayAccuracy:
    """Accuracy of a published PD-L1 class for 22C3 CPS 10; other scales and cuts are other constructs."""
    if pdl1.scale == "exact":
        return AssayAccuracy(None, None)
    if pdl1.scale != "CPS" or pdl1.cut != 10:
        return AssayAccuracy(Beta(8, 4), Beta(8, 4))
    if pdl1.assay == "22C3":
        return AssayAccuracy(None, None)
    if pdl1.assay == "SP263":
        return AssayAccuracy(Beta(45, 3), Beta(43, 6))
    return AssayAccuracy(Beta(18, 3), Beta(18, 3))


@dataclass(frozen=True)
class TrialMix:
    """What one trial (or group of trials that share a mix) publishes of its covariates, arms pooled."""

    trial: str
    liver: Share | None
    pdl1: PdL1Share | None
    untested_pdl1: float = 0.0
    borrows_pdl1_from: str | None = None


def add_arm_mixture(
    mixes: Sequence[TrialMix], trial_of_arm: Floats, mapping: PdL1Mapping, priors: SurvivalPriors
) -> TensorVariable:
    """Add the shares to the model in context; returns proportions (A, 4) in the order of `STRATA`.

    Parameters
    ----------
    mixes : sequence of TrialMix, in the order of the J trials
    trial_of_arm : (A, J) float
        Membership of the arms.
    """
    liver = _liver_shares(mixes, trial_of_arm, priors)
    pdl1 = (
        _latent_pdl1(mixes, trial_of_arm)
        if mapping is PdL1Mapping.ASSAY
        else pt.sum(
            trial_of_arm * pm.Data(OBSERVED_PDL1, observed_pdl1(mixes, mapping), dims="trial"), axis=-1
        )
    )
    return stratum_proportions(liver, pdl1)


def stratum_proportions(liver: Any, pdl1: Any) -> Any:
    """Proportions of the four strata (..., 4) from the two shares (...), independent of each other.

    Arrays or tensors alike. No trial publishes the joint distribution of liver metastases and PD-L1.
    """
    with_liver = (1 - LIVER) + (2 * LIVER - 1) * liver[..., None]
    return with_liver * ((1 - PDL1_HIGH) + (2 * PDL1_HIGH - 1) * pdl1[..., None])


def _liver_shares(mixes: Sequence[TrialMix], trial_of_arm: Floats, priors: SurvivalPriors) -> TensorVariable:
    """Share of each arm (A,) with liver metastases."""
    known = np.array([mix.liver.proportion if mix.liver else 0.0 for mix in mixes])
    unpublished = [position for position, mix in enumerate(mixes) if mix.liver is None]
    if not unpublished:
        return pt.constant(trial_of_arm @ known)
    pm.modelcontext(None).add_coord("trial_without_liver", [mixes[p].trial for p in unpublished])
    drawn = priors.liver_share.random_variable("liver_share", dims="trial_without_liver")
    selector = trial_of_arm @ _selector(len(mixes), unpublished)
    return trial_of_arm @ known + pt.sum(selector * drawn, axis=-1)


def _latent_pdl1(mixes: Sequence[TrialMix], trial_of_arm: Floats) -> TensorVariable:
    """Latent PD-L1-high share of each arm (A,), informed by observed counts through the assays."""
    fixed = np.array([_without_error(mix.pdl1) for mix in mixes])
    observed_in = {
        position: mix.pdl1
        for position, mix in enumerate(mixes)
        if mix.pdl1 is not None and np.isnan(fixed[position])
    }
    unknown = np.where(np.isnan(fixed), DEFAULT_PDL1_SHARE, fixed)
    if not observed_in:
        return pt.constant(trial_of_arm @ unknown)
    known, published = list(observed_in), list(observed_in.values())
    counts = [_tested_counts(pdl1) for pdl1 in published]
    model = pm.modelcontext(None)
    model.add_coord("trial_with_pdl1", [mixes[position].trial for position in known])
    latent = pm.Beta("pdl1_share", 1.0, 1.0, dims="trial_with_pdl1")
    sensitivity, specificity = _assay_variables(published)
    observed = sensitivity * latent + (1 - specificity) * (1 - latent)
    high, tested = np.array(counts).T
    pm.Binomial("pdl1_high", n=tested, p=observed, observed=high, dims="trial_with_pdl1")
    own = dict(zip((mixes[position].trial for position in known), range(len(known)), strict=True))
    source = [mix.trial if mix.pdl1 is not None else mix.borrows_pdl1_from or "" for mix in mixes]
    selector = np.array(
        [[float(own.get(trial) == column) for column in range(len(known))] for trial in source]
    )
    default = unknown * (1 - selector.sum(axis=1))
    return trial_of_arm @ default + pt.sum((trial_of_arm @ selector) * latent, axis=-1)


def _without_error(pdl1: PdL1Share | None) -> float:
    """The share of a class known without error nor sampling (one that the question has not), else NaN."""
    return pdl1.high.proportion if pdl1 and pdl1.scale == "exact" and pdl1.high.n is None else np.nan


def _assay_variables(published: Sequence[PdL1Share]) -> tuple[TensorVariable, TensorVariable]:
    """Sensitivity and specificity of each published class; one pair of variables for each inexact assay."""
    accuracies = {_assay_name(pdl1): assay_accuracy(pdl1) for pdl1 in published}
    inexact = [name for name, accuracy in accuracies.items() if accuracy.sensitivity is not None]
    if not inexact:
        exact = pt.constant(np.ones(len(published)))
        return exact, exact
    pm.modelcontext(None).add_coord("assay", inexact)
    position = [inexact.index(name) if (name := _assay_name(pdl1)) in inexact else None for pdl1 in published]
    selector = np.array([[float(p == column) for column in range(len(inexact))] for p in position])
    exact = 1 - selector.sum(axis=1)
    variables = []
    for name in ("sensitivity", "specificity"):
        betas = [getattr(accuracies[assay], name) for assay in inexact]
        drawn = pm.Beta(name, [beta.a for beta in betas], [beta.b for beta in betas], dims="assay")
        variables.append(exact + pt.sum(selector * drawn, axis=-1))
    return variables[0], variables[1]


def observed_pdl1(mixes: Sequence[TrialMix], mapping: PdL1Mapping) -> Floats:
    """Share of each trial (J,) with the observed class taken as the latent one; model data `OBSERVED_PDL1`."""
    bound = {PdL1Mapping.ALL_LOW: 0.0, PdL1Mapping.ALL_HIGH: 1.0}.get(mapping)
    shares: dict[str, float] = {}
    for mix in mixes:
        if mix.pdl1 is not None:
            high = mix.pdl1.high.proportion
            shares[mix.trial] = high + mix.untested_pdl1 * ((high if bound is None else bound) - high)
    default = DEFAULT_PDL1_SHARE if bound is None else bound
    return np.array(
        [shares.get(mix.trial, shares.get(mix.borrows_pdl1_from or "", default)) for mix in mixes]
    )


def trial_mixes(arms: Sequence[SurvivalArm] | Sequence[ResponseArm]) -> tuple[TrialMix, ...]:
    """What each trial publishes of its covariate mix, arms pooled: an imbalance by randomisation is chance.

    A single-arm trial that publishes no PD-L1 borrows that of the index trial.
    """
    index_trial = next(arm.trial for arm in arms if arm.index)
    by_trial: dict[str, list[SurvivalArm | ResponseArm]] = {}
    for arm in arms:
        by_trial.setdefault(arm.trial, []).append(arm)
    mixes = []
    for trial, members in by_trial.items():
        pdl1 = _pooled_pdl1(members)
        total = sum(arm.n for arm in members)
        tested = pdl1.high.n if pdl1 else None
        mixes.append(
            TrialMix(
                trial=trial,
                liver=_pooled_share([(arm.liver, arm.n) for arm in members]),
                pdl1=pdl1,
                untested_pdl1=max(0.0, 1 - tested / total) if tested else 0.0,
                borrows_pdl1_from=index_trial if not members[0].randomised and pdl1 is None else None,
            )
        )
    return tuple(mixes)


def _pooled_share(quoted: Sequence[tuple[Share | None, int]]) -> Share | None:
    """One share of all arms, each arm's with its number of patients.

    A share of more patients than the arm has is the whole trial's, quoted by each arm, and counts once; a share
    without its number of patients is one of all of the arm's.
    """
    told = [(share, size) for share, size in quoted if share is not None]
    if not told:
        return None
    for share, size in told:
        if share.n is not None and share.n > size:
            return share
    numbers = [size if share.n is None else share.n for share, size in told]
    counts = [
        round(share.proportion * n) if share.count is None else share.count
        for (share, _), n in zip(told, numbers, strict=True)
    ]
    return Share(sum(counts) / sum(numbers), sum(counts), sum(numbers))


def _pooled_pdl1(members: Sequence[SurvivalArm | ResponseArm]) -> PdL1Share | None:
    published = [(arm.pdl1, arm.n) for arm in members if arm.pdl1 is not None]
    if not published or published[0][0].scale == "exact":
        return published[0][0] if published else None
    pooled = _pooled_share([(pdl1.high, n) for pdl1, n in published])
    return replace(published[0][0], high=pooled) if pooled else None


def _tested_counts(pdl1: PdL1Share) -> tuple[int, int]:
    tested = pdl1.high.n or 0
    high = pdl1.high.count if pdl1.high.count is not None else round(pdl1.high.proportion * tested)
    return high, tested


def _selector(rows: int, positions: Sequence[int]) -> Floats:
    selector = np.zeros((rows, len(positions)))
    selector[list(positions), range(len(positions))] = 1.0
    return selector


def _assay_name(pdl1: PdL1Share) -> str:
    return f"{pdl1.assay} {pdl1.scale}{pdl1.cut:g}"
