"""Survival curves among the strokes: pieces of one style joined, steps that fall or rise, no bands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats
from digitized.figure.vector.dashes import joined_dashes
from digitized.figure.vector.drawing import Box, Stroke, Style, colour_distance
from digitized.figure.vector.nearby import nearby
from digitized.figure.vector.thinned import unthinned

#: Colours closer than this are one.
SAME_COLOUR = 0.04
#: Steep pieces narrower than this many tolerances stand for steps whose corners were left out.
_THINNED = 6.0
#: Under these shares of the tolerance two coordinates are equal as a file writes them, and as numbers.
_HAIR = 0.02
_ROUNDING = 1e-3


@dataclass(frozen=True, eq=False)
class Steps:
    """A step curve in drawing coordinates.

    `x` are the places of its levels' starts, `y` the levels (so `y[k]` holds from `x[k]` to `x[k + 1]`),
    `end` where the last level ends, `notches` places of ticks drawn within the same path.
    """

    x: Floats
    y: Floats
    end: float
    style: Style
    order: int
    rising: bool = False
    notches: tuple[float, ...] = ()

    def level(self, at: Floats) -> Floats:
        """Height of the curve at places (after a step at that very place)."""
        return self.y[np.clip(np.searchsorted(self.x, at, side="right") - 1, 0, len(self.y) - 1)]


@dataclass(frozen=True)
class Found:
    """Curves of a panel, top first, and why other lines were left out."""

    curves: tuple[Steps, ...]
    bands: int = 0
    slanted: int = 0


def find_curves(strokes: Sequence[Stroke], box: Box, background: str) -> Found:
    """Step curves of a panel."""
    eps = 1e-4 * max(box[2] - box[0], box[3] - box[1])
    visible = [s for s in strokes if _is_line(s, background) and _touches(s, box)]
    curves: list[Steps] = []
    slanted = 0
    for points, stroke in _undashed(_chains([_clipped(s) for s in visible], eps), box, eps):
        if not _plausible(points, box):
            continue
        steps = _steps(points, stroke, eps)
        if steps is None:
            slanted += _long_slanted(points, box)
        elif _is_curve(steps, box, eps):
            curves.append(steps)
    curves = _distinct(curves, eps)
    kept = _without_bands(curves, eps)
    kept.sort(key=lambda c: float(c.level(np.linspace(box[0], box[2], 200)).mean()))
    return Found(tuple(kept), len(curves) - len(kept), slanted)


def _is_line(stroke: Stroke, background: str) -> bool:
    style = stroke.style
    if not style.stroke or stroke.curved or len(stroke.points) < 2:
        return False
    if style.stroke != background and colour_distance(style.stroke, background) < 0.02:
        return False
    return style.stroke != background and not (stroke.closed and style.fill)


def _touches(stroke: Stroke, box: Box) -> bool:
    left, top, right, bottom = stroke.box
    return left < box[2] and right > box[0] and top < box[3] and bottom > box[1]


def _clipped(stroke: Stroke) -> Stroke:
    """The stroke cut where it leaves its clip on the right or below, and held within the clip elsewhere."""
    if stroke.clip is None:
        return stroke
    left, top, right, bottom = stroke.clip
    slack = 0.5 * stroke.style.width + 0.01
    points = _oriented(stroke.points)
    for axis, edge, hidden in ((0, right, points[:, 0] > right), (1, bottom, points[:, 1] > bottom + slack)):
        beyond = np.flatnonzero(hidden[: len(points)])
        if not beyond.size:
            continue
        first = int(beyond[0])
        if first == 0:
            return replace(stroke, points=points[:1])
        before, after = points[first - 1], points[first]
        share = max(0.0, (edge - before[axis]) / (after[axis] - before[axis]))
        points = np.vstack([points[:first], before + share * (after - before)])
    # Half a line's width: a curve that runs along the clip's edge is drawn, and is not moved.
    held = np.clip(points, [left - slack, top - slack], [right + slack, bottom + slack])
    return replace(stroke, points=held)


def _chains(strokes: Sequence[Stroke], eps: float) -> list[tuple[Floats, Stroke]]:
    """Polylines from left to right: strokes of one style joined where one ends and the next begins."""
    groups: defaultdict[tuple[str, float, tuple[float, ...]], list[Stroke]] = defaultdict(list)
    for stroke in strokes:
        if len(stroke.points) > 1:
            dash = tuple(round(d, 2) for d in stroke.style.dash)
            groups[stroke.style.stroke, round(stroke.style.width, 2), dash].append(stroke)
    found: list[tuple[Floats, Stroke]] = []
    for group in groups.values():
        oriented = [_oriented(s.points) for s in group]
        following = _following(oriented, 3 * eps)
        started = set(following.values())
        for k, points in enumerate(oriented):
            if k in started:
                continue
            parts, at, seen = [points], k, {k}
            while at in following and following[at] not in seen:
                at = following[at]
                seen.add(at)
                parts.append(oriented[at])
            found.append((np.vstack(parts), group[k]))
    return found


def _undashed(chains: Sequence[tuple[Floats, Stroke]], box: Box, eps: float) -> list[tuple[Floats, Stroke]]:
    """Chains with the dashes among them that are paths of their own joined into their lines."""
    small = 0.06 * (box[2] - box[0])
    dashes: defaultdict[tuple[str, float], list[int]] = defaultdict(list)
    for k, (points, stroke) in enumerate(chains):
        if len(points) > 1 and np.ptp(points[:, 0]) < small and not stroke.style.dash and not stroke.closed:
            dashes[stroke.style.stroke, round(stroke.style.width, 2)].append(k)
    used: set[int] = set()
    lines: list[tuple[Floats, Stroke]] = []
    for group in dashes.values():
        for line in joined_dashes([chains[k][0] for k in group], eps):
            used.update(group[m] for m in line.members)
            first = chains[group[line.members[0]]][1]
            lines.append((line.points, replace(first, style=replace(first.style, dash=line.pattern))))
    return [chain for k, chain in enumerate(chains) if k not in used] + lines


def _oriented(points: Floats) -> Floats:
    start, end = points[0], points[-1]
    backwards = end[0] < start[0] or (end[0] == start[0] and end[1] < start[1])
    return points[::-1] if backwards else points


def _following(pieces: Sequence[Floats], eps: float) -> dict[int, int]:
    """Which piece goes on where another ends; where several could, the one that turns (a step alternates)."""
    if len(pieces) < 2:
        return {}
    going_on = nearby(np.array([p[-1] for p in pieces]), np.array([p[0] for p in pieces]), eps)
    following: dict[int, int] = {}
    taken: set[int] = set()
    for k, candidates in enumerate(going_on):
        open_ones = [c for c in candidates if c != k and c not in taken]
        if not open_ones:
            continue
        upright = _upright(pieces[k][-2:])
        chosen = min(open_ones, key=lambda c: (_upright(pieces[c][:2]) == upright, c))
        following[k] = chosen
        taken.add(chosen)
    return following


def _upright(piece: Floats) -> bool:
    return bool(abs(piece[1, 1] - piece[0, 1]) > abs(piece[1, 0] - piece[0, 0]))


def _plausible(points: Floats, box: Box) -> bool:
    """Wide enough, and not the frame or an axis line along the edges of the panel."""
    left, top, right, bottom = box
    if np.ptp(points[:, 0]) < 0.06 * (right - left) or len(points) < 3:
        return False
    near = 0.004 * max(right - left, bottom - top)
    on_edge = (
        (np.abs(points[:, 0] - left) < near)
        | (np.abs(points[:, 0] - right) < near)
        | (np.abs(points[:, 1] - bottom) < near)
    ) & ((np.abs(points[:, 1] - top) < near) | (np.abs(points[:, 1] - bottom) < near))
    return not on_edge.all() and bool(np.abs(points[0] - points[-1]).max() > near)


def _long_slanted(points: Floats, box: Box) -> bool:
    return bool(np.ptp(points[:, 0]) > 0.3 * (box[2] - box[0]))


def _steps(points: Floats, stroke: Stroke, eps: float) -> Steps | None:
    """Step function of a polyline from left to right, None if it is not one."""
    move = np.diff(points, axis=0)
    length = np.abs(move).sum(axis=1)
    slant = (np.abs(move[:, 0]) > eps) & (np.abs(move[:, 1]) > eps)
    steep = slant & (np.abs(move[:, 0]) < _THINNED * eps)
    flat = slant & ~steep
    if length[flat].sum() > 0.02 * length.sum() or (length[flat] > 40 * eps).any() or steep.mean() > 0.3:
        return None
    if (move[:, 0] < -eps).any():
        return None
    points = unthinned(points, steep | _thinned(move, eps), eps)
    x: list[float] = []
    y: list[float] = []
    notches: list[float] = []
    first = 0
    across: Floats = np.maximum.accumulate(points[:, 0])
    while first < len(points):
        last = int(np.searchsorted(across, across[first] + eps, side="right"))
        place = np.column_stack([across[first:last], points[first:last, 1]])
        if _is_notch(place[:, 1], eps):
            notches.append(float(place[0, 0]))
        if not _one_way(place[:, 1], eps):
            # The line left the curve and came back, all at its first point's place.
            place = np.array([place[0], [place[0, 0], place[-1, 1]]])
        for at, height in place:
            if not y or abs(height - y[-1]) > eps:
                x.append(float(at))
                y.append(float(height))
        first = last
    change = np.diff(y)
    if change.size == 0:
        return None
    down, up = float(change[change > 0].sum()), float(-change[change < 0].sum())
    if min(down, up) > 0.01 * (down + up):
        return None
    end = float(points[-1, 0])
    return Steps(_apart(x, eps), np.array(y), end, stroke.style, stroke.order, up > down, tuple(notches))


def _is_notch(heights: Floats, eps: float) -> bool:
    """Whether a line at one place leaves the range between the heights at which it enters and leaves."""
    low, high = min(heights[0], heights[-1]), max(heights[0], heights[-1])
    return bool(heights.min() < low - 20 * eps or heights.max() > high + 20 * eps)


def _one_way(heights: Floats, eps: float) -> bool:
    move = np.diff(heights)
    return bool((move > -eps).all() or (move < eps).all())


def _apart(x: Sequence[float], eps: float) -> Floats:
    """Falls at one place, told by the corner between them alone, moved apart by less than the file's decimals."""
    places = np.array(x)
    same = np.flatnonzero(np.diff(places[1:]) <= 0) + 1
    for run in np.split(same, np.flatnonzero(np.diff(same) > 1) + 1) if same.size else ():
        falls = slice(run[0], run[-1] + 2)
        places[falls] = places[run[0]] + _HAIR * eps * (np.arange(run.size + 1) - 0.5 * run.size)
    return places


