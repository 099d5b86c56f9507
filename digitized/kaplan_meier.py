"""Product-limit estimate, its summaries, and the two-sample Cox hazard ratio.

Convention of ties: events precede censorings at the same time (a patient censored at t is at risk at t).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats, Ints


@dataclass(frozen=True)
class KaplanMeier:
    """Right-continuous product-limit estimate.

    Attributes
    ----------
    time : (K,) float
        Distinct event times, ascending.
    survival : (K,) float
        S(time), just after each event time.
    at_risk, events : (K,) int
        Patients at risk just before, and events at, each event time.
    last : float
        Largest observed time; the estimate is defined on [0, last].
    """

    time: Floats
    survival: Floats
    at_risk: Ints
    events: Ints
    last: float

    def at(self, times: npt.ArrayLike) -> Floats:
        """S(t) at `times` (carried forward beyond the last observed time)."""
        padded = np.concatenate(([1.0], self.survival))
        return padded[np.searchsorted(self.time, np.asarray(times, dtype=float), side="right")]

    @property
    def median(self) -> float:
        """Smallest event time with S(t) <= 0.5; infinite when not reached."""
        below = np.flatnonzero(self.survival <= 0.5 + 1e-9)
        return float(self.time[below[0]]) if below.size else float("inf")

    def rmst(self, tau: float) -> float:
        """Area under S(t) from 0 to `tau` (same unit as time).

        Raises
        ------
        ValueError
            If `tau` lies beyond the last observed time and survival is not 0 there.
        """
        if tau > self.last and (not self.survival.size or self.survival[-1] > 0):
            raise ValueError(f"RMST to {tau:g} asked, but observation ends at {self.last:g}")
        inside = self.time < tau
        edges = np.concatenate(([0.0], self.time[inside], [tau]))
        heights = np.concatenate(([1.0], self.survival[inside]))
        return float(np.sum(np.diff(edges) * heights))


def kaplan_meier(time: npt.ArrayLike, event: npt.ArrayLike) -> KaplanMeier:
    """Product-limit estimate of right-censored times (Kaplan & Meier 1958).

    Parameters
    ----------
    time : (n,) array of float
        Time to event or censoring.
    event : (n,) array of bool
        Whether the time is an event.
    """
    times = np.asarray(time, dtype=float)
    observed = np.asarray(event, dtype=bool)
    distinct, deaths = np.unique(times[observed], return_counts=True)
    at_risk = times.size - np.searchsorted(np.sort(times), distinct, side="left")
    survival = np.cumprod(1.0 - deaths / at_risk)
    last = float(times.max()) if times.size else 0.0
    return KaplanMeier(distinct, survival, at_risk.astype(np.int64), deaths.astype(np.int64), last)


def number_at_risk(time: npt.ArrayLike, when: npt.ArrayLike) -> Ints:
    """Patients still under observation just before each of `when`: #{time >= when}."""
    ordered = np.sort(np.asarray(time, dtype=float))
    return (ordered.size - np.searchsorted(ordered, np.asarray(when, dtype=float), side="left")).astype(
        np.int64
    )


@dataclass(frozen=True)
class CoxEstimate:
    """Log hazard ratio of the experimental against the reference arm, with its standard error."""

    log_hazard_ratio: float
    standard_error: float

    @property
    def hazard_ratio(self) -> float:
        """Hazard ratio."""
        return float(np.exp(self.log_hazard_ratio))


def cox_two_arms(
    reference_time: npt.ArrayLike,
    reference_event: npt.ArrayLike,
    experimental_time: npt.ArrayLike,
    experimental_event: npt.ArrayLike,
) -> CoxEstimate:
    """Cox partial likelihood with one binary covariate, Efron's ties (Efron 1977), by Newton steps.

    Written here because reconstruction calls it thousands of times; tests hold it against lifelines.

    Returns
    -------
    CoxEstimate
        NaN in both fields when either arm has no events at risk together.
    """
    t0, t1 = np.asarray(reference_time, dtype=float), np.asarray(experimental_time, dtype=float)
    e0, e1 = np.asarray(reference_event, dtype=bool), np.asarray(experimental_event, dtype=bool)
    distinct = np.unique(np.concatenate((t0[e0], t1[e1])))
    n0, n1 = number_at_risk(t0, distinct), number_at_risk(t1, distinct)
    d0 = _counts_at(t0[e0], distinct)
    d1 = _counts_at(t1[e1], distinct)
    total = d0 + d1
    # Efron: the l-th of d tied events sees the risk set less l/d of the tied ones.
    rows = np.repeat(np.arange(distinct.size), total)
    first = np.repeat(np.cumsum(total) - total, total)
    fraction = (np.arange(rows.size) - first) / total[rows]
    risk0 = n0[rows] - fraction * d0[rows]
    risk1 = n1[rows] - fraction * d1[rows]
    if not rows.size or not np.any((risk0 > 0) & (risk1 > 0)) or not d0.sum() or not d1.sum():
        return CoxEstimate(float("nan"), float("nan"))
    beta, information = 0.0, 0.0
    for _ in range(50):
        share = risk1 * np.exp(beta)
        share = share / (risk0 + share)
        information = float(np.sum(share * (1 - share)))
        step = float(np.clip((d1.sum() - share.sum()) / information, -2, 2))
        beta += step
        if abs(step) < 1e-10:
            break
    return CoxEstimate(beta, information**-0.5)


def _counts_at(events: Floats, distinct: Floats) -> Ints:
    ordered = np.sort(events)
    upper = np.searchsorted(ordered, distinct, side="right")
    return (upper - np.searchsorted(ordered, distinct, side="left")).astype(np.int64)
