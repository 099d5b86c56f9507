"""Every table of a run folder, computed from the pooled posteriors and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.bias_bounds import KAPPAS, WITHDRAWN, crossing_kappa, e_value, log_hazard_shift
from analysis.proportional_hazards import unadjusted_hazard_ratio, verdicts
from analysis.run.arms import (
    BAND_DRAWS,
    arms_table,
    at_risk_table,
    fitted_curves,
    observed_curves,
    published,
    response_table,
)
from analysis.run.fits import FitRecord, ScenarioPosterior, reconstruction_share
from analysis.run.increment import (
    Horizon,
    identified_rows,
    increment_rows,
    ladder_row,
    response_rows,
    summarise,
)
from models.fitting import named_parameters
from models.prediction import COMPARATOR, TRIPLE, predict
from models.priors import Normal
from models.response import RESPONSE_EFFECTS, ResponseModel
from models.survival import SurvivalModel
from models.survival_predictor import FIXED_EFFECTS
from trials.covariates import TargetPopulation

TARGET_CURVE_STEP = 0.5
KEY_PARAMETERS = ("delta_anlo", "gamma", "c_sat", "Delta")


@dataclass(frozen=True)
class EndpointResults:
    """All scenarios of one endpoint with the model they belong to."""

    endpoint: str
    model: SurvivalModel | ResponseModel
    scenarios: tuple[ScenarioPosterior, ...]
    horizon: Horizon | None

    def scenario(self, name: str) -> ScenarioPosterior | None:
        """The scenario of this id, if it was run."""
        return next((result for result in self.scenarios if result.scenario.id == name), None)

    @property
    def headline(self) -> ScenarioPosterior:
        """Base case where it was run, else the last scenario (never the naive one alone)."""
        return self.scenario("base") or self.scenarios[-1]


def all_tables(
    results: Sequence[EndpointResults], records: Sequence[FitRecord], populations: Sequence[TargetPopulation]
) -> dict[str, pd.DataFrame]:
    """Tables by file name without ending."""
    survival = [(r, r.model) for r in results if isinstance(r.model, SurvivalModel)]
    fitted = {r.endpoint: fitted_curves(model, r.headline) for r, model in survival}
    arms = [row for r, model in survival for row in arms_table(model, fitted[r.endpoint])]
    for result in results:
        if isinstance(result.model, ResponseModel):
            arms += response_table(result.model.arms)
    tables = {
        "increment": pd.DataFrame([row for r in results for row in _increments(r, populations)]),
        "ladder": pd.DataFrame([row for r in results for row in _ladder(r, populations[0])]),
        "identified": pd.DataFrame([row for r in results for s in r.scenarios for row in identified_rows(s)]),
        "arms": pd.DataFrame(arms),
        "diagnostics": diagnostics(results, records),
        "priors": pd.concat([prior_table(r) for r in results], ignore_index=True),
        "density": pd.concat([density_table(r) for r in results], ignore_index=True),
    }
    if survival:
        tables |= _survival_tables(survival, fitted, populations)
    return tables


def _survival_tables(
    survival: Sequence[tuple[EndpointResults, SurvivalModel]],
    fitted: dict[str, pd.DataFrame],
    populations: Sequence[TargetPopulation],
) -> dict[str, pd.DataFrame]:
    return {
        "fitted_curves": pd.concat(fitted.values(), ignore_index=True),
        "observed_curves": pd.concat(
            [observed_curves(model.arms) for _, model in survival], ignore_index=True
        ),
        "at_risk": pd.concat([at_risk_table(model.arms) for _, model in survival], ignore_index=True),
        "target_curves": pd.concat(
            [target_curves(model, s, p) for r, model in survival for s in r.scenarios for p in populations],
            ignore_index=True,
        ),
        "rmst_by_horizon": pd.concat(
            [rmst_by_horizon(model, s, populations[0]) for r, model in survival for s in r.scenarios],
            ignore_index=True,
        ),
        "proportional_hazards": pd.DataFrame(
            [
                {
                    "endpoint": r.endpoint,
                    "comparison": v.comparison,
                    "split_months": v.split,
                    "early_hr": v.early,
                    "late_hr": v.late,
                    "p_value": v.p_value,
                    "sentence": v.sentence,
                }
                for r, model in survival
                for v in verdicts(model.arms)
            ]
        ),
        "unadjusted": pd.DataFrame([_unadjusted(model) for _, model in survival]),
        "covariates": covariates(survival[0][1]),
        "withdrawal": pd.DataFrame([row for r, model in survival for row in _withdrawal(r, model)]),
        "e_values": pd.DataFrame([_e_value_row(s) for r, _ in survival for s in r.scenarios]),
    }


def _increments(result: EndpointResults, populations: Sequence[TargetPopulation]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for scenario in result.scenarios:
        for population in populations:
            if isinstance(result.model, ResponseModel):
                rows += response_rows(result.model, scenario, population)
            elif result.horizon is not None:
                rows += increment_rows(result.model, scenario, population, result.horizon)
    return rows


def _ladder(result: EndpointResults, population: TargetPopulation) -> list[dict[str, object]]:
    prior = result.model.priors
    sd = {"gamma": prior.gamma.sd}
    return [ladder_row(s, result.scenario("naive"), population, sd) for s in result.scenarios]


def diagnostics(results: Sequence[EndpointResults], records: Sequence[FitRecord]) -> pd.DataFrame:
    """Sampler diagnostics of every fit, then Pareto k and reconstruction share of every scenario."""
    rows: list[dict[str, object]] = [
        {
            "model": f"{r.endpoint}, reconstruction {r.imputation}, {r.c_prior}",
            "endpoint": r.endpoint,
            "imputation": r.imputation,
            "c_prior": r.c_prior,
            "rhat": r.diagnostics.worst_rhat,
            "rhat_parameter": r.diagnostics.worst_rhat_parameter,
            "ess_bulk": r.diagnostics.least_ess_bulk,
            "ess_tail": r.diagnostics.least_ess_tail,
            "divergences": r.diagnostics.divergences,
            "e_bfmi": r.diagnostics.e_bfmi,
            "faults": "; ".join(r.diagnostics.faults()),
        }
        for r in records
    ]
    for result in results:
        for scenario in result.scenarios:
            row = {
                "model": f"{result.endpoint}, pooled, {scenario.scenario.id}",
                "endpoint": result.endpoint,
                "c_prior": scenario.scenario.c_prior(result.endpoint),
                "draws": scenario.posterior.sizes["chain"] * scenario.posterior.sizes["draw"],
                "pareto_k": scenario.pareto_k,
                "reconstruction_share": reconstruction_share(scenario.posterior),
                "effective_events": float(4 / scenario.posterior["Delta"].var()),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def prior_table(result: EndpointResults) -> pd.DataFrame:
    """Prior and posterior of every scalar parameter in every scenario, with contraction."""
    names = RESPONSE_EFFECTS if isinstance(result.model, ResponseModel) else FIXED_EFFECTS
    rows = []
    for scenario in result.scenarios:
        named = named_parameters(scenario.posterior)
        shift = scenario.scenario.shift(result.endpoint)
        priors = {name: getattr(result.model.priors, name) for name in names}
        draws = {name: named[name].to_numpy().ravel() for name in names}
        draws |= {
            "c_sat": scenario.index_shift.to_numpy().ravel(),
            "Delta": named["Delta"].to_numpy().ravel(),
        }
        delta, gamma = priors["delta_anlo"], priors["gamma"]
        priors |= {
            "c_sat": Normal(shift.mu, shift.sd),
            "Delta": Normal(delta.mu + gamma.mu, np.hypot(delta.sd, gamma.sd)),
        }
        for name, prior in priors.items():
            lower, upper = prior.interval() if prior.sd > 0 else (prior.mu, prior.mu)
            posterior = summarise(draws[name], null=0.0, lower_is_better=result.endpoint != "ORR")
            rows.append(
                {
                    "endpoint": result.endpoint,
                    "scenario": scenario.scenario.id,
                    "c_prior": scenario.scenario.c_prior(result.endpoint),
                    "parameter": name,
                    "prior": str(prior) if prior.sd > 0 else f"fixed at {prior.mu:g}",
                    "prior_mean": prior.mu,
                    "prior_sd": prior.sd,
                    "prior_lower_ratio": np.exp(lower),
                    "prior_upper_ratio": np.exp(upper),
                    "posterior_mean": posterior["mean"],
                    "posterior_sd": float(draws[name].std()),
                    "posterior_lower": posterior["lower"],
                    "posterior_upper": posterior["upper"],
                    "contraction": 1 - draws[name].std() / prior.sd if prior.sd > 0 else np.nan,
                }
            )
    return pd.DataFrame(rows)


def density_table(result: EndpointResults, bins: int = 60) -> pd.DataFrame:
    """Histogram densities of the key parameters' posteriors, for prior-against-posterior figures."""
    frames = []
    for scenario in result.scenarios:
        named = named_parameters(scenario.posterior)
        for name in KEY_PARAMETERS:
            values = (scenario.index_shift if name == "c_sat" else named[name]).to_numpy().ravel()
            if values.std() == 0:
                continue
            density, edges = np.histogram(values, bins=bins, range=(-2.0, 2.0), density=True)
            frames.append(
                pd.DataFrame(
                    {
                        "endpoint": result.endpoint,
                        "scenario": scenario.scenario.id,
                        "parameter": name,
                        "value": (edges[:-1] + edges[1:]) / 2,
                        "density": density,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def target_curves(
    survival: SurvivalModel, result: ScenarioPosterior, population: TargetPopulation
) -> pd.DataFrame:
    """S(t) of the five target arms in a population: median and 95 % band."""
    end = max(float(ipd.time.max()) for arm in survival.arms for ipd in arm.ipd)
    observed = float(max(arm.ipd[0].time.max() for arm in survival.arms if arm.index))
    curves = predict(
        survival, result.thinned(BAND_DRAWS).posterior, population, np.arange(0, end, TARGET_CURVE_STEP)
    )
    lower, median, upper = np.quantile(curves.to_numpy(), [0.025, 0.5, 0.975], axis=(0, 1))
    frames = [
        pd.DataFrame(
            {
                "endpoint": result.endpoint,
                "scenario": result.scenario.id,
                "c_prior": result.scenario.c_prior(result.endpoint),
                "population": population.id,
                "arm": str(arm),
                "time": curves["time"].to_numpy(),
                "median": median[position],
                "lower": lower[position],
                "upper": upper[position],
                "extrapolated": curves["time"].to_numpy() > observed,
            }
        )
        for position, arm in enumerate(curves["arm"].to_numpy())
    ]
    return pd.concat(frames, ignore_index=True)


def rmst_by_horizon(
    survival: SurvivalModel, result: ScenarioPosterior, population: TargetPopulation
) -> pd.DataFrame:
    """Difference in restricted mean survival, triple less comparator, for each whole month of follow-up."""
    end = int(max(arm.ipd[0].time.max() for arm in survival.arms if arm.index))
    times = np.round(np.arange(0, end + 0.05, 0.1), 9)
    curves = predict(survival, result.thinned(BAND_DRAWS).posterior, population, times)
    difference = (curves.sel(arm=TRIPLE) - curves.sel(arm=COMPARATOR)).to_numpy().reshape(-1, len(times))
    area = np.cumsum((difference[:, 1:] + difference[:, :-1]) / 2 * 0.1, axis=1)
    rows = []
    for month in range(1, end + 1):
        values = summarise(area[:, month * 10 - 1], null=0.0, lower_is_better=False)
        labels = {
            "endpoint": result.endpoint,
            "scenario": result.scenario.id,
            "c_prior": result.scenario.c_prior(result.endpoint),
            "population": population.id,
            "horizon_months": float(month),
        }
        rows.append({**labels, **values})
    return pd.DataFrame(rows)


def covariates(survival: SurvivalModel) -> pd.DataFrame:
    """Covariate mix of every arm as published; empty where unpublished."""
    return pd.DataFrame(
        [
            {
                "trial": arm.trial,
                "arm": arm.arm,
                "label": arm.label,
                "n": arm.n,
                "liver": arm.liver.proportion if arm.liver else np.nan,
                "pdl1_high": arm.pdl1.high.proportion if arm.pdl1 else np.nan,
                "pdl1_class": f"{arm.pdl1.assay} {arm.pdl1.scale} >= {arm.pdl1.cut:g}" if arm.pdl1 else "",
                "tp": arm.tp_share,
                "asia": arm.asia_share,
            }
            for arm in survival.arms
        ]
    )


def _unadjusted(survival: SurvivalModel) -> dict[str, object]:
    value, lower, upper = unadjusted_hazard_ratio(survival.arms)
    index = next(arm for arm in survival.arms if arm.index)
    return {
        "endpoint": survival.endpoint,
        "comparison": "index arm v pooled randomised ICI + chemotherapy arms, Cox, nothing adjusted",
        "hazard_ratio": value,
        "lower": lower,
        "upper": upper,
        "index_n": index.n,
        "index_events": index.events,
    }


def _withdrawal(result: EndpointResults, survival: SurvivalModel) -> list[dict[str, object]]:
    index = next(arm for arm in survival.arms if arm.index)
    landmark = published(index, "rate", 12.0)
    if np.isnan(landmark):
        return []
    rows = []
    for scenario in result.scenarios:
        draws = scenario.posterior["Delta"].to_numpy().ravel()
        labels = {
            "endpoint": result.endpoint,
            "scenario": scenario.scenario.id,
            "c_prior": scenario.scenario.c_prior(result.endpoint),
        }
        for withdrawn in WITHDRAWN:
            shifts = {k: log_hazard_shift(landmark, index.n, withdrawn, k) for k in KAPPAS}
            crossing = {p: crossing_kappa(draws, landmark, index.n, withdrawn, p) for p in (0.95, 0.8, 0.5)}
            rows.append(
                {**labels, "withdrawn": withdrawn}
                | {f"p_benefit_kappa_{k:g}": float(np.mean(draws + s < 0)) for k, s in shifts.items()}
                | {f"kappa_at_{p:g}": np.inf if k is None else k for p, k in crossing.items()}
            )
    return rows


def _e_value_row(result: ScenarioPosterior) -> dict[str, object]:
    lower, median, upper = np.exp(np.quantile(result.posterior["Delta"].to_numpy(), [0.025, 0.5, 0.975]))
    limit = upper if median < 1 else lower
    crosses = lower <= 1 <= upper
    return {
        "endpoint": result.endpoint,
        "scenario": result.scenario.id,
        "c_prior": result.scenario.c_prior(result.endpoint),
        "hazard_ratio": float(median),
        "e_value": e_value(float(median)),
        "e_value_limit": 1.0 if crosses else e_value(float(limit)),
    }
