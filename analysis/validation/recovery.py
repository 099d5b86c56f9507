"""V5: with no effect and a flattering single arm, the base prior must not be fooled and the naive one is."""

import numpy as np
import pandas as pd

from analysis.validation import drawing
from analysis.validation.simulated_arms import Truth, simulated
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from models.priors import SingleArmShift

FLATTERED = Truth("flattered", 0.0, SingleArmShift("log 0.74", float(np.log(0.74)), 0.0))
# METHODS section 8: mean P(Delta < 1) under base, under naive, and their difference.
MOST_BASE, LEAST_NAIVE, LEAST_DIFFERENCE = 0.70, 0.80, 0.15


def check(study: Study) -> CheckResult:
    """V5: mean P(Delta < 1) over simulated pairs with c = log 0.74 and Delta = 0."""
    rows = []
    for endpoint in ENDPOINTS:
        result = simulated(study, endpoint, [FLATTERED])[FLATTERED.name]
        for analysis in result["analysis"].to_numpy():
            probabilities = result["p_benefit"].sel(analysis=analysis).dropna("data_set").to_numpy()
            rows.append(
                {
                    "endpoint": endpoint,
                    "scenario": str(analysis),
                    "data_sets": len(probabilities),
                    "p_benefit": float(probabilities.mean()),
                    "monte_carlo_error": float(probabilities.std(ddof=1) / np.sqrt(len(probabilities))),
                    "worst_pareto_k": float(result["pareto_k"].sel(analysis=analysis).max()),
                    "refitted": int(result["refitted"].sel(analysis=analysis).sum()),
                }
            )
    table = pd.DataFrame(rows)
    value: dict[str, float] = {f"{r['endpoint']} {r['scenario']}": float(str(r["p_benefit"])) for r in rows}
    limit: dict[str, Bounds] = {}
    for endpoint in ENDPOINTS:
        difference = f"{endpoint} naive minus base"
        value[difference] = value[f"{endpoint} naive"] - value[f"{endpoint} base"]
        limit[f"{endpoint} base"] = Bounds(at_most=MOST_BASE)
        limit[f"{endpoint} naive"] = Bounds(at_least=LEAST_NAIVE)
        limit[difference] = Bounds(at_least=LEAST_DIFFERENCE)
    value["own fits (Pareto k of 0.7 or more)"] = float(table["refitted"].sum())
    listed = ", ".join(
        f"{r['endpoint']} {r['scenario']} {r['p_benefit']:.2f} (±{1.96 * r['monte_carlo_error']:.2f})"
        for r in table.to_dict("records")
    )
    sentence = (
        f"Delta = 0 and c = log 0.74: mean P(Delta < 1) over {table['data_sets'].max()} simulated data sets "
        f"is {listed} (added to the randomised trials' NUTS fit by integration)."
    )
    return CheckResult(Verdict("V5", value, limit, sentence), table, drawing.rates)
