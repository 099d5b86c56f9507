"""Outlines of SVG shapes as subpaths of points."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from fontTools.pens.basePen import BasePen, decomposeQuadraticSegment
from fontTools.svgLib.path import parse_path

from digitized.curve import Floats
from digitized.figure.vector.drawing import Affine, bezier
from digitized.figure.vector.svg_style import length, numbers


@dataclass
class Subpath:
    """Points of one subpath."""

    points: list[Floats] = field(default_factory=list)
    closed: bool = False
    curved: bool = False


class SubpathPen(BasePen):
    """Collects the subpaths that a path draws; curved pieces become short straight ones."""

    def __init__(self) -> None:
        super().__init__(None)
        self.subpaths: list[Subpath] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - names of the pen protocol
        self.subpaths.append(Subpath([np.array(pt, dtype=float)]))

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.subpaths[-1].points.append(np.array(pt, dtype=float))

    def _curveToOne(  # noqa: N802
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        path = self.subpaths[-1]
        start = path.points[-1]
        path.points.extend(bezier(start, np.array(pt1), np.array(pt2), np.array(pt3)))
        path.curved = True

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:  # noqa: N802
        start = self.subpaths[-1].points[-1]
        for control, end in decomposeQuadraticSegment((pt1, pt2)):
            first = start + 2 / 3 * (np.array(control) - start)
            second = np.array(end) + 2 / 3 * (np.array(control) - np.array(end))
            self._curveToOne(tuple(first), tuple(second), end)
            start = np.array(end)

    def _closePath(self) -> None:  # noqa: N802
        path = self.subpaths[-1]
        path.closed = True
        path.points.append(path.points[0])

    def _endPath(self) -> None:  # noqa: N802
        """An open subpath needs no end."""


def _path(a: Mapping[str, str], size: tuple[float, float]) -> list[Subpath]:
    pen = SubpathPen()
    parse_path(a.get("d", ""), pen)
    return pen.subpaths


def _polyline(a: Mapping[str, str], size: tuple[float, float]) -> list[Subpath]:
    flat = numbers(a.get("points", ""))
    points = [np.array(p) for p in zip(flat[::2], flat[1::2], strict=False)]
    return [Subpath(points)] if points else []


def _polygon(a: Mapping[str, str], size: tuple[float, float]) -> list[Subpath]:
    return [Subpath([*path.points, path.points[0]], closed=True) for path in _polyline(a, size)]


def _line(a: Mapping[str, str], size: tuple[float, float]) -> list[Subpath]:
    x1, y1 = length(a.get("x1", "0"), size[0]), length(a.get("y1", "0"), size[1])
    x2, y2 = length(a.get("x2", "0"), size[0]), length(a.get("y2", "0"), size[1])
    return [Subpath([np.array([x1, y1]), np.array([x2, y2])])]


def _rect(a: Mapping[str, str], size: tuple[float, float]) -> list[Subpath]:
    x, y = length(a.get("x", "0"), size[0]), length(a.get("y", "0"), size[1])
    w, h = length(a.get("width", "0"), size[0]), length(a.get("height", "0"), size[1])
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
    return [Subpath([np.array(c) for c in corners], closed=True)] if w > 0 and h > 0 else []


def _ellipse(a: Mapping[str, str], size: tuple[float, float]) -> list[Subpath]:
    x, y = length(a.get("cx", "0"), size[0]), length(a.get("cy", "0"), size[1])
    both = length(a.get("r", "0"), size[0])
    rx, ry = length(a.get("rx", ""), size[0]) or both, length(a.get("ry", ""), size[1]) or both
    turn = np.linspace(0, 2 * np.pi, 25)
    points = np.column_stack([x + rx * np.cos(turn), y + ry * np.sin(turn)])
    return [Subpath(list(points), closed=True, curved=True)] if rx > 0 and ry > 0 else []


#: Outline of each shape element from its attributes and the size of the viewport.
SHAPES: Mapping[str, Callable[[Mapping[str, str], tuple[float, float]], list[Subpath]]] = {
    "path": _path,
    "polyline": _polyline,
    "polygon": _polygon,
    "line": _line,
    "rect": _rect,
    "circle": _ellipse,
    "ellipse": _ellipse,
}


def transform(text: str) -> Affine:
    """Affine map of a transform attribute."""
    whole = Affine()
    for name, body in re.findall(r"(\w+)\s*\(([^)]*)\)", text or ""):
        n = numbers(body)
        if name == "matrix" and len(n) == 6:
            whole = whole @ Affine(*n)
        elif name == "translate" and n:
            whole = whole @ Affine(e=n[0], f=n[1] if len(n) > 1 else 0.0)
        elif name == "scale" and n:
            whole = whole @ Affine(a=n[0], d=n[1] if len(n) > 1 else n[0])
        elif name == "rotate" and n:
            cos, sin = float(np.cos(np.radians(n[0]))), float(np.sin(np.radians(n[0])))
            x, y = (n[1], n[2]) if len(n) == 3 else (0.0, 0.0)
            whole = whole @ Affine(e=x, f=y) @ Affine(cos, sin, -sin, cos) @ Affine(e=-x, f=-y)
        elif name == "skewX" and n:
            whole = whole @ Affine(c=float(np.tan(np.radians(n[0]))))
        elif name == "skewY" and n:
            whole = whole @ Affine(b=float(np.tan(np.radians(n[0]))))
    return whole
