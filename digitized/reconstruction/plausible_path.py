"""Deaths and censorings along the points of a curve when nothing else is known: a plausible path.

The level of a path depends on when its patients left, so paths of equal counts differ and cannot be pooled as the most
probable one allows (`most_probable_path`). Many are followed side by side instead (`particles`), the deaths of a gap
drawn given its reading. Where the total of events is told, paths on the way to it are favoured and that is settled at
the end.
"""

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.allocation import UNSEEN_END_COST
from digitized.reconstruction.discrete import drawn_columns
from digitized.reconstruction.gaps import CLUMPED, FreePath, Gaps
from digitized.reconstruction.particles import PATHS, resampled, trust


def plausible_path(gaps: Gaps, n: int, events: int | None, rng: np.random.Generator) -> FreePath | None:
    """Draw a path of `n` patients; with `events`, one of that many deaths.

    None where none of the paths followed gets there: the points then hardly allow the counts.
    """
    K = gaps.survival.size
    dead, gone = np.zeros((2, PATHS), dtype=np.int64)
    level, given = np.ones(PATHS), np.ones(PATHS)
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
        total = weight.sum(axis=1) * due / given
        if total.sum() <= 0:
            return None
        kept = resampled(total, rng)
        deaths, censored = deaths[:, kept], censored[:, kept]
        dead, gone, level, given = dead[kept], gone[kept], level[kept], due[kept]
    if events is None:
        one = int(rng.integers(PATHS))
        return FreePath(deaths[:, one], censored[:, one])
    lacking = events - dead
    possible = (lacking >= 0) & (lacking <= n - dead - gone)
    ends = np.where(possible, np.exp(-UNSEEN_END_COST * np.maximum(lacking, 0)) / given, 0.0)
    if not ends.any():
        return None
    one = int(rng.choice(PATHS, p=ends / ends.sum()))
    deaths[-1, one] += lacking[one]
    return FreePath(deaths[:, one], censored[:, one])


def _trust(gaps: Gaps, k: int, due: Ints, at_risk: Ints) -> Floats:
    """How well the deaths still due after gap k go with the patients still at risk then: a wide density."""
    expected, left = max(float(gaps.at_risk[k]), 1e-9), float(gaps.leaving[k + 1 :].sum())
    mean = at_risk * np.clip((gaps.at_risk[k] - left - gaps.at_risk[-1]) / expected, 0.0, 1.0)
    return trust(due - mean, CLUMPED * mean * min(left / expected, 1.0))
