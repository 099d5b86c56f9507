"""Closed-form bounds on what could overturn a result: E-values and the hazard of the withdrawn.

Sources: VanderWeele & Ding 2017 (E-value); METHODS section 7 (early losses and kappa).
"""

import math

import numpy as np

from digitized.curve import Floats

# METHODS section 7 sets these numbers of early losses without a reason for each. What the index trial prints of its
# 50: 7 without a post-baseline assessment, 8 who withdrew in the initial phase, 18 % (9) lost or withdrawn by the
# discussion, and 3 more withdrawals in maintenance, 11 with the 8; 5 is a milder case.
# Around the 8 voluntary withdrawals and the 18 % lost of 50 that the index trial reports (METHODS section 7).
WITHDRAWN = (5, 7, 8, 9, 11)
KAPPAS = (1.0, 1.5, 2.0, 3.0, math.inf)


def risk_ratio(hazard_ratio: float) -> float:
    """Risk ratio that stands for a hazard ratio of a common outcome (VanderWeele 2017)."""
    return (1 - 0.5 ** math.sqrt(hazard_ratio)) / (1 - 0.5 ** math.sqrt(1 / hazard_ratio))


def e_value(hazard_ratio: float) -> float:
    """Strength of unmeasured confounding, as a risk ratio, that would explain a hazard ratio away."""
    ratio = risk_ratio(hazard_ratio)
    ratio = 1 / ratio if ratio < 1 else ratio
    return ratio + math.sqrt(ratio * (ratio - 1))


def early_losses(survival: float, n: int) -> tuple[int, ...]:
    """Numbers of withdrawn patients that can be bounded: fewer than the arm has, and S(t) neither 0, 1 nor unknown."""
    return tuple(lost for lost in WITHDRAWN if lost < n) if 0 < survival < 1 else ()


def survival_if_withdrawn(survival: float, n: int, withdrawn: int, kappa: float) -> float:
    """S(t) of an arm whose `withdrawn` patients, censored near t = 0, have `kappa` times its hazard.

    kappa = 1 leaves S as published; infinity counts each of them as an event at time 0.
    """
    lost = withdrawn / n
    return (1 - lost) * survival + lost * (0.0 if math.isinf(kappa) else survival**kappa)


def log_hazard_shift(survival: float, n: int, withdrawn: int, kappa: float) -> float:
    """Change of the arm's log cumulative hazard at the landmark that kappa implies."""
    changed = survival_if_withdrawn(survival, n, withdrawn, kappa)
    return math.log(math.log(changed) / math.log(survival))


def crossing_kappa(log_ratio: Floats, survival: float, n: int, withdrawn: int, probability: float) -> float:
    """The kappa at which P(HR < 1) falls to `probability`, the whole shift charged to Delta.

    Parameters
    ----------
    log_ratio : (D,) float
        Draws of Delta.
    survival : float
        Published landmark survival of the index arm.

    Returns
    -------
    float
        1 or more. Infinite when no kappa, however large, takes P that low; not a number when P is below it
        already at kappa = 1, so that no kappa makes it fall.
    """
    needed = -float(np.quantile(log_ratio, probability))
    if needed < 0:
        return math.nan
    if log_hazard_shift(survival, n, withdrawn, math.inf) <= needed:
        return math.inf
    lost = withdrawn / n
    target = survival ** math.exp(needed)
    # (1 - lost) S + lost S^kappa = S^exp(needed), solved for kappa.
    return math.log((target - (1 - lost) * survival) / lost) / math.log(survival)
