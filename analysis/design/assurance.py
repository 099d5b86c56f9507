"""Probability of success averaged over a design prior, before a trial and at its interim."""

import math
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.stats import norm

from analysis.design.checks import positive_faults, refuse
from analysis.design.priors import DesignPrior
from analysis.design.rule import LogRankRule


def assurance(prior: DesignPrior, events: float, rule: LogRankRule) -> float:
    """P(success) with the true log hazard ratio drawn from `prior` (O'Hagan, Stevens & Campbell 2005).

    Bounded by P(HR < 1) as events grow.
    """
    refuse(positive_faults(events=events))
    return prior.probability_below(rule.critical_log_hazard_ratio(events), rule.variance(events))


def p_hr_below_1(prior: DesignPrior) -> float:
    """P(HR < 1): what the assurance of no trial can exceed by more than its alpha."""
    return prior.probability_below(0.0)


@dataclass(frozen=True)
class Interim:
    """An interim estimate of the hazard ratio at `events` of `final_events`."""

    hazard_ratio: float
    events: float
    final_events: float

    def __post_init__(self) -> None:
        faults = positive_faults(
            interim_hazard_ratio=self.hazard_ratio, interim_events=self.events, final_events=self.final_events
        )
        if not faults and self.events >= self.final_events:
            faults.append(
                f"interim at {self.events:g} events lies at or beyond the end at {self.final_events:g}; "
                "give fewer interim than final events, e.g. "
                f"--interim-events {self.final_events / 2:.0f}"
            )
        refuse(faults)


def predictive_power(prior: DesignPrior, interim: Interim, rule: LogRankRule) -> float:
    """P(final success | interim), theta from its posterior (Spiegelhalter, Freedman & Blackburn 1986)."""
    estimate = math.log(interim.hazard_ratio)
    remaining = interim.final_events - interim.events
    posterior = prior.posterior(estimate, rule.variance(interim.events))
    total = rule.critical_log_hazard_ratio(interim.final_events) * interim.final_events
    return posterior.probability_below(
        (total - interim.events * estimate) / remaining, rule.variance(remaining)
    )


def conditional_power(hazard_ratio: float, interim: Interim, rule: LogRankRule) -> float:
    """P(final success | interim) at one true hazard ratio (stochastic curtailment)."""
    remaining = interim.final_events - interim.events
    total = rule.critical_log_hazard_ratio(interim.final_events) * interim.final_events
    needed = (total - interim.events * math.log(interim.hazard_ratio)) / remaining
    return float(norm.cdf((needed - math.log(hazard_ratio)) / math.sqrt(rule.variance(remaining))))


@dataclass(frozen=True)
class FutilityRule:
    """Stop when the predictive power under a named prior falls below a limit (non-binding)."""

    limit: float
    prior: DesignPrior

    def __str__(self) -> str:
        return f"stop for futility when predictive power < {self.limit:g} under {self.prior}"

    def stops(self, interim: Interim, rule: LogRankRule) -> bool:
        """Whether the rule stops at this interim."""
        return predictive_power(self.prior, interim, rule) < self.limit

    def boundary(self, events: float, final_events: float, rule: LogRankRule) -> float:
        """Interim hazard ratio above which the rule stops."""

        def excess(log_hr: float) -> float:
            return (
                predictive_power(self.prior, Interim(math.exp(log_hr), events, final_events), rule)
                - self.limit
            )

        return math.exp(float(brentq(excess, math.log(0.05), math.log(20))))
