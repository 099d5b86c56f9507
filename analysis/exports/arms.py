"""Hazards of triple and comparator in a target population, draw by draw, from a run's posterior."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from analysis.exports.step_hazard import StepHazard
from analysis.figures.run_data import RunData
from analysis.figures.target_draws import SHOWN_ARMS, thinned_posterior
from digitized.curve import Floats
from models.baseline import PiecewiseExponential
from models.covariate_mix import stratum_proportions
from models.prediction import COMPARATOR, TRIPLE, target_arms
from models.survival_predictor import FIXED_EFFECTS, effect_design, weighted_sum
from models.time_grid import default_knots
from trials.covariates import TargetPopulation

ARMS = (TRIPLE, COMPARATOR)


@dataclass(frozen=True)
class ArmDraws:
    """Draws of one endpoint, scenario and population.

    Attributes
    ----------
    log_rate : (D, M)
        Log hazard per month of the reference stratum of the reference arm (chemotherapy, liver-free, PD-L1
        low, paclitaxel-platinum, Asia) in each interval.
    log_ratio : (D, 2, 4)
        Log hazard ratio of triple and comparator to it in each stratum (`STRATA` order).
    share : (4,)
        Share of each stratum in the population.
    cuts : (M,)
        Left edges of the intervals, months.
    """

    log_rate: Floats
    log_ratio: Floats
    share: Floats
    cuts: Floats

    def hazard(self, arm: int) -> StepHazard:
        """Hazard of each stratum of one arm, rates (D, 4, M)."""
        return StepHazard(self.cuts, np.exp(self.log_rate[:, None, :] + self.log_ratio[:, arm, :, None]))

    def mixed(self, by_stratum: Floats) -> Floats:
        """Population mean of a quantity by stratum (D, 4, ...): (D, ...)."""
        mean: Floats = np.einsum("s,ds...->d...", self.share, by_stratum)
        return mean


def spaced_posterior(run: RunData, endpoint: str, scenario: str, draws: int) -> xr.Dataset:
    """At most `draws` samples, evenly spaced over all chains and reconstructions, along `sample`."""
    posterior = thinned_posterior(run, endpoint, scenario, most=2**62)
    size = posterior.sizes["sample"]
    if draws >= size:
        return posterior
    return posterior.isel(sample=np.linspace(0, size, draws, endpoint=False).astype(int))


def arm_draws(posterior: xr.Dataset, endpoint: str, population: TargetPopulation) -> ArmDraws:
    """Draws of triple and comparator at trial effects of 0 (a typical trial, c = 0) in a population."""
    baseline = PiecewiseExponential(default_knots(endpoint))
    effects = np.stack([posterior[name].to_numpy() for name in FIXED_EFFECTS], axis=-1)
    design = effect_design(target_arms(population))[:SHOWN_ARMS]
    return ArmDraws(
        log_rate=posterior[baseline.parameter].transpose("sample", ...).to_numpy(),
        log_ratio=weighted_sum(design, effects[:, None, None, :]),
        share=stratum_proportions(np.array(population.liver), np.array(population.pdl1_high)),
        cuts=np.array([0.0, *baseline.knots]),
    )


def with_background(
    fitted: StepHazard, population: StepHazard, mode: Literal["max", "sum"], observed: float
) -> StepHazard:
    """Join general-population mortality (rates (M',)) to fitted hazards.

    "max": the hazard never falls below the general population's of the same age, at any time; the usual floor,
    as the fitted hazard already counts deaths from every cause. "sum": beyond `observed` months the fitted
    hazard is taken as the disease's own and the general population's is added; within them it would be
    counted twice and is left out.
    """
    cuts = np.unique(np.concatenate((fitted.cuts, population.cuts, [observed])))
    own, general = fitted.at(cuts), population.at(cuts)
    if mode == "max":
        return StepHazard(cuts, np.maximum(own, general))
    return StepHazard(cuts, own + np.where(cuts >= observed, general, 0.0))
