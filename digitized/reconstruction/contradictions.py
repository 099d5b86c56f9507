"""Where points and printed counts cannot both be right: named, with what the points alone would say.

Printed counts are met all the same: whole numbers are the firmer reading, and a reader can mend one.
"""

from dataclasses import replace

import numpy as np

from digitized.curve import Curve, Floats, Ints
from digitized.reconstruction.allocation import Interval, costs_of
from digitized.reconstruction.risk_table import RiskTable

TOO_DEAR = 12.5  # half the square of five standard deviations
MOST_NOISE = 0.01  # an edge misread by more is no noise
TIME_OFF = 0.01  # of the span: how far the axis of time may be off
BEYOND = 0.05  # of the span: how far a click of the end of a curve may miss it


def of_counts(
    intervals: list[Interval], deaths: Ints, goal: Floats, moved: Floats, table: RiskTable, label: str
) -> tuple[str, ...]:
    """Intervals whose numbers at risk forbid the fall of the curve, and deaths that the points exclude.

    Parameters
    ----------
    intervals, goal : list of Interval and (R + 1,) float
        What was read of every interval, and S at the edges.
    deaths : (R,) int
        Deaths settled on.
    moved : (R + 1,) float
        How far S at the edges may be off because the axis of time is (see `across_edges`).
    """
    tops = [max(float(top), 1e-3) for top in goal[:-1]]
    plain = costs_of([_forgiving(one, top) for one, top in zip(intervals, tops, strict=True)])
    if sum(float(price[d]) for price, d in zip(plain, deaths, strict=True)) <= TOO_DEAR:
        return ()
    notes = []
    shifts = moved[:-1] + moved[1:]
    prices = [_price(one, top, float(by)) for one, top, by in zip(intervals, tops, shifts, strict=True)]
    for i, price in enumerate(prices):
        if price.min() > TOO_DEAR:
            start, enter, leave = table.time[i], intervals[i].enter, intervals[i].leave
            until = f"to {table.time[i + 1]:g}" if i + 1 < table.time.size else "on"
            notes.append(
                f"{label}, from time {start:g} {until}: the curve falls from {goal[i]:.2f} to "
                f"{goal[i + 1]:.2f}, but only {leave} of {enter} at risk leave; the numbers at risk are met"
            )
    paid = sum(float(price[d] - price.min()) for price, d in zip(prices, deaths, strict=True))
    if paid > TOO_DEAR:
        said = sum(int(np.argmin(price)) for price in prices)
        notes.append(
            f"{label}: {deaths.sum()} events contradict the points, which say about {said} with these numbers "
            "at risk; the events are met"
        )
    return tuple(notes)


def across_edges(time: Floats, survival: Floats, edges: Floats) -> Floats:
    """Fall of the curve within `TIME_OFF` of each edge and of the end, (R + 1,)."""
    at = np.append(edges, time[-1])
    off = TIME_OFF * float(time[-1])
    return np.interp(at - off, time, survival) - np.interp(at + off, time, survival)


def _forgiving(interval: Interval, top: float) -> Interval:
    """The interval where readings may be off by noise and one patient."""
    noise = float(np.hypot(min(interval.loss_sd, 2**0.5 * MOST_NOISE / top), 1.0 / max(interval.enter, 1)))
    return replace(interval, known=None, loss_sd=noise)


def _price(interval: Interval, top: float, moved: float) -> Floats:
    """Cost of each number of deaths where readings may be off by the axis of time, too."""
    free = _forgiving(interval, top)
    shifted = [replace(free, loss=interval.loss + shift / top) for shift in (-moved, 0.0, moved)]
    return np.asarray(np.min(costs_of(shifted), axis=0), dtype=float)


def of_events(events: int | None, n: int, end: float, noise: float, label: str) -> tuple[str, ...]:
    """More events than a curve that ends at `end` leaves room for, whoever was censored."""
    most = n * (1.0 - end + TOO_DEAR**0.5 * noise) + 1.0
    if events is None or events <= most:
        return ()
    return (
        f"{label}: {events} events contradict the points: {n} patients and a curve that ends at {end:.2f} allow "
        f"at most about {n * (1 - end):.0f}; the events are met",
    )


def beyond_the_end(curve: Curve, end: float, label: str) -> tuple[Curve, tuple[str, ...]]:
    """The curve without censor ticks that lie outside it; and patients at risk far beyond its end named."""
    notes, far = [], (1.0 + BEYOND) * end
    late = (curve.at_risk_time > far) & (curve.at_risk > 0)
    if np.any(late):
        last = int(np.flatnonzero(late)[-1])
        notes.append(
            f"{label}: the points end at {end:g}, but {curve.at_risk[last]} are at risk at "
            f"{curve.at_risk_time[last]:g}; the curve is taken as level until then (are the units the same?)"
        )
    ticks = np.empty(0) if curve.censor_marks is None else np.asarray(curve.censor_marks, dtype=float)
    strange = (ticks > far) | (ticks < -BEYOND * end) | ~np.isfinite(ticks)
    if np.any(strange):
        notes.append(
            f"{label}: {strange.sum()} of {ticks.size} censor ticks lie outside the curve, which ends at {end:g} "
            f"(first: {ticks[strange][0]:g}); they are not used"
        )
        curve = replace(curve, censor_marks=None if np.all(strange) else ticks[~strange])
    return curve, tuple(notes)
