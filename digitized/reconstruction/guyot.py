"""Reference method: Guyot, Ades, Ouwens & Welton, BMC Medical Research Methodology 2012;12:9.

The published algorithm step by step, kept to compare with: censoring even within each interval, deaths
rounded point by point, the censorings of an interval adjusted until the next number at risk is met, the
last interval adjusted to the total of events. Two guards are added: a limit on each adjustment (the
published loops can run for ever) and a number at risk that never falls below 0.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Curve, Floats, Ints, PseudoIPD
from digitized.reconstruction.points import Points
from digitized.reconstruction.risk_table import RiskTable

ADJUSTMENTS = 200


@dataclass
class _Walk:
    """Arrays of the published algorithm, filled from left to right (1 entry a point)."""

    time: Floats
    survival: Floats
    at_risk: Ints
    deaths: Ints
    censored: Ints
    estimate: Floats


def reconstruct_guyot(curve: Curve, points: Points, table: RiskTable) -> PseudoIPD:
    """Pseudo-patients of one arm by Guyot's algorithm."""
    order = np.lexsort((-points.survival, points.time))
    time = points.time[order]
    survival = np.minimum.accumulate(points.survival[order])
    first = np.searchsorted(time, table.time, side="left")
    keep = first < time.size
    keep[1:] &= np.diff(first) > 0  # an interval without points joins the one before
    first, entering = first[keep], table.at_risk[keep].copy()
    size = time.size
    walk = _Walk(
        time,
        survival,
        np.zeros(size + 1, dtype=np.int64),
        np.zeros(size, dtype=np.int64),
        np.zeros(size, dtype=np.int64),
        np.ones(size),
    )
    walk.at_risk[0] = entering[0]
    last, per_interval = 0, []
    for i in range(first.size - 1):
        last, count = _inner(walk, first[i], first[i + 1], entering, i, last)
        per_interval.append(count)
    _final(walk, first, entering, last, per_interval, curve.events)
    return _patients(walk, table.n)


def _inner(walk: _Walk, start: int, stop: int, entering: Ints, i: int, last: int) -> tuple[int, int]:
    """Steps 1-5 on an interval with a known number at risk at its end."""
    ratio = walk.survival[stop] / walk.survival[start] if walk.survival[start] > 0 else 0.0
    count = round(entering[i] * ratio - entering[i + 1])
    latest = last
    for _ in range(ADJUSTMENTS):
        count = max(int(count), 0)
        _spread(walk, start, stop, count, walk.time[stop])
        walk.at_risk[start] = entering[i]
        latest = _deaths(walk, start, stop, last)
        short = int(walk.at_risk[stop] - entering[i + 1])
        if short == 0 or (short < 0 and count == 0):
            break
        count += short
    entering[i + 1] = min(entering[i + 1], walk.at_risk[stop])
    return latest, count


def _final(walk: _Walk, first: Ints, entering: Ints, last: int, done: list[int], events: int | None) -> None:
    """Steps 6-8: the last interval at the average censoring rate, then bent to the total of events."""
    start, stop = int(first[-1]), walk.time.size
    end = walk.time[-1]
    count = 0
    if done:
        before = walk.time[start - 1] - walk.time[first[0]]
        rate = sum(done) / before if before > 0 else 0.0
        count = int(min(round(rate * (end - walk.time[start])), entering[-1]))
    earlier = int(walk.deaths[:start].sum())
    if events is not None and done and earlier >= events:
        walk.deaths[start:] = 0
        walk.censored[start:] = 0
        return
    for _ in range(ADJUSTMENTS):
        count = max(count, 0)
        _spread(walk, start, stop, count, end)
        walk.at_risk[start] = entering[-1]
        _deaths(walk, start, stop, last)
        excess = int(walk.deaths.sum()) - events if events is not None else 0
        if excess == 0 or (excess < 0 and count == 0):
            break
        count = min(count + excess, int(entering[-1]))


def _spread(walk: _Walk, start: int, stop: int, count: int, end: float) -> None:
    """Censorings evenly over an interval, counted between its points."""
    when = walk.time[start] + np.arange(1, count + 1) * (end - walk.time[start]) / (count + 1)
    index = np.searchsorted(walk.time[start:stop], when, side="right") - 1
    walk.censored[start:stop] = np.bincount(np.maximum(index, 0), minlength=stop - start)


def _deaths(walk: _Walk, start: int, stop: int, last: int) -> int:
    """Deaths at each point so that the product-limit estimate follows the curve; returns the last drop."""
    for k in range(start, stop):
        at_risk = int(walk.at_risk[k])
        before = walk.estimate[last]
        dead = 0
        if k > 0 and at_risk > 0 and before > 0:
            dead = min(round(at_risk * (1.0 - walk.survival[k] / before)), at_risk)
        walk.deaths[k] = max(dead, 0)
        walk.estimate[k] = before * (1.0 - walk.deaths[k] / at_risk) if at_risk > 0 else before
        walk.censored[k] = min(walk.censored[k], at_risk - walk.deaths[k])
        walk.at_risk[k + 1] = at_risk - walk.deaths[k] - walk.censored[k]
        if walk.deaths[k]:
            last = k
    return last


def _patients(walk: _Walk, n: int) -> PseudoIPD:
    """Deaths at their points, censorings midway to the next point, the rest at the end."""
    end = walk.time[-1]
    died = np.repeat(walk.time, walk.deaths)[:n]
    following = np.append(walk.time[1:], end)
    left = np.repeat(0.5 * (walk.time + following), walk.censored)[: n - died.size]
    rest = np.full(n - died.size - left.size, end)
    time = np.concatenate((died, left, rest))
    event = np.arange(n) < died.size
    order = np.lexsort((~event, time))
    return PseudoIPD(time[order], event[order])
