"""The arms of one plot: which inks are curves, how many curves an ink holds, and each one's steps."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from digitized.figure.raster.colours import Ink, find_inks, has_bands
from digitized.figure.raster.image import Pixels
from digitized.figure.raster.strokes import Steps, refine, runs_along
from digitized.figure.raster.trace import Path, follow, until_silence

#: A curve's ink is met in at least this share of the plot's columns, and of the path's own visible columns.
_LEAST_WIDTH = 0.08
_LEAST_INKED = 0.2
#: A path that is nearly all hidden (along a gridline, under other curves) is a guess, no reading.
_LEAST_SEEN = 0.15
#: A trace is no curve if its ink absorbs less than this share of the strongest: a band's border, a gridline.
_FAINT_ON_BANDS = 0.4
_FAINT_ON_PAPER = 0.22
#: No more curves than this in one plot.
_MOST = 8


@dataclass(frozen=True)
class Trace:
    """One followed curve: its ink, path and steps (pixels of the plot region), and how sure it is (0-1)."""

    ink: Ink
    path: Path
    steps: Steps
    inked: float
    dashed: bool

    @property
    def width(self) -> int:
        """Columns in which ink was met."""
        return int((self.path.inked > 0.3).sum())


def find_traces(
    area: Pixels,
    masked: npt.NDArray[np.bool_],
    start: tuple[int, float],
    count: int | None = None,
    colours: tuple[Pixels, ...] = (),
) -> list[Trace]:
    """Curves of a plot region, best first.

    Parameters
    ----------
    area : (H, W, 3) float32
        The plot region.
    masked : (H, W) bool
        Text, gridlines and borders.
    start : (int, float)
        Column of time 0 and row of S = 1 in the region.
    count : int or None
        How many curves there are, if the user said so.
    colours : tuple of (3,) float
        Colours of the curves, if the user said so.
    """
    found: list[Trace] = []
    for ink in find_inks(area, masked, colours):
        remaining = ink
        of_this_ink: list[Trace] = []
        while len(of_this_ink) < _MOST:
            trace = _trace(remaining, start)
            if trace is None or (of_this_ink and not _distinct(trace, of_this_ink)):
                break
            of_this_ink.append(replace(trace, ink=ink))
            remaining = _without(remaining, trace)
        found += of_this_ink
    found.sort(key=lambda t: -t.width * t.inked)
    strongest = max((t.ink.strength for t in found), default=1.0)
    faintest = (_FAINT_ON_BANDS if has_bands(area) else _FAINT_ON_PAPER) * strongest
    kept: list[Trace] = []
    for trace in found:
        faint = trace.ink.strength < faintest and not colours
        if not faint and not _borrowed(trace, kept) and all(not _same(trace, other) for other in kept):
            kept.append(trace)
    falling = [t for t in kept if float(np.ptp(t.steps.level)) > max(2.0, t.steps.stroke)]
    # A level line beside falling ones is the plot's upper border or a reference line.
    return (falling or kept)[: count if count is not None else _MOST]


def _borrowed(trace: Trace, others: list[Trace]) -> bool:
    """Whether a trace lies almost wholly on better ones: a mixture of their colours, marks of one colour, no curve.

    A short one, or one that is hidden again and again between the pieces that are seen.
    """
    short = not others or trace.width <= 0.6 * max(other.width for other in others)
    if not others or not (short or trace.path.hidden.mean() > 0.35):
        return False
    met = np.flatnonzero(trace.path.inked > 0.3)
    near = np.zeros(met.size, dtype=bool)
    for other in others:
        at = trace.path.first + met - other.path.first
        inside = (at >= 0) & (at < other.path.row.size)
        there = np.clip(at, 0, other.path.row.size - 1)
        reach = max(2.0, 1.5 * other.steps.stroke)
        above, below = other.path.before[there] - reach, other.path.row[there] + reach
        near |= inside & (trace.path.row[met] >= above) & (trace.path.row[met] <= below)
    return bool(near.mean() > (0.7 if short else 0.8))


def _trace(ink: Ink, start: tuple[int, float]) -> Trace | None:
    path = follow(ink.coverage, ink.other, start)
    if path is None:
        return None
    height, width = ink.coverage.shape
    gaps = _gap_lengths(path)
    usual = float(np.quantile(gaps, 0.8)) if gaps.size >= 4 else 0.0
    path = until_silence(path, max(0.03 * width, 6.0, 2.5 * usual))
    visible = ~path.hidden
    met = path.inked >= 0.3
    if path.row.size < 5 or met.sum() < max(_LEAST_WIDTH * width, _LEAST_SEEN * path.row.size):
        return None
    if met[visible].mean() < _LEAST_INKED:
        return None
    first = int(np.flatnonzero(met)[0])
    if (
        abs(float(path.before[first]) - start[1]) > 0.08 * height
        and not path.hidden[: first + 1].mean() > 0.7
    ):
        return None
    if _bare_fall(ink, path) > max(8.0, 0.06 * height, 2.5 * usual):
        return None
    dashed = bool(gaps.size >= 4 and gaps.sum() > 0.08 * path.row.size)
    return Trace(ink, path, refine(ink.coverage, path, start[1]), float(met[visible].mean()), dashed)


def _gap_lengths(path: Path) -> npt.NDArray[np.int64]:
    bare = ((path.inked < 0.3) & ~path.hidden).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], bare, [0]))))
    return (edges[1::2] - edges[::2]).astype(np.int64)


def _bare_fall(ink: Ink, path: Path) -> float:
    """Longest stretch of rows that the path falls through without ink or anything that could hide it."""
    longest = run = 0
    for i in range(path.row.size):
        x = path.first + i
        for y in range(int(path.before[i]) + 1, int(path.row[i]) + 1):
            run = run + 1 if ink.coverage[y, x] < 0.3 and ink.other[y, x] < 0.3 else 0
            longest = max(longest, run)
        if path.inked[i] >= 0.3 or path.hidden[i]:
            run = 0
    return float(longest)


def _without(ink: Ink, trace: Trace) -> Ink:
    """The ink with a followed curve and its marks taken out; a second curve may run on beneath them."""
    coverage, other = ink.coverage.copy(), ink.other.copy()
    path = trace.path
    runs = runs_along(ink.coverage, path)
    margin = max(1, round(0.6 * trace.steps.stroke))
    for i in range(path.row.size):
        x = path.first + i
        top, bottom = float(path.before[i]), float(path.row[i])
        if np.isfinite(runs.top[i]):
            top, bottom = min(top, runs.top[i]), max(bottom, runs.bottom[i])
        rows = slice(max(0, int(top) - margin), int(bottom) + margin + 1)
        other[rows, x] = np.maximum(other[rows, x], (coverage[rows, x] > 0.15).astype(np.float32))
        coverage[rows, x] = 0
    return replace(ink, coverage=coverage, other=other)


def _rows(trace: Trace) -> tuple[int, npt.NDArray[np.int64]]:
    return trace.path.first, trace.path.row


def _apart(a: Trace, b: Trace) -> npt.NDArray[np.float64]:
    """Distance in rows over shared columns."""
    (fa, ra), (fb, rb) = _rows(a), _rows(b)
    low, high = max(fa, fb), min(fa + ra.size, fb + rb.size)
    if high <= low:
        return np.empty(0)
    return np.abs(ra[low - fa : high - fa] - rb[low - fb : high - fb]).astype(float)


def _distinct(trace: Trace, others: list[Trace]) -> bool:
    """Whether a further curve of one ink is more than what the first one's marks left over."""
    stroke = max(1.0, others[0].steps.stroke)
    return all(
        (_apart(trace, other) > 5 * stroke + 2).mean() > 0.3 for other in others if _apart(trace, other).size
    )


def _same(a: Trace, b: Trace) -> bool:
    distance = _apart(a, b)
    if not distance.size:
        return False
    return bool(
        np.median(distance) <= 1.5 * max(a.steps.stroke, 1.0) and a.ink is not b.ink and _covered(a, b) > 0.5
    )


def _covered(a: Trace, b: Trace) -> float:
    """Share of a's inked columns in which b's ink is met at the same place."""
    met = np.flatnonzero(a.path.inked > 0.3)
    columns, rows = a.path.first + met, a.path.row[met]
    return float((b.ink.coverage[rows, columns] > 0.3).mean()) if met.size else 0.0
