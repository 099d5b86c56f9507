"""Plausible deaths per interval and heights of the curve at its edges, drawn jointly.

Heights at neighbouring edges are read with errors of their own, so a death too many before an edge is one too
few after it. `allocation` prices intervals one by one, which is enough for the best division; draws need the
joint law. It is sampled by Metropolis steps (Metropolis et al., J Chem Phys 1953;21:1087), many chains side by
side: a death moves between intervals (their total is kept where it is known), or the censoring of an interval
bends. The last state of each chain is one scenario.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import gammaln

from digitized.curve import Floats, Ints
from digitized.reconstruction.allocation import (
    CLUMPING,
    HIDDEN_MARK_COST,
    INVENTED_MARK_COST,
    LOG_GAMMA_LIMIT,
    TREND_SD,
    TREND_SD_WITH_MARKS,
    Interval,
)

SWEEPS = 40
MOST_STEPS = 900
BEND = 0.5
PARTS = 12  # of an interval's deaths, over which numbers at risk are followed
LEAST_AT_RISK = 0.6
MARKS_CLUMPING = 0.1
SHARE_WEIGHT = 2.0  # patients that the share of deaths nearby is worth


@dataclass(frozen=True)
class Scenarios:
    """Drawn deaths (C, R) of each interval, and S (C, R + 1) at its edges and the end."""

    deaths: Ints
    height: Floats


class _Target:
    """Log posterior density of deaths (C, R) and log gamma (C, R), up to a constant."""

    def __init__(self, intervals: list[Interval], goal: Floats, edge_sd: Floats) -> None:
        self.enter = np.array([one.enter for one in intervals], dtype=float)
        self.leave = np.array([one.leave for one in intervals], dtype=np.int64)
        self.goal, self.edge_sd = goal[1:], edge_sd[1:]
        self.share = np.array(
            [_share_at_deaths(one, *ends) for one, ends in zip(intervals, pairwise(goal), strict=True)]
        )
        self.marks = np.array([-1 if one.marks is None else one.marks for one in intervals])
        self.marked = intervals[0].marks is not None
        self.unseen = np.array([one.open_end for one in intervals], dtype=np.int64)
        self.prior = share_nearby(intervals, goal)
        most = np.arange(self.prior.shape[1])
        self.prior -= np.stack([one.unexplained_steps(most) for one in intervals])

    def heights(self, deaths: Ints, bend: Floats) -> Floats:
        """S at the end of each interval, (C, R)."""
        part = (np.arange(PARTS) + 0.5) / PARTS
        censored, deaths = self.leave - deaths, np.maximum(deaths - self.unseen, 0)
        gone = censored[..., None] * self.share ** np.exp(bend)[..., None]
        at_risk = np.maximum(self.enter[:, None] - deaths[..., None] * part - gone, LEAST_AT_RISK)
        log_ratio = deaths / PARTS * np.log1p(-1.0 / (at_risk + 0.5)).sum(axis=2)
        return np.exp(np.cumsum(log_ratio, axis=1))

    def __call__(self, deaths: Ints, bend: Floats) -> Floats:
        """Log density of each chain, (C,)."""
        gap = (self.heights(deaths, bend) - self.goal) / self.edge_sd
        censored = self.leave - deaths
        trend = TREND_SD_WITH_MARKS if self.marked else TREND_SD
        clumping = CLUMPING * (MARKS_CLUMPING if self.marked else 1.0)
        variance = trend**2 + clumping / np.maximum(censored, 1)
        log_density = -0.5 * gap**2 - 0.5 * bend**2 / variance - 0.5 * np.log(variance)
        log_density += self.prior[np.arange(self.enter.size), deaths]
        if self.marked:
            missing = censored - self.marks
            log_density -= np.where(missing > 0, HIDDEN_MARK_COST, INVENTED_MARK_COST) * np.abs(missing)
        return np.asarray(log_density.sum(axis=1))


def _share_at_deaths(interval: Interval, top: float, bottom: float) -> Floats:
    """Share of even censorings gone when each part of the interval's deaths has happened, (PARTS,)."""
    # The weights are steps of 1 / S: undone, they give the height of the curve along the interval.
    inverse = 1.0 / max(top, 1e-6) + (1.0 / max(bottom, 1e-6) - 1.0 / max(top, 1e-6)) * np.cumsum(
        interval.weight
    )
    drop = -np.diff(1.0 / inverse, prepend=max(top, 1e-6)) + 1e-9
    done = (np.cumsum(drop) - 0.5 * drop) / drop.sum()
    return np.interp((np.arange(PARTS) + 0.5) / PARTS, done, interval.share)


