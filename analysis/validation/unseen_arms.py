"""Posterior of Delta after adding single arms to a fit that has not seen them, by importance weights.

The parameters that only single arms inform (delta, gamma, the agent's deviation, modification by liver
metastases, u, c and e of their trials) still follow their priors in a fit of the randomised trials. New draws
of them are weighted by the likelihood of the added arms: the same posterior as NUTS on all arms, at a
thousandth of its cost, which is what error rates over hundreds of data sets need. Pareto k says when it fails
(Vehtari et al. 2024); V2 compares some data sets with NUTS.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats

from digitized.curve import Floats, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.covariate_mix import stratum_proportions
from models.priors import HalfNormal, Normal, SingleArmShift
from models.survival import SurvivalModel
from models.survival_predictor import FIXED_EFFECTS, effect_design, log_mixture_density, weighted_sum
from models.time_grid import grid_patients
from trials.network import SurvivalArm

# Effects that no randomised arm carries.
SINGLE_ARM_EFFECTS = ("bme_dev", "beta_liver_anlo", "delta_anlo", "gamma")
# Draws weighed at a time: bounds the memory.
CHUNK = 2000


@dataclass(frozen=True)
class AddedArm:
    """One single arm to be added to a fit: the terms of `survival_predictor.ArmTerms`, one arm each.

    Attributes
    ----------
    trial : str
    ici, added, index, tp, asia : (1,) float
    agent : (1,) float
        Multiplies a new b ~ N(0, tau_ici): an ICI with no randomised trial of its own and no `bme_dev`.
    proportion : (D, 4) float
        Draws of the mix of strata, with the rows of the fit.
    """

    trial: str
    ici: Floats
    added: Floats
    index: Floats
    tp: Floats
    asia: Floats
    agent: Floats
    proportion: Floats


@dataclass(frozen=True)
class FittedDraws:
    """Flat draws (D, ...) of a fit that has not seen the arms to be added."""

    survival: SurvivalModel
    baseline: Floats
    effects: Floats
    tau: Floats
    proportion: Floats

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.effects)


@dataclass(frozen=True)
class Increment:
    """Weighted posterior of Delta: limits of the 95 % interval on the log scale, probabilities of benefit."""

    median: float
    lower: float
    upper: float
    p_benefit: float
    mean: float
    sd: float
    pareto_k: float
    effective: float


@dataclass(frozen=True)
class ArmTruth:
    """Truth of one simulated arm: the draw `row` of baseline and mix, effects (P,), u + c + e."""

    row: int
    effects: Floats
    log_shift: float


def fitted_draws(survival: SurvivalModel, posterior: xr.Dataset) -> FittedDraws:
    """Draws of a kept fit, chains side by side."""
    stacked = posterior.stack(sample=("chain", "draw"))

    def flat(name: str, *dims: str) -> Floats:
        return np.asarray(stacked[name].transpose("sample", *dims).to_numpy(), dtype=float)

    return FittedDraws(
        survival,
        flat(survival.baseline.parameter, "interval"),
        flat("effects", "effect"),
        flat("tau", "spread"),
        np.exp(flat("log_proportion", "arm", "stratum")),
    )


def arm_as_added(fitted: FittedDraws, position: int, *, added: bool, own_ici: bool) -> AddedArm:
    """An arm of the network as a single arm, with its own mix, backbone and region.

    Parameters
    ----------
    added : bool
        Whether it is taken to carry the added component.
    own_ici : bool
        Whether its ICI gets `bme_dev`, as that of the index arm does; else an ICI gets none.
    """
    design, arm = fitted.survival.design, fitted.survival.arms[position]
    ici = design.ici[position : position + 1]
    return AddedArm(
        trial=arm.trial,
        ici=ici,
        added=np.array([float(added)]),
        index=ici * float(own_ici),
        tp=design.tp[position : position + 1],
        asia=design.asia[position : position + 1],
        agent=np.zeros(1),
        proportion=fitted.proportion[:, position],
    )


def arm_outside(fitted: FittedDraws, arm: SurvivalArm, rng: np.random.Generator) -> AddedArm:
    """An arm of a trial outside the network as "ICI + something added", its unpublished shares by default.

    Its agent gets a new deviation ~ N(0, tau_ici).
    """
    share = fitted.survival.priors.liver_share
    liver = (
        np.full(fitted.size, arm.liver.proportion) if arm.liver else rng.beta(share.a, share.b, fitted.size)
    )
    high = np.full(fitted.size, arm.pdl1.high.proportion if arm.pdl1 else 0.5)
    one = np.ones(1)
    return AddedArm(
        arm.trial,
        one,
        one,
        0 * one,
        one * arm.tp_share,
        one * arm.asia_share,
        one,
        stratum_proportions(liver, high),
    )


def weigh(
    fitted: FittedDraws,
    arms: Sequence[tuple[AddedArm, PseudoIPD]],
    shift: SingleArmShift,
    proposals: int,
    rng: np.random.Generator,
) -> Increment:
    """Posterior of Delta given the fit and the patients of the added arms, c of their trials ~ `shift`."""
    chosen = rng.integers(fitted.size, size=proposals)
    effects = fitted.effects[chosen].copy()
    for name in SINGLE_ARM_EFFECTS:
        effects[:, FIXED_EFFECTS.index(name)] = _drawn(getattr(fitted.survival.priors, name), rng, proposals)
    c = _shifts(shift, len(arms), proposals, rng)
    log_likelihood = np.zeros(proposals)
    for column, (arm, patients) in enumerate(arms):
        offset = fitted.tau[chosen, 0] * rng.standard_normal(proposals)
        offset += arm.agent[0] * fitted.tau[chosen, 1] * rng.standard_normal(proposals)
        offset += _drawn(fitted.survival.priors.e_sat, rng, proposals) + c[:, column]
        log_ratio = weighted_sum(effect_design(arm)[0], effects[:, None, :]) + offset[:, None]
        log_likelihood += _log_likelihood(fitted, arm, patients, chosen, log_ratio)
    target = [FIXED_EFFECTS.index(name) for name in ("delta_anlo", "gamma")]
    return _summary(effects[:, target].sum(axis=1), log_likelihood)


def simulated_patients(
    fitted: FittedDraws,
    arm: AddedArm,
    truth: ArmTruth,
    template: PseudoIPD,
    rng: np.random.Generator,
) -> PseudoIPD:
    """Patients of an added arm under a truth; its follow-up is drawn from the template's censoring."""
    log_ratio = weighted_sum(effect_design(arm)[0], truth.effects[None, :]) + truth.log_shift
    shares = arm.proportion[truth.row]
    stratum = rng.choice(4, size=template.n, p=shares / shares.sum())
    end = float(template.time.max())
    times = np.append(np.linspace(0, end, 2000), end * 1.01)
    hazard = fitted.survival.baseline.cumulative_hazard(fitted.baseline[truth.row], times, np)
    needed = rng.exponential(size=template.n) / np.exp(log_ratio[stratum])
    event_time = np.interp(needed, hazard, times, right=np.inf)
    censoring = censoring_times(template, rng)
    observed = event_time <= censoring
    time = np.minimum(event_time, censoring)
    order = np.argsort(time)
    return PseudoIPD(time[order], observed[order])


