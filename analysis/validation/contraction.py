"""V10: how far the data moved what only the priors can tell apart, with a banner where they hardly did.

Beside it stand the headline figures with their classical twins, and the shifted nulls.
"""

from typing import Any

import numpy as np
import pandas as pd

from analysis.run.increment import contraction
from analysis.validation import drawing
from analysis.validation.base_fits import RESPONSE, base_fits
from analysis.validation.frequentist_twin import shifted_nulls, twin_table
from analysis.validation.study import Study
from analysis.validation.verdict import CheckResult, Verdict
from models.priors import BASE, Normal, SingleArmShift, survival_priors
from models.response import RESPONSE_BASE, ResponsePriors

BANNER = 0.25


def check(study: Study) -> CheckResult:
    """V10: 1 - posterior sd / prior sd of c, gamma and delta in the base case; informational."""
    rows: list[dict[str, Any]] = []
    for endpoint, posterior in base_fits(study).items():
        arms = study.response_arms if endpoint == RESPONSE else study.arms(endpoint)
        index = next(arm.trial for arm in arms if arm.index)
        shift, delta, gamma = _believed(endpoint)
        draws = {
            "c": (posterior["c_sat"].sel(single_arm_trial=index), shift.sd),
            "gamma": (posterior["effects"].sel(effect="gamma"), gamma.sd),
            "delta": (posterior["effects"].sel(effect="delta_anlo"), delta.sd),
            "Delta": (posterior["Delta"], float(np.hypot(delta.sd, gamma.sd))),
        }
        rows += [
            {
                "endpoint": endpoint,
                "parameter": name,
                "c_prior": shift.on_ratio_scale,
                "prior_sd": prior_sd,
                "posterior_sd": float(values.std()),
                "contraction": contraction(values, prior_sd),
            }
            for name, (values, prior_sd) in draws.items()
        ]
    table = pd.DataFrame(rows)
    low = table[(table["contraction"] < BANNER) & (table["parameter"] != "Delta")]
    named = ", ".join(
        f"{row['endpoint']} {row['parameter']} {row['contraction']:.0%}" for row in low.to_dict("records")
    )
    banner = (
        f"PRIOR-DRIVEN (contraction under {BANNER:.0%}): {named}: these posteriors are their priors"
        if len(low)
        else f"no contraction is under {BANNER:.0%}"
    )
    value = {f"{row['endpoint']} {row['parameter']}": row["contraction"] for row in rows}
    shifts = f"{BASE.on_ratio_scale} (log hazard), {RESPONSE_BASE.on_ratio_scale} (log odds, {RESPONSE})"
    verdict = Verdict("V10", value, {}, f"{banner}; prior of c: {shifts}.")
    headlines = {"frequentist_twin": twin_table(study), "shifted_nulls": shifted_nulls(study)}
    return CheckResult(verdict, table, drawing.contractions, headlines)


def _believed(endpoint: str) -> tuple[SingleArmShift, Normal, Normal]:
    """Base priors of c, delta and gamma of an endpoint."""
    priors = ResponsePriors() if endpoint == RESPONSE else survival_priors(endpoint)
    return RESPONSE_BASE if endpoint == RESPONSE else BASE, priors.delta_anlo, priors.gamma
