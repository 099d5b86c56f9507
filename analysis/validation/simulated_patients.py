"""Patients of a single arm drawn from a fit under a known truth, censored like the arm they stand for."""

from dataclasses import dataclass

import numpy as np

from analysis.validation.unseen_arms import AddedArm, FittedDraws
from digitized.curve import Floats, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.survival_predictor import effect_design, weighted_sum


@dataclass(frozen=True)
class ArmTruth:
    """Truth of one simulated arm: the draw `row` of baseline and mix, effects (P,), u + c + e."""

    row: int
    effects: Floats
    log_shift: float


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
