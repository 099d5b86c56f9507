"""Ordered response categories by a cumulative logit (McCullagh 1980), where all five are published.

Order: CR, PR, SD, PD, NE. A patient without a scan (NE) counts as the worst: non-response is the estimand's
answer to a missing scan. With eta the log odds of a response (CR or PR), as in the binomial model,

    logit P(category k or better) = eta + threshold[k],  threshold = (-g[0], 0, g[1], g[1] + g[2])

so that the treatment terms mean the same whether an arm prints its categories or only its responders; that
the terms shift every threshold alike (proportional odds) is the price.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from digitized.curve import Floats
from trials.assembly import CATEGORIES
from trials.network import ResponseArm

# Prior of the gaps between thresholds, log odds: HalfNormal(2) leaves shares of 5 % and of 50 % possible.
GAP_SD = 2.0
# g -> threshold: rows are the four cuts, columns the three gaps.
CUTS = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]])


def category_probability(log_odds: Any, gaps: Any, xp: Any) -> Any:
    """Probabilities (..., 5) in the order of `CATEGORIES`.

    Parameters
    ----------
    log_odds : (...)
        Log odds of a response.
    gaps : (3,)
        Positive distances between neighbouring thresholds.
    """
    threshold = (CUTS * gaps).sum(axis=-1)
    better = 1 / (1 + xp.exp(-(log_odds[..., None] + threshold)))
    ones = xp.ones_like(better[..., :1])
    cumulative = xp.concatenate([0 * ones, better, ones], axis=-1)
    return cumulative[..., 1:] - cumulative[..., :-1]


def category_counts(arms: Sequence[ResponseArm]) -> Floats:
    """Patients (A, 5) by category; a row of zeros where an arm does not publish all five."""
    return np.array([[float((arm.categories or {}).get(name, 0)) for name in CATEGORIES] for arm in arms])


def add_ordered_likelihood(arms: Sequence[ResponseArm], log_odds: Any, high: Floats, responders: Any) -> None:
    """Add the likelihood of every arm to the model in context: categories where published, else responders.

    Parameters
    ----------
    log_odds : (A, 2)
        Log odds of a response for PD-L1 low and high.
    high : (A,) float
        Share of PD-L1-high patients.
    responders : (A,)
        Model data; used only for arms without categories, so that no patient counts twice.
    """
    counts = pm.Data("categories", category_counts(arms))
    gaps = pm.HalfNormal("category_gap", GAP_SD, shape=CUTS.shape[1])
    by_class = category_probability(log_odds, gaps, pt)
    probability = by_class[:, 0] * (1 - high)[:, None] + by_class[:, 1] * high[:, None]
    # Rounded percentages may leave a category of many arms empty: its probability may not reach 0.
    log_multinomial = pt.sum(counts * pt.log(pt.maximum(probability, 1e-12)), axis=-1)
    response = probability[:, 0] + probability[:, 1]
    size = np.array([float(arm.n) for arm in arms])
    log_binomial = responders * pt.log(response) + (size - responders) * pt.log1p(-response)
    published = np.array([arm.categories is not None for arm in arms])
    pm.Potential("response", pt.sum(pt.switch(published, log_multinomial, log_binomial)))
