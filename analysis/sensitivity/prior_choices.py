"""What the answer owes to the priors of the drugs' effects: SA03, SA07, SA14, SA16, SA21."""

import math
from dataclasses import replace

import numpy as np
from scipy import stats

from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.follow_up import interval_sd
from analysis.sensitivity.line import Line
from analysis.sensitivity.new_prior import Answered, independent, with_likelihood, with_prior
from analysis.sensitivity.refits import WIDTHS
from analysis.sensitivity.subgroups import LIVER_SPLIT, outside_lines
from models.priors import Normal
from models.survival_predictor import FIXED_EFFECTS
from trials.facts import Effect

LIVER_EFFECTS = ("beta_liver", "beta_liver_ici", "beta_liver_anlo")
# Hazard ratios of liver metastases that a reader may hold: weak, and strong.
LIVER_RATIOS = (1.3, 2.5)
GAMMA_SDS = (0.0, 0.1, 0.2, 0.4)
# Between-setting spread of a drug's log hazard ratio when it is carried to another disease or line.
SETTING_SPREAD = 0.2


def interaction(base: BaseCase) -> list[Line]:
    """SA03: from strict additivity to a wide interaction."""
    lines = []
    for endpoint in base.endpoints:
        fitted = base.priors(endpoint).gamma
        for sd in GAMMA_SDS:
            wanted = replace(fitted, sd=sd)
            variant = "gamma = 0: additive" if sd == 0 else f"gamma ~ N(0, {sd:g})"
            answered = under_prior(base, endpoint, "gamma", fitted, wanted)
            if sd == fitted.sd:
                variant += " (base case)"
            lines.append(base.heading("SA03", endpoint).ratio(answered.delta, variant, answered.method))
    return lines


def liver(base: BaseCase) -> list[Line]:
    """SA07: another prognosis of liver metastases, and none of their terms."""
    lines = []
    for endpoint in base.endpoints:
        heading, priors = base.heading("SA07", endpoint), base.priors(endpoint)
        title = f"base case: HR of liver metastases ~ exp({priors.beta_liver})"
        lines.append(heading.ratio(base.draws(endpoint, "Delta"), title, "run"))
        for ratio in LIVER_RATIOS:
            wanted = replace(priors.beta_liver, mu=math.log(ratio))
            answered = under_prior(base, endpoint, "beta_liver", priors.beta_liver, wanted)
            lines.append(heading.ratio(answered.delta, f"prior centred on HR {ratio:g}", answered.method))
        fitted = [getattr(priors, name) for name in LIVER_EFFECTS]
        values = np.column_stack([base.draws(endpoint, name) for name in LIVER_EFFECTS])
        answered = with_prior(
            base.draws(endpoint, "Delta"),
            values,
            independent([prior.mu for prior in fitted], [prior.sd for prior in fitted]),
            independent([0.0] * len(fitted), [0.0] * len(fitted)),
            np.random.default_rng([base.seed, 7]),
        )
        lines.append(heading.ratio(answered.delta, "no liver term at all", answered.method))
    return lines + outside_lines(base, "SA07", LIVER_SPLIT)


def one_width_at_a_time(base: BaseCase) -> list[Line]:
    """SA14, second part: each prior of an effect on its own, half and twice as wide."""
    lines = []
    for endpoint in base.endpoints:
        heading, priors = base.heading("SA14", endpoint), base.priors(endpoint)
        for name in FIXED_EFFECTS:
            fitted = getattr(priors, name)
            for factor in WIDTHS:
                answered = under_prior(base, endpoint, name, fitted, fitted.widened(factor))
                lines.append(heading.ratio(answered.delta, f"{name} x {factor:g}", answered.method))
    return lines


