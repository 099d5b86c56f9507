"""From the path that was followed to the centre of its stroke, sub-pixel in both directions.

Flat pieces are measured down their columns, drops along their rows; columns and rows in which the stroke is
thicker than usual (marks, corners, other strokes) are left out of the measurement, not smoothed over.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats
from digitized.figure.raster.colours import Coverage
from digitized.figure.raster.trace import Path

#: Coverage from which a pixel belongs to a stroke.
_INK = 0.2
#: Levels (rows) and drops (columns) nearer than this are one.
_SAME = 0.45
#: Columns over which a smooth line is straight.
_WINDOW = 15


@dataclass(frozen=True)
class Steps:
    """A falling step function in pixels: level[i] holds from edge[i] to edge[i + 1]."""

    edge: Floats
    level: Floats
    stroke: float


@dataclass(frozen=True)
class Runs:
    """Ink about a path, per column: centre, weight (sum of coverage), top, bottom; NaN without."""

    centre: Floats
    weight: Floats
    top: Floats
    bottom: Floats


def _run(profile: npt.NDArray[np.float32], at: int) -> tuple[float, float, float, float] | None:
    """Centre, weight and both ends of the ink about `at` in a row or column."""
    if profile[at] < _INK:
        nearby = [r for r in (at - 1, at + 1) if 0 <= r < profile.size and profile[r] >= _INK]
        if not nearby:
            return None
        at = max(nearby, key=lambda r: float(profile[r]))
    bare = profile < _INK
    before = np.flatnonzero(bare[:at])
    after = np.flatnonzero(bare[at:])
    low = int(before[-1]) + 1 if before.size else 0
    high = at + int(after[0]) - 1 if after.size else profile.size - 1
    # The faint pixels at both ends belong to the stroke's anti-aliased border.
    part = profile[max(0, low - 1) : high + 2].astype(float)
    weight = float(part.sum())
    centre = max(0, low - 1) + float((np.arange(part.size) * part).sum()) / weight
    if high - low < 2:
        return centre, weight, centre - 0.5 * weight, centre + 0.5 * weight
    return centre, weight, low + 0.5 - float(profile[low]), high - 0.5 + float(profile[high])


def runs_along(coverage: Coverage, path: Path) -> Runs:
    """Extent of the ink that the path runs through, per column."""
    table = np.full((4, path.row.size), np.nan)
    for i, row in enumerate(path.row):
        found = _run(coverage[:, path.first + i], int(row))
        if found is not None:
            table[:, i] = found
    return Runs(*table)


def roughness(coverage: Coverage, path: Path) -> float:
    """How far the stroke's centre strays from straight pieces of `_WINDOW` columns, in pixels, at its smoothest fifth.

    Steps stray by a good part of their height everywhere, a smooth line hardly at all, a line with markers hardly
    between them; infinite where the stroke is flat.
    """
    centre = np.where(path.hidden, np.nan, runs_along(coverage, path).centre)
    if centre.size < _WINDOW:
        return np.inf
    pieces = np.lib.stride_tricks.sliding_window_view(centre, _WINDOW)[::3]
    pieces = pieces[np.isfinite(pieces).all(axis=1)]
    pieces = pieces[np.ptp(pieces, axis=1) > 1.0]
    if not pieces.size:
        return np.inf
    at = np.arange(_WINDOW) - 0.5 * (_WINDOW - 1)
    about = pieces - pieces.mean(axis=1, keepdims=True)
    slope = (about @ at) / (at @ at)
    return float(np.quantile((about - slope[:, None] * at).std(axis=1), 0.2))


def refine(coverage: Coverage, path: Path, start_row: float) -> Steps:
    """Steps of the stroke's centre along the path.

    Parameters
    ----------
    coverage : (H, W) float32
        Coverage by the curve's ink.
    path : Path
        The path that was followed.
    start_row : float
        Row of S = 1, where the curve begins when no flat piece is found first.
    """
    runs = runs_along(coverage, path)
    met = np.isfinite(runs.centre)
    clear = met & ~path.hidden
    weights = runs.weight[clear if clear.any() else met]
    stroke = _stroke(weights) if weights.size else 1.0
    still = (path.row - path.before) <= max(1.0, stroke)
    most = 1.3 * stroke + 0.5
    plain = clear & still & (runs.weight <= most) & (runs.weight >= 0.5 * stroke)
    # Between two marks that nearly touch, their pale borders make little ink of a great height.
    plain &= runs.bottom - runs.top <= most + 0.5
    end = _end_of(runs, met, path, stroke)
    centre = _with_marks(runs, plain, clear & still, stroke)
    centre[np.arange(centre.size) + path.first > end] = np.nan
    known = np.flatnonzero(np.isfinite(centre))
    if not known.size:
        centre = path.row.astype(float)
        known = np.arange(path.row.size)
    levels = _falling(centre[known], np.where(plain[known], 1.0, 0.15))
    flats = _flats(known + path.first, levels)
    if flats[0][2] - start_row > 1.2 * stroke:
        flats.insert(0, (float(path.first), float(path.first), start_row))
    edges, heights = [float(path.first)], [flats[0][2]]
    for upper, lower in pairwise(flats):
        for x, height in _drops(coverage, path, upper, lower, stroke):
            edges.append(max(edges[-1], x))
            heights.append(max(heights[-1], height))
    edges.append(max(edges[-1], end))
    bottom = _last_drop(coverage, runs, heights[-1], end, stroke)
    if bottom is not None:
        edges.append(edges[-1])
        heights.append(bottom)
    return Steps(np.array(edges), np.array(heights), stroke)


def _stroke(weights: Floats) -> float:
    """Usual height of the curve's own ink down its columns; where marks cover most of it, that of the bare ones."""
    least, usual = np.quantile(weights, (0.1, 0.3))
    return float(usual if usual <= 1.35 * least else np.median(weights[weights <= 1.25 * least]))


