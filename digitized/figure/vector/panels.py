"""Panels of a drawing: rows and columns of tick labels that belong together, or ranges given by the user."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitized.figure.axes import as_proportion, axis_between, calibrate_axis
from digitized.figure.reading import Axis, ReadingOptions
from digitized.figure.text import Text, lines, parse_number
from digitized.figure.vector.drawing import Box, Drawing
from digitized.figure.vector.strokes import Line, boxes, pieces, straight_lines


@dataclass(frozen=True)
class Panel:
    """Axes that belong together; `box` is where curves may run, `below` the height where the labels end.

    `insets` are boxes within, with axes and curves of their own.
    """

    x_axis: Axis
    y_axis: Axis
    box: Box
    below: float
    label_size: float
    insets: tuple[Box, ...] = ()


@dataclass(frozen=True)
class _Scale:
    """An axis with the extent of its labels."""

    axis: Axis
    box: Box
    size: float

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest coordinate of the labels' ticks."""
        at = [a for a, _ in self.axis.ticks]
        return min(at), max(at)


def find_panels(drawing: Drawing, options: ReadingOptions) -> list[Panel]:
    """Panels in reading order (top row first, each row from left to right)."""
    eps = 1e-4 * max(drawing.width, drawing.height)
    across, down = straight_lines(drawing.strokes, eps)
    frames = boxes(drawing.strokes, 10 * eps)
    if options.x_range is not None and options.y_range is not None:
        across, down = straight_lines(pieces(drawing.strokes), eps)
        return _given(drawing, options, across, down, frames)
    numeric = [t for t in drawing.texts if parse_number(t.text) is not None]
    x_scales = list(_x_scales(numeric, down))
    y_scales = list(_y_scales(numeric, across))
    panels = [
        _panel(x, y, frames, options)
        for x in x_scales
        for y in y_scales
        if _belong(x, y) and not _interposed(x, y, x_scales, y_scales)
    ]
    return sorted(
        _apart(_with_insets(panels)), key=lambda p: (round(p.box[1] / (0.2 * drawing.height)), p.box[0])
    )


def _with_insets(panels: Sequence[Panel]) -> list[Panel]:
    """Panels, those that stand wholly within another's box (labels and all) kept with it as its insets."""

    def within(inner: Panel, outer: Panel) -> bool:
        (left, top, right, bottom), around = inner.box, outer.box
        fuller = min(len(outer.x_axis.ticks), len(outer.y_axis.ticks)) >= 3
        smaller = right - left < 0.7 * (around[2] - around[0]) and bottom - top < 0.7 * (
            around[3] - around[1]
        )
        level = top > around[1] - 1 and inner.below < around[3]
        return (
            inner is not outer and fuller and smaller and level and left > around[0] and right < around[2] + 1
        )

    outer = [p for p in panels if not any(within(p, other) for other in panels)]
    return [replace(p, insets=tuple(q.box for q in panels if within(q, p))) for p in outer]


def _apart(panels: Sequence[Panel]) -> list[Panel]:
    """Panels without those in the place of a better calibrated one, or of two labels beside fuller ones."""
    kept: list[Panel] = []
    for panel in sorted(panels, key=lambda p: -p.x_axis.confidence * p.y_axis.confidence):
        weak = min(len(panel.x_axis.ticks), len(panel.y_axis.ticks)) < 3
        if not (weak and kept) and all(_common(panel.box, other.box) < 0.2 for other in kept):
            kept.append(panel)
    return kept


