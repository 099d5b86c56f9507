"""Patients with times from whole counts: quantiles of the expected path within each cell."""

import math

import numpy as np

from digitized.curve import Floats
from digitized.summary.counts import Counts
from digitized.summary.expected import Expected
from digitized.summary.grid import Grid
from digitized.summary.quantities import ArmSummary


def place(
    counts: Counts,
    path: Expected,
    arm: ArmSummary,
    grid: Grid,
    jitter: np.random.Generator | None,
    tilt: float = 0.0,
) -> tuple[Floats, np.ndarray]:
    """Times and event flags of one arm's patients.

    Parameters
    ----------
    counts : Counts
    path : Expected
        Where within a cell events and censorings fall.
    jitter : Generator or None
        Draws the position within each patient's quantile; None takes the middle (the best single
        reconstruction).
    tilt : float
        Moves events within their cells: quantiles u become u ** exp(tilt), earlier for a positive tilt.

    Returns
    -------
    (n,) float and (n,) bool
        Sorted by time; S crosses one half at the published median, those left at the end are censored
        there.
    """
    edges = grid.edges[: path.cells + 1]
    cumulative = np.concatenate(([0.0], np.cumsum(path.events)))
    exits = path.at_risk[0] - path.at_risk - cumulative
    median = arm.median.value if arm.median is not None and math.isfinite(arm.median.value) else None
    events, censored = [], []
    for j, (low, high) in enumerate(zip(counts.breaks[:-1], counts.breaks[1:], strict=True)):
        inside = slice(int(low), int(high) + 1)
        deaths = _quantiles(edges[inside], cumulative[inside], int(counts.events[j]), jitter, tilt)
        losses = _quantiles(edges[inside], exits[inside], int(counts.censored[j]), jitter, 0.0)
        if median is not None and abs(edges[high] - median) < 1e-9 and len(deaths):
            deaths[-1] = median
        events.append(deaths)
        censored.append(losses)
    times = np.concatenate(events + censored)
    flags = np.arange(len(times)) < sum(len(part) for part in events)
    left = arm.n - len(times)
    times = np.concatenate((times, np.full(left, edges[-1])))
    flags = np.concatenate((flags, np.zeros(left, dtype=bool)))
    if arm.max_follow_up is not None and not left:
        times[int(np.argmax(times))] = edges[-1]
    order = np.lexsort((~flags, times))
    return times[order], flags[order]


def _quantiles(
    edges: Floats, cumulative: Floats, count: int, jitter: np.random.Generator | None, tilt: float
) -> Floats:
    """`count` ordered times strictly inside a cell, by quantiles of a cumulative expected count."""
    if not count:
        return np.empty(0)
    offsets = np.full(count, 0.5) if jitter is None else jitter.uniform(0.02, 0.98, count)
    levels = ((np.arange(count) + offsets) / count) ** math.exp(tilt)
    rise = cumulative - cumulative[0]
    rise = rise + 1e-9 * np.linspace(0.0, 1.0, len(rise)) * max(float(rise[-1]), 1e-9)
    times = np.interp(levels * rise[-1], rise, edges)
    margin = 1e-4 * (edges[-1] - edges[0])
    return np.asarray(np.clip(times, edges[0] + margin, edges[-1] - margin), dtype=float)
