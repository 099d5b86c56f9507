"""Constrained reconstruction: integer patients that follow the points and meet the printed counts
exactly.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Curve, Floats, Ints, PseudoIPD
from digitized.reconstruction.allocation import Interval, allocate
from digitized.reconstruction.censoring import CensoringShape
from digitized.reconstruction.counts import CountPosterior, count_model, posterior
from digitized.reconstruction.monotone import non_decreasing, non_increasing
from digitized.reconstruction.points import Points
from digitized.reconstruction.risk_table import RiskTable
from digitized.reconstruction.times import arrivals, death_times, smooth_times

ROUNDS = 3
TYPICAL_SD = 0.003
TYPICAL_SD_WEIGHT = 4.0
RATE_POINTS = 6
HAZARD_WOBBLE = 0.15


@dataclass(frozen=True)
class Fit:
    """State of the alternation between counts, times and levels."""

    counts: CountPosterior
    deaths: Ints
    time: Floats
    rate: Floats
    sd_survival: float
    sd_time: float
    levels: Floats
    shape: CensoringShape


def reconstruct_once(curve: Curve, points: Points, table: RiskTable) -> PseudoIPD:
    """Best single reconstruction."""
    fit = estimate(curve, points, table)
    counts = np.maximum.accumulate(np.rint(fit.counts.mean).astype(np.int64))
    counts = np.minimum(counts, int(fit.deaths.sum()))
    counts[-1] = int(fit.deaths.sum())
    return assemble(counts, fit, points, table)


def estimate(curve: Curve, points: Points, table: RiskTable) -> Fit:
    """Alternate: deaths per interval, levels, counts at the points, times of the points."""
    survival = points.survival
    smooth = centre = non_increasing(survival)
    time = non_decreasing(points.time)
    sd_time = 0.0 if points.traced else _time_noise(points)
    sd = max(float(np.sqrt(np.mean((survival - centre) ** 2))), 5e-4)
    shape = CensoringShape(table, _end(points, table), _marks(curve))
    for _ in range(ROUNDS):
        intervals = _intervals(smooth, time, table, shape)
        deaths = allocate(intervals, curve.events, 0.5 * sd)
        shape = shape.bent([interval.log_gamma(d) for interval, d in zip(intervals, deaths, strict=True)])
        levels = _levels(deaths, smooth, time, table, shape)
        guess = np.interp(-centre, -levels, np.arange(levels.size))
        rate = _rate(guess, time)
        gap = np.concatenate(([0.0], np.diff(time)))
        mean = rate * gap
        variance = mean + (HAZARD_WOBBLE * mean) ** 2 + (rate * sd_time) ** 2
        noise = np.full(time.size, sd)
        noise[0] = 1e-4
        model = count_model(survival, noise, levels, centre, mean + 0.05, variance + 0.05)
        result = posterior(model, *_bounds(deaths, time, table, 3.0 * sd_time + 1e-9))
        state = np.minimum(model.low[:, None] + np.arange(model.width), levels.size - 1)
        square = np.minimum((survival[:, None] - levels[state]) ** 2, (4 * sd) ** 2)
        total = float((result.mass * square)[1:].sum()) + TYPICAL_SD_WEIGHT * TYPICAL_SD**2
        sd = float(np.sqrt(total / (survival.size - 1 + TYPICAL_SD_WEIGHT)))
        spacing = -np.diff(levels, append=levels[-1])
        fine = (result.mass * (spacing[state] < 1.5 * sd)).sum(axis=1) > 0.5
        smooth = non_increasing(np.where(fine, (result.mass * levels[state]).sum(axis=1), centre))
        if not points.traced:
            counted = np.maximum.accumulate(result.mean)
            time = smooth_times(points.time, sd_time, arrivals(counted, points.time, sd_time), rate)
    return Fit(result, deaths, time, rate, sd, sd_time, levels, shape)


def assemble(counts: Ints, fit: Fit, points: Points, table: RiskTable) -> PseudoIPD:
    """Patients of one path of counts: numbers at risk met exactly, the last patient at the end."""
    arrival = arrivals(counts.astype(float), points.time, fit.sd_time)
    died = death_times(counts, fit.time, arrival, traced=points.traced)
    leaving = table.leaving
    interval = table.interval_of(died)
    wanted = np.bincount(interval, minlength=leaving.size).astype(np.int64)
    if not np.array_equal(wanted, fit.deaths):
        died = _move(died, interval, fit.deaths, fit.shape)
    censored = [fit.shape.place(i, int(c)) for i, c in enumerate(leaving - fit.deaths)]
    late = np.concatenate(censored) if censored else np.empty(0)
    time = np.concatenate((died, late))
    event = np.concatenate((np.ones(died.size, dtype=bool), np.zeros(late.size, dtype=bool)))
    order = np.lexsort((~event, time))
    return PseudoIPD(time[order], event[order])


def _move(died: Floats, interval: Ints, fitted: Ints, shape: CensoringShape) -> Floats:
    """Deaths moved over the borders of intervals so that each holds the number fitted."""
    target = np.repeat(np.arange(fitted.size), fitted)
    out = died[: target.size].copy()
    for k, place in enumerate(target):
        start, stop = shape.edges(int(place))
        if interval[k] != place:
            out[k] = start if interval[k] < place else start + 0.999 * (stop - start)
    return np.sort(out)


def _bounds(deaths: Ints, time: Floats, table: RiskTable, slack: float) -> tuple[Ints, Ints]:
    """Deaths that can have happened at each point, given those of every interval."""
    done = np.concatenate(([0], np.cumsum(deaths)))
    lower = done[table.interval_of(time - slack)]
    upper = done[table.interval_of(time + slack) + 1]
    lower[0] = upper[0] = 0
    lower[-1] = upper[-1] = done[-1]
    return lower.astype(np.int64), upper.astype(np.int64)


def _end(points: Points, table: RiskTable) -> float:
    alive = table.time[table.at_risk > 0]
    return max(points.end, float(alive[-1]) if alive.size else 0.0)


def _marks(curve: Curve) -> Floats | None:
    if curve.censor_marks is None or curve.censor_marks.size == 0:
        return None
    return np.sort(np.asarray(curve.censor_marks, dtype=float))


def _time_noise(points: Points) -> float:
    """Noise of times from moves back in time: a folded half of the difference of two readings."""
    back = np.diff(points.time)
    back = back[back < 0]
    span = points.end
    typical = 0.0015 * span
    total = float(np.sum(np.minimum(back**2, (0.02 * span) ** 2))) / 2.0 + 3.0 * typical**2
    return float(np.sqrt(total / (back.size + 3.0)))


def _intervals(smooth: Floats, time: Floats, table: RiskTable, shape: CensoringShape) -> list[Interval]:
    """Hazard of every interval from the smoothed curve: weights of its steps and censorings before them."""
    edges = np.append(table.time, max(shape.end, float(table.time[-1])))
    at_edges = np.concatenate(([1.0], np.interp(edges[1:], time, smooth)))
    at_edges[-1] = smooth[-1]
    out: list[Interval] = []
    for i in range(table.time.size):
        last = i + 1 == table.time.size
        inside = (time > edges[i]) & ((time <= edges[i + 1]) if last else (time < edges[i + 1]))
        path = np.concatenate(
            ([at_edges[i]], np.clip(smooth[inside], at_edges[i + 1], at_edges[i]), [at_edges[i + 1]])
        )
        when = np.concatenate(([edges[i]], time[inside], [edges[i + 1]]))
        middle = 0.5 * (when[1:] + when[:-1])
        before, after = path[:-1], path[1:]
        hazard = np.where(before > 0, 1.0 - after / np.maximum(before, 1e-12), 0.0)
        rest = np.where(after > 0, at_edges[i + 1] / np.maximum(after, 1e-12), 1.0)
        out.append(
            Interval(
                int(table.at_risk[i]),
                int(table.leaving[i]),
                hazard * rest,
                shape.share(i, middle),
                shape.marks_in(i),
            )
        )
    return out


def _levels(deaths: Ints, smooth: Floats, time: Floats, table: RiskTable, shape: CensoringShape) -> Floats:
    """S after each count of deaths, given when they happen and who has been censored by then."""
    levels = [np.array([1.0])]
    for i, count in enumerate(deaths):
        if not count:
            continue
        start, stop = shape.edges(i)
        top, bottom = np.interp(start, time, smooth), np.interp(stop, time, smooth)
        goal = top + (bottom - top) * (np.arange(count) + 0.5) / count
        when = np.clip(np.interp(-goal, -smooth + 1e-9 * np.arange(smooth.size), time), start, stop)
        gone = (table.leaving[i] - count) * shape.bent_share(i, when)
        at_risk = np.maximum(table.at_risk[i] - np.arange(count) - gone, 1.0)
        levels.append(levels[-1][-1] * np.cumprod(1.0 - 1.0 / at_risk))
    return np.concatenate(levels)


def _rate(deaths: Floats, time: Floats) -> Floats:
    """Deaths per unit of time around the gap before each point, from neighbours on both sides."""
    index = np.arange(time.size)
    low, high = np.maximum(index - RATE_POINTS, 0), np.minimum(index + RATE_POINTS - 1, time.size - 1)
    span = time[high] - time[low] + 1e-3 * max(float(time[-1]), 1e-9)
    return (deaths[high] - deaths[low] + 0.5) / span
