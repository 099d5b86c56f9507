"""Calibrating a frame: cells of text beside its axes, read as numbers, paired with its ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.curve import Floats
from digitized.figure.axes import shift_to_ticks
from digitized.figure.raster.frames import Frame, Gray
from digitized.figure.raster.image import Picture
from digitized.figure.raster.ocr import Box, Word, as_number, recognise
from digitized.figure.reading import Axis

#: Grey difference from the local ground that is print.
_PRINT = 0.22


@dataclass(frozen=True)
class Label:
    """A number beside an axis: where its middle stands (pixels along the axis) and what was read."""

    at: float
    value: float
    score: float


def printed(gray: Gray) -> npt.NDArray[np.bool_]:
    """Where something is printed: darker or lighter than the ground around it."""
    ground = ndimage.median_filter(gray[::3, ::3], size=15)
    ground = np.repeat(np.repeat(ground, 3, axis=0), 3, axis=1)[: gray.shape[0], : gray.shape[1]]
    return np.abs(gray - ground) > _PRINT


def _components(ink: npt.NDArray[np.bool_], left: int, top: int) -> list[Box]:
    labels, _ = ndimage.label(ink, structure=np.ones((3, 3)))
    return [
        (left + s[1].start, top + s[0].start, left + s[1].stop - 1, top + s[0].stop - 1)
        for s in ndimage.find_objects(labels)
    ]


def cells_below(ink: npt.NDArray[np.bool_], frame: Frame) -> list[Box]:
    """Cells of the first line of text under the frame, left to right."""
    rows = frame.lines[1]
    top = int(np.ceil(frame.bottom + (0.5 * rows[0].thickness if rows else 0) + 0.5))
    base = min(ink.shape[0], round(top + max(60, 0.25 * frame.height)))
    left = max(0, round(frame.left - 0.04 * frame.width - 8))
    right = min(ink.shape[1], round(frame.right + 0.04 * frame.width + 12))
    parts = [b for b in _components(ink[top:base, left:right], left, top) if b[1] > top + 1]
    tall = [b for b in parts if 4 <= b[3] - b[1] + 1 <= 0.2 * frame.height + 12]
    if not tall:
        return []
    first = min(tall, key=lambda b: b[1] + 0.5 * (b[3] - b[1]))
    line = [b for b in tall if _shared(b[1], b[3], first[1], first[3]) > 0.5]
    span = (float(np.median([b[1] for b in line])), float(np.median([b[3] for b in line])))
    line = [b for b in parts if span[0] - 2 <= 0.5 * (b[1] + b[3]) <= span[1] + 3]
    return _joined(sorted(line), 0.42 * (span[1] - span[0] + 1))


def cells_beside(ink: npt.NDArray[np.bool_], frame: Frame) -> list[Box]:
    """Cells of the column of text nearest to the left of the frame, top to bottom."""
    columns = frame.lines[0]
    right = int(np.floor(frame.left - (0.5 * columns[0].thickness if columns else 0) - 0.5)) + 1
    left = max(0, round(right - max(70, 0.22 * frame.width)))
    top = max(0, round(frame.top - 0.04 * frame.height - 8))
    base = min(ink.shape[0], round(frame.bottom + 0.04 * frame.height + 10))
    if right - left < 4:
        return []
    parts = [b for b in _components(ink[top:base, left:right], left, top) if b[2] < right - 2]
    tall = [b for b in parts if 4 <= b[3] - b[1] + 1 <= 0.2 * frame.height + 12]
    cells: list[Box] = []
    for seed in sorted(tall, key=lambda b: -b[2]):
        if any(_shared(seed[1], seed[3], c[1], c[3]) > 0.3 for c in cells):
            continue
        high = seed[3] - seed[1] + 1
        row = [b for b in parts if seed[1] - 2 <= 0.5 * (b[1] + b[3]) <= seed[3] + 2]
        cells.append(_joined(sorted(row), 0.5 * high)[-1])
    return sorted(cells, key=lambda b: b[1])


def cells_upwards(ink: npt.NDArray[np.bool_], frame: Frame) -> list[Box]:
    """Cells of the line of text nearest to the left of the frame that is written upwards, bottom to top."""
    columns = frame.lines[0]
    right = int(np.floor(frame.left - (0.5 * columns[0].thickness if columns else 0) - 0.5)) + 1
    left = max(0, round(right - max(70, 0.22 * frame.width)))
    top = max(0, round(frame.top - 0.04 * frame.height - 20))
    base = min(ink.shape[0], round(frame.bottom + 0.04 * frame.height + 20))
    if right - left < 4:
        return []
    parts = [b for b in _components(ink[top:base, left:right], left, top) if b[2] < right - 2]
    wide = [b for b in parts if 4 <= b[2] - b[0] + 1 <= 0.2 * frame.height + 12]
    if not wide:
        return []
    first = max(wide, key=lambda b: b[2] - 0.5 * (b[2] - b[0]))
    line = [b for b in wide if _shared(b[0], b[2], first[0], first[2]) > 0.5]
    span = (float(np.median([b[0] for b in line])), float(np.median([b[2] for b in line])))
    line = [b for b in parts if span[0] - 2 <= 0.5 * (b[0] + b[2]) <= span[1] + 3]
    turned = _joined(sorted((-b[3], b[0], -b[1], b[2]) for b in line), 0.5 * (span[1] - span[0] + 1))
    return [(b[1], -b[2], b[3], -b[0]) for b in turned]


def _shared(a0: float, a1: float, b0: float, b1: float) -> float:
    return (min(a1, b1) - max(a0, b0) + 1) / min(a1 - a0 + 1, b1 - b0 + 1)


def _joined(parts: Sequence[Box], gap: float) -> list[Box]:
    cells: list[Box] = []
    for box in parts:
        if cells and box[0] - cells[-1][2] - 1 < gap:
            last = cells[-1]
            cells[-1] = (last[0], min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            cells.append(box)
    return cells


def split_at(cells: Sequence[Box], ticks: Floats, ink: npt.NDArray[np.bool_]) -> list[Box]:
    """Cut cells that hold the labels of several ticks at the emptiest column near the ticks' midpoints."""
    parts: list[Box] = []
    for left, top, right, bottom in cells:
        inside = ticks[(ticks > left - 1) & (ticks < right + 1)]
        cuts: list[float] = []
        for middle in 0.5 * (inside[:-1] + inside[1:]):
            reach = max(2, round(0.3 * float(np.diff(inside).min())))
            window = np.arange(round(middle) - reach, round(middle) + reach + 1)
            window = window[(window > left) & (window < right)]
            counts = ink[int(top) : int(bottom) + 1, window].sum(axis=0) + 0.02 * np.abs(window - middle)
            cuts.append(float(window[np.argmin(counts)]))
        edges = [left, *cuts, right + 1]
        parts += [(a, top, b - 1, bottom) for a, b in pairwise(edges) if b - a > 1]
    return parts


