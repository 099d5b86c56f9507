"""When patients are censored: numbers at risk fix how many, ticks or evenness say when."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.risk_table import RiskTable


@dataclass(frozen=True)
class CensoringShape:
    """Where in time the censorings of an interval lie.

    Attributes
    ----------
    table : RiskTable
    end : float
        Last time under observation.
    marks : (C,) float or None
        Times of censor ticks, sorted.
    """

    table: RiskTable
    end: float
    marks: Floats | None

    def edges(self, interval: int) -> tuple[float, float]:
        """Start and end of an interval; the last one ends where the curve does."""
        start = float(self.table.time[interval])
        if interval + 1 < self.table.time.size:
            return start, float(self.table.time[interval + 1])
        return start, max(self.end, start)

    def marks_in(self, interval: int) -> int | None:
        """Ticks inside an interval, or None where no ticks were read at all."""
        return None if self.marks is None else int(self._inside(interval).size)

    def share(self, interval: int, time: Floats) -> Floats:
        """Share of the interval's censorings before each time: that of its ticks, else even."""
        start, stop = self.edges(interval)
        if stop <= start:
            return np.zeros_like(time)
        return np.interp(time, *self._knots[interval])

    def place(
        self, interval: int, count: int, gamma: float, rng: np.random.Generator | None = None
    ) -> Floats:
        """Times of `count` censorings whose share is the unbent one to the power gamma.

        In the last interval the last patient stays to the end.
        """
        if count <= 0:
            return np.empty(0)
        level = (np.arange(count) + 0.5) / count if rng is None else np.sort(rng.random(count))
        placed = self._at_share(interval, level ** (1.0 / gamma))
        if interval + 1 == self.table.time.size:
            placed[-1] = self.edges(interval)[1]
        return placed

    def between(
        self, interval: int, died: Floats, path: Ints, rng: np.random.Generator | None = None
    ) -> Floats:
        """Times of censorings when `path` says how many fall in each gap between deaths."""
        cuts = np.concatenate(([0.0], self.share(interval, died), [1.0]))
        gap = np.repeat(np.arange(path.size), path)
        rank = np.arange(gap.size) - np.repeat(np.cumsum(path) - path, path) + 0.5
        if rng is not None:
            rank = rng.random(gap.size) * path[gap]
        share = cuts[gap] + rank / path[gap] * (cuts[gap + 1] - cuts[gap])
        edges = np.concatenate(([self.edges(interval)[0]], died, [self.edges(interval)[1]]))
        # A tick may lie on the wrong side of a death by its reading noise: the count decides.
        placed = np.sort(np.clip(self._at_share(interval, share), edges[gap], edges[gap + 1]))
        nudge = 1e-6 * max(self.end, 1e-9)
        placed = np.where((placed >= edges[gap + 1]) & (gap < died.size), placed - nudge, placed)
        if interval + 1 == self.table.time.size and path[-1]:
            placed[-1] = self.edges(interval)[1]
        return np.maximum(placed, edges[0])

    def _at_share(self, interval: int, share: Floats) -> Floats:
        time, height = self._knots[interval]
        return np.interp(share, height, time)

    @cached_property
    def _knots(self) -> list[tuple[Floats, Floats]]:
        """Of each interval: times of its ticks between its edges, and the share of censorings by then."""
        knots = []
        for i in range(self.table.time.size):
            start, stop = self.edges(i)
            inside = self._inside(i)
            share = (np.arange(inside.size) + 0.5) / max(inside.size, 1)
            knots.append((np.concatenate(([start], inside, [stop])), np.concatenate(([0.0], share, [1.0]))))
        return knots

    def _inside(self, interval: int) -> Floats:
        if self.marks is None:
            return np.empty(0)
        start, stop = self.edges(interval)
        last = interval + 1 == self.table.time.size
        first, end = (
            np.searchsorted(self.marks, start),
            np.searchsorted(self.marks, stop, "right" if last else "left"),
        )
        return self.marks[first:end]