def _thinned(move: Floats, eps: float) -> npt.NDArray[np.bool_]:
    """Falls a hair off the upright in a line whose other falls are exactly upright."""
    fall = np.abs(move[:, 1]) > eps
    off = fall & (np.abs(move[:, 0]) > _ROUNDING * eps) & (np.abs(move[:, 0]) <= eps)
    return off if off.sum() < 0.2 * fall.sum() else np.zeros_like(off)


def _is_curve(steps: Steps, box: Box, eps: float) -> bool:
    """Not an axis line, a reference line (one drop, from half-way) or a legend's key.

    Falls at the very ends of a line do not count: an axis line turns the corner there, a tick ends it, and a
    line drawn to a median falls there.
    """
    inner = (steps.x[1:] > steps.x[0] + 3 * eps) & (steps.x[1:] < steps.end - 3 * eps)
    drops = int((np.abs(np.diff(steps.y))[inner] > eps).sum())
    height = box[3] - box[1]
    start = (box[3] - steps.y[0]) if steps.rising else (steps.y[0] - box[1])
    late = steps.x[0] - box[0] > 0.4 * (box[2] - box[0])
    if drops == 0 or late or np.abs(np.diff(steps.y)).max() > 0.8 * height:
        return False
    return drops > 2 or start < 0.16 * height


