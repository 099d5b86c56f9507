"""The gaps between the points of a curve and the times of the numbers at risk, for a path that must meet them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import binom

from digitized.curve import Floats, Ints
from digitized.reconstruction.censoring import CensoringShape

UNREAD = 1e3  # noise of a height that was not read
UNFORETOLD = 1e-4  # chance of a death, and again of each more, where the curve has ended


@dataclass(frozen=True)
class TabledGaps:
    """Points and edges in order of time; before each lies a gap within one interval.

    Attributes
    ----------
    time : (G,) float
        Times of the places.
    survival, sd : (G,) float
        Survival read, and its noise; `UNREAD` at an edge.
    increments : (G, D + 1) float
        Probability of d deaths in the gap before each place.
    interval : (G,) int
        Interval that the gap before the place lies in.
    share : (G, 2) float
        Shares of its interval's censorings expected by the start of the gap and by its end.
    """

    time: Floats
    survival: Floats
    sd: Floats
    increments: Floats
    interval: Ints
    share: Floats

    @cached_property
    def closes(self) -> Ints:
        """(R,) last place of each interval."""
        return np.searchsorted(self.interval, np.arange(int(self.interval[-1]) + 1), side="right") - 1

    @cached_property
    def deaths_to_come(self) -> tuple[Floats, Floats]:
        """Mean and variance, (G,) each, of the deaths between a place and the end of its interval."""
        d = np.arange(self.increments.shape[1])
        mean = (self.increments * d).sum(axis=1)
        variance = (self.increments * d**2).sum(axis=1) - mean**2
        totals = []
        for own in (mean, variance):
            done = np.cumsum(own)
            totals.append(done[self.closes[self.interval]] - done)
        return totals[0], totals[1]


def tabled_gaps(
    time: Floats, survival: Floats, sd: Floats, increments: Floats, shape: CensoringShape, *, traced: bool
) -> TabledGaps:
    """Cut the gaps between points where an edge falls into them.

    Parameters
    ----------
    time, survival, sd : (K,) float
        Points, their times ascending from 0.
    increments : (K, D + 1) float
        Probability of d deaths in the gap before each point.
    traced : bool
        Deaths of a gap between columns lie anywhere in it. A click is made on a step: the last death of its gap is
        there, and only the others are before an edge with some chance.
    """
    edges = shape.table.time[1:]
    rows = increments / increments.sum(axis=1, keepdims=True)
    at = np.searchsorted(time, edges, side="left")
    places: list[tuple[float, int, Floats]] = []
    for k in range(time.size):
        rest, start = rows[k], float(time[k - 1]) if k else 0.0
        for edge in edges[at == k] if k else ():
            passed = (float(edge) - start) / max(float(time[k]) - start, 1e-12)
            before, rest = _cut(rest, passed, traced)
            places.append((float(edge), -1, before))
            start = float(edge)
        places.append((float(time[k]), k, rest))
    ended: Floats = np.power(UNFORETOLD, np.arange(rows.shape[1], dtype=float))
    places += [(float(edge), -1, ended) for edge in edges[at == time.size]]
    if edges.size and places[-1][1] < 0:
        places.append((max(shape.end, float(edges[-1])), -1, ended))
    point = np.array([one[1] for one in places], dtype=np.int64)
    when = np.array([one[0] for one in places])
    read = point >= 0
    interval = np.cumsum(~read) - ~read  # edges before the place
    ends = np.column_stack((np.append(0.0, when[:-1]), when))
    share = np.array([shape.share(int(i), own) for i, own in zip(interval, ends, strict=True)])
    return TabledGaps(
        when,
        np.where(read, survival[point], 0.0),
        np.where(read, sd[point], UNREAD),
        np.array([one[2] for one in places]),
        interval,
        share,
    )


def _cut(row: Floats, passed: float, traced: bool) -> tuple[Floats, Floats]:
    """Probabilities of the deaths before and after a cut at the share `passed` of a gap with probabilities `row`."""
    d = np.arange(row.size)
    free = d if traced else np.maximum(d - 1, 0)
    before = row @ binom.pmf(d[None, :], free[:, None], passed)
    after = np.zeros(row.size)
    for total, chance in enumerate(row):
        after[: total + 1] += chance * binom.pmf(total - d[: total + 1], free[total], passed)
    return np.asarray(before), after