def _last_drop(coverage: Coverage, runs: Runs, level: float, end: float, stroke: float) -> float | None:
    """Row that a vertical stroke at the curve's very end falls to; a mark reaches up as far as down."""
    found = [
        run
        for x in range(max(0, round(end - stroke)), min(coverage.shape[1], round(end + stroke) + 1))
        if (run := _run(coverage[:, x], int(np.clip(round(level), 0, coverage.shape[0] - 1)))) is not None
    ]
    if not found:
        return None
    _, _, top, bottom = max(found, key=lambda run: run[3])
    usual = float(np.nanquantile(runs.bottom - runs.centre, 0.95))
    deep = bottom - level > max(6 * stroke, 2.5 * usual, 10.0)
    return bottom if deep and level - top < 0.3 * (bottom - level) else None


def _with_marks(
    runs: Runs, plain: npt.NDArray[np.bool_], usable: npt.NDArray[np.bool_], stroke: float
) -> Floats:
    """Centres in plain columns, and in marked ones where the marks' reach about the curve is known."""
    centre = np.where(plain, runs.centre, np.nan)
    known = np.flatnonzero(plain)
    marked = np.flatnonzero(usable & ~plain & (runs.weight > 1.3 * stroke + 0.5))
    if known.size < 2 or not marked.size:
        return centre
    after = np.searchsorted(known, marked)
    inner = (after > 0) & (after < known.size)
    left, right = known[np.clip(after - 1, 0, None)], known[np.clip(after, None, known.size - 1)]
    level = runs.centre[left]
    flat = inner & (np.abs(level - runs.centre[right]) < 0.6) & (right - left < 4 * stroke + 4)
    reach_up = reach_down = 0.5 * float(np.median(runs.bottom[marked] - runs.top[marked]))
    if flat.sum() >= 3:
        reach_up = float(np.quantile(level[flat] - runs.top[marked[flat]], 0.7))
        reach_down = float(np.quantile(runs.bottom[marked[flat]] - level[flat], 0.7))
    estimate = 0.5 * (runs.top[marked] + reach_up + runs.bottom[marked] - reach_down)
    # One mark's height; or marks so dense that no plain column is near: the middle is the best there is.
    height = runs.bottom[marked] - runs.top[marked]
    whole = np.abs(height - reach_up - reach_down) < 1.2
    lonely = np.minimum(np.abs(marked - left), np.abs(marked - right)) > 1.5 * stroke + 1
    use = whole & (flat.sum() >= 3) | lonely & (height < 2.5 * (reach_up + reach_down))
    centre[marked[use]] = estimate[use]
    return centre