def _distinct(curves: Sequence[Steps], eps: float) -> list[Steps]:
    """Curves drawn twice (a halo under a line) count once: the one painted last."""
    kept: list[Steps] = []
    for curve in sorted(curves, key=lambda c: -c.order):
        if not any(_same(curve, other, eps) for other in kept):
            kept.append(curve)
    return kept


def _same(a: Steps, b: Steps, eps: float) -> bool:
    return (
        len(a.x) == len(b.x)
        and bool(np.abs(a.x - b.x).max() < 3 * eps)
        and bool(np.abs(a.y - b.y).max() < 3 * eps)
    )


def _without_bands(curves: Sequence[Steps], eps: float) -> list[Steps]:
    """Curves that are not the limits of another's confidence band.

    Limits of one band look alike, lie on either side of their curve everywhere, and step only where it steps.
    """
    limits: set[int] = set()
    for m, middle in enumerate(curves):
        lower = [k for k, c in enumerate(curves) if k != m and _beside(c, middle, 1, eps)]
        upper = [k for k, c in enumerate(curves) if k != m and _beside(c, middle, -1, eps)]
        pairs = [
            (a, b)
            for a in lower
            for b in upper
            if _alike(curves[a].style, curves[b].style) and _shade(curves[a].style, middle.style)
        ]
        for pair in pairs:
            limits.update(pair)
    return [c for k, c in enumerate(curves) if k not in limits]


def _beside(limit: Steps, middle: Steps, side: int, eps: float) -> bool:
    """Whether a curve lies below (side 1; y downwards) or above (-1) another and steps only where it does."""
    places = middle.x[middle.x <= limit.end + eps]
    off = side * (limit.level(places) - middle.level(places))
    if places.size < 2 or (off < -3 * eps).any() or off.max() < 3 * eps:
        return False
    distance: npt.NDArray[np.float64] = np.abs(limit.x[1:, None] - middle.x[None, :]).min(axis=1)
    return bool((distance < 3 * eps).mean() > 0.9)


def _alike(a: Style, b: Style) -> bool:
    return colour_distance(a.stroke, b.stroke) < SAME_COLOUR and same_dash(a.dash, b.dash)


def _shade(limit: Style, middle: Style) -> bool:
    """Limits have the colour of their curve, lighter or not, or no hue at all."""
    a = np.array([int(limit.stroke[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)
    b = np.array([int(middle.stroke[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)
    if np.ptp(a) < 12 or colour_distance(limit.stroke, middle.stroke) < SAME_COLOUR:
        return True
    return bool(np.corrcoef(a - 255, b - 255)[0, 1] > 0.95)


def same_dash(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two dash patterns look alike (their scale may differ)."""
    if not a or not b or len(a) != len(b):
        return not a and not b
    ratio = np.array(a) / np.maximum(np.array(b), 1e-9)
    return bool(np.ptp(ratio) < 0.1 * ratio.max())
