"""Automatic traces: hundreds of pixel columns thinned to the plateaus and drops that they show."""

import numpy as np

from digitized.curve import Floats
from digitized.reconstruction.monotone import non_increasing

TRACE_POINTS = 40
TRACE_REGULARITY = 0.6
LEAST_NOISE = 5e-4
SAME_LEVEL_SDS = 1.0
ON_A_ROW = 0.02  # of the height of a row, that a value may lie beside it
LEAST_ON_ROWS = 0.95  # share of the columns
LEAST_ROW, TYPICAL_ROW = 0.001, 0.003  # of the axis: panels of 1000 and of 330 rows
MOST_WEIGHT = 2.0  # readings that an end of a plateau is worth: neighbouring columns share their error


def is_traced(time: Floats) -> bool:
    """Whether most steps in time are one and the same small width (pixel columns)."""
    gaps = np.diff(time)
    if time.size < TRACE_POINTS or np.any(gaps < 0):
        return False
    positive = gaps[gaps > 0]
    if positive.size < TRACE_POINTS // 2:
        return False
    typical = float(np.median(positive))
    return bool(np.mean(np.abs(positive - typical) <= 0.02 * typical) >= TRACE_REGULARITY)


def row_height(survival: Floats) -> float:
    """Height of a pixel row in S where the values lie on rows; else, or where rows are coarser, a typical one."""
    levels = np.unique(np.round(survival, 9))
    if levels.size < 2:
        return TYPICAL_ROW
    row = float(np.quantile(np.diff(levels), 0.25))
    place = (survival - levels[0]) / row
    on_rows = float(np.mean(np.abs(place - np.rint(place)) <= ON_A_ROW)) >= LEAST_ON_ROWS
    return min(max(row, LEAST_ROW), TYPICAL_ROW) if on_rows else TYPICAL_ROW


def thinned(time: Floats, survival: Floats) -> tuple[Floats, Floats, Floats]:
    """First and last column of each plateau, its mean survival, and how many readings each is worth.

    Columns whose isotonic fit differs by less than their noise belong to one plateau.
    """
    fit = non_increasing(survival)
    noise = max(float(np.sqrt(np.mean((survival - fit) ** 2))), LEAST_NOISE)
    starts = np.flatnonzero(np.concatenate(([True], np.diff(fit) < 0)))
    sizes = np.diff(np.append(starts, time.size))
    runs: list[list[float]] = []  # first column, columns, sum of survival
    for start, size in zip(starts, sizes, strict=True):
        level = float(fit[start])
        if runs and runs[-1][2] / runs[-1][1] - level < SAME_LEVEL_SDS * noise:
            runs[-1][1] += size
            runs[-1][2] += size * level
        else:
            runs.append([float(start), float(size), size * level])
    table = np.array(runs)
    first = table[:, 0].astype(np.int64)
    size = table[:, 1].astype(np.int64)
    mean = table[:, 2] / table[:, 1]
    column = np.column_stack((first, first + size - 1)).ravel()
    keep = np.concatenate(([True], np.diff(column) > 0))
    weight = np.where(size > 1, np.minimum(size / 2.0, MOST_WEIGHT), 1.0)
    return time[column[keep]], np.repeat(mean, 2)[keep], np.repeat(weight, 2)[keep]