def _end_of(runs: Runs, met: npt.NDArray[np.bool_], path: Path, stroke: float) -> float:
    """Column where the curve ends: its last ink, or the middle of a mark that closes it."""
    tall = met & (runs.weight > 1.3 * stroke + 0.5) & (path.row - path.before <= stroke)
    blots = groups(tall)
    last = path.row.size - 1
    if not blots:
        return float(path.last)
    widths = np.array([b - a + 1 for a, b in blots])
    first, final = blots[-1]
    usual = min(float(np.median(widths)), float(final - first + 1))
    if last - final > 3 * stroke + 3 or last - final + usual > 0.1 * path.row.size:
        return float(path.last)
    return float(path.first + final - 0.5 * (usual - 1))


def groups(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


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


def _flats(columns: npt.NDArray[np.int64], levels: Floats) -> list[tuple[float, float, float]]:
    """Pieces of one level: first column, last column, level."""
    flats: list[tuple[float, float, float]] = []
    begin = 0
    for i in range(1, levels.size + 1):
        if i == levels.size or levels[i] - np.median(levels[begin:i]) > _SAME:
            flats.append((float(columns[begin]), float(columns[i - 1]), float(np.median(levels[begin:i]))))
            begin = i
    return flats


def _drops(
    coverage: Coverage,
    path: Path,
    upper: tuple[float, float, float],
    lower: tuple[float, float, float],
    stroke: float,
) -> list[tuple[float, float]]:
    """Drops between two flat pieces: (column, level after), each centred on its vertical stroke."""
    low, high = upper[1], lower[0]
    first, last = int(low) - path.first, int(high) - path.first
    points: list[tuple[float, int]] = []
    jumps: list[tuple[int, int]] = []
    for i in range(max(0, first), min(path.row.size - 1, last) + 1):
        x = path.first + i
        jumps.append((x, int(path.row[i] - path.before[i])))
        for row in range(int(path.before[i]), int(path.row[i]) + 1):
            if upper[2] + 0.7 * stroke < row < lower[2] - 0.7 * stroke:
                found = _run(coverage[row], x)
                if found is not None and found[1] <= 1.35 * stroke + 0.6 and abs(found[0] - x) <= stroke + 1:
                    points.append((found[0], row))
    if not points:
        columns = np.repeat([x for x, _ in jumps], [d for _, d in jumps])
        at = float(np.median(columns)) if columns.size else 0.5 * (low + high)
        if lower[2] - upper[2] <= 1.5 * stroke and high - low <= 3:
            at = 0.5 * (low + high)
        return [(float(np.clip(at, low, high)), lower[2])]
    return _risers(points, lower[2])


def _risers(points: list[tuple[float, int]], bottom: float) -> list[tuple[float, float]]:
    """Group points down a staircase into vertical strokes; a level lies midway between two of them."""
    groups: list[list[tuple[float, int]]] = [[points[0]]]
    for point in points[1:]:
        mean = float(np.mean([x for x, _ in groups[-1]]))
        if point[0] - mean > 0.6:
            groups.append([point])
        elif point[1] >= groups[-1][-1][1]:
            groups[-1].append(point)
    drops = []
    for group, following in zip(groups, [*groups[1:], None], strict=True):
        level = bottom if following is None else 0.5 * (group[-1][1] + following[0][1])
        drops.append((float(np.mean([x for x, _ in group])), level))
    return drops
