"""Deaths and censorings along the points of a curve when nothing else is known: a plausible path.

The level of a path depends on when its patients left, so paths of equal counts differ and cannot be pooled as the most
probable one allows (`most_probable_path`). Many are followed side by side instead, and those that the next reading
makes likely are multiplied: a particle filter (Gordon, Salmond, Smith, IEE Proc F 1993;140:107) whose deaths of a gap
are drawn given its reading. Where the total of events is told, paths on the way to it are favoured on trust and the
trust is settled at the end (twisting: Whiteley, Lee, Ann Stat 2014;42:115).
"""

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.allocation import UNSEEN_END_COST
from digitized.reconstruction.discrete import drawn_columns
from digitized.reconstruction.gaps import CLUMPED, FreePath, Gaps

PATHS = 500
LEAST_VARIANCE = 0.25  # of the deaths to come
HEAVY_TAIL = 2.0  # power of the trust: a wrong guess may not starve the paths that turn out right


def plausible_path(gaps: Gaps, n: int, events: int | None, rng: np.random.Generator) -> FreePath | None:
    """Draw a path of `n` patients; with `events`, one of that many deaths.

    None where none of the paths followed gets there: the points then hardly allow the counts.
    """
    K = gaps.survival.size
    dead, gone = np.zeros((2, PATHS), dtype=np.int64)
    level, trust = np.ones(PATHS), np.ones(PATHS)
    deaths, censored = np.zeros((2, K, PATHS), dtype=np.int64)
    path = np.arange(PATHS)
    for k in range(1, K):
        leaving = gaps.censorings(k, n)
        left = rng.choice(leaving.size, size=PATHS, p=leaving / leaving.sum())
        at_risk = n - dead - gone - left
        d = np.arange(gaps.most_deaths(k, float(level.max()), max(int(at_risk.max()), 0)) + 1)
        fallen = level[:, None] * (1.0 - d / np.maximum(at_risk[:, None], np.maximum(d, 1)))
        weight = gaps.increments[k, d] * gaps.evidence(k, fallen)
        weight = np.where(at_risk[:, None] >= d, weight, 0.0)
        died = drawn_columns(weight, rng)
        deaths[k], censored[k] = died, left
        dead, gone, level = dead + died, gone + left, fallen[path, died]
        due = np.ones(PATHS) if events is None else _trust(gaps, k, events - dead, at_risk - died)
        total = weight.sum(axis=1) * due / trust
        if total.sum() <= 0:
            return None
        kept = _resampled(total, rng)
        deaths, censored = deaths[:, kept], censored[:, kept]
        dead, gone, level, trust = dead[kept], gone[kept], level[kept], due[kept]
    if events is None:
        one = int(rng.integers(PATHS))
        return FreePath(deaths[:, one], censored[:, one])
    lacking = events - dead
    possible = (lacking >= 0) & (lacking <= n - dead - gone)
    ends = np.where(possible, np.exp(-UNSEEN_END_COST * np.maximum(lacking, 0)) / trust, 0.0)
    if not ends.any():
        return None
    one = int(rng.choice(PATHS, p=ends / ends.sum()))
    deaths[-1, one] += lacking[one]
    return FreePath(deaths[:, one], censored[:, one])


def _trust(gaps: Gaps, k: int, due: Ints, at_risk: Ints) -> Floats:
    """How well the deaths still due after gap k go with the patients still at risk then: a wide density."""
    expected, left = max(float(gaps.at_risk[k]), 1e-9), float(gaps.leaving[k + 1 :].sum())
    mean = at_risk * np.clip((gaps.at_risk[k] - left - gaps.at_risk[-1]) / expected, 0.0, 1.0)
    variance = LEAST_VARIANCE + CLUMPED * mean * min(left / expected, 1.0)
    return np.asarray((1.0 + (due - mean) ** 2 / (HEAVY_TAIL * variance)) ** -HEAVY_TAIL)


def _resampled(weight: Floats, rng: np.random.Generator) -> Ints:
    """Paths kept, each about as often as its weight says: at even steps through the weights, from a random start."""
    total = np.cumsum(weight)
    steps = (np.arange(weight.size) + rng.random()) / weight.size * total[-1]
    return np.minimum(np.searchsorted(total, steps, side="right"), weight.size - 1)
