"""V2: how often an increment is claimed where there is none, and how often where there is one."""

import numpy as np
import pandas as pd

from analysis.reweighting import PARETO_K_LIMIT
from analysis.validation import drawing
from analysis.validation.fits import built, randomised_fit
from analysis.validation.leave_one_out import randomised_trials
from analysis.validation.simulated_arms import Truth, nuts_of_pair, simulated
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.unseen_arms import arm_as_added, fitted_draws, weigh
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from models.priors import BASE, NAIVE, PESSIMISTIC

NO_EFFECT = Truth("no-effect", 0.0, BASE)
HALVED = Truth("halved-hazard", float(np.log(0.5)), BASE)
# METHODS section 8: of 12 intervals; share of false claims; power.
MOST_EXCLUDING, MOST_FALSE, LEAST_POWER = 2, 0.05, 0.20
# Weights against NUTS: distance of the means of Delta in posterior standard deviations, before any was seen.
MOST_DISTANCE = 0.25


def real_arms(study: Study) -> pd.DataFrame:
    """(a) Each ICI + chemotherapy arm as "the triple": its trial and both single-arm trials are left out.

    The arm carries the terms of the index arm (delta, gamma, `bme_dev`, c, e) and its own mix and backbone.
    """
    pairs = [(endpoint, trial) for endpoint in ENDPOINTS for trial in randomised_trials(study, endpoint)]
    fits = study.results("leave one trial out", [randomised_fit(study, *pair) for pair in pairs])
    rows = []
    for (endpoint, trial), posterior in zip(pairs, fits, strict=True):
        fitted = fitted_draws(built(study.arms(endpoint)), posterior)
        for position, arm in enumerate(fitted.survival.arms):
            if arm.trial != trial or len(arm.components) < 2:
                continue
            added = arm_as_added(fitted, position, added=True, own_ici=True)
            for shift in (NAIVE, BASE, PESSIMISTIC):
                rng = np.random.default_rng([study.seed, 3, position])
                found = weigh(fitted, [(added, arm.ipd[0])], shift, 5 * study.scale.proposals, rng)
                rows.append(
                    {
                        "endpoint": endpoint,
                        "label": trial,
                        "scenario": shift.name,
                        "c_prior": shift.on_ratio_scale,
                        "truth": 1.0,
                        "median": np.exp(found.median),
                        "lower": np.exp(found.lower),
                        "upper": np.exp(found.upper),
                        "p_benefit": found.p_benefit,
                        "excludes_1": not found.lower <= 0 <= found.upper,
                        "pareto_k": found.pareto_k,
                        "effective_draws": found.effective,
                    }
                )
    return pd.DataFrame(rows)


def claims(study: Study) -> pd.DataFrame:
    """(b), (c) Share of simulated data sets whose upper limit is below 1, with its Monte Carlo error."""
    rows = []
    for endpoint in ENDPOINTS:
        found = simulated(study, endpoint, [NO_EFFECT, HALVED])
        for truth in (NO_EFFECT, HALVED):
            result = found[truth.name]
            for analysis in result["analysis"].to_numpy():
                upper = result["upper"].sel(analysis=analysis).to_numpy()
                share = float(np.mean(upper < 0))
                rows.append(
                    {
                        "endpoint": endpoint,
                        "truth": truth.name,
                        "scenario": str(analysis),
                        "data_sets": len(upper),
                        "claims": share,
                        "monte_carlo_error": float(np.sqrt(share * (1 - share) / len(upper))),
                        "worst_pareto_k": float(result["pareto_k"].sel(analysis=analysis).max()),
                    }
                )
    return pd.DataFrame(rows)


