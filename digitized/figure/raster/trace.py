"""Following one stroke: the falling path through a plot that meets most of its ink.

A Kaplan-Meier curve falls from S = 1 and never rises. Over all such paths dynamic programming, column by column,
finds the one that covers most ink and least ground; dashes, crossings, strokes drawn on top and marks are then
no special cases. The path is afterwards refined to the centre of the stroke.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats
from digitized.figure.raster.colours import Coverage

#: Cost of a column of ground under the path; a column of full ink earns 1. Dotted lines (1:3) still pay.
_GAP = 0.25
#: Cost of a column hidden by another stroke, text or a gridline.
_HIDDEN = 0.08
#: Cost of each row of ground that a drop crosses, and of each row whatever is there.
_FALL = 1.0
_ROW = 0.01


@dataclass(frozen=True)
class Path:
    """Rows of a path in columns `first` to `last` (inclusive), before refinement.

    `row[i]` is the row after any drop in column first + i, `before[i]` the row before it; `inked[i]` the
    coverage met there; `hidden[i]` whether something else lies on top.
    """

    first: int
    row: npt.NDArray[np.int64]
    before: npt.NDArray[np.int64]
    inked: npt.NDArray[np.float32]
    hidden: npt.NDArray[np.bool_]

    @property
    def last(self) -> int:
        """Last column."""
        return self.first + self.row.size - 1


def follow(coverage: Coverage, other: Coverage, start: tuple[int, float]) -> Path | None:
    """The falling path of most ink from column and row `start`; None when there is none.

    Parameters
    ----------
    coverage, other : (H, W) float32
        Share of each pixel covered by this ink, and by anything else.
    start : (int, float)
        Column of time 0 and row of S = 1; starting off that row costs.
    """
    height, width = coverage.shape
    ground = np.where(other > 0.3, _HIDDEN, _GAP)
    level = -coverage + (1 - coverage) * ground
    fall = _ROW + (1 - np.minimum(1, coverage / 0.5)) * np.where(other > 0.3, 0.25 * _FALL, _FALL)
    rows = np.arange(height)
    first = start[0]
    cost = 0.3 * np.abs(rows - start[1]) + level[:, first]
    came = np.zeros((width, height), dtype=np.int32)
    came[first] = rows
    best, end = float(cost.min()), (first, int(np.argmin(cost)))
    for x in range(first + 1, width):
        climbed = np.cumsum(fall[:, x])
        entry = cost - climbed
        lowest = np.minimum.accumulate(entry)
        came[x] = np.maximum.accumulate(np.where(entry <= lowest, rows, 0))
        cost = lowest + climbed + level[:, x]
        low = int(np.argmin(cost))
        if cost[low] < best:
            best, end = float(cost[low]), (x, low)
    if end[0] - first < 5:
        return None
    row = np.empty(end[0] - first + 1, dtype=np.int64)
    before = np.empty_like(row)
    y = end[1]
    for x in range(end[0], first - 1, -1):
        row[x - first] = y
        y = int(came[x, y])
        before[x - first] = y
    columns = np.arange(first, end[0] + 1)
    return Path(first, row, before, coverage[row, columns], other[row, columns] > 0.3)


def until_silence(path: Path, longest: float) -> Path:
    """Cut the path at the first stretch of more than `longest` columns of bare ground."""
    bare = (path.inked < 0.3) & ~path.hidden
    run, end = 0, path.row.size
    for i, empty in enumerate(bare):
        run = run + 1 if empty else 0
        if run > longest:
            end = i - run + 1
            break
    inked = np.flatnonzero(path.inked[:end] >= 0.3)
    end = int(inked[-1]) + 1 if inked.size else 0
    return Path(path.first, path.row[:end], path.before[:end], path.inked[:end], path.hidden[:end])


@dataclass(frozen=True)
class Steps:
    """A falling step function in pixels: level[i] holds from edge[i] to edge[i + 1]; `stroke` is the thickness."""

    edge: Floats
    level: Floats
    stroke: float


@dataclass(frozen=True)
class Runs:
    """Vertical extent of the ink about a path: centre, weight (sum of coverage), top and bottom per column."""

    centre: Floats
    weight: Floats
    top: Floats
    bottom: Floats


def runs_along(coverage: Coverage, path: Path) -> Runs:
    """Extent of the ink that the path runs through, per column; NaN where it meets none."""
    size = path.row.size
    centre, weight = np.full(size, np.nan), np.zeros(size)
    top, bottom = np.full(size, np.nan), np.full(size, np.nan)
    height = coverage.shape[0]
    for i in range(size):
        column = coverage[:, path.first + i]
        y = int(path.row[i])
        if column[y] < 0.2:
            nearby = [r for r in (y - 1, y + 1) if 0 <= r < height and column[r] >= 0.2]
            if not nearby:
                continue
            y = max(nearby, key=lambda r: column[r])
        low = high = y
        while low > 0 and column[low - 1] >= 0.2:
            low -= 1
        while high < height - 1 and column[high + 1] >= 0.2:
            high += 1
        part = column[low : high + 1].astype(float)
        weight[i] = part.sum()
        centre[i] = float((np.arange(low, high + 1) * part).sum() / weight[i])
        top[i] = centre[i] - 0.5 * weight[i] if high == low else low - 0.5 + (1 - part[0])
        bottom[i] = centre[i] + 0.5 * weight[i] if high == low else high + 0.5 - (1 - part[-1])
    return Runs(centre, weight, top, bottom)


def refine(coverage: Coverage, path: Path) -> Steps:
    """Centre of the stroke along the path, as steps, sub-pixel in both directions."""
    runs = runs_along(coverage, path)
    met = np.isfinite(runs.centre) & ~path.hidden
    if not met.any():
        met = np.isfinite(runs.centre)
    thin = runs.weight[met]
    stroke = float(np.quantile(thin, 0.3)) if thin.size else 1.0
    still = path.row - path.before <= max(1.0, stroke)
    plain = met & still & (runs.weight <= 1.35 * stroke + 0.6) & (runs.weight >= 0.45 * stroke)
    level = np.where(plain, runs.centre, np.nan)
    level = _bridged(level, path, runs, stroke)
    level = _falling(level, np.where(plain, 1.0, 0.15))
    return _as_steps(level, coverage, path, stroke)


def _bridged(level: Floats, path: Path, runs: Runs, stroke: float) -> Floats:
    """Levels in columns that a mark, a drop, a gap or another stroke takes: those of the nearer neighbour by row."""
    known = np.flatnonzero(np.isfinite(level))
    filled = level.copy()
    if not known.size:
        return path.row.astype(float)
    for i in np.flatnonzero(~np.isfinite(level)):
        after = int(np.searchsorted(known, i))
        left = level[known[after - 1]] if after > 0 else np.nan
        right = level[known[after]] if after < known.size else np.nan
        if not np.isfinite(left) or not np.isfinite(right):
            filled[i] = right if not np.isfinite(left) else left
            continue
        if right - left > 2 * stroke and left + 0.7 * stroke < path.row[i] < right - 0.7 * stroke:
            filled[i] = float(path.row[i])  # a step hidden between marks: the path's own row
        else:
            filled[i] = left if abs(path.row[i] - left) <= abs(path.row[i] - right) else right
    return filled


def _falling(level: Floats, weight: Floats) -> Floats:
    """Weighted isotonic regression, rows rising (survival falling): pool adjacent violators."""
    values: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for v, w in zip(level, weight, strict=True):
        values.append(float(v))
        weights.append(float(w))
        sizes.append(1)
        while len(values) > 1 and values[-2] > values[-1]:
            total = weights[-2] + weights[-1]
            values[-2] = (values[-2] * weights[-2] + values[-1] * weights[-1]) / total
            weights[-2], sizes[-2] = total, sizes[-2] + sizes[-1]
            del values[-1], weights[-1], sizes[-1]
    return np.repeat(values, sizes)


def _as_steps(level: Floats, coverage: Coverage, path: Path, stroke: float) -> Steps:
    """Join columns of one level; put each drop at the centre of its vertical stroke."""
    starts, levels = [0], [float(level[0])]
    for i in range(1, level.size):
        if level[i] - level[starts[-1]] > 0.35:
            levels[-1] = float(np.median(level[starts[-1] : i]))
            starts.append(i)
            levels.append(float(level[i]))
    levels[-1] = float(np.median(level[starts[-1] :]))
    edges = [float(path.first)]
    for k in range(1, len(starts)):
        column = path.first + starts[k]
        edges.append(max(edges[-1], _drop_at(coverage, column, levels[k - 1], levels[k], stroke)))
    edges.append(max(edges[-1], float(path.last)))
    return Steps(np.array(edges), np.array(levels), stroke)


def _drop_at(coverage: Coverage, column: int, upper: float, lower: float, stroke: float) -> float:
    """Sub-pixel column of a drop: centre of the ink between the two levels, else the border of the columns."""
    top, bottom = int(np.ceil(upper + 0.5 * stroke + 0.5)), int(np.floor(lower - 0.5 * stroke - 0.5))
    if bottom - top < 1:
        return column - 0.5
    reach = max(2, round(1.5 * stroke))
    low, high = max(0, column - reach), min(coverage.shape[1], column + reach + 1)
    ink = coverage[top : bottom + 1, low:high].mean(axis=0)
    if ink.max() < 0.3:
        return column - 0.5
    peak = int(np.argmax(ink))
    a = b = peak
    while a > 0 and ink[a - 1] > 0.25 * ink[peak] and peak - a < stroke:
        a -= 1
    while b < ink.size - 1 and ink[b + 1] > 0.25 * ink[peak] and b - peak < stroke:
        b += 1
    return float(low + (np.arange(a, b + 1) * ink[a : b + 1]).sum() / ink[a : b + 1].sum())
