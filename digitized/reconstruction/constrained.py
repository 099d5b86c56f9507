"""Constrained reconstruction: integer patients that follow the points and meet the printed counts exactly."""

from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import Bools, Curve, Floats, Ints, PseudoIPD
from digitized.reconstruction.allocation import Interval, allocate, costs_of
from digitized.reconstruction.censoring import CensoringShape
from digitized.reconstruction.counts import Corners, CountPosterior, count_model, draw_counts, posterior
from digitized.reconstruction.interval_reading import (
    at_edges,
    bounds,
    edge_errors,
    even_levels,
    intervals,
    plain_step,
    settled,
    spread,
)
from digitized.reconstruction.levels import Levels, place_censoring, readings_by_level
from digitized.reconstruction.monotone import non_decreasing, non_increasing
from digitized.reconstruction.noise import Noise, first_noise, shared_error
from digitized.reconstruction.patients import assemble
from digitized.reconstruction.placement import LevelReadings
from digitized.reconstruction.points import Points
from digitized.reconstruction.risk_table import RiskTable
from digitized.reconstruction.scenarios import draw_scenarios
from digitized.reconstruction.tabled_gaps import UNREAD
from digitized.reconstruction.times import arrivals, death_times, smooth_times

ROUNDS = 4
TYPICAL_SD = 0.003
FIRST_SD = 1e-4  # the curve begins at 1
TYPICAL_SD_WEIGHT = 4.0
RATE_POINTS = 6
HAZARD_WOBBLE = 0.15
END_DEATHS = 0.02
END_SDS = 4.0
SURPRISE_DEATHS = 0.05
DRAWS_A_SCENARIO = 5
NOISE_FOUND = 0.85  # share that is found of the noise of clicks of more than 200 patients, in S and in time
AXIS_OFF = 0.25  # columns, at most: the origin of the axis of time of a trace
UPRIGHT_SDS = 3.0
CORNER_SDS = 2.0
MOST_HABIT = 0.95
LEAST_ERROR = 0.8  # of the noise: what points on one level share (rounding, axis)
ANCHOR_WEIGHT = 10.0  # readings that a scenario's own height is worth


@dataclass(frozen=True)
class Fit:
    """State of the alternation between deaths per interval, levels, counts at points and their times."""

    intervals: list[Interval]
    goal: Floats
    edge_sd: Floats
    deaths: Ints
    placed: Levels
    readings: list[LevelReadings] | None
    counts: CountPosterior
    smooth: Floats
    time: Floats
    rate: Floats
    died: Floats
    noise: Noise

    @property
    def ended(self) -> bool:
        """Whether the last death lies at the end of a trace, where no column shows it."""
        return self.intervals[-1].open_end