def censoring_times(template: PseudoIPD, rng: np.random.Generator) -> Floats:
    """Censoring times (n,) from the reverse Kaplan-Meier curve of an arm; the rest at its last time."""
    reverse = kaplan_meier(template.time, ~template.event)
    uniform = rng.uniform(size=template.n)
    # First time at which the censoring distribution's survival falls to or below the uniform number.
    position = np.searchsorted(-reverse.survival, -uniform, side="left")
    times = np.append(reverse.time, reverse.last)
    return times[np.minimum(position, len(times) - 1)]


def _drawn(prior: Normal | HalfNormal, rng: np.random.Generator, size: int) -> Floats:
    if isinstance(prior, HalfNormal):
        return np.abs(rng.normal(0.0, prior.sd, size))
    return rng.normal(prior.mu, prior.sd, size)


def _shifts(shift: SingleArmShift, trials: int, size: int, rng: np.random.Generator) -> Floats:
    """Draws of c of each trial (size, trials): common and own parts as in the model."""
    common, own = rng.standard_normal((size, 1)), rng.standard_normal((size, trials))
    mixed = np.sqrt(shift.correlation) * common + np.sqrt(1 - shift.correlation) * own
    return shift.mu + shift.sd * mixed


def _log_likelihood(
    fitted: FittedDraws, arm: AddedArm, patients: PseudoIPD, chosen: np.ndarray, log_ratio: Floats
) -> Floats:
    rows = grid_patients([patients], fitted.survival.grid)
    baseline = fitted.survival.baseline
    log_hazard = baseline.log_hazard(fitted.baseline, rows.time, np)
    cumulative = baseline.cumulative_hazard(fitted.baseline, rows.time, np)
    total = np.empty(len(chosen))
    for start in range(0, len(chosen), CHUNK):
        part = chosen[start : start + CHUNK]
        # Each draw is an "arm" of the formula, each of its cells a patient.
        density = log_mixture_density(
            arm.proportion[part],
            log_ratio[start : start + CHUNK],
            np.repeat(np.arange(len(part)), len(rows.time)),
            log_hazard[part].ravel(),
            cumulative[part].ravel(),
            np.tile(rows.event, len(part)),
            np,
        )
        total[start : start + CHUNK] = density.reshape(len(part), -1) @ rows.weight
    return total


def _summary(delta: Floats, log_likelihood: Floats) -> Increment:
    smoothed, k = array_stats.psislw(-log_likelihood)
    weight = np.exp(smoothed - smoothed.max())
    weight /= weight.sum()
    order = np.argsort(delta)
    below = np.cumsum(weight[order])
    lower, median, upper = np.interp([0.025, 0.5, 0.975], below, delta[order])
    mean = float(weight @ delta)
    return Increment(
        float(median), float(lower), float(upper), float(weight @ (delta < 0)), mean,
        float(np.sqrt(weight @ (delta - mean) ** 2)), float(k), float(1 / np.sum(weight**2)),
    )  # fmt: skip
