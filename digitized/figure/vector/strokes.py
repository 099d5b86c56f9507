"""Straight lines among the strokes: ticks, gridlines, axis lines, legend keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from digitized.figure.vector.drawing import Box, Stroke


@dataclass(frozen=True)
class Line:
    """A straight line along one axis: from `start` to `end` at the coordinate `at` of the other axis."""

    at: float
    start: float
    end: float
    stroke: Stroke

    @property
    def length(self) -> float:
        """Length of the line."""
        return self.end - self.start


def straight_lines(strokes: Iterable[Stroke], eps: float) -> tuple[list[Line], list[Line]]:
    """Horizontal and vertical lines: strokes of one straight piece, and filled boxes as thin as a line."""
    across: list[Line] = []
    down: list[Line] = []
    for stroke in strokes:
        if stroke.curved:
            continue
        left, top, right, bottom = stroke.box
        wide, high = right - left, bottom - top
        thin = 1.6 if stroke.style.fill and stroke.closed else eps
        if wide <= max(thin, eps) < high:
            down.append(Line(0.5 * (left + right), top, bottom, stroke))
        elif high <= max(thin, eps) < wide:
            across.append(Line(0.5 * (top + bottom), left, right, stroke))
    return across, down


def pieces(strokes: Iterable[Stroke]) -> Iterator[Stroke]:
    """Strokes with the short open ones (an axis line that turns a corner) cut into their straight pieces."""
    for stroke in strokes:
        if stroke.closed or stroke.curved or not 2 < len(stroke.points) < 6:
            yield stroke
        else:
            for k in range(len(stroke.points) - 1):
                yield replace(stroke, points=stroke.points[k : k + 2])


def boxes(strokes: Iterable[Stroke], eps: float) -> list[Box]:
    """Rectangles that are drawn, filled, or clipped to."""
    found: set[Box] = set()
    for stroke in strokes:
        if stroke.clip is not None:
            found.add(stroke.clip)
        if stroke.closed and not stroke.curved and 4 <= len(stroke.points) <= 6:
            left, top, right, bottom = stroke.box
            on_edges = [
                min(abs(x - left), abs(x - right)) < eps and min(abs(y - top), abs(y - bottom)) < eps
                for x, y in stroke.points
            ]
            if np.all(on_edges):
                found.add(stroke.box)
    return sorted(found)
