"""The decision rule of a two-arm event-driven trial, as a value that prints its conditions."""

import math
from dataclasses import dataclass
from fractions import Fraction

from scipy.stats import norm

from analysis.design.checks import hazard_ratio_faults, positive_faults, power_faults, refuse


@dataclass(frozen=True)
class LogRankRule:
    """Success when the log-rank test favours the experimental arm at a two-sided level.

    Attributes
    ----------
    alpha : float
        Two-sided level; success counts in the beneficial direction only.
    ratio : float
        Experimental patients for one control patient (1 is 1:1, 2 is 2:1).
    """

    alpha: float = 0.05
    ratio: float = 1.0

    def __post_init__(self) -> None:
        refuse([*power_faults(0.9, self.alpha), *positive_faults(ratio=self.ratio)])

    def __str__(self) -> str:
        return (
            f"log-rank Z < -{self.critical_value:.3f} (two-sided {self.alpha:g}, {self.allocation}, benefit)"
        )

    @property
    def allocation(self) -> str:
        """Experimental to control in small whole numbers where they exist, e.g. 2:1 or 1:2."""
        near = Fraction(self.ratio).limit_denominator(10)
        if abs(float(near) - self.ratio) > 1e-9:
            return f"{self.ratio:g}:1"
        return f"{near.numerator}:{near.denominator}"

    @property
    def critical_value(self) -> float:
        """Normal quantile of 1 - alpha / 2."""
        return float(norm.isf(self.alpha / 2))

    def variance(self, events: float) -> float:
        """Variance of the log hazard ratio from `events`: (1 + r)^2 / (r d) (Schoenfeld 1983)."""
        return (1 + self.ratio) ** 2 / (self.ratio * events)

    def critical_log_hazard_ratio(self, events: float) -> float:
        """Largest estimated log hazard ratio that is still a success."""
        return -self.critical_value * math.sqrt(self.variance(events))

    def power(self, hazard_ratio: float, events: float) -> float:
        """P(success) at a true hazard ratio."""
        distance = self.critical_log_hazard_ratio(events) - math.log(hazard_ratio)
        return float(norm.cdf(distance / math.sqrt(self.variance(events))))


@dataclass(frozen=True)
class Events:
    """Events that a power asks for: exact and rounded up."""

    exact: float
    events: int


def required_events(hazard_ratio: float, power: float, rule: LogRankRule) -> Events:
    """Events for a power, (z_a + z_b)^2 (1 + r)^2 / (r log(HR)^2) (Schoenfeld 1983, eq. 1).

    Raises
    ------
    InputError
        If no finite number of events gives that power.
    """
    refuse([*hazard_ratio_faults(hazard_ratio), *power_faults(power, rule.alpha)])
    z = rule.critical_value + float(norm.ppf(power))
    exact = z**2 * rule.variance(1.0) / math.log(hazard_ratio) ** 2
    return Events(exact, math.ceil(exact - 1e-9))
