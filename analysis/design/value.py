"""Expected value of a trial's information on the restricted mean survival scale."""

import math
from dataclasses import dataclass

import numpy as np

from analysis.design.checks import positive_faults, refuse
from analysis.design.priors import DesignPrior
from analysis.design.rule import LogRankRule
from digitized.curve import Floats

# Points of the estimate an sd of its sampling error, in the integral over what a trial may show.
STEPS = 10


@dataclass(frozen=True)
class AdoptionRule:
    """Adopt the treatment when its expected RMST gain exceeds a minimum.

    Attributes
    ----------
    minimum_gain : float
        Months of RMST that make the treatment worth its harms and cost.
    control_median : float
        Median of the exponential control, months.
    horizon : float
        RMST horizon, months.
    """

    minimum_gain: float = 1.5
    control_median: float = 15.2
    horizon: float = 24.0

    def __post_init__(self) -> None:
        faults = positive_faults(control_median=self.control_median, horizon=self.horizon)
        if not faults and not 0 <= self.minimum_gain < self.horizon:
            faults.append(f"gain {self.minimum_gain:g}: expected months from 0 to below {self.horizon:g}")
        refuse(faults)

    def __str__(self) -> str:
        return f"adopt when the expected RMST-{self.horizon:g} gain exceeds {self.minimum_gain:g} months"

    def rmst(self, log_hazard_ratio: Floats) -> Floats:
        """RMST to the horizon at hazard control x exp(log hazard ratio), months."""
        rate = math.log(2) / self.control_median * np.exp(log_hazard_ratio)
        return -np.expm1(-rate * self.horizon) / rate

    def net_gain(self, log_hazard_ratio: Floats) -> Floats:
        """RMST gained over the control minus the minimum gain, months."""
        return self.rmst(log_hazard_ratio) - self.rmst(np.zeros(1)) - self.minimum_gain


def evpi(prior: DesignPrior, rule: AdoptionRule) -> float:
    """Expected value of perfect information, months of RMST per patient."""
    theta, weight = prior.nodes()
    gain = rule.net_gain(theta)
    return float(weight @ np.maximum(gain, 0)) - max(float(weight @ gain), 0.0)


def evsi(prior: DesignPrior, events: float, rule: AdoptionRule, trial: LogRankRule) -> float:
    """Expected value of a trial of `events`, months of RMST per patient (Raiffa & Schlaifer 1961).

    For each possible estimate the better decision is taken on the posterior mean gain; the integral over
    estimates is a sum over a fine grid.
    """
    refuse(positive_faults(events=events))
    return _sample_information(prior, trial.variance(events), rule)


def _sample_information(prior: DesignPrior, variance: float, rule: AdoptionRule) -> float:
    theta, weight = _thinned(prior)
    gain = weight * rule.net_gain(theta)
    sd = math.sqrt(variance)
    estimates = np.arange(theta.min() - 6 * sd, theta.max() + 6 * sd, sd / STEPS)
    value = 0.0
    for block in np.array_split(estimates, max(1, estimates.size // 400)):
        density = np.exp(-0.5 * ((block[:, None] - theta[None, :]) / sd) ** 2)
        value += float(np.maximum(density @ gain, 0).sum())
    return value / (STEPS * math.sqrt(2 * math.pi)) - max(float(gain.sum()), 0.0)


def _thinned(prior: DesignPrior, points: int = 801) -> tuple[Floats, Floats]:
    """The prior's nodes, weighted draws replaced by equally likely quantiles when there are many."""
    theta, weight = prior.nodes()
    if theta.size <= points:
        return theta, weight
    order = np.argsort(theta)
    cumulative = np.cumsum(weight[order]) - weight[order] / 2
    return np.interp((np.arange(points) + 0.5) / points, cumulative, theta[order]), np.full(
        points, 1 / points
    )


@dataclass(frozen=True)
class NextStep:
    """A cheaper study than the full trial, by the variance of the log hazard ratio it yields."""

    name: str
    events: float
    variance: float
    assumption: str


def _step_events(patients: int, maturity: float) -> float:
    faults = positive_faults(patients=patients)
    if not 0 < maturity <= 1:
        faults.append(f"maturity {maturity:g}: expected a share above 0 and at most 1, e.g. 0.75")
    refuse(faults)
    return patients * maturity


def randomised_phase_2(patients: int, maturity: float, trial: LogRankRule) -> NextStep:
    """A small randomised trial read out at `maturity` (share of patients with the event)."""
    events = _step_events(patients, maturity)
    return NextStep(
        f"randomised phase 2, {patients} patients",
        events,
        trial.variance(events),
        f"{maturity:.0%} of patients with the event at the read-out",
    )


def concurrent_cohort(
    index_events: float, patients: int, maturity: float, residual_sd: float = 0.10
) -> NextStep:
    """A second, non-randomised cohort without the added drug at the same centres, held against the index arm.

    The shared single-arm shift cancels; each arm keeps a residual of sd `residual_sd` (log hazard). The index
    arm's own sampling error is counted as if it were new, so that the value is an upper bound.
    """
    events = _step_events(patients, maturity)
    return NextStep(
        f"cohort without the added drug, {patients} patients, same centres, not randomised",
        events,
        1 / index_events + 1 / events + 2 * residual_sd**2,
        f"{index_events:g} events of the index arm, {maturity:.0%} of the cohort with the event, arm "
        f"residual sd {residual_sd:g}; an upper bound, since the index arm is already in the prior",
    )


def value_of(step: NextStep, prior: DesignPrior, rule: AdoptionRule) -> float:
    """Expected value of the step's information, months of RMST per patient."""
    return _sample_information(prior, step.variance, rule)
