"""V4: simulation-based calibration (Talts et al. 2018): ranks of the truth among posterior draws are uniform.

Truth and data come from the model under a stated, narrower prior, and the model is fitted under that same
prior: every scale of the default priors halved, the first log hazard within N(default, 0.3), c from its base
prior, covariate shares known. Follow-up is uniform between 6 and 30 months.
"""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from analysis.model_source import models_digest
from analysis.run.fits import clean_fit
from analysis.validation import drawing
from analysis.validation.study import Study, arms_digest
from analysis.validation.uniformity import LEVEL, adjusted, uniformity
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from models.covariate_mix import PdL1Mapping
from models.fitting import MOST_DIVERGENT, CompiledModel, Fit, Sampler, compile_model
from models.prediction import COMPARATOR, TRIPLE, predict, rmst
from models.priors import Normal, survival_priors
from models.response import ResponseModel, ResponsePriors, build_response, predict_response
from models.simulation import SurvivalTruth, simulate_arms
from models.survival import SurvivalModel, SurvivalOptions, build_survival, patient_data
from models.survival_predictor import FIXED_EFFECTS
from trials.covariates import TargetPopulation
from trials.network import ResponseArm, Share, SurvivalArm

ENDPOINT = "OS"
FOLLOW_UP = (6.0, 30.0)
TAU = 18.0
LIVER = 0.20
# Posterior draws that a rank is taken among; thinned so that they are nearly independent.
KEPT_DRAWS = 100


@dataclass(frozen=True)
class SurvivalCalibration:
    """One truth of the survival model: draw `number` of the simulation prior, its data, fit and ranks."""

    arms: tuple[SurvivalArm, ...]
    population: TargetPopulation
    sampler: Sampler
    number: int
    seed: int

    @property
    def name(self) -> str:
        """Readable part of the file name."""
        return f"calibration-{ENDPOINT}-{self.number:04d}"

    @property
    def identity(self) -> object:
        """What decides the ranks."""
        settings = [asdict(self.sampler), asdict(self.population), FOLLOW_UP, TAU, KEPT_DRAWS, LIVER]
        return [
            models_digest("survival", "fitting", "prediction", "simulation"),
            arms_digest(self.arms),
            settings,
            self.number,
            self.seed,
        ]

    def run(self) -> xr.Dataset:
        """Simulate, fit, rank."""
        survival, compiled = _survival(self.arms)
        truth = prior_draw(survival, self.seed + self.number)
        rng = np.random.default_rng([self.seed, self.number, 4])
        simulated = simulate_arms(
            survival.arms, known_truth(survival, truth), survival.baseline, FOLLOW_UP, rng
        )
        data = patient_data(survival, [arm.ipd[0] for arm in simulated])
        fit = clean_fit(compiled, replace(self.sampler, seed=self.seed + self.number), {**data})
        posterior = _thinned(fit.posterior)
        index = next(arm.trial for arm in survival.arms if arm.index)
        return _ranks(
            _quantities(survival, posterior, self.population, index),
            _quantities(survival, truth, self.population, index),
            _divergent_share(fit),
        )


@dataclass(frozen=True)
class ResponseCalibration:
    """The same for the response model, whose data are binomial."""

    arms: tuple[ResponseArm, ...]
    population: TargetPopulation
    sampler: Sampler
    number: int
    seed: int

    @property
    def name(self) -> str:
        """Readable part of the file name."""
        return f"calibration-ORR-{self.number:04d}"

    @property
    def identity(self) -> object:
        """What decides the ranks."""
        settings = [asdict(self.sampler), asdict(self.population), KEPT_DRAWS]
        return [
            models_digest("response", "fitting"),
            arms_digest(self.arms),
            settings,
            self.number,
            self.seed,
        ]

    def run(self) -> xr.Dataset:
        """Simulate, fit, rank."""
        response, compiled = _response(self.arms)
        names = ["effects", "intercept", "c_sat", "Delta", "response"]
        truth = _drawn(response.model, names, self.seed + self.number)
        data = {"responders": truth["response"].to_numpy().ravel().astype(np.int64)}
        fit = clean_fit(compiled, replace(self.sampler, seed=self.seed + self.number), data)
        posterior = _thinned(fit.posterior)
        index = next(arm.trial for arm in response.arms if arm.index)
        return _ranks(
            _response_quantities(posterior, self.population, index),
            _response_quantities(truth, self.population, index),
            _divergent_share(fit),
        )


