"""tables/arms.csv and the curves of each arm: what was published, what was rebuilt, what the model fitted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.run.fits import ScenarioPosterior
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from models.prediction import predict_arm
from models.survival import SurvivalModel
from models.survival_design import Contrast
from trials.network import ResponseArm, SurvivalArm

LANDMARKS = (6.0, 12.0, 24.0)
CURVE_STEP = 0.25
BAND_DRAWS = 1000


def arms_table(survival: SurvivalModel, curves: pd.DataFrame) -> list[dict[str, object]]:
    """One row an arm: identity, published numbers, rebuilt numbers, fitted numbers.

    Parameters
    ----------
    curves : DataFrame
        Fitted curves of `fitted_curves`.
    """
    rows = []
    contrast = survival.options.contrast
    for arm in survival.arms:
        estimate = kaplan_meier(arm.ipd[0].time, arm.ipd[0].event)
        fitted = curves[(curves["trial"] == arm.trial) & (curves["arm"] == arm.arm)]
        below = fitted["time"][fitted["median"] <= 0.5]
        row: dict[str, object] = {
            "trial": arm.trial,
            "arm": arm.arm,
            "label": arm.label,
            "endpoint": arm.endpoint,
            "ici": contrast.partnered(arm.components),
            "randomised": arm.randomised,
            "grade": str(arm.grade),
            "assessor": arm.assessor,
            "cutoff": arm.cutoff,
            "population": arm.population,
            "source": arm.source,
            "n": arm.n,
            "events": arm.events,
            # Where no source prints the events, those of the rebuilt patients stand in "events".
            "events_published": published(arm, "events"),
            "median_published": published(arm, "median"),
            "median_rebuilt": estimate.median,
            "median_fitted": float(below.min()) if len(below) else np.inf,
        }
        for time in LANDMARKS:
            row[f"s{time:.0f}_published"] = published(arm, "rate", time)
            observed = time <= estimate.last
            row[f"s{time:.0f}_rebuilt"] = float(estimate.at(time)) if observed else np.nan
            nearest = fitted["median"].iloc[int(np.argmin(np.abs(fitted["time"].to_numpy() - time)))]
            row[f"s{time:.0f}_fitted"] = float(nearest)
        rows.append(row)
    return rows


def response_table(arms: Sequence[ResponseArm], contrast: Contrast) -> list[dict[str, object]]:
    """The same columns for objective response, with the rate published."""
    return [
        {
            "trial": arm.trial,
            "arm": arm.arm,
            "label": arm.label,
            "endpoint": "ORR",
            "ici": contrast.partnered(arm.components),
            "randomised": arm.randomised,
            "grade": "summary",
            "assessor": arm.assessor,
            "source": arm.source,
            "n": arm.n,
            "events": arm.responders,
            "events_published": arm.responders,
            "confirmed": arm.confirmed,
            "rate_published": arm.responders / arm.n,
        }
        for arm in arms
    ]


def fitted_curves(survival: SurvivalModel, result: ScenarioPosterior) -> pd.DataFrame:
    """Fitted S(t) of every arm with its own trial terms: trial, arm, time, median, lower, upper (95 %)."""
    posterior = result.thinned(BAND_DRAWS)
    end = max(float(ipd.time.max()) for arm in survival.arms for ipd in arm.ipd)
    times = np.arange(0, end + CURVE_STEP, CURVE_STEP)
    frames = []
    for position, arm in enumerate(survival.arms):
        draws = predict_arm(survival, posterior.posterior, position, times)
        lower, median, upper = np.quantile(draws, [0.025, 0.5, 0.975], axis=0)
        last = float(arm.ipd[0].time.max())
        frames.append(
            pd.DataFrame(
                {
                    "endpoint": arm.endpoint,
                    "trial": arm.trial,
                    "arm": arm.arm,
                    "time": times,
                    "median": median,
                    "lower": lower,
                    "upper": upper,
                    "extrapolated": times > last,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def observed_curves(arms: Sequence[SurvivalArm]) -> pd.DataFrame:
    """Kaplan-Meier of the rebuilt patients (draw 0), right-continuous steps from (0, 1)."""
    frames = []
    for arm in arms:
        estimate = kaplan_meier(arm.ipd[0].time, arm.ipd[0].event)
        time = np.concatenate(([0.0], estimate.time, [estimate.last]))
        survival = np.concatenate(([1.0], estimate.survival, estimate.survival[-1:]))
        frames.append(
            pd.DataFrame(
                {
                    "endpoint": arm.endpoint,
                    "trial": arm.trial,
                    "arm": arm.arm,
                    "time": time,
                    "survival": survival,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def at_risk_table(arms: Sequence[SurvivalArm], every: float = 6.0) -> pd.DataFrame:
    """Numbers at risk of the rebuilt patients (draw 0) every `every` months."""
    rows = []
    for arm in arms:
        times = np.arange(0, float(arm.ipd[0].time.max()) + every, every)
        at_risk = number_at_risk(arm.ipd[0].time, times)
        rows += [
            {"endpoint": arm.endpoint, "trial": arm.trial, "arm": arm.arm, "time": time, "n_risk": int(n)}
            for time, n in zip(times, at_risk, strict=True)
        ]
    return pd.DataFrame(rows)


def published(arm: SurvivalArm, quantity: str, time: float | None = None) -> float:
    """A published number of an arm, NaN where none is."""
    for number in arm.published:
        if number.quantity == quantity and (time is None or number.time == time):
            return number.value
    return float("nan")
