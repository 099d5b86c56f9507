"""Numbers at risk where none were printed: a law of censoring assumed, or ticks read.

Trials recruit for a while and stop on one day, so few patients are censored early and most late. Of a curve that
ends at T the share censored by time t is taken as C((t / T)^stretch), where the law C is (t / T)^2 unless more is told
(`likely_laws`): among the arms of the benchmark's patient data the median time of censoring is 0.71 of the longest
(0.71^2 = 0.5). A known total of events settles the stretch, because more censoring leaves fewer to die:

    D = N int (1 - C((t / T)^stretch)) dF(t),    F = 1 - S.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from digitized.curve import Floats
from digitized.reconstruction.risk_table import RiskTable

TYPICAL_POWER = 2.0
STRETCHES = (0.125, 15.0)
LOST = 0.03  # share of patients
ASSUMED_TIMES = 6
CLOSE = 0.2  # of the time between two of them

Law = Callable[[Floats], Floats]


def typical_law(x: Floats) -> Floats:
    """Share censored by x of the time, where nothing tells."""
    return x**TYPICAL_POWER


@dataclass(frozen=True)
class AssumedRisk:
    """Expected numbers along the points of a curve.

    Attributes
    ----------
    time : (K,) float
        Times of the points, ascending from 0.
    at_risk : (K,) float
        Expected at risk after each point.
    leaving : (K,) float
        Expected censorings in the gap before each point.
    """

    time: Floats
    at_risk: Floats
    leaving: Floats

    def table(self, n: int) -> RiskTable:
        """Rounded numbers at risk at a few evenly spaced times, and where they have halved since the one before."""
        if self.time[-1] <= 0:
            return RiskTable(np.zeros(1), np.array([n], dtype=np.int64))
        even = np.linspace(0.0, float(self.time[-1]), ASSUMED_TIMES + 1)
        halved = n / 2.0 ** np.arange(1, int(np.log2(max(n, 2))))
        # Where few of the patients are left, six even times would leave a fall from many to few unseen.
        falling = np.minimum.accumulate(self.at_risk)
        when = np.interp(-halved, -falling, self.time)
        edges = even
        for one in when:
            if np.abs(edges - one).min() > CLOSE * even[1]:
                edges = np.sort(np.append(edges, one))
        edges = edges[:-1]
        count = np.rint(np.interp(edges, self.time, self.at_risk)).astype(np.int64)
        count[0] = n
        return RiskTable(edges, np.minimum.accumulate(np.clip(count, 0, n)))


def stretched(law: Law, stretch: float) -> Law:
    """The law with its time stretched; none who leave do so before the very end where the stretch is infinite."""
    return (lambda x: law(x**stretch)) if np.isfinite(stretch) else np.zeros_like


def with_losses(law: Law) -> Law:
    """The law, and besides it a few patients lost evenly in time: under some laws nobody leaves for long."""
    return lambda x: (1.0 - LOST) * law(x) + LOST * x


def expected_events(time: Floats, survival: Floats, n: int, law: Law) -> tuple[Floats, Floats]:
    """Expected events and their variance, where each who would die by the end is censored first with some chance.

    Parameters
    ----------
    time, survival : (K,) float
        Monotone reading of the curve, from time 0 on.
    law : callable
        That chance by x of the time, of one law or of M: the answers are () or (M,).
    """
    middle = 0.5 * (time[1:] + time[:-1]) / max(float(time[-1]), 1e-12)
    dying, censored = -n * np.diff(survival), law(np.clip(middle, 0.0, 1.0))
    return np.sum(dying * (1.0 - censored), axis=-1), np.sum(dying * censored * (1.0 - censored), axis=-1)


def stretch_for_events(time: Floats, survival: Floats, n: int, events: int | None, law: Law) -> float:
    """Stretch of time under which the law expects `events`; 1 where they are unknown."""
    if events is None:
        return 1.0

    def surplus(stretch: float) -> float:
        return float(expected_events(time, survival, n, stretched(law, stretch))[0] - events)

    low, high = STRETCHES
    if surplus(low) >= 0:
        return low
    if surplus(high) <= 0:
        # Nobody can have left early: everybody who did not die was followed to the end.
        return float(np.inf)
    return float(brentq(surplus, low, high, xtol=1e-3))


def by_law(time: Floats, survival: Floats, n: int, law: Law) -> AssumedRisk:
    """Expected numbers under a law of censoring.

    Parameters
    ----------
    time, survival : (K,) float
        Monotone reading of the curve, from time 0 on.
    law : callable
        Share censored by x of the time.
    """
    stay = 1.0 - law(np.clip(time / max(float(time[-1]), 1e-12), 0.0, 1.0))
    leaving = np.zeros(time.size)
    leaving[1:] = n * 0.5 * (survival[1:] + survival[:-1]) * -np.diff(stay)
    return AssumedRisk(time, n * survival * stay, np.maximum(leaving, 0.0))


def by_ticks(time: Floats, survival: Floats, n: int, ticks: Floats, events: int | None) -> AssumedRisk:
    """Expected numbers where censor ticks were read; hidden ones are shared out evenly over the others."""
    hidden = 1.0 if events is None or not ticks.size else max((n - events) / ticks.size, 0.0)
    by_then = hidden * np.searchsorted(np.sort(ticks), time, side="right")
    leaving = np.diff(by_then, prepend=0.0)
    at_risk = np.empty(time.size)
    at_risk[0] = n
    for k in range(1, time.size):
        kept = survival[k] / survival[k - 1] if survival[k - 1] > 0 else 0.0
        at_risk[k] = max(at_risk[k - 1] * kept - leaving[k], 0.0)
    return AssumedRisk(time, at_risk, leaving)
