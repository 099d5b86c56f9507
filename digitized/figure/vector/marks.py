"""Censor marks: small strokes, circles, crosses and letters that sit on a curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.figure.text import Text
from digitized.figure.vector.curves import SAME_COLOUR, Steps
from digitized.figure.vector.drawing import Box, Drawing, Stroke, colour_distance
from digitized.figure.vector.lettering import MARKS


@dataclass(frozen=True)
class _Mark:
    """A small thing: its middle, its half height, its colour."""

    x: float
    y: float
    reach: float
    colour: str


def censor_marks(drawing: Drawing, box: Box, curves: Sequence[Steps]) -> list[Floats]:
    """Places (drawing coordinates, sorted) of each curve's censor marks.

    A mark belongs to the nearest curve of its own colour, to the nearest of all if no curve has its colour.
    """
    found: list[list[float]] = [list(curve.notches) for curve in curves]
    eps = 1e-4 * max(box[2] - box[0], box[3] - box[1])
    for mark in _marks(drawing, box, curves, eps):
        same = [k for k, c in enumerate(curves) if colour_distance(c.style.stroke, mark.colour) < SAME_COLOUR]
        distances = {k: _distance(mark, curves[k], eps) for k in (same or range(len(curves)))}
        if not distances:
            continue
        nearest = min(distances, key=lambda k: distances[k])
        if distances[nearest] <= mark.reach + eps:
            found[nearest].append(mark.x)
    return [_distinct(np.array(sorted(places)), eps) for places in found]


def _distinct(places: Floats, eps: float) -> Floats:
    return places[np.concatenate([[True], np.diff(places) > eps])] if places.size else places


def _distance(mark: _Mark, curve: Steps, eps: float) -> float:
    """Vertical distance of a mark's middle from the curve at its place, infinite beyond the curve's ends."""
    if not curve.x[0] - eps <= mark.x <= curve.end + 2 * eps:
        return float("inf")
    before, after = curve.level(np.array([mark.x - eps, mark.x + eps]))
    low, high = min(before, after), max(before, after)
    return float(max(low - mark.y, mark.y - high, 0.0))


def _marks(drawing: Drawing, box: Box, curves: Sequence[Steps], eps: float) -> list[_Mark]:
    wide, high = 0.035 * (box[2] - box[0]), 0.08 * (box[3] - box[1])
    colours = [c.style.stroke for c in curves]
    marks: list[_Mark] = []
    for stroke in drawing.strokes:
        left, top, right, bottom = stroke.box
        paint = stroke.style.stroke or stroke.style.fill
        if not paint or right - left > wide or bottom - top > high or bottom - top < 0.3 * (right - left):
            continue
        x, y = 0.5 * (left + right), 0.5 * (top + bottom)
        if bottom > box[3] - eps and (
            y > box[3] or all(colour_distance(paint, c) >= SAME_COLOUR for c in colours)
        ):
            continue  # a tick of the time axis
        if not stroke.closed and any(_lies_on(stroke, curve, eps) for curve in curves):
            continue  # a dash of the curve itself
        if bottom - top > 0 and box[0] <= x <= box[2] and box[1] - high < y < box[3] + high:
            marks.append(_Mark(x, y, max(0.55 * (bottom - top), 0.5), paint))
    marks += [_of_text(t) for t in drawing.texts if t.text in MARKS and box[0] <= t.centre_x <= box[2]]
    return marks


def _lies_on(stroke: Stroke, curve: Steps, eps: float) -> bool:
    """Whether all corners of a stroke lie on a curve, or on one of its falls."""
    x, y = stroke.points[:, 0], stroke.points[:, 1]
    if (
        stroke.style.stroke != curve.style.stroke
        or x.min() < curve.x[0] - eps
        or x.max() > curve.end + 2 * eps
    ):
        return False
    before, after = curve.level(x - 2 * eps), curve.level(x + 2 * eps)
    low, high = np.minimum(before, after), np.maximum(before, after)
    return bool(((y > low - 3 * eps) & (y < high + 3 * eps)).all())


def _of_text(text: Text) -> _Mark:
    return _Mark(text.centre_x, text.centre_y, 0.6 * text.height, text.colour or "#000000")