def borrowed_effect(base: BaseCase) -> list[Line]:
    """SA21: the prior of delta from the added drug's randomised trials in other settings."""
    lines = []
    for endpoint in base.endpoints:
        heading, delta = base.heading("SA21", endpoint), base.draws(endpoint, "Delta")
        fitted = base.priors(endpoint).delta_anlo
        lines.append(heading.ratio(delta, f"base case: delta ~ {fitted}", "run"))
        for trial, row in added_effects(base, endpoint):
            if row.lower is None or row.upper is None:
                # Without its interval a hazard ratio has no weight; it is not used.
                continue
            error = log_error(row)
            wanted = Normal(math.log(row.value or 1.0), math.hypot(error, SETTING_SPREAD))
            answered = under_prior(base, endpoint, "delta_anlo", fitted, wanted)
            variant = f"delta ~ N(log {row.value:g}, {wanted.sd:.2f}) from {trial}"
            lines.append(heading.ratio(answered.delta, variant, answered.method))
    return lines


def concurrent_groups(base: BaseCase) -> list[Line]:
    """SA16: a concurrent comparison that patients chose themselves, as a normal likelihood of Delta."""
    lines: list[Line] = []
    for endpoint in base.endpoints:
        rows = [(trial, row) for trial, row in _effects(base, "SA16", endpoint) if row.lower and row.upper]
        if not rows:
            continue
        heading, delta = base.heading("SA16", endpoint), base.draws(endpoint, "Delta")
        lines.append(heading.ratio(delta, "base case: without it", "run"))
        shift = base.shift(endpoint)
        rng = np.random.default_rng([base.seed, 16])
        for trial, row in rows:
            error = log_error(row)
            for selection, name in (
                (None, "as published"),
                (shift, f"selection shift {shift.on_ratio_scale}"),
            ):
                mean = delta + (selection.mu if selection else 0.0)
                sd = math.hypot(error, selection.sd if selection else 0.0)
                likelihood = stats.norm.logpdf(math.log(row.value or 1.0), mean, sd)
                answered = with_likelihood(delta, np.asarray(likelihood), rng)
                variant = f"{trial} (HR {row.value:g}, {row.lower:g}-{row.upper:g}), {name}"
                lines.append(heading.ratio(answered.delta, variant, answered.method))
    return lines


def log_error(row: Effect) -> float:
    """Standard error of a published log hazard ratio; infinite without an interval."""
    if row.lower is None or row.upper is None:
        return math.inf
    return interval_sd(row.lower, row.upper, row.level or 0.95)


def added_effects(base: BaseCase, endpoint: str) -> list[tuple[str, Effect]]:
    """Hazard ratios of the added component alone, in the trials that the question keeps for SA21."""
    added = frozenset(base.evidence.question.contrast.added)
    found = []
    for trial, row in _effects(base, "SA21", endpoint):
        published = base.evidence[trial]
        versus = frozenset(published.arm_named(row.versus).components)
        partner = frozenset(base.evidence.question.contrast.partner)
        components = frozenset(published.arm_named(row.arm).components)
        if components - versus == added and not components & partner:
            found.append((trial, row))
    return found


def under_prior(base: BaseCase, endpoint: str, parameter: str, fitted: Normal, wanted: Normal) -> Answered:
    """Delta with another normal prior of one parameter."""
    delta = base.draws(endpoint, "Delta")
    if wanted == fitted:
        return Answered(delta, "run", float("nan"))
    rng = np.random.default_rng([base.seed, *f"{endpoint}{parameter}{wanted}".encode()])
    return with_prior(
        delta,
        base.draws(endpoint, parameter)[:, None],
        independent([fitted.mu], [fitted.sd]),
        independent([wanted.mu], [wanted.sd]),
        rng,
    )


def _effects(base: BaseCase, analysis: str, endpoint: str) -> list[tuple[str, Effect]]:
    """Hazard ratios for an endpoint in the trials whose role names the analysis."""
    return [
        (trial.id, row)
        for trial in base.evidence.trials
        if analysis in base.evidence.question.role_of(trial.id).analyses
        for row in trial.effect
        if row.endpoint == endpoint and row.measure == "HR" and row.population == "all" and row.value
    ]