def read_labels(
    picture: Picture, cells: Sequence[Box], *, across: bool, upwards: bool = False
) -> list[Label]:
    """Numbers of the cells that hold one."""
    labels = []
    for box, (text, score) in zip(cells, recognise(picture, cells, upwards=upwards), strict=False):
        value = as_number(text)
        if value is not None:
            middle = 0.5 * (box[0] + box[2]) if across else 0.5 * (box[1] + box[3])
            labels.append(Label(middle, value, score))
    return labels


def labels_of_words(words: Sequence[Word], frame: Frame, *, across: bool) -> list[Label]:
    """Numbers among the detected words that stand where the frame's labels stand: a second opinion."""
    labels = []
    for word in words:
        value = word.number
        if value is None:
            continue
        high = word.height
        below = 0 < word.y - frame.bottom < 3.5 * high + 6
        within = frame.left - high < word.x < frame.right + 1.5 * high
        beside = frame.left - 6.5 * high < word.right < frame.left + 0.3 * high
        level = frame.top - high < word.y < frame.bottom + high
        if across and below and within:
            labels.append(Label(word.x, value, 0.5 * word.score))
        elif not across and beside and level:
            labels.append(Label(word.y, value, 0.5 * word.score))
    return labels


@dataclass(frozen=True)
class Fit:
    """A calibration with the share of labels that agree with it."""

    axis: Axis
    agreeing: int
    residual: float


