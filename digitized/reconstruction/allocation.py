"""How many of those who leave each interval died: hazard read off the curve, totals met exactly.

Within an interval that n patients enter and R leave, let w_k be the share of those present at its start
who die in step k if nobody is censored (W = sum w_k = 1 - S_end / S_start), and phi_k the share of the
interval's censorings that precede step k. Deaths d then solve a linear equation:

    d = n W - (R - d) Phi,    Phi = sum w_k phi_k,    so d = (n W - R Phi) / (1 - Phi).

The time of censoring is a power law, phi(u) = u^gamma on the interval (gamma = 1: even; or the ticks' own
distribution raised to gamma), so a known number of deaths fixes gamma and a known total of events fixes a
common gamma.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats, Ints

LOG_GAMMA_LIMIT = 3.5
LOG_GAMMA_SD = 0.5


@dataclass(frozen=True)
class Interval:
    """One interval of the numbers at risk.

    Attributes
    ----------
    enter, leave : int
        At risk at its start; deaths and censorings within.
    weight, share : (k,) float
        w_k and the share of censorings before step k at gamma = 1.
    marks : int or None
        Censor ticks inside, where any were read.
    """

    enter: int
    leave: int
    weight: Floats
    share: Floats
    marks: int | None = None

    @property
    def whole(self) -> float:
        """W: the share of those present at the start who die."""
        return float(self.weight.sum())

    def deaths(self, log_gamma: float) -> float:
        """Expected deaths if censoring follows gamma, within 0 and all who leave."""
        phi = float(np.sum(self.weight * self.share ** np.exp(log_gamma)))
        if phi >= 1.0 - 1e-9:
            return float(self.leave)
        return float(np.clip((self.enter * self.whole - self.leave * phi) / (1.0 - phi), 0.0, self.leave))

    def log_gamma(self, deaths: float) -> float:
        """Shape of censoring that makes `deaths` fit the curve, as near as the power law can."""
        if self.leave - deaths < 0.5 or self.whole <= 0:
            return 0.0
        low, high = -LOG_GAMMA_LIMIT, LOG_GAMMA_LIMIT
        for _ in range(24):
            middle = 0.5 * (low + high)
            if self.deaths(middle) < deaths:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def variance(self, log_gamma: float, sd: float) -> float:
        """Uncertainty of the deaths: shape of censoring, reading noise at both ends, rounding."""
        slope = self.deaths(log_gamma + 0.25) - self.deaths(log_gamma - 0.25)
        return float((2.0 * slope * LOG_GAMMA_SD) ** 2 + 2.0 * (self.enter * sd) ** 2 + 0.05)


def common_log_gamma(intervals: list[Interval], events: int | None, sd: float) -> float:
    """One shape of censoring for all intervals that brings the expected deaths near the total."""
    if events is None:
        return 0.0
    grid = np.linspace(-LOG_GAMMA_LIMIT, LOG_GAMMA_LIMIT, 29)
    totals = np.array([sum(interval.deaths(g) for interval in intervals) for g in grid])
    noise = max(sum(interval.variance(0.0, sd) for interval in intervals) ** 0.5 * 0.3, 0.5)
    cost = ((totals - events) / noise) ** 2 + (grid / LOG_GAMMA_SD) ** 2
    return float(grid[np.argmin(cost)])


def allocate(intervals: list[Interval], events: int | None, sd: float) -> Ints:
    """Integer deaths per interval: as the hazard says, summing to `events` where that is known."""
    shape = common_log_gamma(intervals, events, sd)
    wanted = np.array([interval.deaths(shape) for interval in intervals])
    variance = np.array([interval.variance(shape, sd) for interval in intervals])
    ceiling = np.array([interval.leave for interval in intervals])
    for i, interval in enumerate(intervals):
        if interval.marks is not None:
            # Ticks may hide behind one another but are rarely invented: they pull hard on the censorings.
            by_marks = interval.leave - interval.marks
            weight = 1.0 / (0.5 + 0.02 * interval.marks) ** 2
            precision = 1.0 / variance[i]
            wanted[i] = (wanted[i] * precision + max(by_marks, 0) * weight) / (precision + weight)
            variance[i] = 1.0 / (precision + weight)
    chosen = np.clip(np.rint(wanted), 0, ceiling).astype(np.int64)
    if events is None:
        return chosen
    target = min(events, int(ceiling.sum()))
    while int(chosen.sum()) != target:
        step = 1 if chosen.sum() < target else -1
        moved = chosen + step
        cost = ((moved - wanted) ** 2 - (chosen - wanted) ** 2) / variance
        cost[(moved > ceiling) | (moved < 0)] = np.inf
        chosen[int(np.argmin(cost))] += step
    return chosen
