"""When patients are censored: numbers at risk fix how many, ticks or evenness say when."""

from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import Floats
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
    log_gamma : tuple of float
        Bend of each interval (see `allocation`); empty means none.
    """

    table: RiskTable
    end: float
    marks: Floats | None
    log_gamma: tuple[float, ...] = ()

    def bent(self, log_gamma: list[float]) -> "CensoringShape":
        """The same shape with a bend per interval."""
        return replace(self, log_gamma=tuple(log_gamma))

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
        """Unbent share of the interval's censorings before each time: that of its ticks, else even."""
        start, stop = self.edges(interval)
        if stop <= start:
            return np.zeros_like(time)
        inside = self._inside(interval)
        grid = np.concatenate(([start], inside, [stop]))
        height = np.concatenate(([0.0], (np.arange(inside.size) + 0.5) / max(inside.size, 1), [1.0]))
        return np.interp(time, grid, height)

    def bent_share(self, interval: int, time: Floats) -> Floats:
        """Share of the interval's censorings before each time."""
        return self.share(interval, time) ** self._gamma(interval)

    def place(self, interval: int, count: int) -> Floats:
        """Times of `count` censorings in an interval; in the last one the last patient stays to the end."""
        if count <= 0:
            return np.empty(0)
        start, stop = self.edges(interval)
        level = ((np.arange(count) + 0.5) / count) ** (1.0 / self._gamma(interval))
        inside = self._inside(interval)
        grid = np.concatenate(([start], inside, [stop]))
        height = np.concatenate(([0.0], (np.arange(inside.size) + 0.5) / max(inside.size, 1), [1.0]))
        placed = np.interp(level, height, grid)
        if interval + 1 == self.table.time.size:
            placed[-1] = stop
        return placed

    def _gamma(self, interval: int) -> float:
        return float(np.exp(self.log_gamma[interval])) if self.log_gamma else 1.0

    def _inside(self, interval: int) -> Floats:
        if self.marks is None:
            return np.empty(0)
        start, stop = self.edges(interval)
        last = interval + 1 == self.table.time.size
        return self.marks[(self.marks >= start) & ((self.marks < stop) | (last & (self.marks <= stop)))]