def calibration_arms(arms: Sequence[SurvivalArm]) -> tuple[SurvivalArm, ...]:
    """The network with every covariate share known, so that the simulation prior is the model's own."""
    return tuple(replace(arm, liver=arm.liver or Share(LIVER), pdl1=None) for arm in arms)


def prior_draw(survival: SurvivalModel, seed: int) -> xr.Dataset:
    """One draw of everything that prediction needs, dims (chain 1, draw 1, ...)."""
    names = ["log_h0", "effects", "shift", "c_sat", "e_sat", "Delta", "log_proportion"]
    return _drawn(survival.model, names, seed)


def known_truth(survival: SurvivalModel, draw: xr.Dataset) -> SurvivalTruth:
    """A prior draw in the simulator's terms."""
    one = draw.isel(chain=0, draw=0)
    design = survival.design
    single = (one["c_sat"] + one["e_sat"]).to_numpy()
    shares = np.exp(one["log_proportion"].to_numpy())
    by_trial = {arm.trial: shares[position] for position, arm in enumerate(survival.arms)}
    shift = one["shift"].to_numpy()
    return SurvivalTruth(
        baseline_parameters=one["log_h0"].to_numpy(),
        effects=dict(zip(FIXED_EFFECTS, one["effects"].to_numpy().tolist(), strict=True)),
        trial_shift=dict(zip(design.trials, shift[0].tolist(), strict=True)),
        ici_shift=dict(zip(design.trials, shift[1].tolist(), strict=True)),
        single_arm_shift=dict(zip(design.single_arm_trials, single.tolist(), strict=True)),
        liver={trial: float(share[2] + share[3]) for trial, share in by_trial.items()},
        pdl1={trial: float(share[1] + share[3]) for trial, share in by_trial.items()},
    )


def check(study: Study) -> CheckResult:
    """V4: the least uniformity p value times the number of tests, against the family-wise level."""
    numbers = range(study.scale.prior_draws)
    arms, response = calibration_arms(study.arms(ENDPOINT)), study.response_arms
    population, sampler = study.population, study.scale.calibration
    survival_tasks = [SurvivalCalibration(arms, population, sampler, n, study.seed) for n in numbers]
    response_tasks = [
        ResponseCalibration(response, population, sampler, n, study.seed) for n in numbers if response
    ]
    table = pd.concat(
        [
            _table(ENDPOINT, study.results("calibration, survival", survival_tasks)),
            _table("ORR", study.results("calibration, response", response_tasks)),
        ],
        ignore_index=True,
    )
    kept = table[table["divergent_share"] <= MOST_DIVERGENT]
    tests = uniformity(kept)
    worst = tests.nsmallest(1, "p_value").to_dict("records")
    value = {
        f"{r['endpoint']} {r['parameter']}, {r['test']}, p": r["p_value"] for r in tests.to_dict("records")
    }
    least = "least p, adjusted for their number"
    value[least] = adjusted(tests)
    left_out = len(table.drop_duplicates(["endpoint", "prior_draw"])) - len(
        kept.drop_duplicates(["endpoint", "prior_draw"])
    )
    value["fits left out (divergent)"] = float(left_out)
    sentence = (
        f"{len(numbers)} prior draws of each model: ranks of {len(tests) // 2} quantities are "
        f"{'compatible with uniform' if value[least] >= LEVEL else 'not uniform'} in location and width "
        f"({''.join(_named(row) for row in worst)}{value[least]:.3f} after adjustment for {len(tests)} tests); "
        f"{left_out} fits left out for divergences."
    )
    limit = {least: Bounds(at_least=LEVEL)}
    others = {"uniformity": tests}
    return CheckResult(Verdict("V4", value, limit, sentence), table, drawing.rank_histograms, others)


def _named(row: dict[Hashable, Any]) -> str:
    return f"least p {row['p_value']:.3f}, {row['endpoint']} {row['parameter']}, {row['test']}; "


_SURVIVAL_ARMS: dict[str, tuple[SurvivalArm, ...]] = {}
_RESPONSE_ARMS: dict[str, tuple[ResponseArm, ...]] = {}


def _survival(arms: tuple[SurvivalArm, ...]) -> tuple[SurvivalModel, CompiledModel]:
    digest = arms_digest(arms)
    _SURVIVAL_ARMS[digest] = arms
    return _compiled_survival(digest)


