"""Hybrid control: external arms borrowed through a meta-analytic prior, and the price in type I error."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from analysis.design.checks import positive_faults, refuse

# The one-sided type I error may reach so many times its nominal level: .05 at .025 (METHODS section 9).
TYPE_I_FACTOR = 2


@dataclass(frozen=True)
class HybridDesign:
    """A randomised trial whose control borrows external arms (log hazard scale, variance 1 / events).

    Attributes
    ----------
    experimental_events, control_events : float
    external_arms : int
    tau : float
        Between-trial standard deviation assumed when borrowing.
    external_variance : float
        Sampling variance of the external mean.
    robust_weight : float
        Prior weight of a vague component with the information of one event (Schmidli et al. 2014); 0 is none.
    alpha : float
        One-sided nominal level.
    """

    experimental_events: float
    control_events: float
    external_arms: int
    tau: float
    external_variance: float = 0.0008
    robust_weight: float = 0.0
    alpha: float = 0.025

    def __post_init__(self) -> None:
        faults = positive_faults(
            experimental_events=self.experimental_events,
            control_events=self.control_events,
            external_arms=self.external_arms,
            tau=self.tau,
            external_variance=self.external_variance,
        )
        if not 0 <= self.robust_weight < 1:
            faults.append(f"robust weight {self.robust_weight:g}: expected from 0 to below 1, e.g. 0.2")
        if not 0 < self.alpha <= 0.25:
            faults.append(f"one-sided alpha {self.alpha:g}: expected above 0 and at most 0.25, e.g. 0.025")
        refuse(faults)

    @property
    def heterogeneity_variance(self) -> float:
        """Predictive variance of a new control from heterogeneity alone: tau^2 (1 + 1 / arms)."""
        return self.tau**2 * (1 + 1 / self.external_arms)

    @property
    def effective_external_events(self) -> float:
        """Events that the borrowed information is worth, from heterogeneity alone."""
        return 1 / self.heterogeneity_variance

    @property
    def prior_variance(self) -> float:
        """Variance of the borrowed prior: heterogeneity and the external mean's sampling error."""
        return self.heterogeneity_variance + self.external_variance


def rejection_probability(design: HybridDesign, drift: float, hazard_ratio: float = 1.0) -> float:
    """P(one-sided success), external controls with hazards exp(drift) times the trial's own.

    Positive drift flatters the experimental arm. At hazard ratio 1 this is the type I error.
    """
    borrowed, own = 1 / design.prior_variance, design.control_events
    z = float(norm.isf(design.alpha))
    if design.robust_weight == 0:
        share = borrowed / (borrowed + own)
        limit = -z * math.sqrt(1 / design.experimental_events + 1 / (borrowed + own))
        sampling = (
            1 / design.experimental_events + (1 - share) ** 2 / own + share**2 * design.external_variance
        )
        return float(norm.cdf((limit - math.log(hazard_ratio) + share * drift) / math.sqrt(sampling)))
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    control = points * own**-0.5
    external = drift + points * design.external_variance**0.5
    critical = _critical_estimate(design, control[:, None] - external[None, :]) + control[:, None]
    success = norm.cdf((critical - math.log(hazard_ratio)) * math.sqrt(design.experimental_events))
    return float(weights @ success @ weights)


def _critical_estimate(design: HybridDesign, conflict: np.ndarray) -> np.ndarray:
    """Largest experimental minus own-control estimate that succeeds, by bisection, at each conflict."""
    own = 1 / design.control_events
    variances = np.array([design.prior_variance, 1.0]).reshape(2, *([1] * conflict.ndim))
    prior = np.array([1 - design.robust_weight, design.robust_weight]).reshape(variances.shape)
    evidence = prior * norm.pdf(conflict, 0, np.sqrt(variances + own))
    weight = evidence / evidence.sum(axis=0)
    share = own / (own + variances)
    mean = -share * conflict  # posterior control log hazard, relative to its own estimate
    sd = np.sqrt(1 / design.experimental_events + own * (1 - share))
    low, high = np.full(conflict.shape, -6.0), np.full(conflict.shape, 6.0)
    for _ in range(60):
        middle = (low + high) / 2
        success = (weight * norm.cdf((mean - middle) / sd)).sum(axis=0) > 1 - design.alpha
        low, high = np.where(success, middle, low), np.where(success, high, middle)
    return low


def borrowing_warning(design: HybridDesign, drift: float = 0.2) -> str | None:
    """A sentence when the one-sided type I error at `drift` is above twice its nominal level.

    It names the nominal level, the limit and the tau that would keep it.
    """
    error, limit = rejection_probability(design, drift), TYPE_I_FACTOR * design.alpha
    if error <= limit:
        return None
    enough = next(
        (
            f"a larger tau ({tau:.2f} keeps it)"
            for tau in np.arange(math.ceil(design.tau * 100 + 1e-9), 101) / 100
            if rejection_probability(replace(design, tau=float(tau)), drift) <= limit
        ),
        "no external control",
    )
    robust = "" if design.robust_weight else " or a robust mixture (--robust-weight 0.2)"
    return (
        f"one-sided type I error {error:.3f} at drift {drift:g}, nominal {design.alpha:g}, is above {limit:g}, "
        f"{TYPE_I_FACTOR} times nominal (tau {design.tau:g}); take {enough}{robust}"
    )
