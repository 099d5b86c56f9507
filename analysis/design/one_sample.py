"""One-sample survival designs against a historical median: the index trial's own calculation."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from analysis.design.checks import hazard_ratio_faults, positive_faults, power_faults, refuse

SEED = 20260101


@dataclass(frozen=True)
class OneSampleDesign:
    """Exponential survival in one arm, uniform accrual then follow-up (months), two-sided alpha.

    Attributes
    ----------
    null_median, median : float
        Historical and expected medians.
    accrual, follow_up : float
        Months of uniform accrual, and of follow-up after the last patient.
    retention : float
        Share of the enrolled who are evaluable.
    """

    null_median: float
    median: float
    accrual: float
    follow_up: float
    alpha: float
    power: float
    retention: float

    def __post_init__(self) -> None:
        faults = positive_faults(
            null_median=self.null_median, median=self.median, accrual=self.accrual, follow_up=self.follow_up
        )
        if not faults:
            faults += hazard_ratio_faults(self.hazard_ratio)
        if not 0 < self.retention <= 1:
            faults.append(f"retention {self.retention:g}: expected a share above 0 and at most 1, e.g. 0.8")
        refuse([*faults, *power_faults(self.power, self.alpha)])

    @property
    def hazard_ratio(self) -> float:
        """Null median over expected median."""
        return self.null_median / self.median

    def _moment(self, order: int) -> float:
        """E[X^order] of the observed time under the alternative, X = min(T, censoring)."""
        rate, end = math.log(2) / self.median, self.accrual + self.follow_up

        def integrand(x: float) -> float:
            observed = min(1.0, (end - x) / self.accrual)
            return order * x ** (order - 1) * math.exp(-rate * x) * observed

        return float(quad(integrand, 0, end, points=[self.follow_up])[0])

    @property
    def p_event(self) -> float:
        """P(event by the analysis) under the alternative."""
        return math.log(2) / self.median * self._moment(1)

    @property
    def variances(self) -> tuple[float, float, float]:
        """v0 = E[null cumulative hazard], v1 = P(event), s1^2 = Var(event - null hazard) (Wu 2014)."""
        rate, null_rate = math.log(2) / self.median, math.log(2) / self.null_median
        v1, v0 = self.p_event, null_rate * self._moment(1)
        # E[event x time] = rate E[X^2] / 2 for an exponential time, whatever the censoring.
        s1 = v1 + null_rate * (null_rate - rate) * self._moment(2) - (v1 - v0) ** 2
        return v0, v1, s1


@dataclass(frozen=True)
class SampleSize:
    """Events and patients, exact and rounded up; `enrolled` allows for the patients not evaluable."""

    events_exact: float
    n_exact: float
    events: int
    n: int
    enrolled: int


def log_hazard_ratio_size(design: OneSampleDesign) -> SampleSize:
    """One-sample log hazard ratio: d = (z_a + z_b)^2 / log(HR)^2."""
    z = float(norm.isf(design.alpha / 2) + norm.ppf(design.power))
    events = z**2 / math.log(design.hazard_ratio) ** 2
    return _size(events, events / design.p_event, design)


def log_rank_size(design: OneSampleDesign) -> SampleSize:
    """One-sample log-rank with the exact variance under the alternative (Wu 2014)."""
    v0, v1, s1 = design.variances
    z_a, z_b = float(norm.isf(design.alpha / 2)), float(norm.ppf(design.power))
    n = (math.sqrt(v0) * z_a + math.sqrt(s1) * z_b) ** 2 / (v1 - v0) ** 2
    return _size(n * v1, n, design)


def success_probability(
    design: OneSampleDesign, n: int, true_median: float, *, trials: int = 200_000, seed: int = SEED
) -> tuple[float, float]:
    """P(one-sample log-rank rejects in favour) at a true median, by simulation, with its standard error.

    The statistic is (d - E) / sqrt(E), E the null cumulative hazard of the observed times.
    """
    refuse(positive_faults(true_median=true_median, n=n))
    rng = np.random.default_rng(seed)
    limit, wins, done = -float(norm.isf(design.alpha / 2)), 0, 0
    while done < trials:
        size = min(20_000, trials - done)
        time = rng.exponential(true_median / math.log(2), (size, n))
        censoring = design.follow_up + design.accrual * rng.random((size, n))
        observed = (time <= censoring).sum(axis=1)
        expected = math.log(2) / design.null_median * np.minimum(time, censoring).sum(axis=1)
        wins += int(((observed - expected) / np.sqrt(expected) < limit).sum())
        done += size
    share = wins / trials
    return share, math.sqrt(share * (1 - share) / trials)


def _size(events: float, n: float, design: OneSampleDesign) -> SampleSize:
    whole = math.ceil(n - 1e-9)
    enrolled = math.ceil(whole / design.retention - 1e-9)
    return SampleSize(events, n, math.ceil(events - 1e-9), whole, enrolled)
