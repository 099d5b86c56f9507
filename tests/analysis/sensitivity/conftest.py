"""A finished run made by code on the shipped evidence: closed-form analyses are tested on it without a fit."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.class_benchmark import class_benchmark
from analysis.scenarios import LADDER
from analysis.sensitivity.base import BaseCase
from models.survival_predictor import FIXED_EFFECTS
from trials import load

SEED = 20241129
SCENARIOS = ("naive", "base", "pessimistic")
INDEX = ("benmelstobart-anlotinib", "benm-anlo-chemo")
SINGLE = [INDEX[0], "alter-e002"]
# What index trial and comparators say of Delta + c, and how well, on the log hazard ratio scale.
OBSERVED, ERROR = {"OS": -0.45, "PFS": -0.70}, 0.22
DRAWS = (4, 500)


def _posterior(endpoint, scenario, priors, rng):
    """Draws of delta, gamma and c given their sum, the other effects at their priors."""
    shift = next(rung for rung in LADDER if rung.id == scenario).survival_shift
    means = np.array([priors.delta_anlo.mu, priors.gamma.mu, shift.mu])
    variances = np.array([priors.delta_anlo.sd, priors.gamma.sd, max(shift.sd, 1e-6)]) ** 2
    gain = variances / (variances.sum() + ERROR**2)
    covariance = np.diag(variances) - np.outer(gain, variances)
    centre = means + gain * (OBSERVED[endpoint] - means.sum())
    delta, gamma, c = np.moveaxis(rng.multivariate_normal(centre, covariance, DRAWS), -1, 0)
    effects = {
        name: rng.normal(getattr(priors, name).mu, getattr(priors, name).sd, DRAWS) for name in FIXED_EFFECTS
    }
    effects |= {"delta_anlo": delta, "gamma": gamma, "beta_ici": rng.normal(-0.3, 0.1, DRAWS)}
    other = shift.mu + 0.9 * (c - shift.mu) + np.sqrt(1 - 0.81) * shift.sd * rng.normal(size=DRAWS)
    scalars = effects | {"Delta": delta + gamma, "tau_ici": np.abs(rng.normal(0, 0.1, DRAWS))}
    found = xr.Dataset(
        {name: (("chain", "draw"), values) for name, values in scalars.items()},
        coords={"chain": range(DRAWS[0]), "draw": range(DRAWS[1]), "imputation": ("chain", [0, 0, 1, 1])},
    )
    both = np.stack((c, other), axis=-1) if shift.sd else np.zeros((*DRAWS, 2))
    return found.assign(c_sat=(("chain", "draw", "single_arm_trial"), both)).assign_coords(
        single_arm_trial=SINGLE
    )


def _tables(evidence):
    arms = pd.DataFrame(
        {
            "trial": INDEX[0],
            "arm": INDEX[1],
            "endpoint": ["OS", "PFS"],
            "assessor": ["", "investigator"],
            "n": 50,
            "events": [19, 23],
            "s12_published": [0.748, 0.585],
        }
    )
    horizons = pd.DataFrame(
        [
            {"endpoint": endpoint, "scenario": "base", "population": "index", "horizon_months": tau}
            | {"median": 0.1 * tau, "lower": -0.1 * tau, "upper": 0.3 * tau, "p_benefit": 0.85}
            for endpoint in ("OS", "PFS")
            for tau in (12.0, 18.0, 24.0)
        ]
    )
    covariates = pd.DataFrame(
        [
            {
                "trial": INDEX[0],
                "arm": INDEX[1],
                "n": 50,
                "liver": 0.14,
                "pdl1_high": 0.105,
                "tp": 1.0,
                "asia": 1.0,
            },
            {
                "trial": "rct",
                "arm": "ici",
                "n": 300,
                "liver": np.nan,
                "pdl1_high": 0.5,
                "tp": 0.5,
                "asia": 0.8,
            },
            {
                "trial": "rct",
                "arm": "chemo",
                "n": 300,
                "liver": 0.24,
                "pdl1_high": np.nan,
                "tp": 0.5,
                "asia": 0.8,
            },
        ]
    )
    priors = pd.DataFrame(
        [
            {"endpoint": endpoint, "scenario": "base", "parameter": name, "prior": "", "prior_sd": 1.0}
            | {"posterior_sd": sd, "contraction": 1 - sd}
            for endpoint in ("OS", "PFS")
            for name, sd in (("c_sat", 0.9), ("beta_ici", 0.2))
        ]
    )
    return {"arms": arms, "rmst_by_horizon": horizons, "covariates": covariates, "priors": priors}


@pytest.fixture(scope="session")
def base_case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "posterior").mkdir()
    (folder / "tables").mkdir()
    evidence = load()
    rng = np.random.default_rng(SEED)
    base = BaseCase(folder)
    for endpoint in ("OS", "PFS"):
        for scenario in SCENARIOS:
            drawn = _posterior(endpoint, scenario, base.priors(endpoint), rng)
            xr.DataTree.from_dict({"posterior": drawn}).to_netcdf(
                folder / "posterior" / f"{endpoint}_{scenario}.nc", engine="h5netcdf"
            )
    for name, table in _tables(evidence).items():
        table.to_csv(folder / "tables" / f"{name}.csv", index=False)
    benchmark = class_benchmark(evidence)
    manifest = {
        "seed": SEED,
        "preset": "smoke",
        "imputations": 2,
        "endpoints": ["OS", "PFS"],
        "populations": [{"id": "index"}],
        "index": {"trial": INDEX[0], "arm": INDEX[1]},
        "class_benchmark": {
            "trial": benchmark.trial,
            "log_hazard_ratio": benchmark.log_hazard_ratio,
            "events": list(benchmark.events),
            "spread": benchmark.spread,
        },
        "horizons": {"OS": {"tau": 24.0}, "PFS": {"tau": 18.0}},
        "hypothetical": [],
        "scenarios": [{"id": name} for name in SCENARIOS],
        "evidence_sha256": dict(evidence.hashes),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return base
