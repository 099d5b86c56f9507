"""Following one stroke: the falling path through a plot that meets most of its ink.

A Kaplan-Meier curve falls from S = 1 and never rises. Over all such paths dynamic programming, column by
column, finds the one that covers most ink and least ground; dashes, crossings, strokes drawn on top and marks
are then no special cases. The path is afterwards refined to the centre of the stroke.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
