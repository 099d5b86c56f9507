"""tables/increment.csv and tables/ladder.csv: the increment with its prior of c on every line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.run.fits import ScenarioPosterior
from digitized.errors import InputError
from models.prediction import COMPARATOR, TRIPLE, predict, rmst, time_averaged_hazard_ratio
from models.response import ResponseModel, predict_response
from models.survival import SurvivalModel
from models.survival_design import Contrast
from trials.covariates import TargetPopulation
from trials.network import SurvivalArm

LANDMARKS_OF_SURVIVAL = (12.0, 24.0)
# Of progression and of any other event that comes before death.
LANDMARKS_OF_PROGRESSION = (6.0, 12.0)
CURVE_STEP = 0.1
# Draws whose curves are held at a time.
PART_DRAWS = 4000
# Patients without whom a restricted mean says nothing of an arm (METHODS section 2).
AT_RISK = 10


@dataclass(frozen=True)
class Horizon:
    """Time horizon of the restricted mean, and the sentence that says how it was set before the fit."""

    tau: float
    rule: str


def choose_horizon(
    survival_arms: Sequence[SurvivalArm], endpoint: str, contrast: Contrast | None = None
) -> Horizon:
    """METHODS section 2: 24 months (OS) or 18 (PFS) if at least 10 patients are at risk there.

    Required of the index arm and of the partner's arms in at least two other trials, or in as many as the evidence has;
    else the largest whole month for which it holds. Set from numbers at risk, before any fit.

    Raises
    ------
    InputError
        If it holds in no month.
    """
    told = contrast or Contrast()
    wanted = 24 if endpoint == "OS" else 18
    comparators = [arm for arm in survival_arms if arm.randomised and told.partnered(arm.components)]
    needed = min(2, len({arm.trial for arm in comparators}))
    for tau in range(wanted, 0, -1):
        index = all(_many_at_risk(arm, tau) for arm in survival_arms if arm.index)
        others = {arm.trial for arm in comparators if _many_at_risk(arm, tau)}
        if index and len(others) >= needed:
            break
    else:
        raise InputError(
            f"{endpoint}: fewer than {AT_RISK} patients are at risk after a month, in the index arm or in the "
            f"randomised arms of the partner; expected {AT_RISK} or more, for a restricted mean"
        )
    where = ("", " and in the one comparator trial", " and in two comparator trials")[needed]
    reason = f"{AT_RISK} or more at risk in the index arm{where}"
    held = "holds" if tau == wanted else f"fails at {wanted} and first holds at {tau}"
    return Horizon(float(tau), f"tau = {tau} months for {endpoint}: {reason} {held}, set before the fit")


def _many_at_risk(arm: SurvivalArm, month: float) -> bool:
    return int(np.sum(arm.ipd[0].time >= month)) >= AT_RISK


def in_parts(posterior: xr.Dataset) -> Iterator[xr.Dataset]:
    """The posterior by pieces whose predicted curves fit into memory; together they are all of its draws."""
    length = max(1, PART_DRAWS // posterior.sizes["chain"])
    for start in range(0, posterior.sizes["draw"], length):
        yield posterior.isel(draw=slice(start, start + length))


def summarise(draws: np.ndarray, *, null: float, lower_is_better: bool) -> dict[str, float]:
    """Mean, median, 95 % equal-tailed interval and probability of benefit of draws."""
    lower, median, upper = np.quantile(draws, [0.025, 0.5, 0.975])
    benefit = draws < null if lower_is_better else draws > null
    return {
        "mean": float(draws.mean()),
        "median": float(median),
        "lower": float(lower),
        "upper": float(upper),
        "p_benefit": float(benefit.mean()),
    }


def increment_rows(
    survival: SurvivalModel, result: ScenarioPosterior, population: TargetPopulation, horizon: Horizon
) -> list[dict[str, object]]:
    """Rows of increment.csv of one endpoint, scenario and population."""
    tau = horizon.tau
    landmarks = LANDMARKS_OF_SURVIVAL if survival.endpoint == "OS" else LANDMARKS_OF_PROGRESSION
    times = np.unique(np.round(np.arange(0, max(tau, *landmarks) + 1e-9, CURVE_STEP), 9))
    parts: dict[tuple[str, float], list[np.ndarray]] = {}
    for posterior in in_parts(result.posterior):
        curves = predict(survival, posterior, population, times).sel(arm=[TRIPLE, COMPARATOR])
        ratio = time_averaged_hazard_ratio(curves, tau, TRIPLE, COMPARATOR).to_numpy().ravel()
        parts.setdefault(("HR", tau), []).append(ratio)
        parts.setdefault(("RMST_difference", tau), []).append(_difference(rmst(curves, tau)))
        for landmark in landmarks:
            at = curves.sel(time=landmark, method="nearest")
            parts.setdefault(("survival_difference", landmark), []).append(_difference(at))
    draws = {name: np.concatenate(found) for name, found in parts.items()}
    ratio = draws.pop(("HR", tau))
    rows = [
        {
            "measure": "HR",
            "horizon_months": tau,
            **summarise(ratio, null=1.0, lower_is_better=True),
            "p_hr_below_0_8": float(np.mean(ratio < 0.8)),
        }
    ]
    rows += [
        {"measure": measure, "horizon_months": time, **summarise(found, null=0.0, lower_is_better=False)}
        for (measure, time), found in draws.items()
    ]
    return [_labelled(result, population, row) for row in rows]


def response_rows(
    response: ResponseModel, result: ScenarioPosterior, population: TargetPopulation
) -> list[dict[str, object]]:
    """Rows of increment.csv for objective response."""
    rates = predict_response(result.posterior, population)
    triple, comparator = (rates.sel(arm=arm).to_numpy().ravel() for arm in (TRIPLE, COMPARATOR))
    odds_ratio = triple / (1 - triple) / (comparator / (1 - comparator))
    return [
        _labelled(result, population, {"measure": measure, "horizon_months": np.nan, **row})
        for measure, row in {
            "risk_difference": summarise(triple - comparator, null=0.0, lower_is_better=False),
            "OR": summarise(odds_ratio, null=1.0, lower_is_better=False),
        }.items()
    ]


def ladder_row(
    result: ScenarioPosterior,
    naive: ScenarioPosterior | None,
    population: TargetPopulation,
    prior_sd: dict[str, float],
) -> dict[str, object]:
    """One rung: exp(Delta) with its prior of c, and how far the data moved c and gamma."""
    survival = result.endpoint != "ORR"
    ratio = np.exp(result.posterior["Delta"].to_numpy().ravel())
    row = {
        "endpoint": result.endpoint,
        "population": population.id,
        "scenario": result.scenario.id,
        "c_prior": result.scenario.c_prior(result.endpoint),
        "naive_hr": np.nan if naive is None else float(np.exp(naive.posterior["Delta"].median())),
        **summarise(ratio, null=1.0, lower_is_better=survival),
        "p_hr_below_0_8": float(np.mean(ratio < 0.8)) if survival else np.nan,
        "contraction_c": contraction(result.index_shift, result.scenario.shift(result.endpoint).sd),
        "contraction_gamma": contraction(result.effect("gamma"), prior_sd["gamma"]),
    }
    row.pop("mean")
    return row


def identified_rows(result: ScenarioPosterior) -> list[dict[str, object]]:
    """What the data do identify: exp(Delta + c), the triple against ICI + chemotherapy as observed."""
    delta = result.posterior["Delta"]
    shift = result.index_shift
    combined = {"Delta": delta, "c_sat": shift, "Delta + c": delta + shift}
    combined["delta + c"] = result.effect("delta_anlo") + shift
    return [
        {
            "endpoint": result.endpoint,
            "scenario": result.scenario.id,
            "c_prior": result.scenario.c_prior(result.endpoint),
            "quantity": f"exp({name})",
            **summarise(np.exp(draws.to_numpy().ravel()), null=1.0, lower_is_better=result.endpoint != "ORR"),
        }
        for name, draws in combined.items()
    ]


def contraction(draws: xr.DataArray, prior_sd: float) -> float:
    """1 - posterior sd / prior sd; not defined for a parameter that its prior fixes."""
    return float(1 - draws.std() / prior_sd) if prior_sd > 0 else float("nan")


def _difference(values: xr.DataArray) -> np.ndarray:
    return (values.sel(arm=TRIPLE) - values.sel(arm=COMPARATOR)).to_numpy().ravel()


def _labelled(
    result: ScenarioPosterior, population: TargetPopulation, row: dict[str, object]
) -> dict[str, object]:
    columns = {
        "endpoint": result.endpoint,
        "scenario": result.scenario.id,
        "population": population.id,
        "measure": row["measure"],
        "horizon_months": row["horizon_months"],
        "c_prior": result.scenario.c_prior(result.endpoint),
    }
    values = {name: row.get(name, np.nan) for name in ("mean", "median", "lower", "upper", "p_benefit")}
    return {**columns, **values, "p_hr_below_0_8": row.get("p_hr_below_0_8", np.nan)}
