"""V1: every randomised arm predicted from the other trials, as if it were a single arm.

A whole trial is left out, so that its own control cannot help; the single-arm trials are left out as well.
The prediction draws a new u (and b for ICI arms) from tau. The error is the log of observed events over those
expected under the predicted curve, each patient up to his own last time: the one-sample log hazard ratio,
with variance 1 / observed (Breslow 1975).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from analysis.validation import drawing
from analysis.validation.fits import built, may_be_pooled, randomised_fit
from analysis.validation.medians_only import EXPECTED, TOLERANCE, reference_spreads
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from digitized.curve import Floats
from models.prediction import predict_arm
from models.priors import BASE
from models.survival import SurvivalModel

# METHODS section 8.
COVERAGE_95 = Bounds(at_least=0.85, at_most=1.0)
COVERAGE_50 = Bounds(at_least=0.30, at_most=0.70)
COLUMNS = (
    *("endpoint", "trial", "arm", "kind", "grade", "n", "events", "log_hazard_ratio"),
    *("lower95", "upper95", "lower50", "upper50", "covered95", "covered50"),
)


def randomised_trials(study: Study, endpoint: str) -> tuple[str, ...]:
    """Randomised trials of an endpoint."""
    return tuple(dict.fromkeys(arm.trial for arm in study.arms(endpoint) if arm.randomised))


def log_hazard_errors(
    survival: SurvivalModel, posterior: xr.Dataset, position: int, rng: np.random.Generator
) -> Floats:
    """Predictive draws (D,) of the log hazard ratio of an arm's observed patients to its prediction."""
    patients = survival.arms[position].ipd[0]
    curves = predict_arm(survival, posterior, position, patients.time)
    expected = -np.log(curves).sum(axis=1)
    noise = rng.standard_normal(len(expected)) / np.sqrt(patients.events)
    return np.asarray(np.log(patients.events / expected) + noise)


def error_row(survival: SurvivalModel, position: int, errors: Floats) -> dict[str, object]:
    """One arm: its median error, where an error of 0 +- the predictive spread would lie, and coverage."""
    arm = survival.arms[position]
    low95, low50, centre, high50, high95 = np.quantile(errors, [0.025, 0.25, 0.5, 0.75, 0.975])
    return {
        "endpoint": arm.endpoint,
        "trial": arm.trial,
        "arm": arm.arm,
        "kind": "ICI + chemo" if len(arm.components) > 1 else "chemo",
        "grade": str(arm.grade),
        "n": arm.ipd[0].n,
        "events": arm.ipd[0].events,
        "log_hazard_ratio": centre,
        "lower95": centre - high95,
        "upper95": centre - low95,
        "lower50": centre - high50,
        "upper50": centre - low50,
        "covered95": bool(low95 <= 0 <= high95),
        "covered50": bool(low50 <= 0 <= high50),
    }


def check(study: Study) -> CheckResult:
    """V1: coverage of the predictive intervals by endpoint, and the medians-only reference."""
    pairs = [(endpoint, trial) for endpoint in ENDPOINTS for trial in randomised_trials(study, endpoint)]
    fits = study.results("leave one trial out", [randomised_fit(study, *pair) for pair in pairs])
    rng = np.random.default_rng([study.seed, 1])
    rows, tau, left_out = [], [], []
    for (endpoint, trial), posterior in zip(pairs, fits, strict=True):
        if not may_be_pooled(posterior):
            left_out.append(f"{endpoint} without {trial}")
            continue
        survival = built(study.arms(endpoint))
        tau.append({"endpoint": endpoint, "tau_u": float(posterior["tau"].sel(spread="tau_u").median())})
        rows += [
            error_row(survival, position, log_hazard_errors(survival, posterior, position, rng))
            for position, arm in enumerate(survival.arms)
            if arm.trial == trial
        ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    spreads = pd.DataFrame(tau, columns=["endpoint", "tau_u"]).groupby("endpoint")["tau_u"].mean()
    return CheckResult(
        verdict_of(table, spreads, left_out),
        table,
        drawing.errors_with_intervals,
        {"medians_only": _reference()},
    )


def verdict_of(table: pd.DataFrame, tau: pd.Series, left_out: Sequence[str]) -> Verdict:
    """V1's verdict from its table, the median of tau_u by endpoint, and the fits that were left out."""
    value: dict[str, float] = {}
    sentences = []
    for endpoint in ENDPOINTS:
        # An endpoint of which no fit could be used has no coverage, and so fails.
        part = table[table["endpoint"] == endpoint]
        value[f"{endpoint} 95 % coverage"] = float(part["covered95"].mean())
        value[f"{endpoint} 50 % coverage"] = float(part["covered50"].mean())
        for kind, arms in part.groupby("kind"):
            value[f"{endpoint} SD of errors, {kind}"] = float(arms["log_hazard_ratio"].std(ddof=1))
        sentences.append(
            f"{endpoint}: {part['covered95'].sum()} of {len(part)} arms inside the 95 % and "
            f"{part['covered50'].sum()} inside the 50 % interval; errors (log hazard) have SD "
            f"{part['log_hazard_ratio'].std(ddof=1):.3f}, tau_u is {tau.get(endpoint, np.nan):.3f} and the "
            f"c prior's sd {BASE.sd:.2f}"
        )
    off = max(abs(value - EXPECTED[key]) for key, value in reference_spreads().items())
    value["medians-only reference, largest distance"] = off
    limit = {name: COVERAGE_95 for name in value if "95 %" in name}
    limit |= {name: COVERAGE_50 for name in value if "50 %" in name}
    limit["medians-only reference, largest distance"] = Bounds(at_most=TOLERANCE)
    value["fits left out (divergent)"] = float(len(left_out))
    named = f"; left out for divergences: {', '.join(left_out)}" if left_out else ""
    sentence = f"{'; '.join(sentences)}; medians-only reference reproduced within {off:.4f}{named}."
    return Verdict("V1", value, limit, sentence)


def _reference() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"endpoint": endpoint, "reading": reading, "sd": sd, "expected": EXPECTED[endpoint, reading]}
            for (endpoint, reading), sd in reference_spreads().items()
        ]
    )
