"""V2: how often an increment is claimed where there is none, and how often where there is one."""

import numpy as np
import pandas as pd

from analysis.validation import drawing
from analysis.validation.arm_as_triple import COLUMNS, READINGS, Case, rows_as_triple
from analysis.validation.fits import built, may_be_pooled, randomised_fit
from analysis.validation.leave_one_out import randomised_trials
from analysis.validation.simulated_arms import Truth, nuts_of_pair, simulated
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.unseen_arms import arm_as_added, fitted_draws
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from models.priors import BASE

NO_EFFECT = Truth("no-effect", 0.0, BASE)
HALVED = Truth("halved-hazard", float(np.log(0.5)), BASE)
# METHODS section 8: of 12 intervals; share of false claims; power.
MOST_EXCLUDING, MOST_FALSE, LEAST_POWER = 2, 0.05, 0.20
# Integration against NUTS: distance of the means of Delta in posterior standard deviations. Not of METHODS: added
# after a first look, it can only make the verdict stricter.
MOST_DISTANCE = 0.25
COMPARED = (
    *("endpoint", "data_set", "mean_integrated", "mean_nuts", "sd_integrated", "sd_nuts"),
    *("p_benefit_integrated", "p_benefit_nuts", "distance"),
)
DISTANCE = "integration against NUTS, largest distance (sd)"


def real_arms(study: Study) -> pd.DataFrame:
    """(a) Each ICI + chemotherapy arm as "the triple": its trial and both single-arm trials are left out.

    The arm carries the terms of the index arm (delta, gamma, `bme_dev`, c, e) and its own mix and backbone.
    """
    pairs = [(endpoint, trial) for endpoint in ENDPOINTS for trial in randomised_trials(study, endpoint)]
    fits = study.results("leave one trial out", [randomised_fit(study, *pair) for pair in pairs])
    cases = []
    for (endpoint, trial), posterior in zip(pairs, fits, strict=True):
        if not may_be_pooled(posterior):
            continue
        fitted = fitted_draws(built(study.arms(endpoint)), posterior)
        for position, arm in enumerate(fitted.survival.arms):
            if arm.trial != trial or len(arm.components) < 2:
                continue
            added = arm_as_added(fitted, position, added=True, own_ici=True)
            cases.append(Case(fitted, added, arm, truth=1.0))
    return pd.DataFrame(rows_as_triple(study, cases), columns=list(COLUMNS))


def claims(study: Study) -> pd.DataFrame:
    """(b), (c) Share of simulated data sets whose upper limit is below 1, with its Monte Carlo error."""
    rows = []
    for endpoint in ENDPOINTS:
        found = simulated(study, endpoint, [NO_EFFECT, HALVED])
        for truth in (NO_EFFECT, HALVED):
            result = found[truth.name]
            for analysis in result["analysis"].to_numpy():
                upper = result["upper"].sel(analysis=analysis).dropna("data_set").to_numpy()
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
                        "refitted": int(result["refitted"].sel(analysis=analysis).sum()),
                    }
                )
    return pd.DataFrame(rows)


def against_nuts(study: Study) -> pd.DataFrame:
    """Some of the simulated data sets by NUTS on the whole network beside the integration."""
    chosen = [(e, number) for e in ENDPOINTS for number in range(study.scale.compared)]
    integrated = {endpoint: simulated(study, endpoint, [HALVED])[HALVED.name] for endpoint in ENDPOINTS}
    tasks = [nuts_of_pair(study, endpoint, HALVED, number, BASE) for endpoint, number in chosen]
    fits = study.results("NUTS on simulated data sets", tasks)
    rows = []
    for (endpoint, number), posterior in zip(chosen, fits, strict=True):
        if not may_be_pooled(posterior):
            continue
        row = integrated[endpoint].sel(data_set=number, analysis=BASE.name)
        delta = posterior["Delta"].to_numpy().ravel()
        rows.append(
            {
                "endpoint": endpoint,
                "data_set": number,
                "mean_integrated": float(row["mean"]),
                "mean_nuts": float(delta.mean()),
                "sd_integrated": float(row["sd"]),
                "sd_nuts": float(delta.std()),
                "p_benefit_integrated": float(row["p_benefit"]),
                "p_benefit_nuts": float(np.mean(delta < 0)),
                "distance": float(abs(row["mean"] - delta.mean()) / delta.std()),
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARED))


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
    value[DISTANCE] = float(compared["distance"].max())
    limit[DISTANCE] = Bounds(at_most=MOST_DISTANCE)
    value["own fits (Pareto k of 0.7 or more)"] = float(
        (real["by"] == "own fit").sum() + rates["refitted"].sum()
    )
    sentence = _sentence(value, rates, compared)
    return CheckResult(
        Verdict("V2", value, limit, sentence), real, drawing.intervals, {"claims": rates, "nuts": compared}
    )


def _real_values(real: pd.DataFrame) -> tuple[dict[str, float], dict[str, Bounds]]:
    value, limit = {}, {}
    for scenario in [shift.name for shift in READINGS]:
        part = real[real["scenario"] == scenario]
        name = f"(a) {scenario}: intervals excluding 1 of {len(part)}"
        value[name] = float(part["excludes_1"].sum()) if len(part) else float("nan")
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
        f"{sets} data sets of each truth, added to the randomised trials' NUTS fit by integration; on "
        f"{len(compared)} of them NUTS itself is at most {value[DISTANCE]:.2f} posterior sd away"
    )
    return "; ".join(parts) + "."
