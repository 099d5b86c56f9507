"""Patients with times from whole counts: quantiles of the expected path within each cell."""

import math

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats
from digitized.summary.counts import Counts, event_slots
from digitized.summary.expected import Expected
from digitized.summary.grid import Grid
from digitized.summary.quantities import ArmSummary

Flags = npt.NDArray[np.bool_]


def place(
    counts: Counts, path: Expected, arm: ArmSummary, grid: Grid, jitter: np.random.Generator | None
) -> tuple[Floats, Flags]:
    """Times and event flags of one arm's patients.

    Parameters
    ----------
    counts : Counts
    path : Expected
        Where within a cell events and censorings fall.
    jitter : Generator or None
        Draws the position within each patient's quantile; None takes the middle (the best single
        reconstruction).

    Returns
    -------
    (n,) float and (n,) bool
        Sorted by time; S crosses one half at the published median, those left at the end are censored
        there.
    """
    edges = grid.edges[: path.cells + 1]
    gone = path.at_risk[0] - path.at_risk
    median = arm.median.value if arm.median is not None and math.isfinite(arm.median.value) else None
    times, flags = [], []
    for j, (low, high) in enumerate(zip(counts.breaks[:-1], counts.breaks[1:], strict=True)):
        inside = slice(int(low), int(high) + 1)
        deaths, losses = int(counts.events[j]), int(counts.censored[j])
        exits = _quantiles(edges[inside], gone[inside], deaths + losses, jitter)
        is_event = np.zeros(deaths + losses, dtype=bool)
        is_event[event_slots(deaths, losses)] = True
        if median is not None and deaths and abs(edges[high] - median) < 1e-9:
            # The curve steps over one half exactly at the median: an event, the last exit of its cell.
            last = int(np.flatnonzero(is_event)[-1])
            is_event[last], is_event[-1] = False, True
            exits[-1] = median
        times.append(exits)
        flags.append(is_event)
    left = arm.n - sum(len(part) for part in times)
    time = np.concatenate([*times, np.full(left, edges[-1])])
    event = np.concatenate([*flags, np.zeros(left, dtype=bool)])
    if arm.max_follow_up is not None and not left:
        time[-1] = edges[-1]
    return time, event


def _quantiles(edges: Floats, cumulative: Floats, count: int, jitter: np.random.Generator | None) -> Floats:
    """`count` ordered times strictly inside a cell, by quantiles of a cumulative expected count."""
    if not count:
        return np.empty(0)
    offsets = np.full(count, 0.5) if jitter is None else jitter.uniform(0.02, 0.98, count)
    levels = (np.arange(count) + offsets) / count
    rise = cumulative - cumulative[0]
    rise = rise + 1e-9 * np.linspace(0.0, 1.0, len(rise)) * max(float(rise[-1]), 1e-9)
    times = np.interp(levels * rise[-1], rise, edges)
    margin = 1e-4 * (edges[-1] - edges[0])
    return np.asarray(np.clip(times, edges[0] + margin, edges[-1] - margin), dtype=float)
