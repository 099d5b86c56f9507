"""Where the censorings of one interval fall between its deaths, read from the size of the steps.

A step of the curve is S / n_j high, so among few patients it tells how many were still at risk. The most
probable integer path of censorings is found by dynamic programming: state c (censored before death j), prior
the multinomial of censoring that is even in time (or follows the ticks), likelihood the survival read on each
level; every state carries the level of the best path into it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from digitized.curve import Floats, Ints

MOST_CENSORED = 90
MOST_WORK = 400_000
FLOOR_SHARE = 0.03


@dataclass(frozen=True)
class LevelReadings:
    """Survival read on each level after 0..d deaths of an interval: weights (points) and means."""

    weight: Floats
    mean: Floats


def worth_it(deaths: int, censored: int, at_risk: int, level: float, sd: float) -> bool:
    """Whether steps are high enough beside the noise, and the search small enough."""
    small = censored <= MOST_CENSORED and deaths * (censored + 1) ** 2 <= MOST_WORK
    remaining = max(at_risk - deaths - censored, 1)
    return deaths > 0 and censored > 0 and small and level / remaining > 0.5 * sd


def best_path(
    enter: int,
    censored: int,
    share: Floats,
    start_level: float,
    readings: LevelReadings,
    sd: float,
    trust: float = 1.0,
) -> Ints:
    """Censorings in each gap between deaths, (d + 1,): before the first, ..., after the last.

    Parameters
    ----------
    enter, censored : int
        At risk at the start of the interval; censorings to place.
    share : (d + 1,) float
        Prior share of the censorings in each gap.
    start_level : float
        S at the start of the interval.
    trust : float
        Weight of the prior: 1 for censoring that is even in time, more where ticks show it.
    """
    deaths = share.size - 1
    log_share = (1 - FLOOR_SHARE) * share / max(share.sum(), 1e-12) + FLOOR_SHARE / share.size
    log_share = trust * np.log(log_share)
    step = np.arange(censored + 1)
    moved = step[:, None] - step[None, :]  # [now, before]
    gap = np.maximum(moved, 0).astype(float)
    # Even a uniform censoring process clumps: the multinomial of the gaps is its exact prior.
    factorial = trust * gammaln(step + 1.0)
    price = np.where(moved >= 0, factorial[np.maximum(moved, 0)], np.inf)
    cost = -step * log_share[0] + factorial
    level = np.full(step.size, start_level)
    origin = np.zeros((deaths + 1, step.size), dtype=np.int64)
    through = np.empty_like(price)
    for j in range(deaths):
        at_risk = np.maximum(enter - j - step, 1)
        arrived = level * (1.0 - 1.0 / at_risk)
        arrived_cost = cost + 0.5 * readings.weight[j + 1] * ((arrived - readings.mean[j + 1]) / sd) ** 2
        np.subtract(arrived_cost, np.multiply(gap, log_share[j + 1], out=through), out=through)
        through += price
        origin[j + 1] = through.argmin(axis=1)
        cost = through[step, origin[j + 1]]
        level = arrived[origin[j + 1]]
    path = np.empty(deaths + 1, dtype=np.int64)
    now = censored
    for j in range(deaths, 0, -1):
        before = int(origin[j, now])
        path[j] = now - before
        now = before
    path[0] = now
    return path