class ConstrainedArm:
    """One arm's input, and what every step of the reconstruction shares."""

    def __init__(self, curve: Curve, points: Points, table: RiskTable, *, axis_off: float = AXIS_OFF) -> None:
        self.axis_off = axis_off
        self.events = curve.events
        self.points = points
        # Where the last click is a step that patients outlive, the curve may go on beyond it.
        fall = points.survival[-2:][0] - points.survival[-1]
        seen = points.traced or min(float(fall), float(points.survival[-1])) < END_SDS * TYPICAL_SD
        self.table = table = table.until(points.end) if seen else table
        ticks = curve.censor_marks
        alive = table.time[table.at_risk > 0]
        end = max(points.end, float(alive[-1]) if alive.size else 0.0)
        self.shape = CensoringShape(table, end, None if ticks is None or not ticks.size else np.sort(ticks))
        # The plateau at the end: from the second last point, or the first that was read as high as the last. Among
        # columns of a trace a drop that is neither plain nor half a step high does not break it.
        same = min(plain_step(points.scatter), 0.5 * points.survival[-1] / max(int(table.at_risk[-1]), 1))
        moving = np.flatnonzero(np.abs(points.survival - points.survival[-1]) > same)
        self.rest = min(int(moving[-1]) + 1 if moving.size else 0, max(points.time.size - 2, 0))

    def best(self, fit: Fit) -> PseudoIPD:
        """Best single reconstruction: the posterior mean of the counts, rounded."""
        return self._patients(_rounded(fit), fit.deaths, fit.placed, fit, None)

    def draws(self, fit: Fit, count: int, rng: np.random.Generator) -> list[PseudoIPD]:
        """Plausible reconstructions of a smooth curve: deaths per interval, censoring, counts and times in turn."""
        if count == 0:
            return []
        if not self.points.traced:
            # A smooth curve through clicks follows some of their noise.
            noise = Noise(fit.noise.survival / NOISE_FOUND, fit.noise.time / NOISE_FOUND)
            fit = replace(fit, noise=noise, edge_sd=fit.edge_sd / NOISE_FOUND)
        scenarios = draw_scenarios(
            fit.intervals,
            fit.goal,
            fit.edge_sd,
            fit.deaths,
            -(-count // DRAWS_A_SCENARIO),
            rng,
            total_known=self.events is not None,
        )
        out: list[PseudoIPD] = []
        for deaths, height in zip(scenarios.deaths, scenarios.height, strict=True):
            placed, result = self._scenario(fit, deaths, height, rng)
            for path in draw_counts(result, min(DRAWS_A_SCENARIO, count - len(out)), rng):
                out.append(self._patients(_ending_at(path, deaths), deaths, placed, fit, rng))
        return out

    def _scenario(
        self, fit: Fit, deaths: Ints, height: Floats, rng: np.random.Generator
    ) -> tuple[Levels, CountPosterior]:
        """Censoring and counts of one scenario, with a reading error that neighbouring points share."""
        survival, noise = self.points.survival, fit.noise
        drift = shared_error(self.points, fit.time, noise.survival, rng)
        survival = np.clip(survival + drift, 0.0, 1.0)
        smooth = non_increasing(np.clip(fit.smooth + drift, 0.0, 1.0))
        when = spread(fit.died, deaths, self.shape)
        placed = place_censoring(self.shape, when, height, None, noise.survival, rng)
        result, _ = self._count(placed, deaths, survival, smooth, fit.time, noise, fit.ended)
        readings = [
            _anchored(one, end, -2 if fit.ended and i + 1 == deaths.size and deaths[i] else -1)
            for i, (one, end) in enumerate(
                zip(self._by_level(survival, result, deaths, fit.ended), height[1:], strict=True)
            )
        ]
        placed = place_censoring(self.shape, when, height, readings, noise.survival, rng)
        return placed, self._count(placed, deaths, survival, smooth, fit.time, noise, fit.ended)[0]

    def estimate(self) -> Fit:
        """Alternate until counts, times and levels agree."""
        points, table = self.points, self.table
        centre = non_increasing(points.survival)
        time = non_decreasing(points.time)
        noise = first_noise(points, centre)
        # Without totals at first, censoring even, every count free: this smooths and learns the noise.
        placed = even_levels(centre, time, self.shape)
        result, rate = self._count(placed, None, points.survival, centre, time, noise)
        noise = self._noise(result, placed.survival, noise)
        smooth = _smoothed(result, placed.survival, centre, noise)
        point_sd = _level_errors(result, placed.survival, noise)
        goal, read = np.ones(table.time.size + 1), list[Interval]()
        deaths, readings = np.zeros(table.time.size, dtype=np.int64), None
        if points.traced:  # columns have exact times, so one look at the intervals is enough
            goal, read, allocated = settled(smooth, time, self.shape, noise.survival, self.events)
        for turn in range(ROUNDS):
            counts = monotone_counts(result)
            arrival = arrivals(counts.astype(float), points.time, noise.time)
            if not points.traced:
                time = smooth_times(points.time, noise.time, arrival, rate)
            died = death_times(counts, time, arrival, traced=points.traced)
            if turn + 1 == ROUNDS:
                break
            if not points.traced:
                goal = at_edges(smooth, time, table)
                read = intervals(smooth, goal, time, self.shape, (noise.survival, noise.time))
                allocated = allocate(costs_of(read), self.events)
            if not np.array_equal(allocated, deaths):
                readings = None
            deaths, before = allocated, placed.survival
            placed = place_censoring(
                self.shape, spread(died, deaths, self.shape), goal, readings, noise.survival
            )
            if points.traced and turn > 0 and np.array_equal(placed.survival, before):
                break  # of a trace nothing but the levels moves from turn to turn, so counts would repeat
            ended = read[-1].open_end
            result, rate = self._count(placed, deaths, points.survival, smooth, time, noise, ended)
            noise = self._noise(result, placed.survival, noise)
            readings = self._by_level(points.survival, result, deaths, ended)
        edge_sd = edge_errors(smooth, point_sd, time, table, max(noise.time, points.column))
        return Fit(read, goal, edge_sd, deaths, placed, readings, result, smooth, time, rate, died, noise)

    def _count(
        self,
        placed: Levels,
        deaths: Ints | None,
        survival: Floats,
        smooth: Floats,
        time: Floats,
        noise: Noise,
        ended: bool = False,
    ) -> tuple[CountPosterior, Floats]:
        """Posterior of the counts at the points (nothing read of the last, if `ended`), and the local rate."""
        levels = placed.survival
        reached = np.interp(-smooth, -levels, np.arange(levels.size))
        rate = _rate(reached, time)
        mean = rate * np.concatenate(([0.0], np.diff(time)))
        # The last point marks the end of the curve, not a step - unless it is plainly lower.
        stepped = ended or steps_at_end(survival, noise)
        if self.points.traced:
            mean = np.maximum(np.diff(reached, prepend=0.0), 0.0)  # only drops were kept: they tell when
        elif not stepped:
            mean[-1] = min(mean[-1], END_DEATHS)
        variance = mean + (HAZARD_WOBBLE * mean) ** 2 + (rate * noise.time) ** 2
        sd = noise.survival / np.sqrt(self.points.weight)
        sd[0] = FIRST_SD
        mean, variance = mean + SURPRISE_DEATHS, variance + SURPRISE_DEATHS
        if ended:
            sd[-1] = UNREAD
        elif self.points.traced:
            mean[-1] = variance[-1] = 0.0  # the end of a plateau is no step
        corners = None if self.points.traced else _corners(self.points, noise)
        least, most = bounds(deaths, time, self.table, 3.0 * noise.time)
        if deaths is not None and not stepped:
            # Else a path that is a death short would have it at the very end, after most have been censored.
            least[self.rest :] = most[self.rest :]
        model = count_model(survival, sd, levels, smooth, mean, variance, least, corners)
        return posterior(model, least, most), rate

    def _by_level(
        self, survival: Floats, result: CountPosterior, deaths: Ints, ended: bool
    ) -> list[LevelReadings]:
        read = slice(None, -1 if ended else None)  # nothing was read of a level that no column shows
        return readings_by_level(survival[read], result.mass[read], result.model.low[read], deaths)

    def _noise(self, result: CountPosterior, levels: Floats, noise: Noise) -> Noise:
        """Noise of survival from what the levels leave unexplained, held by a typical value."""
        if self.points.traced:
            return noise
        gap = self.points.survival[:, None] - levels[result.states(levels.size)]
        square = np.minimum(gap**2, (4 * noise.survival) ** 2)
        total = (
            float((self.points.weight[:, None] * result.mass * square)[1:].sum())
            + TYPICAL_SD_WEIGHT * TYPICAL_SD**2
        )
        return Noise(float(np.sqrt(total / (gap.shape[0] - 1 + TYPICAL_SD_WEIGHT))), noise.time)

    def _patients(
        self, counts: Ints, deaths: Ints, placed: Levels, fit: Fit, rng: np.random.Generator | None
    ) -> PseudoIPD:
        arrival = arrivals(counts.astype(float), self.points.time, fit.noise.time)
        time = fit.time
        if rng is not None and not self.points.traced:
            time = smooth_times(self.points.time, fit.noise.time, arrival, fit.rate, rng)
        return assemble(self.died(counts, time, arrival, rng), deaths, placed.censored, self.shape)

    def died(
        self,
        counts: Ints,
        time: Floats,
        arrival: Floats,
        rng: np.random.Generator | None,
        unread: Bools | None = None,
    ) -> Floats:
        """Times of death; draws of a trace differ by where in its column the axis has its origin."""
        died = death_times(counts, time, arrival, traced=self.points.traced, rng=rng, unread=unread)
        if rng is None or not self.points.traced:
            return died
        off = self.axis_off * rng.uniform(-1.0, 1.0) * self.points.column
        return np.clip(died + off, 0.0, self.points.end)


def steps_at_end(survival: Floats, noise: Noise) -> bool:
    """Whether the last point is plainly lower than the one before, so that it is a step."""
    return bool(survival[-2:][0] - survival[-1] >= END_SDS * noise.survival)


def monotone_counts(result: CountPosterior) -> Ints:
    """Posterior mean of the counts at the points, (K,), rounded and never falling."""
    return np.maximum.accumulate(np.rint(result.mean).astype(np.int64))


def _rounded(fit: Fit) -> Ints:
    return _ending_at(monotone_counts(fit.counts), fit.deaths)


def _ending_at(counts: Ints, deaths: Ints) -> Ints:
    """Counts from 0 to exactly the deaths allocated."""
    ended = np.minimum(counts, int(deaths.sum()))
    ended[0], ended[-1] = 0, int(deaths.sum())
    return ended


def _smoothed(result: CountPosterior, levels: Floats, centre: Floats, noise: Noise) -> Floats:
    """Posterior mean of S where levels are finer than the noise, else the isotonic fit."""
    spacing = -np.diff(levels)
    spacing = np.append(spacing, spacing[-1:] if spacing.size else 1.0)
    state = result.states(levels.size)
    fine = (result.mass * (spacing[state] < noise.survival)).sum(axis=1) > 0.5
    return non_increasing(np.where(fine, (result.mass * levels[state]).sum(axis=1), centre))


def _level_errors(result: CountPosterior, levels: Floats, noise: Noise) -> Floats:
    """Standard error of S at the points, (K,), from the spread of their counts; never below `LEAST_ERROR`."""
    variance = result.height_variance(levels, noise.survival)
    return np.sqrt(variance + (LEAST_ERROR * noise.survival) ** 2)


def _anchored(readings: LevelReadings, end: float, last: int) -> LevelReadings:
    """Readings of an interval's levels with their shared error, and the scenario's height on the last one seen."""
    weight = readings.weight / (1.0 + LEAST_ERROR**2 * readings.weight)
    mean = readings.mean.copy()
    mean[last] = (weight[last] * mean[last] + ANCHOR_WEIGHT * end) / (weight[last] + ANCHOR_WEIGHT)
    weight[last] += ANCHOR_WEIGHT
    return LevelReadings(weight, mean)


def _corners(points: Points, noise: Noise) -> Corners:
    """How far both corners of steps were clicked: short gaps that drop, each after one that does not."""
    gap, drop = np.diff(points.time), -np.diff(points.survival)
    upright = np.concatenate(([False], gap <= UPRIGHT_SDS * noise.time))
    falls = drop > CORNER_SDS * noise.survival
    pairs = int(np.sum(upright[2:] & falls[1:] & (np.abs(drop[:-1]) <= CORNER_SDS * noise.survival)))
    return Corners(min(2.0 * pairs / max(gap.size, 1), MOST_HABIT), upright)


def _rate(deaths: Floats, time: Floats) -> Floats:
    """Deaths per unit of time around the gap before each point, from neighbours on both sides."""
    index = np.arange(time.size)
    low, high = np.maximum(index - RATE_POINTS, 0), np.minimum(index + RATE_POINTS - 1, time.size - 1)
    span = time[high] - time[low] + 1e-3 * max(float(time[-1]), 1e-9)
    return (deaths[high] - deaths[low] + 0.5) / span
