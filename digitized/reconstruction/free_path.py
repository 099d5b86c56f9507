"""Deaths and censorings along the points of a curve when nothing else is known: the most probable path.

Among few patients every step of the curve tells how many were at risk (S / n_j), so deaths and censorings
are found together by dynamic programming over the points: state (deaths, censored so far), each carrying
the product-limit level of the best path into it. Costs: the reading against the level; the deaths of a gap
under their local rate; the censorings of a gap, negative binomial around those assumed (patients leave in
clusters, so their variance is `CLUMPED` times their mean).
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import gammaln

from digitized.curve import Floats, Ints

CLUMPED = 2.0
MISREAD_WIDTH = 6.0
MISREAD_COST, MEANINGLESS_COST = -np.log(1e-4), -np.log(1e-9)
SURPRISE = 1e-5  # share of gaps whose censorings no rate foretells


@dataclass(frozen=True)
class FreePath:
    """Deaths and censorings in the gap before each point, (K,) each; the others are censored at the end.

    `cost` is the negative log posterior density up to a constant.
    """

    deaths: Ints
    censored: Ints
    cost: float


@dataclass(frozen=True)
class Gaps:
    """What is known of each point and the gap before it.

    Attributes
    ----------
    survival, sd : (K,) float
        Survival read, and its noise.
    increments : (K, D + 1) float
        Probability of d deaths in the gap.
    deaths, censored : (K,) float
        Expected so far, around which paths are searched.
    leaving : (K,) float
        Expected censorings in the gap.
    """

    survival: Floats
    sd: Floats
    increments: Floats
    deaths: Floats
    censored: Floats
    leaving: Floats


def best_free_path(gaps: Gaps, n: int, events: int | None) -> FreePath | None:
    """Most probable path of `n` patients; with `events`, one that ends at exactly that many deaths.

    None where no path searched gets there: the points then contradict the counts.
    """
    K = gaps.survival.size
    half = 4.0 + 0.06 * n
    first_d = _window(gaps.deaths - half, n)
    first_c = _window(gaps.censored - (6.0 + 2.0 * np.sqrt(gaps.censored) + 0.25 * gaps.censored), n)
    wide_d = int(2 * half) + 2
    wide_c = int(np.max(np.ceil(gaps.censored + 6.0 + 2.0 * np.sqrt(gaps.censored) + 0.25 * gaps.censored)
                        - first_c)) + 2  # fmt: skip
    cost = np.full((wide_d, wide_c), np.inf)
    cost[0, 0] = 0.0
    level = np.ones((wide_d, wide_c))
    log_increments = -np.log(np.maximum(gaps.increments, 1e-12))
    rows, columns = np.arange(wide_d)[:, None], np.arange(wide_c)[None, :]
    back: list[tuple[Ints, Ints]] = []
    for k in range(1, K):
        most = int(min(2 * gaps.leaving[k] + 6 * np.sqrt(gaps.leaving[k]) + 3, wide_c - 1))
        cost, level, left = _shifted(
            cost, level, int(first_c[k] - first_c[k - 1]), _censoring_cost(float(gaps.leaving[k]), most)
        )
        cost, level, died = _step(
            (cost, level), gaps, k, log_increments[k], n - int(first_d[k - 1]) - int(first_c[k]),
            int(first_d[k] - first_d[k - 1]),
        )  # fmt: skip
        cost = np.where(first_d[k] + rows + first_c[k] + columns <= n, cost, np.inf)
        back.append((left, died))
    if events is not None:
        cost = np.where(rows == events - int(first_d[-1]), cost, np.inf)
    i, j = divmod(int(np.argmin(cost)), wide_c)
    total = float(cost[i, j])
    if not np.isfinite(total):
        return None
    deaths, censored = np.zeros(K, dtype=np.int64), np.zeros(K, dtype=np.int64)
    for k in range(K - 1, 0, -1):
        left, died = back[k - 1]
        deaths[k] = died[i, j]
        i += int(first_d[k] - first_d[k - 1]) - int(deaths[k])
        censored[k] = left[i, j]
        j += int(first_c[k] - first_c[k - 1]) - int(censored[k])
    return FreePath(deaths, censored, total)


def _window(start: Floats, n: int) -> Ints:
    low = np.maximum.accumulate(np.clip(np.floor(start), 0, n)).astype(np.int64)
    low[0] = 0
    return low


def _censoring_cost(mean: float, most: int) -> Floats:
    """Cost of 0..most censorings in one gap."""
    mean = max(mean, 1e-4)
    size = mean**2 / ((CLUMPED - 1.0) * mean + 0.05)
    c = np.arange(most + 1)
    log_p = gammaln(c + size) - gammaln(size) - gammaln(c + 1.0)
    log_p += size * np.log(size / (size + mean)) + c * np.log(mean / (size + mean))
    return -np.log(np.exp(log_p) + SURPRISE / (1.0 + c) ** 1.5)


def _shifted(cost: Floats, level: Floats, shift: int, price: Floats) -> tuple[Floats, Floats, Ints]:
    """States after the censorings of a gap (along axis 1), and how many each best path takes."""
    most = price.size - 1
    pad = ((0, 0), (most, shift))
    windows = sliding_window_view(np.pad(cost, pad, constant_values=np.inf), most + 1, axis=1)
    windows = windows[:, shift : shift + cost.shape[1], ::-1] + price  # [.., c] comes from c states before
    chosen = windows.argmin(axis=2)
    source = np.arange(cost.shape[1])[None, :] + shift - chosen
    rows = np.arange(cost.shape[0])[:, None]
    arrived = np.take_along_axis(windows, chosen[:, :, None], axis=2)[:, :, 0]
    inside = (source >= 0) & (source < cost.shape[1])
    carried = np.where(inside, level[rows, np.clip(source, 0, cost.shape[1] - 1)], 1.0)
    return arrived, carried, chosen.astype(np.int64)


def _step(
    state: tuple[Floats, Floats], gaps: Gaps, k: int, log_increment: Floats, at_first: int, shift: int
) -> tuple[Floats, Floats, Ints]:
    """States after the deaths of a gap (along axis 0) and its reading; `at_first` is at risk in state 0, 0."""
    cost, level = state
    wide_d, wide_c = cost.shape
    at_risk = at_first - np.arange(wide_d)[:, None] - np.arange(wide_c)[None, :]
    reachable = np.isfinite(cost)
    top = float(np.max(level[reachable])) if reachable.any() else 1.0
    drop = max(top - float(gaps.survival[k]), 0.0) + 5.0 * float(gaps.sd[k])
    patients = float(np.max(at_risk, initial=1))
    most = int(min(log_increment.size - 1, wide_d - 1 + shift, np.ceil(patients * drop / max(top, 1e-6)) + 1))
    best = np.full((wide_d, wide_c), np.inf)
    arrived = np.ones((wide_d, wide_c))
    taken = np.zeros((wide_d, wide_c), dtype=np.int64)
    for d in range(most + 1):
        # New state i holds first + shift + i deaths, so d deaths come from old state i + shift - d.
        low, high = max(d - shift, 0), min(wide_d, wide_d + d - shift)
        if high <= low:
            continue
        old = slice(low + shift - d, high + shift - d)
        y = at_risk[old]
        fallen = level[old] * (1.0 - d / np.maximum(y, max(d, 1)))
        gap = (fallen - gaps.survival[k]) / gaps.sd[k]
        square = 0.5 * gap**2
        # Of the best path a reading is either right, or misread, or means nothing: no sum over the three.
        read = np.minimum(np.minimum(square, square / MISREAD_WIDTH**2 + MISREAD_COST), MEANINGLESS_COST)
        total = np.where(y >= d, cost[old] + log_increment[d] + read, np.inf)
        better = total < best[low:high]
        best[low:high] = np.where(better, total, best[low:high])
        arrived[low:high] = np.where(better, fallen, arrived[low:high])
        taken[low:high] = np.where(better, d, taken[low:high])
    return best, arrived, taken
