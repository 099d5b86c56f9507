"""From the smoothed curve to what it says of each interval of the numbers at risk."""

from dataclasses import replace

import numpy as np
from scipy.special import gammaln

from digitized.curve import Floats, Ints
from digitized.reconstruction.allocation import Interval, allocate, costs_of
from digitized.reconstruction.censoring import CensoringShape
from digitized.reconstruction.levels import Levels, place_censoring
from digitized.reconstruction.risk_table import RiskTable

TYPICAL_SD = 0.003
PLAIN_STEP = 3.0  # noises of a difference from which a drop of a trace is a step for certain
COLUMN_HOLDS = 0.9  # a column at an edge may show a death of that very day, counted behind the edge


def at_edges(smooth: Floats, time: Floats, table: RiskTable) -> Floats:
    """S just before each edge of the intervals, (R + 1,); between points only whole deaths count."""
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


def edge_errors(smooth: Floats, point_sd: Floats, time: Floats, table: RiskTable, time_sd: float) -> Floats:
    """Standard error of S at each edge and at the end, (R + 1,).

    Beside the error of the points nearby, an edge inside a gap between points does not know how many of the
    gap's deaths precede it: binomial with the share of the gap that has passed. Where the curve falls steeply,
    an error `time_sd` of times moves deaths over the edge.
    """
    edges = table.time
    left = np.clip(np.searchsorted(time, edges, side="right") - 1, 0, time.size - 1)
    right = np.minimum(left + 1, time.size - 1)
    width = time[right] - time[left]
    share = np.where(width > 0, (edges - time[left]) / np.maximum(width, 1e-12), 0.0).clip(0.0, 1.0)
    step = smooth[left] / np.maximum(table.at_risk, 1)
    within = np.maximum(smooth[left] - smooth[right], 0.0) * step * share * (1 - share)
    moved = np.interp(edges - time_sd, time, smooth) - np.interp(edges + time_sd, time, smooth)
    sd = np.sqrt(
        ((1 - share) * point_sd[left]) ** 2 + (share * point_sd[right]) ** 2 + within + (0.5 * moved) ** 2
    )
    return np.append(sd, point_sd[-1])


def intervals(
    smooth: Floats,
    goal: Floats,
    time: Floats,
    shape: CensoringShape,
    noise: tuple[float, float],
    *,
    traced: bool = False,
) -> list[Interval]:
    """What the smoothed curve says of every interval; `noise` is that of survival and of time."""
    at_edge = _sd_at_edges(smooth, time, shape, noise)
    return [
        _interval(i, smooth, goal, time, shape, at_edge, noise[0] if traced else None)
        for i in range(shape.table.time.size)
    ]


def _sd_at_edges(smooth: Floats, time: Floats, shape: CensoringShape, noise: tuple[float, float]) -> Floats:
    """Error of S at each edge, (R + 1,), from the noise of survival and of time where the curve falls."""
    sd, sd_time = noise
    edges = np.append(shape.table.time, max(shape.end, float(shape.table.time[-1])))
    margin = 0.02 * max(float(edges[-1]), 1e-12)
    slope = (np.interp(edges - margin, time, smooth) - np.interp(edges + margin, time, smooth)) / (2 * margin)
    at_edge = 0.6 * np.sqrt(sd**2 + (slope * sd_time) ** 2)
    at_edge[0] = 0.0
    return np.asarray(at_edge)


def _interval(
    i: int,
    smooth: Floats,
    goal: Floats,
    time: Floats,
    shape: CensoringShape,
    at_edge: Floats,
    step_sd: float | None,
) -> Interval:
    """One interval; the steps in it are looked at where `step_sd`, the noise of a trace, is given."""
    table = shape.table
    start, stop = shape.edges(i)
    last = i + 1 == table.time.size
    inside = slice(time.searchsorted(start, "right"), time.searchsorted(stop, "right" if last else "left"))
    within = np.minimum(np.maximum(smooth[inside], goal[i + 1]), goal[i])
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
    printed = -1 if table.deaths is None else int(table.deaths[i])
    share, known = shape.share(i, middle), None if printed < 0 else printed
    steps = np.empty(0) if step_sd is None else _steps(path, step_sd)
    return Interval(
        enter,
        leave,
        loss,
        loss_sd,
        weight,
        share,
        marks=shape.marks_in(i),
        known=known,
        steps=steps,
        open_end=last and step_sd is not None,
    )


def settled(
    smooth: Floats, time: Floats, shape: CensoringShape, sd: float, events: int | None
) -> tuple[Floats, list[Interval], Ints]:
    """S at the edges, intervals and deaths of a trace: which deaths of a column precede an edge is chosen too."""
    goal = at_edges(smooth, time, shape.table)
    read = intervals(smooth, goal, time, shape, (sd, 0.0), traced=True)
    at_edge = _sd_at_edges(smooth, time, shape, (sd, 0.0))
    costs = costs_of(read)
    deaths = allocate(costs, events)
    total = _total(costs, deaths)
    for i, heights, prices in _straddled(smooth, time, shape.table, sd):
        now = int(np.argmin(np.abs(heights - goal[i])))
        for k in range(heights.size):
            if k == now:
                continue
            tried = goal.copy()
            tried[i] = heights[k]
            both = slice(i - 1, i + 1)
            again, priced = list(read), list(costs)
            again[both] = [_interval(j, smooth, tried, time, shape, at_edge, sd) for j in (i - 1, i)]
            priced[both] = costs_of(again[both])
            moved = allocate(priced, events)
            change = _total(priced, moved) - total + prices[k] - prices[now]
            if change < -1e-9:
                goal, read, costs, deaths, now = tried, again, priced, moved, k
                total = _total(costs, deaths)
    read[-1] = replace(read[-1], open_end=read[-1].ends_unseen(int(deaths[-1])))
    return goal, read, deaths


