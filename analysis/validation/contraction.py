"""V10: how far the data moved what only the priors can tell apart, with a banner where they hardly did.

Beside it stand the headline figures with their classical twins, and the shifted nulls.
"""

from typing import Any

import numpy as np
import pandas as pd

from analysis.run.increment import contraction
from analysis.validation import drawing
from analysis.validation.fits import base_fit, built
from analysis.validation.frequentist_twin import shifted_nulls, twin_table
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import CheckResult, Verdict
from models.priors import BASE

BANNER = 0.25


def check(study: Study) -> CheckResult:
    """V10: 1 - posterior sd / prior sd of c, gamma and delta in the base case; informational."""
    fits = study.results("base fits", [base_fit(study, endpoint) for endpoint in ENDPOINTS])
    rows: list[dict[str, Any]] = []
    for endpoint, posterior in zip(ENDPOINTS, fits, strict=True):
        survival = built(study.arms(endpoint))
        index = next(arm.trial for arm in survival.arms if arm.index)
        draws = {
            "c": posterior["c_sat"].sel(single_arm_trial=index),
            "gamma": posterior["effects"].sel(effect="gamma"),
            "delta": posterior["effects"].sel(effect="delta_anlo"),
            "Delta": posterior["Delta"],
        }
        priors = survival.priors
        both = float(np.hypot(priors.delta_anlo.sd, priors.gamma.sd))
        sds = {"c": BASE.sd, "gamma": priors.gamma.sd, "delta": priors.delta_anlo.sd, "Delta": both}
        rows += [
            {
                "endpoint": endpoint,
                "parameter": name,
                "c_prior": BASE.on_ratio_scale,
                "prior_sd": sds[name],
                "posterior_sd": float(values.std()),
                "contraction": contraction(values, sds[name]),
            }
            for name, values in draws.items()
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
    verdict = Verdict("V10", value, {}, f"{banner}; prior of c: {BASE.on_ratio_scale}.")
    headlines = {"frequentist_twin": twin_table(study), "shifted_nulls": shifted_nulls(study)}
    return CheckResult(verdict, table, drawing.contractions, headlines)
