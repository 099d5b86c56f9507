"""The grid of time of one figure: every published time is an edge, and regular edges fill the gaps."""

import math
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.summary.quantities import ArmSummary, FigureSummary

REGULAR_CELLS = 36


@dataclass(frozen=True)
class Horizon:
    """Where observation of an arm ends; `assumed` says that no maximum follow-up was published."""

    end: float
    assumed: bool


def horizon(arm: ArmSummary, fallback: float | None = None) -> Horizon:
    """Last observed time of an arm: as published, else from what must lie inside it.

    Without a maximum follow-up: the first time with none at risk; else past the last number at risk or
    landmark, past half again the median follow-up and the time that the events need, and past `fallback`
    (the end of a sister arm of the same figure).
    """
    if arm.max_follow_up is not None:
        return Horizon(arm.max_follow_up, False)
    times = [rate.time for rate in arm.rates] + [count.time for count in arm.at_risk if count.n > 0]
    if arm.median is not None:
        printed = (arm.median.value, arm.median.lower, arm.median.upper)
        times += [time for time in printed if time is not None and math.isfinite(time)]
    latest = max(times, default=0.0)
    none_left = [count.time for count in arm.at_risk if count.n == 0 and count.time > latest]
    if none_left:
        return Horizon(min(none_left), True)
    if fallback is not None and fallback > latest:
        return Horizon(fallback, True)
    guess = max(1.15 * latest, 1.5 * (arm.follow_up_median or 0.0))
    if arm.median is not None and math.isfinite(arm.median.value):
        # Long enough for the events under a constant hazard, with patients left to be censored.
        share = min(1.15 * arm.events / arm.n, 0.95) if arm.events else 0.85
        guess = max(guess, -math.log1p(-share) / math.log(2) * arm.median.value, 2 * arm.median.value)
    return Horizon(guess if guess > 0 else 1.0, True)


def printed_times(arm: ArmSummary) -> set[float]:
    """Every published time of an arm that the grid must hold as an edge."""
    times = {rate.time for rate in arm.rates} | {count.time for count in arm.at_risk}
    if arm.median is not None:
        times |= {t for t in (arm.median.value, arm.median.lower, arm.median.upper) if t is not None}
    if arm.follow_up_median is not None:
        times.add(arm.follow_up_median)
    return {time for time in times if math.isfinite(time) and time > 0}


@dataclass(frozen=True)
class Grid:
    """Edges of the cells, (K + 1,) from 0, and for each arm the number of its cells up to its end of
    observation.
    """

    edges: Floats
    cells: dict[str, int]
    horizons: dict[str, Horizon]

    def edge(self, time: float) -> int:
        """Index of the edge at `time` (nearest)."""
        return int(np.argmin(np.abs(self.edges - time)))


def make_grid(summary: FigureSummary) -> Grid:
    """Grid of one figure; see the module's docstring."""
    known = [horizon(arm).end for arm in summary.arms if arm.max_follow_up is not None]
    fallback = max(known, default=None)
    horizons = {arm.arm: horizon(arm, fallback) for arm in summary.arms}
    last = max(item.end for item in horizons.values())
    fixed = {item.end for item in horizons.values()}
    for arm in summary.arms:
        fixed |= {time for time in printed_times(arm) if time <= last}
    anchors = np.array(sorted(fixed))
    # Half the regular edges even in time, half denser at the start, where curves bend most.
    even = np.linspace(0.0, last, REGULAR_CELLS // 2 + 1)
    early = last * np.linspace(0.0, 1.0, REGULAR_CELLS // 2 + 1) ** 2
    edges = [0.0]
    gap = 0.35 * last / REGULAR_CELLS
    for time in np.union1d(even, early)[1:]:
        near = np.min(np.abs(anchors - time))
        if near > gap and time - edges[-1] > gap:
            edges.append(float(time))
    merged = np.union1d(np.array(edges), anchors)
    keep = np.concatenate(([True], np.diff(merged) > 1e-9))
    grid = merged[keep]
    cells = {name: int(np.argmin(np.abs(grid - item.end))) for name, item in horizons.items()}
    return Grid(grid, cells, horizons)
