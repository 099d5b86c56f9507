"""The survival model's formula, written once: for tensors inside the model, for arrays of draws after it.

`xp` is the array namespace (`numpy` or `pytensor.tensor`). Posterior draws stand in the leading axes.
"""

from typing import Any, Protocol

import numpy as np
from pytensor.gradient import disconnected_grad

from digitized.curve import Floats
from models.covariate_mix import LIVER, PDL1_HIGH

FIXED_EFFECTS = (
    "beta_ici",
    "bme_dev",
    "beta_liver",
    "beta_liver_ici",
    "beta_liver_anlo",
    "beta_pdl1",
    "beta_pdl1_ici",
    "beta_tp",
    "beta_tp_ici",
    "beta_asia",
    "beta_asia_ici",
    "delta_anlo",
    "gamma",
)
# Delta = delta + gamma: the added component on top of partner and backbone.
TARGET = np.array([float(name in ("delta_anlo", "gamma")) for name in FIXED_EFFECTS])


class ArmTerms(Protocol):
    """What the predictor needs of A arms: (A,) arrays (see `SurvivalDesign`)."""

    @property
    def ici(self) -> Floats:
        """Indicator of the partner (ICI)."""

    @property
    def added(self) -> Floats:
        """Indicator of the added component."""

    @property
    def index(self) -> Floats:
        """Indicator of the index trial's own ICI."""

    @property
    def tp(self) -> Floats:
        """Share on paclitaxel-platinum."""

    @property
    def asia(self) -> Floats:
        """Share in Asia."""


def effect_design(arms: ArmTerms) -> Floats:
    """Coefficients (A, 4, 13) of the fixed effects on the log hazard of each arm and stratum.

    The log hazard ratio to the reference cell is ``weighted_sum(effect_design(arms), effects)``, strata in
    the order of `covariate_mix.STRATA` and effects in that of `FIXED_EFFECTS`.
    """
    ici, added = arms.ici[:, None], arms.added[:, None]
    tp, asia = arms.tp[:, None] - 1, arms.asia[:, None] - 1
    terms = {
        "beta_ici": ici,
        "bme_dev": arms.index[:, None],
        "beta_liver": LIVER,
        "beta_liver_ici": LIVER * ici,
        "beta_liver_anlo": LIVER * added,
        "beta_pdl1": PDL1_HIGH,
        "beta_pdl1_ici": PDL1_HIGH * ici,
        "beta_tp": tp,
        "beta_tp_ici": tp * ici,
        "beta_asia": asia,
        "beta_asia_ici": asia * ici,
        "delta_anlo": added,
        "gamma": ici * added,
    }
    shape = (len(arms.ici), len(LIVER))
    return np.stack([np.broadcast_to(terms[name], shape) for name in FIXED_EFFECTS], axis=-1)


def weighted_sum(coefficients: Any, values: Any) -> Any:
    """Matrix times vector over the last axis, (..., P) and (P) or (..., P), arrays or tensors.

    Written as multiply and sum: a compiled matrix product costs a minute of compilation a model and, at these
    sizes, saves nothing.
    """
    return (coefficients * values).sum(axis=-1)


def log_mixture_density(
    proportion: Any, log_ratio: Any, arm: Any, log_hazard: Any, cumulative_hazard: Any, event: Any, xp: Any
) -> Any:
    """Log of sum_s pi_s h_s(t)^d S_s(t), the marginal likelihood of a patient whose stratum is unknown.

    Parameters
    ----------
    proportion, log_ratio : (A, 4)
        Share and log hazard ratio of each stratum in each arm.
    arm : (R,) int
        Arm of each patient (or cell of patients).
    log_hazard, cumulative_hazard : (R,)
        Of the baseline at the patient's time.
    event : (R,) int
        1 for an event, 0 for a censoring.

    Notes
    -----
    The least hazard ratio of the arm, r, is taken out: log sum = -H r + log sum_s w_s exp(-H (r_s - r)). One
    term of that sum is its own weight, so it neither overflows nor vanishes, at four exponentials a patient.
    The sum is the same for every r: its gradient in r is zero, and a tensor need not be told of it.
    """
    ratio = xp.exp(log_ratio)
    least = xp.min(ratio, axis=-1)
    least = least if xp is np else disconnected_grad(least)
    excess = (ratio - least[:, None])[arm]
    # Rows 0..A-1 hold the weights of censorings, rows A..2A-1 those of events.
    weight = xp.concatenate([proportion, proportion * ratio])[arm + log_ratio.shape[0] * event]
    total = xp.sum(weight * xp.exp(-cumulative_hazard[:, None] * excess), axis=-1)
    return event * log_hazard - cumulative_hazard * least[arm] + xp.log(total)


def log_interval_density(
    proportion: Any, log_ratio: Any, arm: Any, hazard_before: Any, hazard_after: Any, xp: Any
) -> Any:
    """Log probability that the event lies between two times, sum_s pi_s (S_s(L) - S_s(R)).

    Parameters
    ----------
    proportion, log_ratio : (A, 4)
    arm : (R,) int
    hazard_before, hazard_after : (R,)
        Cumulative baseline hazard at L and at R > L.
    """
    ratio = xp.exp(log_ratio)[arm]
    between = xp.expm1(-(hazard_after - hazard_before)[:, None] * ratio)
    return xp.log(xp.sum(-proportion[arm] * xp.exp(-hazard_before[:, None] * ratio) * between, axis=-1))


def marginal_survival(proportion: Any, log_ratio: Any, cumulative_hazard: Any, xp: Any) -> Any:
    """S(t) of a mixture: sum_s pi_s exp(-H0(t) exp(eta_s)).

    Parameters
    ----------
    proportion, log_ratio : (..., S)
    cumulative_hazard : (..., T)

    Returns
    -------
    (..., T)
    """
    exponent = -cumulative_hazard[..., :, None] * xp.exp(log_ratio)[..., None, :]
    return xp.sum(proportion[..., None, :] * xp.exp(exponent), axis=-1)
