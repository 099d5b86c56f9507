"""Log density of single patients under the draws of a fit, and PSIS leave-one-out from it.

Patients enter at their own times, not at the mean time of a cell: families of baseline hazards put their
grids' edges at different knots, and only the same points can be compared.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from scipy.special import logsumexp

from digitized.curve import Floats, PseudoIPD
from models.prediction import added_cumulative_hazard, arm_strata
from models.survival import SurvivalModel
from models.survival_predictor import log_mixture_density

# Above it importance weights do not estimate what leaving out would give (Vehtari et al. 2024).
PARETO_K_LIMIT = 0.7


@dataclass(frozen=True)
class LeftOut:
    """PSIS leave-one-out of N points (Vehtari, Gelman & Gabry 2017).

    Attributes
    ----------
    elpd : (N,) float
        Expected log predictive density of each point without itself.
    lppd : (N,) float
        Log predictive density with itself; the sum of `lppd - elpd` is the effective number of parameters.
    pareto_k : (N,) float
    """

    elpd: Floats
    lppd: Floats
    pareto_k: Floats

    @property
    def rejected(self) -> int:
        """Points whose k is above `PARETO_K_LIMIT`: their elpd may not be used."""
        return int(np.sum(self.pareto_k > PARETO_K_LIMIT))


def log_density(survival: SurvivalModel, posterior: xr.Dataset, position: int, patients: PseudoIPD) -> Floats:
    """Log density (D, N) of each patient of one arm under each draw, with the arm's own trial terms.

    Parameters
    ----------
    posterior : Dataset with dims (chain, draw, ...)
    position : int
        Of the arm in `survival.arms`.
    patients : PseudoIPD
        N patients, months.
    """
    drawn = posterior.stack(sample=("chain", "draw"))
    proportion, log_ratio = arm_strata(survival, drawn, position)
    baseline = survival.baseline
    parameters = drawn[baseline.parameter].transpose("sample", ...).to_numpy()
    log_hazard = baseline.log_hazard(parameters, patients.time, np)
    cumulative = baseline.cumulative_hazard(parameters, patients.time, np)
    effect = survival.options.time_varying
    if effect is not None and survival.design.added[position]:
        change = drawn[effect.parameter].transpose("sample", ...).to_numpy()
        log_hazard = log_hazard + effect.log_ratio(change, patients.time, np)
        cumulative = added_cumulative_hazard(survival, drawn, parameters, patients.time, cumulative)
    draws = len(log_ratio)
    density = log_mixture_density(
        proportion,
        log_ratio,
        np.repeat(np.arange(draws), patients.n),
        np.broadcast_to(log_hazard, (draws, patients.n)).ravel(),
        np.broadcast_to(cumulative, (draws, patients.n)).ravel(),
        np.tile(patients.event.astype(np.int64), draws),
        np,
    )
    return np.asarray(density).reshape(draws, patients.n)


def leave_one_out(density: Floats) -> LeftOut:
    """PSIS leave-one-out from log densities (D, N); sum them over an arm's patients to leave out the arm."""
    # psislw takes log likelihoods and weighs by their inverse.
    weights, pareto_k = array_stats.psislw(density.T)
    elpd = logsumexp(np.asarray(weights) + density.T, axis=1)
    lppd = logsumexp(density, axis=0) - np.log(len(density))
    return LeftOut(np.asarray(elpd), np.asarray(lppd), np.atleast_1d(np.asarray(pareto_k)))