def _common(a: Box, b: Box) -> float:
    """Common area of two boxes as a share of the smaller."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((k[2] - k[0]) * (k[3] - k[1]) for k in (a, b))
    return max(wide, 0.0) * max(high, 0.0) / max(smaller, 1e-9)


def _x_scales(numeric: Sequence[Text], down: Sequence[Line]) -> Iterator[_Scale]:
    for row in (*lines(numeric), *_slanted(numeric)):
        for labels in _rising(row):
            size = float(np.median([t.size for t in labels]))
            top, bottom = min(t.y for t in labels), max(t.bottom for t in labels)
            near = [k.at for k in down if -4 * size < k.end - top < 0.4 * size and k.length < 3 * size]
            grid = [k.at for k in down if k.end < top + 0.4 * size and k.length > 8 * size]
            axis = _best(labels, "x", near, grid)
            if axis is not None:
                yield _Scale(axis, (labels[0].x, top, labels[-1].right, bottom), size)


def _slanted(numeric: Sequence[Text]) -> list[list[Text]]:
    """Rows of labels written at an angle: they begin, or end, at one height."""
    rows: list[list[Text]] = []
    for text in sorted((t for t in numeric if 10 < abs(t.angle) % 180 < 170), key=lambda t: (t.y, t.x)):
        if rows and abs(text.y - rows[-1][-1].y) < 0.35 * min(text.height, rows[-1][-1].height):
            rows[-1].append(text)
        else:
            rows.append([text])
    return [sorted(row, key=lambda t: t.centre_x) for row in rows]


def _y_scales(numeric: Sequence[Text], across: Sequence[Line]) -> list[_Scale]:
    found: list[_Scale] = []
    for edge in (lambda t: t.right, lambda t: t.centre_x, lambda t: t.x):
        for column in _columns(numeric, edge):
            for labels in _rising(sorted(column, key=lambda t: -t.centre_y)):
                size = float(np.median([t.size for t in labels]))
                left, right = min(t.x for t in labels), max(t.right for t in labels)
                near = [
                    k.at for k in across if -0.4 * size < k.start - right < 4 * size and k.length < 3 * size
                ]
                grid = [k.at for k in across if k.start > right - 0.4 * size and k.length > 8 * size]
                axis = _best(labels, "y", near, grid)
                if axis is not None and _is_survival(axis):
                    box = (left, labels[-1].y, right, labels[0].bottom)
                    found.append(_Scale(axis, box, size))
    kept: list[_Scale] = []
    for scale in sorted(found, key=lambda s: (-len(s.axis.ticks), -s.axis.confidence)):
        if not any(_overlap(scale.box, other.box) for other in kept):
            kept.append(scale)
    return kept


def _columns(numeric: Sequence[Text], edge: Callable[[Text], float]) -> Iterator[list[Text]]:
    column: list[Text] = []
    for text in sorted(numeric, key=edge):
        if column and edge(text) - edge(column[-1]) > 0.25 * text.size:
            yield column
            column = []
        column.append(text)
    if column:
        yield column


def _rising(row: Sequence[Text]) -> Iterator[list[Text]]:
    """Parts of a line of labels whose numbers rise, at least two labels each."""
    part: list[Text] = []
    for text in row:
        if part and (parse_number(text.text) or 0.0) <= (parse_number(part[-1].text) or 0.0):
            if len(part) > 1:
                yield part
            part = []
        part.append(text)
    if len(part) > 1:
        yield part


def _best(labels: Sequence[Text], along: str, near: Sequence[float], grid: Sequence[float]) -> Axis | None:
    """Calibration on ticks, else on gridlines, else on the labels' middles."""
    axes = [calibrate_axis(labels, along="x" if along == "x" else "y", ticks=t) for t in (near, grid)]
    known = [axis for axis in axes if axis is not None]
    return max(known, key=lambda axis: axis.confidence, default=None)


def _is_survival(axis: Axis) -> bool:
    """Whether values can be proportions or percents of survival."""
    low, high = min(v for _, v in axis.ticks), max(v for _, v in axis.ticks)
    return (low >= -0.1 and 0.1 <= high <= 1.2) or (low >= -10 and 10 <= high <= 120)


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _belong(x: _Scale, y: _Scale) -> bool:
    """Whether a row of labels stands under, and to the right of, a column of labels."""
    bottom = y.ends[1]
    return x.box[1] > bottom - y.size and x.ends[0] > y.box[0] - 0.5 * y.size and x.ends[1] > y.box[2]


