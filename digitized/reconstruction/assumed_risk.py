"""Numbers at risk where none were printed: a censoring curve assumed, or read off the ticks.

Trials recruit for a while and stop on one day, so few patients are censored early and most late: the share
censored by time t of a curve that ends at T is taken as (t / T)^shape. A known total of events settles the
shape, because more censoring leaves fewer to die:

    D = N int (1 - (t / T)^shape) dF(t),    F = 1 - S.

Otherwise the shape is about `TYPICAL_SHAPE`, uncertain by `SHAPE_SD` on the log scale: among the arms of the
benchmark's patient data the median time of censoring is 0.71 of the longest (0.71^2 = 0.5).

No trial censors along a power exactly: early withdrawal, a pause of recruitment and an interim cut-off bend the
curve, and the few who were followed longest may outlast the others by far. In draws the share censored is therefore

    C(t) = W(1 - (1 - (t / T)^shape)^tail),

with log tail and log shape jointly normal (tail 1 is the power), and W a random distribution function around
the even one: a Dirichlet process (Ferguson, Ann Stat 1973;1:209) of concentration `CONCENTRATION`, taken at
`CELLS` even cells. At a share of x its SD is sqrt(x (1 - x) / (CONCENTRATION + 1)). A known total of events
settles the shape for each tail and W, so what stays uncertain is when patients left, not how many.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from digitized.curve import Floats
from digitized.reconstruction.risk_table import RiskTable

TYPICAL_SHAPE = 2.0
SHAPE_SD = 0.5
SHAPES = (0.25, 30.0)
ASSUMED_TIMES = 6
CLOSE = 0.2  # of the time between two of them
# From the censorings of 55 arms of real patients (trials of kmdata and the data of R's survival): log shape 0.69
# (SD 0.52), log tail 0.26 (SD 0.68), correlation 0.63, by maximum likelihood with events as its censorings. The reverse
# Kaplan-Meier curve departs from the fitted one by a mean square, over x (1 - x) and less sampling variance, of 0.025,
# which is a concentration of 39. With those values 90 % bands held the curves of larger arms in 64-82 % by the middle
# of follow-up, because few arms are typical of all; with the wider ones below in 89-93 %.
LOG_TAIL, LOG_TAIL_SD = 0.26, 0.80
LOG_SHAPE, LOG_SHAPE_SD, LOG_SHAPE_TAIL = 0.69, 0.65, 0.63
CONCENTRATION = 25.0
CELLS = 10


@dataclass(frozen=True)
class AssumedRisk:
    """Expected numbers along the points of a curve.

    Attributes
    ----------
    time : (K,) float
        Times of the points, ascending from 0.
    at_risk : (K,) float
        Expected at risk after each point.
    leaving : (K,) float
        Expected censorings in the gap before each point.
    """

    time: Floats
    at_risk: Floats
    leaving: Floats

    def table(self, n: int) -> RiskTable:
        """Rounded numbers at risk at a few evenly spaced times, and where they have halved since the one before."""
        if self.time[-1] <= 0:
            return RiskTable(np.zeros(1), np.array([n], dtype=np.int64))
        even = np.linspace(0.0, float(self.time[-1]), ASSUMED_TIMES + 1)
        halved = n / 2.0 ** np.arange(1, int(np.log2(max(n, 2))))
        # Where few of the patients are left, six even times would leave a fall from many to few unseen.
        falling = np.minimum.accumulate(self.at_risk)
        when = np.interp(-halved, -falling, self.time)
        edges = even
        for one in when:
            if np.abs(edges - one).min() > CLOSE * even[1]:
                edges = np.sort(np.append(edges, one))
        edges = edges[:-1]
        count = np.rint(np.interp(edges, self.time, self.at_risk)).astype(np.int64)
        count[0] = n
        return RiskTable(edges, np.minimum.accumulate(np.clip(count, 0, n)))


@dataclass(frozen=True)
class Bend:
    """How a curve of censoring departs from a power: its `tail`, and W at the edges of its cells, (CELLS + 1,)."""

    tail: float
    share: Floats

    def censored(self, power: Floats) -> Floats:
        """Share censored where the power is `power`; both 0-1."""
        return np.interp(1.0 - (1.0 - power) ** self.tail, np.linspace(0.0, 1.0, self.share.size), self.share)


POWER = Bend(1.0, np.array([0.0, 1.0]))


def drawn_censoring(rng: np.random.Generator, censored: float = np.inf) -> tuple[float, Bend]:
    """Draw a shape and a bend.

    Parameters
    ----------
    censored : float
        Patients censored, where the bend stands for these very patients and not for the law they follow: their
        number adds sampling variance x (1 - x) / censored.
    """
    tail = float(rng.standard_normal())
    own = LOG_SHAPE_TAIL * tail + np.sqrt(1.0 - LOG_SHAPE_TAIL**2) * rng.standard_normal()
    shape = float(np.clip(np.exp(LOG_SHAPE + LOG_SHAPE_SD * own), *SHAPES))
    total = 1.0 / (1.0 / CONCENTRATION + 1.0 / max(censored, 1.0))
    share = np.cumsum(rng.dirichlet(np.full(CELLS, total / CELLS)))
    return shape, Bend(
        float(np.exp(LOG_TAIL + LOG_TAIL_SD * tail)), np.concatenate(([0.0], share)).clip(0.0, 1.0)
    )


def shape_for_events(time: Floats, survival: Floats, n: int, events: int | None, bend: Bend = POWER) -> float:
    """Shape of the censoring curve under which `events` are expected; the typical one where unknown."""
    if events is None:
        return TYPICAL_SHAPE

    def surplus(shape: float) -> float:
        return float(by_shape(time, survival, n, shape, bend)[1] - events)

    low, high = SHAPES
    if surplus(low) >= 0:
        return low
    if surplus(high) <= 0:
        # Nobody can have left early: everybody who did not die was followed to the end.
        return float(np.inf)
    return float(brentq(surplus, low, high, xtol=1e-3))


def by_shape(
    time: Floats, survival: Floats, n: int, shape: float, bend: Bend = POWER
) -> tuple[AssumedRisk, float]:
    """Expected numbers under one shape of censoring, and the expected events.

    Parameters
    ----------
    time, survival : (K,) float
        Monotone reading of the curve, from time 0 on.
    bend : Bend
        Departure of the censoring from a power.
    """
    end = max(float(time[-1]), 1e-12)

    def staying(when: Floats) -> Floats:
        if np.isinf(shape):
            # Those who leave do so at the end, after all deaths: a drop at the very end finds them at risk.
            return np.ones(when.size)
        power = np.clip(when / end, 0.0, 1.0) ** shape
        # To the last digit where nothing bends.
        return 1.0 - (power if bend is POWER else bend.censored(power))

    stay, middle = staying(time), staying(0.5 * (time[1:] + time[:-1]))
    leaving = np.zeros(time.size)
    leaving[1:] = n * 0.5 * (survival[1:] + survival[:-1]) * -np.diff(stay)
    events = float(n * np.sum(middle * -np.diff(survival)))
    return AssumedRisk(time, n * survival * stay, np.maximum(leaving, 0.0)), events


def by_ticks(time: Floats, survival: Floats, n: int, ticks: Floats, events: int | None) -> AssumedRisk:
    """Expected numbers where censor ticks were read; hidden ones are shared out evenly over the others."""
    hidden = 1.0 if events is None or not ticks.size else max((n - events) / ticks.size, 0.0)
    by_then = hidden * np.searchsorted(np.sort(ticks), time, side="right")
    leaving = np.diff(by_then, prepend=0.0)
    at_risk = np.empty(time.size)
    at_risk[0] = n
    for k in range(1, time.size):
        kept = survival[k] / survival[k - 1] if survival[k - 1] > 0 else 0.0
        at_risk[k] = max(at_risk[k - 1] * kept - leaving[k], 0.0)
    return AssumedRisk(time, at_risk, leaving)
