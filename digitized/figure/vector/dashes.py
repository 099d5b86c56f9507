"""Dashed lines whose every dash is a path of its own: joined again into the line that was drawn.

Along a step curve the way from a dash's end to the next dash's start, across plus down, is as long as the gap of
the pattern, whether or not a corner of the curve fell into it. That tells which dash goes on where.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from digitized.curve import Floats
from digitized.figure.vector.drawing import Stroke
from digitized.figure.vector.nearby import nearby

#: Fewer pieces than this are no dashed curve.
_LEAST = 10
#: Gaps along one line differ by no more than this share of their usual length.
_EVEN = 0.35


@dataclass(frozen=True, eq=False)
class Dashes:
    """A line made of dashes: which pieces it is made of, its points, and its pattern (dash, gap)."""

    members: tuple[int, ...]
    points: Floats
    pattern: tuple[float, float]


def joined_dashes(pieces: Sequence[Floats], eps: float) -> list[Dashes]:
    """Lines made of dashes of one style, falling ones or, if there are none, rising ones.

    Parameters
    ----------
    pieces : sequence of (N, 2) arrays
        Pieces from left to right, falling ones downwards; long ones are lines of their own and left out.
    eps : float
        Distance under which two coordinates are one.

    Returns
    -------
    list of Dashes
        With the corners in the gaps restored.
    """
    mirror = np.array([1.0, -1.0])
    falling = _falling_lines(pieces, eps)
    if falling:
        return falling
    turned = [p[::-1] * mirror if np.ptp(p[:, 0]) <= eps else p * mirror for p in pieces]
    return [replace(line, points=line.points * mirror) for line in _falling_lines(turned, eps)]


def _falling_lines(pieces: Sequence[Floats], eps: float) -> list[Dashes]:
    lengths = np.array([np.abs(np.diff(p, axis=0)).sum() for p in pieces])
    middles = np.array([0.5 * (p[0] + p[-1]) for p in pieces])
    crossing = [len(found) > 1 for found in nearby(middles, middles, 3 * eps)]
    usual = float(np.median(lengths)) if lengths.size else 0.0
    short = [
        k
        for k, p in enumerate(pieces)
        if eps < lengths[k] <= 3 * usual and not crossing[k] and (np.diff(p[:, 1]) > -eps).all()
    ]
    if len(short) < _LEAST:
        return []
    starts = np.array([pieces[k][0] for k in short])
    ends = np.array([pieces[k][-1] for k in short])
    near = nearby(ends, starts, 4 * usual)
    ahead = [
        [c for c in found if c != k and _onward(ends[k], starts[c], eps)] for k, found in enumerate(near)
    ]
    closest = [min(_way(ends[k], starts[c]) for c in found) for k, found in enumerate(ahead) if found]
    if len(closest) < _LEAST - 1:
        return []
    gap = float(np.median(closest))
    pairs = sorted(
        (abs(_way(ends[k], starts[c]) - gap), k, c) for k, found in enumerate(ahead) for c in found
    )
    following: dict[int, int] = {}
    taken: set[int] = set()
    for off, k, c in pairs:
        if off < _EVEN * gap + eps and k not in following and c not in taken:
            following[k] = c
            taken.add(c)
    lines = []
    for first in range(len(short)):
        if first in taken:
            continue
        run = [first]
        while run[-1] in following:
            run.append(following[run[-1]])
        if len(run) >= _LEAST:
            members = tuple(short[k] for k in run)
            dash = float(np.median(lengths[list(members)]))
            lines.append(Dashes(members, _restored([pieces[k] for k in members], eps), (dash, gap)))
    return lines


def _way(end: Floats, start: Floats) -> float:
    """Length of the way from one dash to the next along a step curve: across plus down."""
    return float(np.abs(start - end).sum())


def _onward(end: Floats, start: Floats, eps: float) -> bool:
    """Whether a dash can follow on a falling curve: to the right, below, or both."""
    return bool((start - end > -eps).all() and np.abs(start - end).sum() > eps)


def _restored(run: Sequence[Floats], eps: float) -> Floats:
    """Points of the line, with a corner where one fell into a gap."""
    parts = [run[0]]
    for following in run[1:]:
        end, start = parts[-1][-1], following[0]
        if np.abs(start - end).min() > eps:
            down_before, down_after = _upright(parts[-1][-2:]), _upright(following[:2])
            if down_before and not down_after:
                corners = np.array([[end[0], start[1]]])
            elif down_after and not down_before:
                corners = np.array([[start[0], end[1]]])
            elif down_before:
                middle = 0.5 * (end[1] + start[1])
                corners = np.array([[end[0], middle], [start[0], middle]])
            else:
                middle = 0.5 * (end[0] + start[0])
                corners = np.array([[middle, end[1]], [middle, start[1]]])
            parts.append(corners)
        parts.append(following)
    points = np.vstack(parts)
    # Where a dash ends within a fall there is no corner of the curve.
    down = np.abs(np.diff(points[:, 0])) <= eps
    return points[np.concatenate([[True], ~(down[1:] & down[:-1]), [True]])]


def _upright(piece: Floats) -> bool:
    return bool(abs(piece[1, 1] - piece[0, 1]) > abs(piece[1, 0] - piece[0, 0]))


def dashed_keys(keys: Sequence[Stroke], eps: float) -> list[Stroke]:
    """Keys of a legend, those that are rows of three or more even dashes put together into one dashed key."""
    rows: defaultdict[tuple[str, int], list[Stroke]] = defaultdict(list)
    for key in keys:
        _, top, _, bottom = key.box
        if key.style.stroke and not key.style.dash and bottom - top < eps:
            rows[key.style.stroke, round(0.5 * (top + bottom) / (4 * eps))].append(key)
    found, used = [], set[int]()
    for row in rows.values():
        row.sort(key=lambda s: s.box[0])
        breaks = [
            k for k in range(1, len(row)) if not 0 < row[k].box[0] - row[k - 1].box[2] < 2 * _across(row[k])
        ]
        for first, last in pairwise([0, *breaks, len(row)]):
            run = row[first:last]
            if len(run) >= 3:
                used.update(id(s) for s in run)
                found.append(_one_key(run))
    return [*(k for k in keys if id(k) not in used), *found]


def _across(stroke: Stroke) -> float:
    return stroke.box[2] - stroke.box[0]


def _one_key(run: Sequence[Stroke]) -> Stroke:
    gap = float(np.median([b.box[0] - a.box[2] for a, b in pairwise(run)]))
    dash = (float(np.median([_across(s) for s in run])), gap)
    return replace(run[0], points=np.vstack([s.points for s in run]), style=replace(run[0].style, dash=dash))