def _total(costs: list[Floats], deaths: Ints) -> float:
    return float(sum(cost[d] for cost, d in zip(costs, deaths, strict=True)))


def _straddled(smooth: Floats, time: Floats, table: RiskTable, sd: float) -> list[tuple[int, Floats, Floats]]:
    """Edges inside a gap that drops: heights S may have there, and their prices by the share of the gap passed."""
    out = []
    for i in range(1, table.time.size):
        edge = float(table.time[i])
        left = int(np.searchsorted(time, edge, side="left")) - 1
        if left < 0 or left + 1 >= time.size:
            continue
        drop, share = smooth[left] - smooth[left + 1], (edge - time[left]) / (time[left + 1] - time[left])
        share = float(np.clip(share, 1 - COLUMN_HOLDS, COLUMN_HOLDS))
        if drop <= plain_step(sd):
            continue
        whole = max(int(np.rint(drop / max(smooth[left] / max(int(table.at_risk[i]), 1), 1e-9))), 1)
        k = np.arange(whole + 1)
        price = (
            gammaln(k + 1.0) + gammaln(whole - k + 1.0) - k * np.log(share) - (whole - k) * np.log1p(-share)
        )
        middle = int(np.floor(whole * share))
        near = np.abs(k - middle) <= 3
        out.append((i, (smooth[left] - drop * k / whole)[near], price[near]))
    return out


def _steps(path: Floats, sd: float) -> Floats:
    """Heights of the drops along a trace in noises of a difference, highest first; those of mere noise left out."""
    drops = -np.diff(path)
    return np.sort(drops[drops > plain_step(sd)])[::-1] / (2**0.5 * sd)


def plain_step(sd: float) -> float:
    """Height from which a drop of a trace is a step for certain, where `sd` is the noise of its columns."""
    return float(PLAIN_STEP * 2**0.5 * sd)


def even_levels(centre: Floats, time: Floats, shape: CensoringShape) -> Levels:
    """S after each count of deaths when censoring is even, to start with."""
    goal = at_edges(centre, time, shape.table)
    deaths = allocate(costs_of(intervals(centre, goal, time, shape, (TYPICAL_SD, 0.0))), None)
    grid = np.interp(np.linspace(0, 1, 4 * time.size), np.linspace(0, 1, time.size), centre)
    when = np.interp(np.linspace(0, 1, 4 * time.size), np.linspace(0, 1, time.size), time)
    died = np.interp(np.arange(1, shape.table.n + 1), *_expected_counts(grid, when, deaths, shape.table))
    return place_censoring(shape, spread(died, deaths, shape), goal)


def _expected_counts(smooth: Floats, time: Floats, deaths: Ints, table: RiskTable) -> tuple[Floats, Floats]:
    """Cumulative deaths against time, in proportion to the drop of the curve within each interval."""
    interval = table.interval_of(time[1:])
    drop = -np.diff(smooth) + 1e-9
    whole = np.bincount(interval, weights=drop, minlength=deaths.size)
    return np.concatenate(([0.0], np.cumsum(drop / whole[interval] * deaths[interval]))), time


def spread(died: Floats, deaths: Ints, shape: CensoringShape) -> list[Floats]:
    """Times of the deaths allocated to each interval, as the last path had them there (its quantiles)."""
    first = np.searchsorted(shape.table.interval_of(died), np.arange(deaths.size + 1))
    out: list[Floats] = []
    for i, count in enumerate(deaths):
        start, stop = shape.edges(i)
        own = died[first[i] : first[i + 1]]
        if own.size == count:
            out.append(own)
            continue
        grid = np.concatenate(([start], own, [stop]))
        out.append(np.interp((np.arange(count) + 0.5) / count, np.linspace(0.0, 1.0, grid.size), grid))
    return out


def bounds(deaths: Ints | None, time: Floats, table: RiskTable, slack: float) -> tuple[Ints, Ints]:
    """Fewest and most deaths by each point, (K,) each, given those of every interval (None: unknown)."""
    if deaths is None:
        upper = np.full(time.size, table.n, dtype=np.int64)
        upper[0] = 0
        return np.zeros(time.size, dtype=np.int64), upper
    slack = slack + 1e-9
    done = np.concatenate(([0], np.cumsum(deaths)))
    lower = done[table.interval_of(time - slack)].astype(np.int64)
    upper = done[table.interval_of(time + slack) + 1].astype(np.int64)
    lower[0] = upper[0] = 0
    lower[-1] = upper[-1] = done[-1]
    return lower, upper
