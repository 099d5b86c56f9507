"""How many of those who leave each interval died: hazard read off the curve, totals met exactly.

Within an interval that n patients enter and R leave, the curve loses the share W of its height, spread
over steps with relative weights omega_k (sum 1). If share phi_k of the interval's censorings precede step k,
then to first order d deaths lose

    W(d) = d / (n - (R - d) Phi),    Phi = sum omega_k phi_k.

The time of censoring follows a power law, phi = share^gamma (share: even in time, or the ticks' own). Each
candidate d costs what it takes to explain the W read: reading noise and a gamma away from 1. Total events are
met by moving the deaths that cost least.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from digitized.curve import Floats, Ints

LOG_GAMMA_LIMIT = 3.5
LOG_GAMMA = np.linspace(-LOG_GAMMA_LIMIT, LOG_GAMMA_LIMIT, 43)
GAMMA = np.exp(LOG_GAMMA)
TREND_SD = 0.4
TREND_SD_WITH_MARKS = 0.15
CLUMPING = 1.3  # variance of log gamma from c even censorings is about 1.3 / c
HIDDEN_MARK_COST = 0.7
INVENTED_MARK_COST = 1.5
UNSEEN_END_COST = 8.0  # a last patient whose death no column shows; dearer by the log of those it may be


@dataclass(frozen=True)
class Interval:
    """One interval of the numbers at risk.

    Attributes
    ----------
    enter, leave : int
        At risk at its start; deaths and censorings within.
    loss, loss_sd : float
        W read off the curve, and its reading noise.
    weight, share : (k,) float
        omega_k, and the share of censorings before each step at gamma = 1.
    marks : int or None
        Censor ticks inside, where any were read.
    known : int or None
        Deaths where printed numbers leave no choice.
    steps : (s,) float
        Plain steps of a trace, highest first, in noises: each is a death or more.
    open_end : bool
        Whether the arm's last death may lie where no column shows it: at the end of a trace.
    """

    enter: int
    leave: int
    loss: float
    loss_sd: float
    weight: Floats
    share: Floats
    marks: int | None = None
    known: int | None = None
    steps: Floats = field(default_factory=lambda: np.empty(0))
    open_end: bool = False

    def costs(self, misfit: Floats) -> Floats:
        """Cost of 0, 1, ..., R deaths, given the `misfit` of each with the height read (`costs_of`)."""
        deaths = np.arange(self.leave + 1)
        if self.known is not None:
            return np.where(deaths == self.known, 0.0, 1e6 + 1e3 * np.abs(deaths - self.known))
        cost = misfit + self.unexplained_steps(deaths) + self.unmarked(deaths)
        if self.open_end:
            cost[1:] = np.minimum(cost[1:], cost[:-1] + unseen_end_cost(self.enter))
        return cost

    def unmarked(self, deaths: Ints) -> Floats:
        """Cost of as many censorings as `deaths` leave, given the ticks read."""
        if self.marks is None:
            return np.zeros(deaths.size)
        # Ticks hide behind one another more often than they are invented; some cross an edge by noise.
        missing = self.leave - deaths - self.marks
        return np.where(missing > 0, HIDDEN_MARK_COST, INVENTED_MARK_COST) * np.abs(missing)

    def ends_unseen(self, deaths: int) -> bool:
        """Whether `deaths` are best explained with the last of them at the very end, shown by no column."""
        if not self.open_end or deaths == 0:
            return False
        (seen,) = costs_of([replace(self, open_end=False)])
        return bool(seen[deaths - 1] + unseen_end_cost(self.enter) < seen[deaths])

    def unexplained_steps(self, deaths: Ints) -> Floats:
        """Cost of fewer deaths than plain steps: the lowest of these stay unexplained."""
        left = np.append(np.cumsum(self.steps[::-1] ** 2)[::-1], 0.0)
        return np.asarray(0.5 * left[np.minimum(deaths, self.steps.size)])


def unseen_end_cost(at_risk: int) -> float:
    """Cost of a death at the very end among those `at_risk` when the last interval began."""
    return UNSEEN_END_COST + float(np.log(max(at_risk, 1)))


def costs_of(intervals: Sequence[Interval]) -> list[Floats]:
    """Cost of 0, 1, ..., R deaths of each interval: half a sum of squares, smallest over the shapes of censoring.

    All intervals are worked out at once, one row for each number of deaths of each: most of them are short.
    """
    rows = np.array([one.leave + 1 for one in intervals])
    ends = np.cumsum(rows)
    owner = np.repeat(np.arange(rows.size), rows)
    steps = np.array([one.weight.size for one in intervals])
    weight = np.concatenate([one.weight for one in intervals])[:, None]
    share = np.concatenate([one.share for one in intervals])[:, None]
    phi = np.add.reduceat(weight * share**GAMMA, np.cumsum(steps) - steps)[owner]
    deaths = np.arange(owner.size) - (ends - rows)[owner]
    censored = (rows[owner] - 1 - deaths)[:, None]
    enter, loss, loss_sd = (
        np.array([getattr(one, name) for one in intervals], dtype=float)[owner, None]
        for name in ("enter", "loss", "loss_sd")
    )
    lost = deaths[:, None] / np.maximum(enter - censored * phi, 0.5)
    fit = ((np.minimum(lost, 1.0) - loss) / loss_sd) ** 2
    marked = np.array([one.marks is not None for one in intervals])[owner, None]
    trend = np.where(marked, TREND_SD_WITH_MARKS, TREND_SD)
    clumping = np.where(marked, 0.1 * CLUMPING, CLUMPING)
    bent = np.where(censored > 0, 1.0 / (trend**2 + clumping / np.maximum(censored, 1)), 0.0)
    misfit = 0.5 * np.min(fit + LOG_GAMMA**2 * bent, axis=1)
    return [one.costs(own) for one, own in zip(intervals, np.split(misfit, ends[:-1]), strict=True)]


def allocate(costs: Sequence[Floats], events: int | None) -> Ints:
    """Integer deaths per interval at least cost, summing to `events` where that is known and possible."""
    chosen = np.array([int(np.argmin(cost)) for cost in costs], dtype=np.int64)
    if events is None:
        return chosen
    ceiling = np.array([cost.size - 1 for cost in costs])
    target = min(events, int(ceiling.sum()))
    while int(chosen.sum()) != target:
        step = 1 if chosen.sum() < target else -1
        marginal = np.full(chosen.size, np.inf)
        for i, cost in enumerate(costs):
            moved = chosen[i] + step
            if 0 <= moved <= ceiling[i]:
                marginal[i] = cost[moved] - cost[chosen[i]]
        chosen[int(np.argmin(marginal))] += step
    return chosen