def against_nuts(study: Study) -> pd.DataFrame:
    """Some of the simulated data sets by NUTS on the whole network beside the weights."""
    chosen = [(e, number) for e in ENDPOINTS for number in range(study.scale.compared)]
    weighted = {endpoint: simulated(study, endpoint, [HALVED])[HALVED.name] for endpoint in ENDPOINTS}
    tasks = [nuts_of_pair(study, endpoint, HALVED, number) for endpoint, number in chosen]
    fits = study.results("NUTS on simulated data sets", tasks)
    rows = []
    for (endpoint, number), posterior in zip(chosen, fits, strict=True):
        row = weighted[endpoint].sel(data_set=number, analysis=BASE.name)
        delta = posterior["Delta"].to_numpy().ravel()
        rows.append(
            {
                "endpoint": endpoint,
                "data_set": number,
                "mean_weights": float(row["mean"]),
                "mean_nuts": float(delta.mean()),
                "sd_weights": float(row["sd"]),
                "sd_nuts": float(delta.std()),
                "p_benefit_weights": float(row["p_benefit"]),
                "p_benefit_nuts": float(np.mean(delta < 0)),
                "distance": float(abs(row["mean"] - delta.mean()) / delta.std()),
            }
        )
    return pd.DataFrame(rows)


def check(study: Study) -> CheckResult:
    """V2: false increments on real arms, on simulated ones, and power beside both."""
    real, rates, compared = real_arms(study), claims(study), against_nuts(study)
    value, limit = _real_values(real)
    for row in rates.to_dict("records"):
        kind = "(b) false claims" if row["truth"] == NO_EFFECT.name else "(c) power"
        value[f"{kind}, {row['endpoint']} {row['scenario']}"] = row["claims"]
    for endpoint in ENDPOINTS:
        limit[f"(b) false claims, {endpoint} base"] = Bounds(at_most=MOST_FALSE)
        limit[f"(c) power, {endpoint} base"] = Bounds(at_least=LEAST_POWER)
    value["weights against NUTS, largest distance (sd)"] = float(compared["distance"].max())
    limit["weights against NUTS, largest distance (sd)"] = Bounds(at_most=MOST_DISTANCE)
    value["worst Pareto k"] = float(max(real["pareto_k"].max(), rates["worst_pareto_k"].max()))
    limit["worst Pareto k"] = Bounds(at_most=PARETO_K_LIMIT)
    sentence = _sentence(value, rates, compared)
    return CheckResult(
        Verdict("V2", value, limit, sentence), real, drawing.intervals, {"claims": rates, "nuts": compared}
    )


def _real_values(real: pd.DataFrame) -> tuple[dict[str, float], dict[str, Bounds]]:
    value, limit = {}, {}
    for scenario, part in real.groupby("scenario", sort=False):
        name = f"(a) {scenario}: intervals excluding 1 of {len(part)}"
        value[name] = float(part["excludes_1"].sum())
        limit[name] = Bounds(at_most=MOST_EXCLUDING)
    return value, limit


def _sentence(value: dict[str, float], rates: pd.DataFrame, compared: pd.DataFrame) -> str:
    real = ", ".join(
        f"{name[4:].split(':')[0]} {n:.0f}" for name, n in value.items() if name.startswith("(a)")
    )
    parts = [f"real ICI arms as the triple: intervals excluding 1: {real}"]
    for truth, name in ((NO_EFFECT.name, "false claims"), (HALVED.name, "power at HR 0.5")):
        listed = ", ".join(
            f"{row['endpoint']} {row['scenario']} {row['claims']:.1%} "
            f"(±{1.96 * row['monte_carlo_error']:.1%})"
            for row in rates[rates["truth"] == truth].to_dict("records")
        )
        parts.append(f"{name} with c ~ N(log 0.86, 0.25): {listed}")
    sets = int(rates["data_sets"].max())
    parts.append(
        f"{sets} data sets of each truth, analysed by importance weighting of the randomised trials' NUTS "
        f"fit; on {len(compared)} of them NUTS itself is at most {compared['distance'].max():.2f} posterior "
        "sd away"
    )
    return "; ".join(parts) + "."