def fit_axis(labels: Sequence[Label], tick_sets: Sequence[Floats], *, rising: bool) -> Fit | None:
    """Line through (tick, number) that most labels agree with; None when fewer than two do.

    Parameters
    ----------
    labels : sequence of Label
        Numbers as read, some of them wrongly.
    tick_sets : sequence of arrays
        Candidate tick positions in pixels; the set that serves most labels is used, else the labels' middles.
    rising : bool
        Whether values grow with the pixel coordinate (time axis) or fall (survival axis).
    """
    best: tuple[float, float, float, float, list[Label]] | None = None
    spacing = _spacing([label.at for label in labels])
    tolerance = max(2.5, 0.1 * spacing)
    for a, b in combinations(labels, 2):
        if abs(a.at - b.at) < 0.5 * spacing or a.value == b.value:
            continue
        per_unit = (b.value - a.value) / (b.at - a.at)
        if (per_unit > 0) != rising:
            continue
        zero = a.value - per_unit * a.at
        agreeing = [c for c in labels if abs((c.value - zero) / per_unit - c.at) < tolerance]
        weight = sum(c.score for c in agreeing)
        error = float(np.mean([abs((c.value - zero) / per_unit - c.at) for c in agreeing]))
        if best is None or (weight, -error) > (best[0], -best[1]):
            best = (weight, error, zero, per_unit, agreeing)
    if best is None:
        return None
    _, _, zero, per_unit, agreeing = best
    values = sorted({label.value for label in agreeing})
    if len(values) < 2:
        return None
    pairs: list[tuple[float, float]] = []
    expected_at = (np.array(values) - zero) / per_unit
    for ticks in tick_sets:
        shift = shift_to_ticks(expected_at, ticks)
        near = [
            (float(t), v)
            for v, at in zip(values, expected_at, strict=True)
            for t in ticks[np.abs(ticks - at - shift) < max(3.0, 0.12 * spacing)]
        ]
        straight = _straight(near)
        if len(straight) > len(pairs):
            pairs = straight
    on_ticks = len(pairs) >= max(2, 0.6 * len(values))
    if not on_ticks:
        middles = [(float(np.mean([c.at for c in agreeing if c.value == v])), v) for v in values]
        pairs = _straight(middles, 2.5)
    at, value = np.array(pairs).T
    slope, intercept = np.polyfit(at, value, 1)
    residual = np.abs((value - intercept) / slope - at)
    expected = 1 + abs(values[-1] - values[0]) / float(np.min(np.diff(values)))
    confidence = min(1.0, len(values) / max(3.0, min(expected, 12.0))) * (
        1.0 if residual.max() < 1.5 else 0.7
    )
    confidence *= 1.0 if on_ticks else 0.85
    ticks_used = tuple((float(a), float(v)) for a, v in zip(at, value, strict=True))
    axis = Axis(float(intercept), float(slope), ticks_used, "ocr", round(confidence, 3))
    return Fit(axis, len(values), float(residual.max()))


def _straight(pairs: Sequence[tuple[float, float]], within: float = 1.1) -> list[tuple[float, float]]:
    """Most (pixel, value) pairs on one line, one a value: labels moved aside and false ticks are left out.

    Pixels are rounded when drawn: `within` allows for it.
    """
    best: list[tuple[float, float]] = []
    least = np.inf
    for (a, u), (b, v) in combinations(pairs, 2):
        if u == v or a == b:
            continue
        slope = (b - a) / (v - u)
        off = [(abs(a + slope * (value - u) - at), at, value) for at, value in pairs]
        chosen = {
            value: (at, value) for _, at, value in sorted((o for o in off if o[0] < within), reverse=True)
        }
        error = sum(o[0] for o in off if (o[1], o[2]) in chosen.values())
        if (len(chosen), -error) > (len(best), -least):
            best, least = sorted(chosen.values(), key=lambda pair: pair[1]), error
    return best


def _spacing(positions: Sequence[float]) -> float:
    gaps = np.diff(np.unique(np.round(positions)))
    gaps = gaps[gaps > 6]
    return float(np.median(gaps)) if gaps.size else 20.0


def axis_from_range(
    limits: tuple[float, float], tick_sets: Sequence[Floats], ends: tuple[float, float], origin: str
) -> Axis:
    """Calibration from two typed values: they belong to the first and the last tick, else to the box's ends.

    `ends` are the pixel coordinates of the box where the first and the last value would stand.
    """
    low, high = min(ends), max(ends)
    for candidate in tick_sets:
        ticks = regular(candidate[(candidate > low - 4) & (candidate < high + 4)])
        if ticks.size >= 3 and ticks[-1] - ticks[0] > 0.6 * (high - low):
            low, high = float(ticks[0]), float(ticks[-1])
            break
    first, last = (low, high) if ends[0] < ends[1] else (high, low)
    per_unit = (limits[1] - limits[0]) / (last - first)
    return Axis(
        limits[0] - per_unit * first,
        per_unit,
        ((first, limits[0]), (last, limits[1])),
        origin,
        1.0 if origin == "option" else 0.5,
    )


def regular(ticks: Floats) -> Floats:
    """The longest run of equally spaced ticks (print that touches the axis line is no tick)."""
    best: Floats = ticks[:0]
    for i in range(ticks.size):
        for j in range(i + 1, min(ticks.size, i + 4)):
            step = ticks[j] - ticks[i]
            if step < 5:
                continue
            chain = [ticks[i], ticks[j]]
            while True:
                expected = chain[-1] + step
                nearest = ticks[int(np.argmin(np.abs(ticks - expected)))]
                if abs(nearest - expected) > max(1.6, 0.04 * step):
                    break
                chain.append(nearest)
            if len(chain) > best.size:
                best = np.array(chain)
    return best
