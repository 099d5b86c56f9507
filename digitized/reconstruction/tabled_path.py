"""Deaths and censorings along the points of a curve with numbers at risk: plausible paths that meet them exactly.

How many of those who leave an interval died is drawn first, as the height of the curve at its ends suggests; the
deaths and censorings of its gaps follow, gap by gap, to meet that number. Every reading then weighs the paths, and
what the heights had suggested is taken back: the same readings would count twice. A particle filter, as where
nothing is told (`plausible_path`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.allocation import Interval, costs_of, unseen_end_cost
from digitized.reconstruction.discrete import drawn_columns
from digitized.reconstruction.gaps import evidence
from digitized.reconstruction.particles import PATHS, resampled, trust
from digitized.reconstruction.risk_table import RiskTable
from digitized.reconstruction.scenarios import share_nearby
from digitized.reconstruction.tabled_gaps import TabledGaps

SUGGESTED = 0.15  # power of what the heights at the ends of an interval say of its deaths
MOST_COST = 60.0  # what heights may cost more than those that fit best
EVENNESS = 8.0  # patients that the even spread of an interval's censorings is worth; ticks are worth more
EVENNESS_OF_MARKS = 200.0


@dataclass(frozen=True)
class TabledPath:
    """Deaths and censorings in the gap before each place, (G,) each, and deaths of each interval, (R,)."""

    deaths: Ints
    censored: Ints
    of_intervals: Ints

    def censored_between(self, gaps: TabledGaps, table: RiskTable) -> list[Ints]:
        """Of each interval, censorings before its first death, ..., after its last; in a gap they come first."""
        out = []
        for i, total in enumerate(self.of_intervals):
            own = gaps.interval == i
            done = np.cumsum(self.deaths[own]) - self.deaths[own]
            left = np.bincount(done, weights=self.censored[own], minlength=total + 1).astype(np.int64)
            left[-1] += table.leaving[i] - total - left.sum()
            out.append(left)
        return out


@dataclass(frozen=True)
class TabledPaths:
    """Paths drawn from those followed in one run, and the log evidence of the readings that the run found."""

    paths: Sequence[TabledPath]
    log_evidence: float


NO_PATHS = TabledPaths((), -np.inf)


@dataclass(frozen=True)
class Suggestion:
    """What is said of the deaths of each interval before paths are followed.

    Attributes
    ----------
    heights, counts : sequence of (R_i + 1,) float
        Cost of 0, 1, ... deaths by the heights of the curve, and by what does not come from the curve.
    """

    heights: Sequence[Floats]
    counts: Sequence[Floats]

    def weights(self, interval: int) -> Floats:
        """Weight of 0, 1, ... deaths of an interval when one is drawn."""
        counts = self.counts[interval]
        return np.asarray(np.exp(counts.min() - counts) / self.taken_back(interval))

    def taken_back(self, interval: int) -> Floats:
        """What undoes, for 0, 1, ... deaths of an interval, the weight that heights gave them."""
        heights = self.heights[interval]
        return np.asarray(np.exp(SUGGESTED * np.minimum(heights - heights.min(), MOST_COST)))

    def to_come(self, events: int | None) -> list[Floats] | None:
        """For each interval and the end, weight of 0, 1, ... deaths from there on; None if any total will do."""
        if events is None:
            return None
        out = [np.eye(1, events + 1)[0]]
        for i in range(len(self.heights) - 1, -1, -1):
            whole = np.convolve(self.weights(i), out[0])[: events + 1]
            out.insert(0, whole / max(float(whole.max()), 1e-300))
        return out


def tabled_paths(
    gaps: TabledGaps,
    table: RiskTable,
    suggestion: Suggestion,
    events: int | None,
    count: int,
    rng: np.random.Generator,
    *,
    marked: bool,
    open_end: bool,
) -> TabledPaths:
    """Draw `count` paths; none where no path followed meets the counts and the readings.

    Parameters
    ----------
    marked : bool
        Whether censorings are expected at ticks that were read.
    open_end : bool
        Whether the last deaths may lie at the very end, where no column of a trace shows them.
    """
    G, R = gaps.survival.size, table.time.size
    path = np.arange(PATHS)
    worth = EVENNESS_OF_MARKS if marked else EVENNESS
    to_come = suggestion.to_come(events)
    if to_come is not None and not to_come[0][-1] > 0:
        return NO_PATHS
    lacking = np.full(PATHS, 0 if events is None else events)
    at_risk, level, given = np.full(PATHS, table.n), np.ones(PATHS), np.ones(PATHS)
    die, leave = np.zeros((2, PATHS), dtype=np.int64)
    deaths, censored = np.zeros((2, G, PATHS), dtype=np.int64)
    of_intervals = np.zeros((R, PATHS), dtype=np.int64)
    mean_to_come, variance_to_come = gaps.deaths_to_come
    log_evidence = 0.0
    now = -1
    for g in range(1, G):
        i = int(gaps.interval[g])
        if i != now:
            now = i
            die = _drawn_deaths(suggestion.weights(i), to_come, i, lacking, rng)
            leave = int(table.leaving[i]) - die
            lacking = lacking - die
            of_intervals[i] = die
        closing, last = g == gaps.closes[i], i + 1 == R
        left = leave if closing and not last else _left(gaps.share[g], leave, worth, rng)
        still = at_risk - left
        most = int(min(gaps.increments.shape[1] - 1, die.max()))
        d = np.arange(most + 1)
        fallen = level[:, None] * (1.0 - d / np.maximum(still[:, None], np.maximum(d, 1)))
        weight = gaps.increments[g, d] * evidence(gaps.survival[g], gaps.sd[g], fallen)
        forced = closing and not (last and open_end)
        allowed = d == die[:, None] if forced else d <= die[:, None]
        weight = np.where(allowed & (still[:, None] >= d), weight, 0.0)
        due = np.ones_like(weight)
        if closing:
            # The readings inside have had their say.
            weight *= suggestion.taken_back(i)[of_intervals[i], None]
        else:
            due = trust(die[:, None] - d - mean_to_come[g], float(variance_to_come[g]))
            weight *= due
        total = weight.sum(axis=1) / given
        if not total.sum() > 0:
            return NO_PATHS
        log_evidence += float(np.log(total.mean()))
        died = drawn_columns(weight, rng)
        deaths[g], censored[g] = died, left
        at_risk, level = still - died, fallen[path, died]
        die, leave = die - died, leave - left
        kept = resampled(total, rng)
        deaths, censored, of_intervals = deaths[:, kept], censored[:, kept], of_intervals[:, kept]
        at_risk, level, die, leave = at_risk[kept], level[kept], die[kept], leave[kept]
        lacking, given = lacking[kept], due[path, died][kept]
    ends = np.exp(-unseen_end_cost(int(table.at_risk[-1])) * die)
    if not open_end:
        ends = np.where(die == 0, ends, 0.0)
    if not ends.sum() > 0:
        return NO_PATHS
    out = []
    for one in rng.choice(PATHS, size=count, p=ends / ends.sum()):
        own = deaths[:, one].copy()
        own[-1] += die[one]
        out.append(TabledPath(own, censored[:, one], of_intervals[:, one]))
    return TabledPaths(out, log_evidence + float(np.log(ends.mean())))


def _drawn_deaths(
    weights: Floats, to_come: list[Floats] | None, interval: int, lacking: Ints, rng: np.random.Generator
) -> Ints:
    """Deaths of an interval for each path, such that the later ones can make up what is then lacking."""
    chance = np.broadcast_to(weights, (lacking.size, weights.size))
    if to_come is not None:
        after = lacking[:, None] - np.arange(weights.size)
        later = to_come[interval + 1]
        chance = np.where(after >= 0, chance * later[np.maximum(after, 0)], 0.0)
    return drawn_columns(chance, rng)


def _left(share: Floats, leave: Ints, worth: float, rng: np.random.Generator) -> Ints:
    """Censorings of a gap among those to `leave` its interval: beta-binomial, as patients leave in clusters."""
    here, rest = float(share[1] - share[0]), float(1.0 - share[1])
    if here <= 0 or rest <= 0:
        return leave if rest <= 0 < here else np.zeros_like(leave)
    return rng.binomial(leave, rng.beta(worth * here, worth * rest, size=leave.size))


def suggestion(intervals: list[Interval], goal: Floats, *, open_end: bool) -> Suggestion:
    """What intervals say of their deaths, with `open_end` where the last may have one that no column shows.

    Parameters
    ----------
    goal : (R + 1,) float
        S read at the edges and at the end.
    """
    unknown = [replace(one, known=None, marks=None) for one in intervals]
    unknown[-1] = replace(unknown[-1], open_end=open_end)
    counts = []
    for one, nearby in zip(intervals, share_nearby(unknown, goal), strict=True):
        deaths = np.arange(one.leave + 1)
        cost = one.unmarked(deaths) - nearby[deaths]
        counts.append(cost if one.known is None else np.where(deaths == one.known, 0.0, np.inf))
    return Suggestion(costs_of(unknown), counts)
