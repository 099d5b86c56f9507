"""Lines that are no arms but the limits of another curve's confidence interval."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from digitized.curve import Floats
from digitized.figure.raster.curves import Trace

#: Directions of absorbance closer than this (cosine) are one colour.
_ONE_COLOUR = 0.97
#: Steps of a limit fall on steps of its curve, beyond what chance would do, in at least this share.
_TOGETHER = 0.5


def without_limits(traces: Sequence[Trace]) -> tuple[list[Trace], int]:
    """Traces without pairs of limits, and how many lines were left out.

    The limits of an interval have the colour of their curve, are drawn alike and unlike it (dashes), lie on either
    side of it all along, and step where it steps.
    """
    limits: set[int] = set()
    for middle in range(len(traces)):
        others = [k for k in range(len(traces)) if k != middle and _one_colour(traces[k], traces[middle])]
        for a, b in combinations(others, 2):
            drawn = traces[a].dashed == traces[b].dashed != traces[middle].dashed
            sides = {_side(traces[k], traces[middle]) for k in (a, b)}
            if drawn and sides == {-1, 1} and all(_steps_with(traces[k], traces[middle]) for k in (a, b)):
                limits |= {a, b}
    return [trace for k, trace in enumerate(traces) if k not in limits], len(limits)


def _one_colour(a: Trace, b: Trace) -> bool:
    return float(a.ink.direction @ b.ink.direction) > _ONE_COLOUR


def _levels(trace: Trace, at: Floats) -> Floats:
    edge, level = trace.steps.edge, trace.steps.level
    return level[np.clip(np.searchsorted(edge, at, side="right") - 1, 0, level.size - 1)]


def _side(limit: Trace, middle: Trace) -> int:
    """1 where a line lies below a curve all along, -1 above, 0 if neither."""
    first = max(limit.steps.edge[0], middle.steps.edge[0])
    last = min(limit.steps.edge[-1], middle.steps.edge[-1])
    at = np.arange(first + 0.1 * (last - first), last)
    off = _levels(limit, at) - _levels(middle, at)
    reach = max(1.0, middle.steps.stroke)
    if at.size < 20 or np.abs(off).max() < 2 * reach:
        return 0
    return 1 if (off > -reach).all() else -1 if (off < reach).all() else 0


def _steps_with(limit: Trace, middle: Trace) -> bool:
    """Whether a line steps where a curve steps, beyond chance."""
    own, steps = limit.steps.edge[1:-1], middle.steps.edge[1:-1]
    if own.size < 4 or steps.size < 4:
        return False
    reach = 2.5
    met = float((np.abs(own[:, None] - steps[None, :]).min(axis=1) <= reach).mean())
    everywhere = np.arange(middle.steps.edge[0], middle.steps.edge[-1])
    chance = float((np.abs(everywhere[:, None] - steps[None, :]).min(axis=1) <= reach).mean())
    return met - chance > _TOGETHER * (1 - chance)
