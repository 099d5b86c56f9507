"""Tables of one survival endpoint: curves and RMST of the target arms, and what biases could do."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.bias_bounds import KAPPAS, crossing_kappa, e_value, early_losses, log_hazard_shift
from analysis.proportional_hazards import unadjusted_hazard_ratio, verdicts
from analysis.run.arms import BAND_DRAWS, at_risk_table, observed_curves, published
from analysis.run.fits import ScenarioPosterior
from analysis.run.increment import in_parts, summarise
from analysis.run.results import EndpointResults
from models.prediction import COMPARATOR, TRIPLE, predict
from models.survival import SurvivalModel
from trials.covariates import TargetPopulation

TARGET_CURVE_STEP = 0.5


def survival_tables(
    survival: Sequence[tuple[EndpointResults, SurvivalModel]],
    fitted: dict[str, pd.DataFrame],
    populations: Sequence[TargetPopulation],
) -> dict[str, pd.DataFrame]:
    """Tables by file name, all survival endpoints below each other; `fitted` holds each endpoint's curves."""
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
                for v in verdicts(model.arms, model.options.contrast)
            ]
        ),
        "unadjusted": pd.DataFrame([_unadjusted(model) for _, model in survival]),
        "withdrawal": pd.DataFrame([row for r, model in survival for row in _withdrawal(r, model)]),
        "e_values": pd.DataFrame([_e_value_row(s) for r, _ in survival for s in r.scenarios]),
    }


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
    areas = []
    for posterior in in_parts(result.posterior):
        curves = predict(survival, posterior, population, times)
        difference = (curves.sel(arm=TRIPLE) - curves.sel(arm=COMPARATOR)).to_numpy().reshape(-1, len(times))
        areas.append(np.cumsum((difference[:, 1:] + difference[:, :-1]) / 2 * 0.1, axis=1)[:, 9::10])
    area = np.concatenate(areas)
    rows = []
    for month in range(1, end + 1):
        values = summarise(area[:, month - 1], null=0.0, lower_is_better=False)
        labels = {
            "endpoint": result.endpoint,
            "scenario": result.scenario.id,
            "c_prior": result.scenario.c_prior(result.endpoint),
            "population": population.id,
            "horizon_months": float(month),
        }
        rows.append({**labels, **values})
    return pd.DataFrame(rows)


def _unadjusted(survival: SurvivalModel) -> dict[str, object]:
    value, lower, upper = unadjusted_hazard_ratio(survival.arms, survival.options.contrast)
    index = next(arm for arm in survival.arms if arm.index)
    return {
        "endpoint": survival.endpoint,
        "comparison": "index arm v pooled randomised arms of partner + backbone, Cox, nothing adjusted",
        "hazard_ratio": value,
        "lower": lower,
        "upper": upper,
        "index_n": index.n,
        "index_events": index.events,
    }


def _withdrawal(result: EndpointResults, survival: SurvivalModel) -> list[dict[str, object]]:
    """P(HR < 1) by how many left early and their kappa, and the kappa at which it falls to .95, .8 and .5.

    A kappa is empty where P is below already at kappa = 1, and infinite where no kappa takes it so low.
    """
    index = next(arm for arm in survival.arms if arm.index)
    landmark = published(index, "rate", 12.0)
    rows = []
    for scenario in result.scenarios:
        draws = scenario.posterior["Delta"].to_numpy().ravel()
        labels = {
            "endpoint": result.endpoint,
            "scenario": scenario.scenario.id,
            "c_prior": scenario.scenario.c_prior(result.endpoint),
        }
        for withdrawn in early_losses(landmark, index.n):
            shifts = {k: log_hazard_shift(landmark, index.n, withdrawn, k) for k in KAPPAS}
            crossing = {p: crossing_kappa(draws, landmark, index.n, withdrawn, p) for p in (0.95, 0.8, 0.5)}
            rows.append(
                {**labels, "withdrawn": withdrawn}
                | {f"p_benefit_kappa_{k:g}": float(np.mean(draws + s < 0)) for k, s in shifts.items()}
                | {f"kappa_at_{p:g}": kappa for p, kappa in crossing.items()}
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
