"""From draws to survival in a named population: curves, RMST, marginal time-averaged hazard ratios."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from digitized.curve import Floats
from models.covariate_mix import stratum_proportions
from models.survival import SurvivalModel
from models.survival_predictor import effect_design, marginal_survival, weighted_sum
from trials.covariates import TargetPopulation


@dataclass(frozen=True)
class TargetArms:
    """Hypothetical arms in one population, in `names` order; the terms of `survival_predictor.ArmTerms`."""

    names: tuple[str, ...]
    ici: Floats
    added: Floats
    index: Floats
    tp: Floats
    asia: Floats


TRIPLE, COMPARATOR, MEAN_PD1, ADDED_CHEMO, CHEMO = (
    "triple",
    "comparator",
    "mean PD-1",
    "added + chemo",
    "chemo",
)


def target_arms(population: TargetPopulation) -> TargetArms:
    """The five arms of the question in a population.

    The triple, its comparator (the same ICI and backbone without the added component), the mean PD-1
    inhibitor on the same backbone, the added component on chemotherapy, and chemotherapy.
    """
    ones = np.ones(5)
    return TargetArms(
        names=(TRIPLE, COMPARATOR, MEAN_PD1, ADDED_CHEMO, CHEMO),
        ici=np.array([1.0, 1.0, 1.0, 0.0, 0.0]),
        added=np.array([1.0, 0.0, 0.0, 1.0, 0.0]),
        index=np.array([1.0, 1.0, 0.0, 0.0, 0.0]),
        tp=ones * population.tp,
        asia=ones * population.asia,
    )


def predict(
    survival: SurvivalModel,
    posterior: xr.Dataset,
    population: TargetPopulation,
    times: Sequence[float] | Floats,
    log_shift: xr.DataArray | None = None,
) -> xr.DataArray:
    """S(t) of the five target arms in a population.

    Parameters
    ----------
    survival : SurvivalModel
    posterior : Dataset with dims (chain, draw, ...)
    population : TargetPopulation
    times : (T,) months
    log_shift : DataArray (chain, draw), optional
        Added to the log hazard of every arm: u + e + c of one trial. Default 0, a typical trial.

    Returns
    -------
    DataArray with dims (chain, draw, arm, time)
    """
    arms = target_arms(population)
    grid = np.asarray(times, dtype=float)
    baseline = survival.baseline
    parameters = posterior[baseline.parameter].transpose("chain", "draw", ...).to_numpy()
    effects = posterior["effects"].transpose("chain", "draw", ...).to_numpy()
    log_ratio = weighted_sum(effect_design(arms), effects[..., None, None, :])
    if log_shift is not None:
        log_ratio = log_ratio + log_shift.transpose("chain", "draw").to_numpy()[..., None, None]
    cumulative = baseline.cumulative_hazard(parameters, grid, np)
    proportion = stratum_proportions(np.array(population.liver), np.array(population.pdl1_high))
    # One arm at a time: the strata axis would otherwise hold all arms in memory at once.
    with_added = added_cumulative_hazard(survival, posterior, parameters, grid, cumulative)
    curves = [
        marginal_survival(
            proportion, log_ratio[..., arm, :], with_added if arms.added[arm] else cumulative, np
        )
        for arm in range(len(arms.names))
    ]
    return xr.DataArray(
        np.stack(curves, axis=2),
        dims=("chain", "draw", "arm", "time"),
        coords={
            "chain": posterior["chain"],
            "draw": posterior["draw"],
            "arm": list(arms.names),
            "time": grid,
        },
        name="survival",
    )


def added_cumulative_hazard(
    survival: SurvivalModel, posterior: xr.Dataset, parameters: Floats, times: Floats, cumulative: Floats
) -> Floats:
    """Baseline of arms with the added component: its own where the effect varies in time."""
    effect = survival.options.time_varying
    if effect is None:
        return cumulative
    leading = tuple(str(dim) for dim in posterior[effect.parameter].dims if dim != "delta_segment")
    change = posterior[effect.parameter].transpose(*leading, "delta_segment").to_numpy()
    departed: Floats = effect.cumulative_hazard(change, survival.baseline, parameters, times, np)
    return departed


def predict_arm(
    survival: SurvivalModel, posterior: xr.Dataset, position: int, times: Sequence[float] | Floats
) -> Floats:
    """Fitted S(t) of one arm of the network with its own trial terms and covariate mix, (D, T)."""
    drawn = posterior.stack(sample=("chain", "draw"))
    proportion, log_ratio = arm_strata(survival, drawn, position)
    parameters = drawn[survival.baseline.parameter].transpose("sample", ...).to_numpy()
    grid = np.asarray(times, dtype=float)
    cumulative = survival.baseline.cumulative_hazard(parameters, grid, np)
    if survival.design.added[position]:
        cumulative = added_cumulative_hazard(survival, drawn, parameters, grid, cumulative)
    return marginal_survival(proportion, log_ratio, cumulative, np)


def arm_strata(survival: SurvivalModel, drawn: xr.Dataset, position: int) -> tuple[Floats, Floats]:
    """Share and log hazard ratio (D, 4) of the strata of one arm, with the arm's own trial terms.

    Parameters
    ----------
    drawn : Dataset with the stacked dim `sample` of size D
    """
    design = survival.design
    effects = drawn["effects"].transpose("sample", ...).to_numpy()
    shifts = drawn["shift"].transpose("sample", "spread", "trial").to_numpy()
    membership = np.stack((design.trial[position], design.ici_trial[position]))
    offset = np.sum(shifts * membership, axis=(1, 2))
    if design.single_arm_trials:
        single = (drawn["c_sat"] + drawn["e_sat"]).transpose("sample", ...).to_numpy()
        offset = offset + weighted_sum(design.single_arm[position], single)
    log_ratio = weighted_sum(effect_design(design)[position], effects[:, None, :]) + offset[:, None]
    log_proportion = drawn["log_proportion"].transpose("sample", "arm", "stratum").to_numpy()
    return np.exp(log_proportion[:, position]), log_ratio


def rmst(curves: xr.DataArray, tau: float) -> xr.DataArray:
    """Area under S(t) from 0 to `tau` (months) by the trapezoid rule on the curves' own times.

    Raises
    ------
    ValueError
        If `tau` is not one of the times.
    """
    times = curves["time"].to_numpy()
    if not np.any(np.isclose(times, tau)):
        raise ValueError(f"RMST to {tau:g} needs {tau:g} among the times")
    return curves.sel(time=times[times <= tau + 1e-9]).integrate("time")


def time_averaged_hazard_ratio(curves: xr.DataArray, tau: float, arm: str, versus: str) -> xr.DataArray:
    """Ratio of marginal cumulative hazards at `tau`: the marginal hazard ratio averaged over [0, tau].

    Raises
    ------
    KeyError
        If the curves have no point at `tau`.
    """
    at_tau = curves.sel(time=tau, method="nearest", tolerance=1e-9)
    cumulative_hazard = -xr.ufuncs.log(at_tau)
    return cumulative_hazard.sel(arm=arm, drop=True) / cumulative_hazard.sel(arm=versus, drop=True)