def share_nearby(intervals: list[Interval], goal: Floats) -> Floats:
    """(R, most + 1) log prior of deaths among those who leave: beta-binomial around the share nearby."""
    enter = np.array([one.enter for one in intervals], dtype=float)
    leave = np.array([one.leave for one in intervals], dtype=float)
    loss = 1.0 - goal[1:] / np.maximum(goal[:-1], 1e-9)
    guess = np.clip(loss * (enter - 0.5 * leave), 0.0, leave)
    window = np.ones(3)
    # "full" and a cut: "same" would follow the longer of the two where intervals are fewer than three.
    near = [np.convolve(counts, window)[1 : 1 + counts.size] for counts in (guess, leave)]
    share = (near[0] + 0.5) / (near[1] + 1.0)
    most = int(leave.max(initial=0))
    deaths = np.arange(most + 1)[None, :]
    a, b = (1.0 + SHARE_WEIGHT * share)[:, None], (1.0 + SHARE_WEIGHT * (1 - share))[:, None]
    left = np.maximum(leave[:, None] - deaths, 0.0)
    prior = gammaln(deaths + a) - gammaln(deaths + 1.0) + gammaln(left + b) - gammaln(left + 1.0)
    return np.where(deaths <= leave[:, None], prior, -np.inf)


def draw_scenarios(
    intervals: list[Interval],
    goal: Floats,
    edge_sd: Floats,
    start: Ints,
    chains: int,
    rng: np.random.Generator,
    *,
    total_known: bool,
) -> Scenarios:
    """Draw scenarios around the best division of deaths.

    Parameters
    ----------
    goal, edge_sd : (R + 1,) float
        S read at the edges and at the end, and its standard error.
    start : (R,) int
        The best division, where every chain starts.
    total_known : bool
        Whether the total of deaths is printed, so that it never changes.
    """
    target = _Target(intervals, goal, edge_sd)
    R = start.size
    free = np.flatnonzero([one.leave > 0 and one.known is None for one in intervals])
    deaths = np.repeat(start[None, :], chains, axis=0)
    bend = np.zeros((chains, R))
    now = target(deaths, bend)
    row = np.arange(chains)
    reach = np.maximum(1.0, edge_sd[1:] * target.enter / np.maximum(goal[:-1], 0.05))
    for step in range(min(MOST_STEPS, SWEEPS * max(free.size, 1) + 200) if free.size else 0):
        moved, bent = deaths.copy(), bend.copy()
        i = free[rng.integers(free.size, size=chains)]
        if step % 3 == 0:
            bent[row, i] += BEND * rng.standard_normal(chains)
            bent = np.clip(bent, -LOG_GAMMA_LIMIT, LOG_GAMMA_LIMIT)
        else:
            # Mostly between neighbours, where an error of one edge is felt.
            size = 1 + rng.poisson(rng.random() * 0.7 * (reach[i] - 1.0))
            size *= rng.choice([-1, 1], size=chains)
            moved[row, i] += size
            if total_known:
                k = np.searchsorted(free, i)
                near = np.clip(k + rng.choice([-1, 1], size=chains), 0, free.size - 1)
                far = rng.integers(free.size, size=chains)
                j = free[np.where(rng.random(chains) < 0.6, near, far)]
                moved[row, j] -= size
        valid = np.all((moved >= 0) & (moved <= target.leave), axis=1)
        proposed = np.full(chains, -np.inf)
        proposed[valid] = target(moved[valid], bent[valid])
        taken = np.log(rng.random(chains)) < proposed - now
        deaths[taken], bend[taken], now[taken] = moved[taken], bent[taken], proposed[taken]
    height = np.column_stack((np.ones(chains), target.heights(deaths, bend)))
    return Scenarios(deaths, height)
