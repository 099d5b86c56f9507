"""What the numbers of a table of points mean: percent or probability, survival or incidence, unit of
time.
"""

import numpy as np

from digitized.choices import Kind, Scale
from digitized.curve import Floats

NEAR_NOTHING = 0.1
RISE = 0.02  # beyond reading noise: survival never rises
PERCENT_FROM = 1.5  # a reading of 1 with its noise lies below
NEAR_ONE = (0.98, 1.02)
# A curve in percent may end between 0 and 1, but does not go on falling there after a step from far above.
FAR_ABOVE, FLOOR_NOISE = 20.0, 0.5
# By how much a curve may go back, and over which part of the time axis clicks may be out of order.
BACK, OUT_OF_ORDER = 0.2, 0.02


def to_survival(time: Floats, values: Floats, scale: Scale, kind: Kind) -> tuple[Floats, tuple[str, ...]]:
    """Survival probabilities of one arm in file order, and what was assumed."""
    notes = []
    if scale is Scale.AUTO:
        scale = told_scale(values)
        if scale is Scale.PERCENT:
            notes.append(f"values above {PERCENT_FROM:g}: read as percent")
    if scale is Scale.PERCENT:
        values = values / 100.0
    if kind is Kind.AUTO:
        kind = Kind.INCIDENCE if _rises(time, values) else Kind.SURVIVAL
        if kind is Kind.INCIDENCE:
            notes.append("values start near 0 or rise: read as cumulative incidence, survival = 1 - value")
    return (1.0 - values if kind is Kind.INCIDENCE else values), tuple(notes)


def told_scale(values: Floats) -> Scale:
    """Percent where a value lies clearly above 1."""
    return Scale.PERCENT if np.nanmax(values, initial=0.0) > PERCENT_FROM else Scale.PROBABILITY


def mixed_scale(time: Floats, values: Floats) -> str | None:
    """The two points that show probabilities and percent in one curve, e.g. "1 at time 0, 92 at time 6"."""
    if told_scale(values) is Scale.PROBABILITY:
        return None
    order = np.lexsort((-values, time))
    time, values = time[order], values[order]
    low = (values > 0) & (values <= 1)
    after = np.flatnonzero(low[1:] & (values[:-1] > FAR_ABOVE)) + 1
    if time[0] <= 0 and NEAR_ONE[0] <= values[0] <= NEAR_ONE[1]:
        first, then = 0, int(np.argmax(values > PERCENT_FROM))
    elif after.size and low[after[0] :].sum() > 1 and values[after[0]] > FLOOR_NOISE:
        first, then = int(after[0]) - 1, int(after[0])
    else:
        return None
    return ", ".join(f"{values[i]:g} at time {time[i]:g}" for i in (first, then))


def both_ways(time: Floats, values: Floats, scale: Scale) -> str | None:
    """Where values clearly rise and clearly fall, so that they are neither survival nor cumulative incidence.

    A reading's noise is allowed for in both directions: small steps back, and clicks slightly out of order.
    """
    if scale is Scale.AUTO:
        scale = told_scale(values)
    much = BACK * (100.0 if scale is Scale.PERCENT else 1.0)
    risen, fallen = _largest_climb(time, values), _largest_climb(time, -values)
    if min(values[risen[1]] - values[risen[0]], values[fallen[0]] - values[fallen[1]]) <= much:
        return None
    (a, b), (c, d) = risen, fallen
    return (
        f"time {time[b]:g}: {values[b]:g} after {values[a]:g} at time {time[a]:g}, but {values[d]:g} at time "
        f"{time[d]:g} after {values[c]:g} at time {time[c]:g}; survival only falls and cumulative incidence only rises"
    )


def _largest_climb(time: Floats, values: Floats) -> tuple[int, int]:
    """The two points, the second clearly later, between which values rise most."""
    order = np.argsort(time, kind="stable")
    when, level = time[order], values[order]
    lowest = np.minimum.accumulate(level)
    before = np.searchsorted(when, when - OUT_OF_ORDER * float(np.ptp(when)), side="left") - 1
    climb = np.where(before >= 0, level - lowest[np.maximum(before, 0)], -np.inf)
    later = int(np.argmax(climb))
    if before[later] < 0:
        return int(order[0]), int(order[0])
    return int(order[int(np.argmin(level[: before[later] + 1]))]), int(order[later])


def _rises(time: Floats, values: Floats) -> bool:
    """Whether values lie near 0 at time 0, or end higher than they start; in order of time, not of the file."""
    first, last = (float(np.nanmean(values[time == end])) for end in (np.nanmin(time), np.nanmax(time)))
    starts_at_nothing = bool(np.nanmin(time) <= 0.0 and first <= NEAR_NOTHING)
    return starts_at_nothing or last > first + RISE
