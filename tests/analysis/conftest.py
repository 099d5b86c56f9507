"""A small run folder made by code: figures and report are tested on it without a fit."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.figures import draw_all
from analysis.figures.target_draws import population_survival
from analysis.report import write_report
from models.survival_predictor import FIXED_EFFECTS
from models.time_grid import default_knots
from trials.covariates import TargetPopulation

SEED = 20260101
INDEX = ("index-trial", "triple-arm")
ARMS = [INDEX, ("rct-a", "ici-chemo"), ("rct-a", "chemo"), ("rct-b", "ici-chemo"), ("rct-b", "chemo")]
SCENARIOS = {"naive": (0.0, 0.0), "base": (np.log(0.86), 0.25), "pessimistic": (np.log(0.74), 0.30)}
PRIORS = {"naive": "c = 0", "base": "c ~ N(log 0.86, 0.25)", "pessimistic": "c ~ N(log 0.74, 0.30)"}
EVENTS = {"OS": 19, "PFS": 23}
SCALE = {"scale": "log hazard ratio", "reason": "a judgement"}
PRIOR_CALLS = {
    "log_h0": {"prior": "Normal(-2.85, 1)", **SCALE},
    "gamma": {"prior": "Normal(0, 0.2)", **SCALE},
    "tau_u": {"prior": "HalfNormal(0.2)", **SCALE},
    "liver_share": {"prior": "Beta(21, 79)", **SCALE},
}
POPULATION = {"id": "index", "label": "Index mix", "liver": 0.14, "pdl1_high": 0.105}
POPULATION |= {"tp": 1.0, "asia": 1.0, "note": ""}
TAU = 24.0
TIMES = np.arange(0, 36.5, 0.5)
FOLLOW_UP = 30.0


def _posterior(endpoint, scenario, rng):
    mu, sd = SCENARIOS[scenario]
    size = (2, 200)
    intervals = len(default_knots(endpoint)) + 1
    c_sat = mu + sd * rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], size)
    effects = {name: rng.normal(0, 0.05, size) for name in FIXED_EFFECTS}
    # What the data give is Delta + c: the more is put on c, the less is left to Delta.
    effects["delta_anlo"] = -0.45 - c_sat[..., 0] + rng.normal(0, 0.2, size)
    variables = {name: (("chain", "draw"), values) for name, values in effects.items()}
    variables["Delta"] = (("chain", "draw"), effects["delta_anlo"] + effects["gamma"])
    variables["c_sat"] = (("chain", "draw", "single_arm_trial"), c_sat)
    log_hazard = np.log(0.045) + rng.normal(0, 0.05, (*size, intervals))
    variables["log_h0"] = (("chain", "draw", "interval"), log_hazard)
    return xr.Dataset(variables, coords={"chain": [0, 1], "draw": np.arange(200)})


def _ratio_row(draws):
    lower, median, upper = np.exp(np.quantile(draws, [0.025, 0.5, 0.975]))
    return {"median": median, "lower": lower, "upper": upper, "p_benefit": float(np.mean(draws < 0))}


def _rows_of_draws(endpoint, scenario, posterior):
    heading = {"endpoint": endpoint, "scenario": scenario, "c_prior": PRIORS[scenario]}
    delta = posterior["Delta"].to_numpy().ravel()
    shift = posterior["c_sat"].to_numpy()[..., 0].ravel()
    named = {"delta_anlo": posterior["delta_anlo"].to_numpy().ravel(), "Delta": delta, "c_sat": shift}
    named["gamma"] = posterior["gamma"].to_numpy().ravel()
    prior_sd = {"delta_anlo": 0.35, "gamma": 0.2, "Delta": 0.4, "c_sat": SCENARIOS[scenario][1]}
    ladder = {
        **heading,
        "population": "index",
        "naive_hr": 0.64,
        **_ratio_row(delta),
        "p_hr_below_0_8": float(np.mean(delta < np.log(0.8))),
        "contraction_c": 0.1,
        "contraction_gamma": 0.1,
    }
    identified = {**heading, "quantity": "exp(Delta + c)", **_ratio_row(delta + shift)}
    priors, density = [], []
    for name, draws in named.items():
        sd = prior_sd[name]
        contraction = 1 - draws.std() / sd if sd > 0 else np.nan
        row = {"parameter": name, "prior_mean": 0.0, "prior_sd": sd or 1e-9, "contraction": contraction}
        priors.append({**heading, **row})
        heights, edges = np.histogram(draws, 30, (-2, 2), density=True)
        middle = (edges[1:] + edges[:-1]) / 2
        table = pd.DataFrame({"parameter": name, "value": middle, "density": heights})
        density.append(table.assign(endpoint=endpoint, scenario=scenario))
    return ladder, identified, priors, pd.concat(density)


def _gain_row(endpoint, scenario, posterior):
    """Difference in restricted means to tau, as `crosstrial run` has it, by the trapezoid rule."""
    times = TIMES[TIMES <= TAU]
    drawn = posterior.stack(sample=("chain", "draw"))
    survival = population_survival(drawn, endpoint, TargetPopulation(**POPULATION), times)
    gain = np.trapezoid(survival[:, 0] - survival[:, 1], times)
    lower, median, upper = np.quantile(gain, [0.025, 0.5, 0.975])
    row = {"endpoint": endpoint, "scenario": scenario, "c_prior": PRIORS[scenario], "population": "index"}
    row |= {"measure": "RMST_difference", "horizon_months": TAU, "median": median}
    return {**row, "lower": lower, "upper": upper, "p_benefit": float(np.mean(gain > 0))}


def _curves(endpoint, scenario):
    frames = []
    for arm, rate in (("triple", 0.04), ("comparator", 0.05)):
        curve = {"median": np.exp(-rate * TIMES)}
        curve |= {"lower": np.exp(-1.3 * rate * TIMES), "upper": np.exp(-0.7 * rate * TIMES)}
        frames.append(pd.DataFrame({"arm": arm, "time": TIMES, **curve}))
    curves = pd.concat(frames).assign(endpoint=endpoint, scenario=scenario, c_prior=PRIORS[scenario])
    months = np.arange(1.0, 31)
    rmst = pd.DataFrame({"horizon_months": months, "median": months / 10, "lower": -months / 20})
    rmst = rmst.assign(upper=months / 5, mean=months / 10, endpoint=endpoint, scenario=scenario)
    rmst = rmst.assign(c_prior=PRIORS[scenario], population="index", p_benefit=0.8)
    return curves.assign(population="index", extrapolated=curves["time"] > FOLLOW_UP), rmst


def _arm_tables(endpoint):
    arms, fitted, observed, at_risk = [], [], [], []
    for trial, arm in ARMS:
        ici, randomised = arm != "chemo", trial != INDEX[0]
        n, events = (50, EVENTS[endpoint]) if not randomised else (300, 200)
        row = {"trial": trial, "arm": arm, "endpoint": endpoint, "ici": ici, "randomised": randomised}
        arms.append({**row, "grade": "summary", "n": n, "events": events, "events_published": events})
        end = FOLLOW_UP if not randomised else 36.0
        curve = np.exp(-0.045 * TIMES)
        name = {"endpoint": endpoint, "trial": trial, "arm": arm}
        band = {"median": curve, "lower": curve**1.2, "upper": curve**0.8}
        fitted.append(pd.DataFrame({"time": TIMES, **band, "extrapolated": end < TIMES}).assign(**name))
        seen = TIMES[end >= TIMES]
        observed.append(pd.DataFrame({"time": seen, "survival": np.exp(-0.045 * seen)}).assign(**name))
        months = np.arange(0, end + 1, 6)
        left = np.round(n * np.exp(-0.06 * months)).astype(int)
        at_risk.append(pd.DataFrame({"time": months, "n_risk": left}).assign(**name))
    return pd.DataFrame(arms), pd.concat(fitted), pd.concat(observed), pd.concat(at_risk)


def _evidence_tables():
    inventory = [
        (
            "index-trial",
            "not randomised",
            "triple-arm (chemo + pdl1 + drug); cohort-2 (chemo + pdl1)",
            "base",
        ),
        ("rct-a", "randomised", "ici-chemo (chemo + pd1); chemo (chemo)", "base"),
        ("rct-b", "randomised", "ici-chemo (chemo + pd1); chemo (chemo)", "base"),
        ("class-trial", "randomised", "tki (chemo + pd1 + tki); ici (chemo + pd1)", "class_benchmark"),
        ("choice-trial", "not randomised", "with (chemo + pd1 + drug); without (chemo + pd1)", "sensitivity"),
        ("other-trial", "randomised", "x (chemo + x); chemo (chemo)", "inventory"),
    ]
    harms = [("death due to AE", 4, 8.0, None), ("fistula", 2, 4.0, "one grade 5")]
    required = {"trial": "class-trial", "reason": "it is the randomised test", "endpoint": "OS"}
    required |= {"comparison": "tki v ici", "measure": "HR", "value": 0.92, "lower": np.nan, "upper": np.nan}
    sources = {
        "source": "paper-2024",
        "citation": "One A & Two B, Journal 2024;1:1 (50 %)",
        "doi": "10.1000/x_1",
    }
    choices = {"endpoint": "OS", "analysis": "primary", "population": "all", "assessor": None}
    choices |= {"kept_as_checks": "later: no figure"}
    found = {"printed": "14 (38 %)", "finding": "is 28 % of 50", "source": "paper-2024"}
    designs = [
        {"trial": trial, "registration": "NCT0", "phase": "3", "design": design, "blinding": blinding}
        | {"stratification": "region", "region": "global", "setting": "first line", "n": 600}
        for trial, design, blinding in (
            ("index-trial", "single arm", None), ("rct-a", "randomised", "double-blind"), ("rct-b", "randomised", None)
        )
    ]  # fmt: skip
    covariates = [
        {"trial": t, "arm": a, "label": "", "n": 300, "liver": np.nan if t == "rct-a" else 0.2}
        | {"pdl1_high": 0.5, "pdl1_class": "22C3 CPS >= 10", "tp": 1.0, "asia": 0.7}
        for t, a in ARMS
    ]
    return {
        "inventory": pd.DataFrame(inventory, columns=["trial", "design", "arms", "role"]),
        "harms": pd.DataFrame(harms, columns=["event", "count", "percent", "note"]).assign(n=50),
        "required_trials": pd.DataFrame([{**required, "note": "no interval is published"}]),
        "covariates": pd.DataFrame(covariates),
        "sources": pd.DataFrame(
            [{"trial": t, **sources, "read_at": f"https://example.org/{t}"} for t, _ in ARMS]
        ),
        "choices": pd.DataFrame([{"trial": "rct-a", **choices}]),
        "inconsistencies": pd.DataFrame([{"trial": "index-trial", **found}]),
        "trials": pd.DataFrame(designs),
        "diagnostics": pd.DataFrame({"model": ["OS, base"], "rhat": [1.001], "faults": [""]}),
    }


def _manifest():
    def scenario(name):
        mu, sd = SCENARIOS[name]
        shift = {"name": name, "mu": mu, "sd": sd, "correlation": 0.9}
        return {
            "id": name,
            "title": name,
            "class_benchmark": False,
            "c_prior": dict.fromkeys(EVENTS, PRIORS[name]),
            "shift": dict.fromkeys(EVENTS, shift),
        }

    question = {"id": "q", "disease": "a disease", "text": "What does adding the drug change?"}
    return {
        "created": "2026-01-01T00:00:00+00:00",
        "hypothetical": [],
        "question": {**question, "searched": "Registries.", "excluded": "Second line."},
        "index": {"trial": INDEX[0], "arm": INDEX[1]},
        "preset": "quick",
        "imputations": 1,
        "seed": SEED,
        "endpoints": list(EVENTS),
        "scenarios": [scenario(name) for name in SCENARIOS],
        "populations": [POPULATION],
        "horizons": {name: {"tau": TAU, "rule": "tau = 24 months, set before the fit"} for name in EVENTS},
        "priors": {name: {key: dict(prior) for key, prior in PRIOR_CALLS.items()} for name in EVENTS},
        "sampler": {"draws": 200, "tune": 200, "chains": 2, "target_accept": 0.95},
        "class_benchmark": None,
        "evidence_sha256": {},
        "versions": {"python": "3.13", "crosstrial": "0.1.0", "pymc": "6.3", "nutpie": "0.16"},
    }


@pytest.fixture(scope="session")
def made_run(tmp_path_factory):
    """Folder with manifest, tables and posteriors of a run; figures and report are not drawn."""
    folder = tmp_path_factory.mktemp("made") / "run"
    for part in ("tables", "posterior", "figures"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    found = {name: [] for name in ("ladder", "identified", "priors", "density", "target_curves")}
    found |= {name: [] for name in ("rmst_by_horizon", "arms", "fitted_curves", "observed_curves", "at_risk")}
    gains = []
    for endpoint in EVENTS:
        for scenario in SCENARIOS:
            posterior = _posterior(endpoint, scenario, rng)
            place = folder / "posterior" / f"{endpoint}_{scenario}.nc"
            xr.DataTree.from_dict({"posterior": posterior}).to_netcdf(place, engine="h5netcdf")
            ladder, identified, priors, density = _rows_of_draws(endpoint, scenario, posterior)
            gains.append(_gain_row(endpoint, scenario, posterior))
            curves, rmst = _curves(endpoint, scenario)
            found["ladder"].append(pd.DataFrame([ladder]))
            found["identified"].append(pd.DataFrame([identified]))
            found["priors"].append(pd.DataFrame(priors))
            found["density"].append(density)
            found["target_curves"].append(curves)
            found["rmst_by_horizon"].append(rmst)
        names = ("arms", "fitted_curves", "observed_curves", "at_risk")
        for name, table in zip(names, _arm_tables(endpoint), strict=True):
            found[name].append(table)
    tables = {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}
    tables |= _evidence_tables()
    hazard_ratios = tables["ladder"].assign(measure="HR", horizon_months=TAU)
    tables["increment"] = pd.concat([hazard_ratios, pd.DataFrame(gains)], ignore_index=True)
    verdict = "hazard ratio 0.5 before and 0.9 after 8 months (p = 0.2); compatible with proportional hazards"
    tables["proportional_hazards"] = pd.DataFrame({"endpoint": list(EVENTS), "sentence": verdict})
    unadjusted = {"endpoint": list(EVENTS), "hazard_ratio": 0.5, "lower": 0.3, "upper": 0.8}
    tables["unadjusted"] = pd.DataFrame(unadjusted)
    for name, table in tables.items():
        table.to_csv(folder / "tables" / f"{name}.csv", index=False)
    (folder / "manifest.json").write_text(json.dumps(_manifest()), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def drawn_run(made_run, tmp_path_factory):
    """The made run with its figures and its report."""
    folder = tmp_path_factory.mktemp("drawn") / "run"
    shutil.copytree(made_run, folder)
    draw_all(folder)
    write_report(folder)
    return folder
