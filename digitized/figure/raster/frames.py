"""Where the plots of a picture are: long straight lines, the frames they make, and the ticks along them."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.curve import Floats
from digitized.figure.raster.image import Picture, paper_colour

Gray = npt.NDArray[np.float32]

#: Contrast (0-1) of an axis line, and of a pale gridline when no axis line is found.
AXIS_CONTRAST = 0.16
GRID_CONTRAST = 0.035
#: A frame's sides are at least this share of the picture.
_SHORTEST = 0.16
#: A ground other than the margin's covers at least this share of its rectangle (a band or bars do not).
_FLAT = 0.6


@dataclass(frozen=True)
class Line:
    """A straight line along an axis of the picture; `position` is sub-pixel, `start` and `end` its extent."""

    position: float
    start: int
    end: int
    thickness: float
    contrast: float

    @property
    def length(self) -> int:
        """Length in pixels."""
        return self.end - self.start + 1


@dataclass(frozen=True)
class Frame:
    """One plot region.

    `left`, `bottom` are the axis lines' centres; `top`, `right` the far ends. Tick positions are sub-pixel,
    ascending in pixels: outside the frame, inside it, and gridlines; empty where there are none.
    """

    left: float
    top: float
    right: float
    bottom: float
    x_ticks: tuple[Floats, ...] = ()
    y_ticks: tuple[Floats, ...] = ()
    lines: tuple[tuple[Line, ...], tuple[Line, ...]] = ((), ())

    @property
    def width(self) -> float:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels down."""
        return self.bottom - self.top


def luminance(picture: Picture) -> Gray:
    """Grey value 0-1."""
    return (picture.rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)).astype(np.float32)


