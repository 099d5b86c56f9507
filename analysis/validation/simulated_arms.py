"""Simulated index and ALTER-E002 patients with known Delta and c, and what each prior of c concludes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.reweighting import PARETO_K_LIMIT
from analysis.validation.fits import FitTask, built, may_be_pooled, randomised_fit
from analysis.validation.keyed_work import read
from analysis.validation.simulated_patients import ArmTruth, simulated_patients
from analysis.validation.study import Study, simulation_digest
from analysis.validation.unseen_arms import (
    SINGLE_ARM_EFFECTS,
    AddedArm,
    FittedDraws,
    arm_as_added,
    fitted_draws,
    increment,
    increment_of_fit,
    likelihoods,
)
from digitized.curve import Floats, PseudoIPD
from models.priors import BASE, NAIVE, SingleArmShift
from models.survival_predictor import FIXED_EFFECTS
from trials.network import SurvivalArm

BATCH = 25
ANALYSES = (NAIVE, BASE)


@dataclass(frozen=True)
class Truth:
    """What is true in a set of simulated data: Delta (carried by delta, gamma = 0) and the law of c."""

    name: str
    delta: float
    shift: SingleArmShift


@dataclass(frozen=True)
class SimulationTask:
    """A batch of simulated pairs of single arms, each analysed under every prior of c.

    Attributes
    ----------
    fit : Path
        The kept fit of the randomised trials.
    first, count : int
        Which data sets of the truth.
    """

    endpoint: str
    arms: tuple[SurvivalArm, ...]
    fit: Path
    truth: Truth
    first: int
    count: int
    seed: int

    @property
    def name(self) -> str:
        """Readable part of the file name."""
        return f"simulated-{self.endpoint}-{self.truth.name}-{self.first:04d}"

    @property
    def identity(self) -> object:
        """What decides the results; the fit's name holds the hash of its data and model."""
        which = [self.first, self.count, self.seed]
        return [simulation_digest(), self.endpoint, self.fit.name, asdict(self.truth), *which]

    def run(self) -> xr.Dataset:
        """Simulate and analyse."""
        fitted = fitted_draws(built(self.arms), read(self.fit))
        numbers = range(self.first, self.first + self.count)
        rows = [self._one(fitted, number) for number in numbers]
        return xr.Dataset(
            {
                name: (("data_set", "analysis"), np.array([[row[name] for row in pair] for pair in rows]))
                for name in rows[0][0]
            },
            coords={"data_set": list(numbers), "analysis": [shift.name for shift in ANALYSES]},
        )

    def _one(self, fitted: FittedDraws, number: int) -> list[dict[str, float]]:
        data = simulated_pair(fitted, self.truth, self.seed, number)
        rng = np.random.default_rng([self.seed, number, 2])
        table = likelihoods(fitted, data, rng)
        return [asdict(increment(table, shift, rng)) for shift in ANALYSES]


def single_arm_positions(fitted: FittedDraws) -> list[int]:
    """Positions of the single arms in the network."""
    return [position for position, arm in enumerate(fitted.survival.arms) if not arm.randomised]


def simulated_pair(
    fitted: FittedDraws, truth: Truth, seed: int, number: int
) -> list[tuple[AddedArm, PseudoIPD]]:
    """The single arms of the network with patients of data set `number` of a truth.

    Baseline, mix and the effects that the trials inform are those of one posterior draw; u, e and the effects
    that no trial informs are drawn from their laws, but for delta = Delta and gamma = 0. Sizes and follow-up
    are those of the real arms.
    """
    rng = np.random.default_rng([seed, number, 1])
    row = int(rng.integers(fitted.size))
    effects = true_effects(fitted, row, truth.delta, rng)
    positions = single_arm_positions(fitted)
    common = rng.standard_normal()
    pairs = []
    for position in positions:
        arm = fitted.survival.arms[position]
        added = arm_as_added(fitted, position, added=True, own_ici=arm.index)
        own = rng.standard_normal()
        rho = truth.shift.correlation
        c = truth.shift.mu + truth.shift.sd * (np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
        e = rng.normal(0.0, fitted.survival.priors.e_sat.sd)
        u = rng.normal(0.0, fitted.tau[row, 0])
        patients = simulated_patients(fitted, added, ArmTruth(row, effects, c + e + u), arm.ipd[0], rng)
        pairs.append((added, patients))
    return pairs


def true_effects(fitted: FittedDraws, row: int, delta: float, rng: np.random.Generator) -> Floats:
    """Effects (P,) of one truth."""
    effects = fitted.effects[row].copy()
    for name in SINGLE_ARM_EFFECTS:
        prior = getattr(fitted.survival.priors, name)
        effects[FIXED_EFFECTS.index(name)] = rng.normal(prior.mu, prior.sd)
    effects[FIXED_EFFECTS.index("delta_anlo")] = delta
    effects[FIXED_EFFECTS.index("gamma")] = 0.0
    return effects


def simulated(study: Study, endpoint: str, truths: Sequence[Truth]) -> dict[str, xr.Dataset]:
    """Results of all data sets of each truth, dims (data_set, analysis).

    Where Pareto k is 0.7 or more the data set gets a fit of its own; `pareto_k` stays that of the weights and
    `refitted` says so. One whose own fit may not be pooled has no numbers.
    """
    fit = randomised_fit(study, endpoint)
    study.results("randomised trials", [fit])
    size = min(BATCH, study.scale.data_sets)
    tasks = [
        SimulationTask(
            endpoint,
            study.arms(endpoint),
            study.path(fit),
            truth,
            first,
            min(size, study.scale.data_sets - first),
            study.seed,
        )
        for truth in truths
        for first in range(0, study.scale.data_sets, size)
    ]
    found = study.results("simulated single arms", tasks)
    return {
        truth.name: _with_own_fits(
            study,
            endpoint,
            truth,
            xr.concat(
                [result for task, result in zip(tasks, found, strict=True) if task.truth == truth],
                dim="data_set",
            ),
        )
        for truth in truths
    }


def _with_own_fits(study: Study, endpoint: str, truth: Truth, result: xr.Dataset) -> xr.Dataset:
    """The results with those of too high a Pareto k replaced by NUTS on the whole network."""
    result = result.assign(refitted=result["pareto_k"] >= PARETO_K_LIMIT)
    where = np.argwhere(result["refitted"].to_numpy())
    tasks = [
        nuts_of_pair(study, endpoint, truth, int(result["data_set"][data_set]), ANALYSES[analysis])
        for data_set, analysis in where
    ]
    fits = study.results("own fits of simulated data sets", tasks) if tasks else []
    for (data_set, analysis), posterior in zip(where, fits, strict=True):
        for name, value in asdict(increment_of_fit(posterior)).items():
            if name != "pareto_k":
                result[name][data_set, analysis] = value if may_be_pooled(posterior) else np.nan
    return result


def nuts_of_pair(study: Study, endpoint: str, truth: Truth, number: int, shift: SingleArmShift) -> FitTask:
    """NUTS on the whole network with the single arms of one simulated data set."""
    fit = randomised_fit(study, endpoint)
    fitted = fitted_draws(built(study.arms(endpoint)), read(study.path(fit)))
    data = simulated_pair(fitted, truth, study.seed, number)
    replaced = tuple(
        (position, patients)
        for position, (_, patients) in zip(single_arm_positions(fitted), data, strict=True)
    )
    label = f"simulated-{truth.name}-{number:04d}"
    return FitTask(endpoint, fit.arms, (), shift, fit.sampler, replaced, label)