def _interposed(x: _Scale, y: _Scale, rows: Sequence[_Scale], columns: Sequence[_Scale]) -> bool:
    """Whether other labels stand between the two, so that they belong to different panels."""
    width = x.ends[1] - x.ends[0]
    for other in (k for k in rows if len(k.axis.ticks) > 2):
        shared = min(x.ends[1], other.ends[1]) - max(x.ends[0], other.ends[0])
        if other is not x and _belong(other, y) and other.box[1] < x.box[1] and shared > 0.4 * width:
            return True
    height = y.ends[1] - y.ends[0]
    for other in (k for k in columns if len(k.axis.ticks) > 2):
        shared = min(y.ends[1], other.ends[1]) - max(y.ends[0], other.ends[0])
        if other is not y and other.box[0] > y.box[0] and _belong(x, other) and shared > 0.4 * height:
            return True
    return False


def _panel(x: _Scale, y: _Scale, frames: Sequence[Box], options: ReadingOptions) -> Panel:
    x_axis, y_axis = x.axis, as_proportion(y.axis)
    if options.x_range is not None:
        x_axis = axis_between((x.ends[0], options.x_range[0]), (x.ends[1], options.x_range[1]))
    if options.y_range is not None:
        y_axis = as_proportion(axis_between((y.ends[1], options.y_range[0]), (y.ends[0], options.y_range[1])))
    (left, right), (top, bottom) = x.ends, y.ends
    fitting = [
        f
        for f in frames
        if f[0] < left + 1
        and f[2] > right - 1
        and f[1] < top + 1
        and f[3] > bottom - 1
        and f[2] - f[0] < 1.6 * (right - left)
        and f[3] - f[1] < 1.6 * (bottom - top)
    ]
    # Curves may run on over the last label by up to a label's distance where no frame says where they end.
    step_x = (right - left) / max(1, len(x.axis.ticks) - 1)
    step_y = (bottom - top) / max(1, len(y.axis.ticks) - 1)
    box = min(
        fitting,
        key=lambda f: (f[2] - f[0]) * (f[3] - f[1]),
        default=(left - 0.3 * step_x, top - 0.6 * step_y, right + step_x, bottom + 0.3 * step_y),
    )
    return Panel(x_axis, y_axis, box, x.box[3], x.size)


def _given(
    drawing: Drawing,
    options: ReadingOptions,
    across: Sequence[Line],
    down: Sequence[Line],
    frames: Sequence[Box],
) -> list[Panel]:
    """Panels without readable labels: the ranges given belong to the outer ticks, else to the frame."""
    assert options.x_range is not None
    assert options.y_range is not None
    page = drawing.width * drawing.height
    outer = [f for f in frames if 0.04 * page < (f[2] - f[0]) * (f[3] - f[1]) < 0.9 * page]
    found: list[Panel] = []
    for frame in outer or list(_axis_corners(across, down)):
        left, top, right, bottom = frame
        reach = 0.06 * min(right - left, bottom - top)
        x_ticks = sorted(
            k.at
            for k in down
            if k.length < reach
            and abs(k.start - bottom) < 1.5 * reach
            and left - reach < k.at < right + reach
        )
        y_ticks = sorted(
            k.at
            for k in across
            if k.length < reach and abs(k.end - left) < 1.5 * reach and top - reach < k.at < bottom + reach
        )
        x_ends = (x_ticks[0], x_ticks[-1]) if len(x_ticks) > 2 else (left, right)
        y_ends = (y_ticks[-1], y_ticks[0]) if len(y_ticks) > 2 else (bottom, top)
        x_axis = axis_between((x_ends[0], options.x_range[0]), (x_ends[1], options.x_range[1]))
        y_axis = as_proportion(axis_between((y_ends[0], options.y_range[0]), (y_ends[1], options.y_range[1])))
        if not any(_overlap(frame, panel.box) for panel in found):
            found.append(Panel(x_axis, y_axis, frame, bottom, 0.03 * (bottom - top)))
    return found


def _axis_corners(across: Sequence[Line], down: Sequence[Line]) -> Iterator[Box]:
    """Boxes spanned by a long horizontal axis line and a long vertical one that meet, or nearly so."""
    for x in sorted(across, key=lambda k: -k.length)[:20]:
        for y in sorted(down, key=lambda k: -k.length)[:20]:
            near = 0.08 * max(x.length, y.length)
            if abs(x.start - y.at) < near and abs(x.at - y.end) < near:
                yield min(y.at, x.start), y.start, x.end, max(x.at, y.end)
                break