def straight_lines(gray: Gray, *, across: bool, shortest: float, contrast: float, gap: int = 4) -> list[Line]:
    """Thin lines darker (or, below `AXIS_CONTRAST`, also lighter) than both their sides.

    Parameters
    ----------
    gray : (H, W) float32
        Grey values 0-1.
    across : bool
        Horizontal lines if True, vertical ones if False; positions are rows or columns.
    shortest : float
        Least length, pixels.
    contrast : float
        Least difference from the surroundings.
    gap : int
        Gaps up to this many pixels are bridged (dashed reference lines).
    """
    image = gray if across else gray.T
    size = 2 * max(4, image.shape[0] // 160) + 1
    lines = _lines_of(ndimage.grey_closing(image, size=(size, 1)) - image, shortest, contrast, gap, size)
    if contrast < AXIS_CONTRAST:
        # Light lines apart from dark ones: the paper between two dark lines is no light line.
        light = image - ndimage.grey_opening(image, size=(size, 1))
        lines += _lines_of(light, shortest, contrast, gap, size // 2 + 1)
    return sorted(lines, key=lambda line: line.position)


def _lines_of(relief: Gray, shortest: float, contrast: float, gap: int, thickest: int) -> list[Line]:
    mask = relief > contrast
    mask = ndimage.binary_closing(np.pad(mask, gap), np.ones((1, gap)))[gap:-gap, gap:-gap] | mask
    found: list[Line] = []
    for row in range(mask.shape[0]):
        for start, end in _runs(mask[row]):
            if end - start + 1 >= shortest:
                found.append(Line(row, start, end, 1, float(relief[row, start : end + 1].mean())))
    merged: list[list[Line]] = []
    for line in found:
        group = next(
            (
                g
                for g in merged
                if line.position - g[-1].position <= 1
                and min(line.end, g[-1].end) - max(line.start, g[-1].start)
                > 0.5 * min(line.length, g[-1].length)
            ),
            None,
        )
        if group is None:
            merged.append([line])
        else:
            group.append(line)
    return [_centred(group, relief) for group in merged if len(group) <= thickest]


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _centred(group: list[Line], relief: Gray) -> Line:
    start = int(np.median([line.start for line in group]))
    end = int(np.median([line.end for line in group]))
    first, last = int(group[0].position), int(group[-1].position)
    rows = np.arange(max(0, first - 1), min(relief.shape[0], last + 2))
    # The median along the line ignores ticks and curves that touch it.
    weight = np.clip(np.median(relief[rows, start : end + 1], axis=1), 0, None)
    centre = float((rows * weight).sum() / weight.sum()) if weight.sum() > 0 else 0.5 * (first + last)
    thickness = float(weight.sum() / max(float(weight.max()), 1e-6))
    return Line(centre, start, end, thickness, float(weight.max()))


def find_frames(picture: Picture) -> list[Frame]:
    """Plot regions, left to right; ticks and gridlines filled in."""
    gray = luminance(picture)
    # Axis lines drawn apart from one another (offset spines) only where none meet.
    for contrast, apart in ((AXIS_CONTRAST, 1.0), (AXIS_CONTRAST, 2.0), (GRID_CONTRAST, 1.0)):
        frames = _frames_of_lines(gray, contrast, apart)
        if frames:
            break
    else:
        frames = _frames_of_gridlines(gray)
    ground = _ground_rectangle(picture)
    if ground is not None and not any(_inside(ground, f) for f in frames):
        frames = [ground, *(f for f in frames if _overlap(f, ground) < 0.5)]
    return [with_ticks(gray, frame) for frame in sorted(frames, key=lambda f: (f.left, f.top))]


def _frames_of_lines(gray: Gray, contrast: float, apart: float) -> list[Frame]:
    height, width = gray.shape
    rows = straight_lines(gray, across=True, shortest=max(60, _SHORTEST * width), contrast=contrast)
    columns = straight_lines(gray, across=False, shortest=max(45, _SHORTEST * height), contrast=contrast)
    # The border of a screenshot is no axis.
    rows = [r for r in rows if 2 < r.position < height - 3 or r.length < 0.97 * width]
    columns = [c for c in columns if 2 < c.position < width - 3 or c.length < 0.97 * height]
    reach_x, reach_y = 0.045 * apart * width, 0.06 * apart * height
    groups: list[tuple[list[Line], list[Line]]] = []
    for row in rows:
        touching = [
            g
            for g in groups
            if any(
                row.start - reach_x <= c.position <= row.end + reach_x
                and c.start - reach_y <= row.position <= c.end + reach_y
                for c in g[1]
            )
        ]
        near = [
            c
            for c in columns
            if row.start - reach_x <= c.position <= row.end + reach_x
            and c.start - reach_y <= row.position <= c.end + reach_y
        ]
        merged_rows, merged_columns = [row], list(near)
        for group in touching:
            merged_rows += group[0]
            merged_columns += [c for c in group[1] if c not in merged_columns]
            groups.remove(group)
        groups.append((merged_rows, merged_columns))
    frames = []
    for group_rows, group_columns in groups:
        if not group_columns:
            continue
        frame = _bounds(group_rows, group_columns)
        if frame.width >= max(60, _SHORTEST * width) and frame.height >= max(45, _SHORTEST * height):
            frames.append(frame)
    return [f for f in frames if not any(f is not g and _inside(f, g) for g in frames)]


def _frames_of_gridlines(gray: Gray) -> list[Frame]:
    """Plots without any upright line: level gridlines of one extent, equally far apart, the lowest the time axis."""
    height, width = gray.shape
    rows = straight_lines(gray, across=True, shortest=max(60, _SHORTEST * width), contrast=GRID_CONTRAST)
    frames: list[Frame] = []
    for row in rows:
        alike = [r for r in rows if max(abs(r.start - row.start), abs(r.end - row.end)) <= 4]
        if row is not alike[-1] or len(alike) < 4:
            continue
        # A gridline along which a curve runs is missed: steps are whole multiples of the least.
        apart = np.diff([r.position for r in alike])
        step = float(apart.min())
        if np.abs(apart - step * np.round(apart / step)).max() > 2.5:
            continue
        frame = Frame(row.start, alike[0].position, row.end, row.position, lines=((), (row,)))
        if frame.height >= max(45, _SHORTEST * height):
            frames.append(frame)
    return frames


def _bounds(rows: list[Line], columns: list[Line]) -> Frame:
    bottom = max(rows, key=lambda r: r.position)
    left = min(columns, key=lambda c: c.position)
    right = max(max(c.position for c in columns), max(r.end for r in rows))
    top = min(min(r.position for r in rows), min(c.start for c in columns))
    return Frame(left.position, float(top), float(right), bottom.position, lines=((left,), (bottom,)))


def _inside(inner: Frame, outer: Frame) -> bool:
    return (
        outer.left - 2 <= inner.left
        and inner.right <= outer.right + 2
        and outer.top - 2 <= inner.top
        and inner.bottom <= outer.bottom + 2
    )


def _overlap(a: Frame, b: Frame) -> float:
    """Shared area over the smaller area."""
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / min(a.width * a.height, b.width * b.height)


def _ground_rectangle(picture: Picture) -> Frame | None:
    """The panel of a figure whose plot has another ground than its margin (no axis lines needed)."""
    margin = np.median(
        np.concatenate((picture.rgb[:2].reshape(-1, 3), picture.rgb[:, :2].reshape(-1, 3))), axis=0
    )
    beyond = picture.rgb[np.abs(picture.rgb - margin).max(axis=2) > 0.02]
    if beyond.shape[0] < 0.1 * picture.rgb.shape[0] * picture.rgb.shape[1]:
        return None
    # A wide margin may cover more of the picture than the plot does.
    ground = paper_colour(beyond[None])
    same = np.abs(picture.rgb - ground).max(axis=2) < 0.02
    columns = np.flatnonzero(same.mean(axis=0) > 0.35)
    rows = np.flatnonzero(same.mean(axis=1) > 0.35)
    if columns.size < 60 or rows.size < 45:
        return None
    if same[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() < _FLAT:
        return None
    return Frame(columns[0] - 0.5, rows[0] - 0.5, columns[-1] + 0.5, rows[-1] + 0.5)


def with_ticks(gray: Gray, frame: Frame) -> Frame:
    """The frame with its ticks: outside, inside, and gridlines, each a candidate for the labels."""
    columns, rows = frame.lines
    half_x = 0.5 * (rows[0].thickness if rows else 1.0)
    half_y = 0.5 * (columns[0].thickness if columns else 1.0)
    low, high = round(frame.left - 0.02 * frame.width) - 3, round(frame.right + 0.02 * frame.width) + 3
    top, base = round(frame.top - 0.02 * frame.height) - 3, round(frame.bottom + 0.02 * frame.height) + 3
    below = _ticks(gray, frame.bottom + half_x + 0.5, 1, low, high)
    above = _ticks(gray, frame.bottom - half_x - 0.5, -1, low, high)
    before = _ticks(gray.T, frame.left - half_y - 0.5, -1, top, base)
    after = _ticks(gray.T, frame.left + half_y + 0.5, 1, top, base)
    area = gray[
        max(0, round(frame.top)) : round(frame.bottom) + 1, max(0, round(frame.left)) : round(frame.right) + 1
    ]
    across = straight_lines(area, across=True, shortest=0.6 * area.shape[1], contrast=GRID_CONTRAST)
    down = straight_lines(area, across=False, shortest=0.6 * area.shape[0], contrast=GRID_CONTRAST)
    # The axis lines themselves stand for a value as well, where the labels say so.
    grid_y = np.unique([*(line.position + max(0, round(frame.top)) for line in across), frame.bottom])
    grid_x = np.unique([*(line.position + max(0, round(frame.left)) for line in down), frame.left])
    return replace(
        frame,
        x_ticks=tuple(t for t in (below, above, grid_x) if t.size >= 2),
        y_ticks=tuple(t for t in (before, after, grid_y) if t.size >= 2),
    )


def _ticks(gray: Gray, start: float, step: int, low: int, high: int) -> Floats:
    """Centres of short strokes that leave row `start` in direction `step`, columns `low` to `high`."""
    first = int(np.ceil(start)) if step > 0 else int(np.floor(start))
    rows = [first + step * i for i in range(3)]
    low, high = max(0, low), min(gray.shape[1] - 1, high)
    if min(rows) < 0 or max(rows) >= gray.shape[0] or high - low < 10:
        return np.empty(0)
    strip = gray[rows, low : high + 1]
    ground = np.median(strip, axis=1, keepdims=True)
    depth = np.clip(ground - strip, 0, None)
    profile = np.minimum(depth[0], depth[1])
    if profile.max() < 0.1:
        return np.empty(0)
    centres, heights = [], []
    for begin, end in _runs(profile > 0.25 * np.quantile(profile, 0.995)):
        if end - begin + 1 > max(6, 0.012 * gray.shape[1]):
            continue
        span = slice(max(0, begin - 1), end + 2)
        weight = profile[span]
        centres.append(low + span.start + float((np.arange(weight.size) * weight).sum() / weight.sum()))
        heights.append(float(weight.sum()))
    if len(centres) < 2:
        return np.empty(0)
    strong = np.array(heights) > 0.4 * np.median(heights)
    return np.array(centres)[strong]
