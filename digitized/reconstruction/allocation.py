"""How many of those who leave each interval died: hazard read off the curve, totals met exactly.

Within an interval that n patients enter and R leave, the curve loses the share W of its height, spread
over steps with relative weights omega_k (sum 1). If share phi_k of the interval's censorings precede step k,
then to first order d deaths lose

    W(d) = d / (n - (R - d) Phi),    Phi = sum omega_k phi_k.

The time of censoring follows a power law, phi = share^gamma (share: even in time, or the ticks' own). Each
candidate d costs what it takes to explain the W read: reading noise and a gamma away from 1. Total events are
met by moving the deaths that cost least.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from digitized.curve import Floats, Ints

LOG_GAMMA_LIMIT = 3.5
LOG_GAMMA = np.linspace(-LOG_GAMMA_LIMIT, LOG_GAMMA_LIMIT, 43)
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

    @cached_property
    def costs(self) -> Floats:
        """Cost of 0, 1, ..., R deaths: half a sum of squares, smallest over the shapes of censoring."""
        deaths = np.arange(self.leave + 1)
        if self.known is not None:
            return np.where(deaths == self.known, 0.0, 1e6 + 1e3 * np.abs(deaths - self.known))
        censored = self.leave - deaths
        phi = (self.weight[None, :] * self.share[None, :] ** np.exp(LOG_GAMMA)[:, None]).sum(axis=1)
        lost = deaths[:, None] / np.maximum(self.enter - censored[:, None] * phi[None, :], 0.5)
        fit = ((np.minimum(lost, 1.0) - self.loss) / self.loss_sd) ** 2
        trend = TREND_SD if self.marks is None else TREND_SD_WITH_MARKS
        clumping = CLUMPING if self.marks is None else 0.1 * CLUMPING
        shape = LOG_GAMMA[None, :] ** 2 / (trend**2 + clumping / np.maximum(censored, 1))[:, None]
        cost = 0.5 * np.min(fit + np.where(censored[:, None] > 0, shape, 0.0), axis=1)
        if self.marks is not None:
            # Ticks hide behind one another more often than they are invented; some cross an edge by noise.
            missing = censored - self.marks
            cost = cost + np.where(missing > 0, HIDDEN_MARK_COST, INVENTED_MARK_COST) * np.abs(missing)
        cost = cost + self.unexplained_steps(deaths)
        if self.open_end:
            cost[1:] = np.minimum(cost[1:], cost[:-1] + self._price_of_an_unseen_end())
        return cost

    def ends_unseen(self, deaths: int) -> bool:
        """Whether `deaths` are best explained with the last of them at the very end, shown by no column."""
        if not self.open_end or deaths == 0:
            return False
        seen = replace(self, open_end=False).costs
        return bool(seen[deaths - 1] + self._price_of_an_unseen_end() < seen[deaths])

    def _price_of_an_unseen_end(self) -> float:
        return UNSEEN_END_COST + float(np.log(max(self.enter, 1)))

    def unexplained_steps(self, deaths: Ints) -> Floats:
        """Cost of fewer deaths than plain steps: the lowest of these stay unexplained."""
        left = np.append(np.cumsum(self.steps[::-1] ** 2)[::-1], 0.0)
        return np.asarray(0.5 * left[np.minimum(deaths, self.steps.size)])


def allocate(intervals: list[Interval], events: int | None) -> Ints:
    """Integer deaths per interval at least cost, summing to `events` where that is known and possible."""
    costs = [interval.costs for interval in intervals]
    chosen = np.array([int(np.argmin(cost)) for cost in costs], dtype=np.int64)
    if events is None:
        return chosen
    ceiling = np.array([interval.leave for interval in intervals])
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
