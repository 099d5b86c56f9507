"""Draws of survival in a run's target population, rebuilt from its posterior files."""

import numpy as np
import xarray as xr

from analysis.figures.run_data import RunData
from analysis.run_files import read_posterior
from digitized.curve import Floats
from digitized.errors import InputError
from models.baseline import PiecewiseExponential
from models.covariate_mix import STRATA, stratum_proportions
from models.prediction import target_arms
from models.survival_predictor import FIXED_EFFECTS, effect_design, marginal_survival, weighted_sum
from models.time_grid import default_knots
from trials.covariates import TargetPopulation

# Triple and comparator: the first two of `models.prediction.target_arms`.
SHOWN_ARMS = 2


def thinned_posterior(run: RunData, endpoint: str, scenario: str, most: int) -> xr.Dataset:
    """About `most` evenly spaced draws of one endpoint and scenario along the dimension `sample`.

    Raises
    ------
    InputError
        If the run has no such posterior, or its file is broken.
    """
    path = run.folder / "posterior" / f"{endpoint}_{scenario}.nc"
    if not path.exists():
        raise InputError(f"{path}: missing; expected the posterior of a complete run")
    posterior = read_posterior(path, variables=FIXED_EFFECTS).stack(sample=("chain", "draw"))
    return posterior.isel(sample=slice(None, None, max(1, posterior.sizes["sample"] // most)))


def stratum_survival(
    posterior: xr.Dataset, endpoint: str, population: TargetPopulation, times: Floats
) -> Floats:
    """S(t) of triple and comparator in each stratum at trial effects of 0, (D, 2, 4, T).

    Parameters
    ----------
    posterior : Dataset with the dimension `sample` of length D
    population : TargetPopulation
        Its backbone and region shares are used; its strata are not mixed.
    times : (T,) months
    """
    baseline = PiecewiseExponential(default_knots(endpoint))
    parameters = posterior[baseline.parameter].transpose("sample", ...).to_numpy()
    cumulative = baseline.cumulative_hazard(parameters, times, np)
    effects = np.stack([posterior[name].to_numpy() for name in FIXED_EFFECTS], axis=-1)
    log_ratio = weighted_sum(effect_design(target_arms(population)), effects[:, None, None, :])
    # A mix of one stratum alone gives that stratum's survival.
    pure = np.eye(len(STRATA))
    arms = [
        np.stack([marginal_survival(share, log_ratio[:, arm, :], cumulative, np) for share in pure], axis=1)
        for arm in range(SHOWN_ARMS)
    ]
    return np.stack(arms, axis=1)


def population_survival(
    posterior: xr.Dataset, endpoint: str, population: TargetPopulation, times: Floats
) -> Floats:
    """S(t) of triple and comparator in the population's own mix, (D, 2, T)."""
    share = stratum_proportions(np.array(population.liver), np.array(population.pdl1_high))
    by_stratum = stratum_survival(posterior, endpoint, population, times)
    mixed: Floats = np.einsum("s,dast->dat", share, by_stratum)
    return mixed
