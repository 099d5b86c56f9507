"""Constrained reconstruction: integer patients that follow the points and meet the printed counts
exactly.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Curve, Floats, Ints, PseudoIPD
from digitized.reconstruction.allocation import Interval, allocate
from digitized.reconstruction.levels import Levels, LevelReadings, place_censoring, readings_by_level
from digitized.reconstruction.censoring import CensoringShape
from digitized.reconstruction.counts import CountPosterior, count_model, posterior
from digitized.reconstruction.monotone import non_decreasing, non_increasing
from digitized.reconstruction.points import Points
from digitized.reconstruction.risk_table import RiskTable
from digitized.reconstruction.times import arrivals, death_times, smooth_times

ROUNDS = 4
TYPICAL_SD = 0.003
TYPICAL_SD_WEIGHT = 4.0
RATE_POINTS = 6
HAZARD_WOBBLE = 0.15
END_DEATHS = 0.02
SURPRISE_DEATHS = 0.05


@dataclass(frozen=True)
class Fit:
    """State of the alternation between counts, times and levels."""

    counts: CountPosterior
    deaths: Ints
    time: Floats
    rate: Floats
    sd_survival: float
    sd_time: float
    levels: Levels
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
    centre = non_increasing(survival)
    time = non_decreasing(points.time)
    sd_time = 0.0 if points.traced else _time_noise(points)
    sd = max(float(np.sqrt(np.mean((survival - centre) ** 2))), 5e-4)
    shape = CensoringShape(table, _end(points, table), _marks(curve))
    readings: list[LevelReadings] | None = None
    smooth, died, deaths = centre, np.empty(0), np.zeros(table.time.size, dtype=np.int64)
    for turn in range(ROUNDS):
        if turn == 0:
            # No totals yet: evenly spread censoring, every count free. This round smooths and learns noise.
            placed = _even_levels(centre, time, table, shape)
            levels = placed.survival
            lower, upper = np.zeros(time.size, dtype=np.int64), np.full(time.size, table.n)
            upper[0] = 0
        else:
            goal = _at_edges(smooth, time, table, shape.end)
            intervals = _intervals(smooth, goal, time, shape, (sd, sd_time))
            allocated = allocate(intervals, curve.events)
            if not np.array_equal(allocated, deaths):
                readings = None
            deaths = allocated
            when = _spread(died, deaths, table, shape)
            placed = place_censoring(shape, when, goal, readings, sd)
            levels = placed.survival
            lower, upper = _bounds(deaths, time, table, 3.0 * sd_time + 1e-9)
        guess = np.interp(-smooth, -levels, np.arange(levels.size))
        rate = _rate(guess, time)
        mean = rate * np.concatenate(([0.0], np.diff(time)))
        if not points.traced:
            mean[-1] = min(mean[-1], END_DEATHS)  # the last point marks the end of the curve, not a step
        variance = mean + (HAZARD_WOBBLE * mean) ** 2 + (rate * sd_time) ** 2
        noise = np.full(time.size, sd)
        noise[0] = 1e-4
        model = count_model(
            survival, noise, levels, smooth, mean + SURPRISE_DEATHS, variance + SURPRISE_DEATHS
        )
        result = posterior(model, lower, upper)
        state = np.minimum(model.low[:, None] + np.arange(model.width), levels.size - 1)
        square = np.minimum((survival[:, None] - levels[state]) ** 2, (4 * sd) ** 2)
        total = float((result.mass * square)[1:].sum()) + TYPICAL_SD_WEIGHT * TYPICAL_SD**2
        sd = float(np.sqrt(total / (survival.size - 1 + TYPICAL_SD_WEIGHT)))
        if turn == 0:
            spacing = -np.diff(levels)
            spacing = np.append(spacing, spacing[-1:] if spacing.size else 1.0)
            fine = (result.mass * (spacing[state] < 1.0 * sd)).sum(axis=1) > 0.5
            smooth = non_increasing(np.where(fine, (result.mass * levels[state]).sum(axis=1), centre))
        counts = np.maximum.accumulate(np.rint(result.mean).astype(np.int64))
        arrival = arrivals(counts.astype(float), points.time, sd_time)
        if not points.traced:
            time = smooth_times(points.time, sd_time, arrival, rate)
        died = death_times(counts, time, arrival, traced=points.traced)
        if turn > 0:
            readings = readings_by_level(survival, result.mass, model.low, deaths)
    return Fit(result, deaths, time, rate, sd, sd_time, placed, shape)


def assemble(counts: Ints, fit: Fit, points: Points, table: RiskTable) -> PseudoIPD:
    """Patients of one path of counts: numbers at risk met exactly, the last patient at the end."""
    arrival = arrivals(counts.astype(float), points.time, fit.sd_time)
    died = death_times(counts, fit.time, arrival, traced=points.traced)
    leaving = table.leaving
    interval = table.interval_of(died)
    wanted = np.bincount(interval, minlength=leaving.size).astype(np.int64)
    if not np.array_equal(wanted, fit.deaths):
        died = _move(died, interval, fit.deaths, fit.shape)
    late = np.concatenate(fit.levels.censored)
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


def _at_edges(smooth: Floats, time: Floats, table: RiskTable, end: float) -> Floats:
    """S just before each edge of the intervals, (R + 1,): whole deaths between points, the last one at the end."""
    edges = table.time
    left = np.clip(np.searchsorted(time, edges, side="right") - 1, 0, time.size - 1)
    right = np.minimum(left + 1, time.size - 1)
    width = time[right] - time[left]
    share = np.where(width > 0, (edges - time[left]) / np.maximum(width, 1e-12), 0.0).clip(0.0, 1.0)
    drop = smooth[left] - smooth[right]
    whole = np.maximum(np.rint(drop / np.maximum(smooth[left] / np.maximum(table.at_risk, 1), 1e-9)), 1.0)
    at = smooth[left] - drop * np.floor(whole * share) / whole
    at[0] = 1.0
    return np.append(at, smooth[-1])


def _intervals(
    smooth: Floats, goal: Floats, time: Floats, shape: CensoringShape, noise: tuple[float, float]
) -> list[Interval]:
    """What the smoothed curve says of every interval; `noise` is that of survival and of time."""
    out: list[Interval] = []
    sd, sd_time = noise
    table = shape.table
    edges = np.append(table.time, max(shape.end, float(table.time[-1])))
    margin = 0.02 * max(float(edges[-1]), 1e-12)
    slope = (np.interp(edges - margin, time, smooth) - np.interp(edges + margin, time, smooth)) / (2 * margin)
    at_edge = 0.6 * np.sqrt(sd**2 + (slope * sd_time) ** 2)
    at_edge[0] = 0.0
    for i in range(table.time.size):
        start, stop = edges[i], edges[i + 1]
        last = i + 1 == table.time.size
        inside = (time > start) & ((time <= stop) if last else (time < stop))
        within = np.clip(smooth[inside], goal[i + 1], goal[i])
        path = np.concatenate(([goal[i]], within, [goal[i + 1]]))
        when = np.concatenate(([start], time[inside], [stop]))
        middle = 0.5 * (when[1:] + when[:-1])
        before, after = np.maximum(path[:-1], 1e-12), np.maximum(path[1:], 1e-12)
        weight = (1.0 - after / before) * goal[i + 1] / after if goal[i + 1] > 0 else before - after
        weight = (weight + 1e-9) / (weight + 1e-9).sum()
        top = max(float(goal[i]), 1e-3)
        loss_sd = float(np.hypot(at_edge[i], at_edge[i + 1])) / top
        loss = 1.0 - float(goal[i + 1]) / top
        enter, leave = int(table.at_risk[i]), int(table.leaving[i])
        out.append(Interval(enter, leave, loss, loss_sd, weight, shape.share(i, middle), shape.marks_in(i)))
    return out


def _even_levels(centre: Floats, time: Floats, table: RiskTable, shape: CensoringShape) -> Levels:
    """S after each count of deaths when censoring is even, to start with."""
    goal = _at_edges(centre, time, table, shape.end)
    deaths = allocate(_intervals(centre, goal, time, shape, (TYPICAL_SD, 0.0)), None)
    grid = np.interp(np.linspace(0, 1, 4 * time.size), np.linspace(0, 1, time.size), centre)
    when = np.interp(np.linspace(0, 1, 4 * time.size), np.linspace(0, 1, time.size), time)
    died = np.interp(np.arange(1, table.n + 1), *_expected_counts(grid, when, deaths, table))
    return place_censoring(shape, _spread(died, deaths, table, shape), goal)


def _expected_counts(smooth: Floats, time: Floats, deaths: Ints, table: RiskTable) -> tuple[Floats, Floats]:
    """Cumulative deaths against time, in proportion to the drop of the curve within each interval."""
    interval = table.interval_of(time[1:])
    drop = -np.diff(smooth) + 1e-9
    whole = np.bincount(interval, weights=drop, minlength=deaths.size)
    return np.concatenate(([0.0], np.cumsum(drop / whole[interval] * deaths[interval]))), time


def _spread(died: Floats, deaths: Ints, table: RiskTable, shape: CensoringShape) -> list[Floats]:
    """Times of the deaths allocated to each interval, as the last path had them there (quantiles of those)."""
    interval = table.interval_of(died)
    out: list[Floats] = []
    for i, count in enumerate(deaths):
        start, stop = shape.edges(i)
        own = died[interval == i]
        if own.size == count:
            out.append(own)
            continue
        grid = np.concatenate(([start], own, [stop]))
        out.append(np.interp((np.arange(count) + 0.5) / count, np.linspace(0.0, 1.0, grid.size), grid))
    return out


def _rate(deaths: Floats, time: Floats) -> Floats:
    """Deaths per unit of time around the gap before each point, from neighbours on both sides."""
    index = np.arange(time.size)
    low, high = np.maximum(index - RATE_POINTS, 0), np.minimum(index + RATE_POINTS - 1, time.size - 1)
    span = time[high] - time[low] + 1e-3 * max(float(time[-1]), 1e-9)
    return (deaths[high] - deaths[low] + 0.5) / span