@lru_cache(maxsize=1)
def _compiled_survival(digest: str) -> tuple[SurvivalModel, CompiledModel]:
    priors = survival_priors(ENDPOINT)
    narrower = replace(priors.widened(0.5), log_h0=Normal(priors.log_h0.mu, 0.3))
    options = SurvivalOptions(pdl1_mapping=PdL1Mapping.UNMAPPED)
    survival = build_survival(_SURVIVAL_ARMS[digest], narrower, options)
    return survival, compile_model(survival.model)


def _response(arms: tuple[ResponseArm, ...]) -> tuple[ResponseModel, CompiledModel]:
    digest = arms_digest(arms)
    _RESPONSE_ARMS[digest] = arms
    return _compiled_response(digest)


@lru_cache(maxsize=1)
def _compiled_response(digest: str) -> tuple[ResponseModel, CompiledModel]:
    response = build_response(_RESPONSE_ARMS[digest], ResponsePriors().widened(0.5))
    return response, compile_model(response.model)


def _drawn(model: pm.Model, names: Sequence[str], seed: int) -> xr.Dataset:
    values = pm.draw([model[name] for name in names], random_seed=seed)
    dims = {name: model.named_vars_to_dims.get(name, ()) for name in names}
    coords = {dim: list(model.coords[dim]) for found in dims.values() for dim in found}
    return xr.Dataset(
        {
            name: (("chain", "draw", *dims[name]), np.asarray(value)[None, None])
            for name, value in zip(names, values, strict=True)
        },
        coords=coords | {"chain": [0], "draw": [0]},
    )


def _thinned(posterior: xr.Dataset) -> xr.Dataset:
    step = max(1, posterior.sizes["chain"] * posterior.sizes["draw"] // KEPT_DRAWS)
    return posterior.isel(draw=slice(None, None, step))


def _quantities(
    survival: SurvivalModel, draws: xr.Dataset, population: TargetPopulation, index: str
) -> dict[str, np.ndarray]:
    times = np.round(np.arange(0, TAU + 0.125, 0.25), 9)
    area = rmst(predict(survival, draws, population, times).sel(arm=[TRIPLE, COMPARATOR]), TAU)
    difference = area.sel(arm=TRIPLE) - area.sel(arm=COMPARATOR)
    return _effects(draws, index) | {"RMST difference": difference.to_numpy().ravel()}


def _response_quantities(
    draws: xr.Dataset, population: TargetPopulation, index: str
) -> dict[str, np.ndarray]:
    rates = predict_response(draws, population)
    difference = rates.sel(arm=TRIPLE) - rates.sel(arm=COMPARATOR)
    return _effects(draws, index) | {"risk difference": difference.to_numpy().ravel()}


def _effects(draws: xr.Dataset, index: str) -> dict[str, np.ndarray]:
    effects = draws["effects"]
    return {
        "Delta": draws["Delta"].to_numpy().ravel(),
        "delta": effects.sel(effect="delta_anlo").to_numpy().ravel(),
        "gamma": effects.sel(effect="gamma").to_numpy().ravel(),
        "c": draws["c_sat"].sel(single_arm_trial=index).to_numpy().ravel(),
        "beta": effects.sel(effect="beta_ici").to_numpy().ravel(),
    }


def _divergent_share(fit: Fit) -> float:
    return fit.diagnostics.divergences / (fit.posterior.sizes["chain"] * fit.posterior.sizes["draw"])


def _ranks(posterior: dict[str, np.ndarray], truth: dict[str, np.ndarray], divergent: float) -> xr.Dataset:
    names = list(posterior)
    ranks = [float(np.sum(posterior[name] < truth[name][0])) for name in names]
    size = len(posterior[names[0]])
    # The middle of the rank's own cell on (0, 1).
    return xr.Dataset(
        {
            "rank": ("parameter", (np.array(ranks) + 0.5) / (size + 1)),
            "truth": ("parameter", np.array([float(truth[name][0]) for name in names])),
        },
        coords={"parameter": names},
        attrs={"divergent_share": divergent},
    )


def _table(endpoint: str, results: Sequence[xr.Dataset]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "endpoint": endpoint,
                "prior_draw": number,
                "parameter": str(name),
                "truth": float(result["truth"].sel(parameter=name)),
                "rank": float(result["rank"].sel(parameter=name)),
                "divergent_share": float(result.attrs["divergent_share"]),
            }
            for number, result in enumerate(results)
            for name in result["parameter"].to_numpy()
        ]
    )
