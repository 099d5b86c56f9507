"""Printed quantities against rebuilt ones, over all draws."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from digitized.curve import Agreement, PseudoIPD
from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk
from digitized.summary.anchors import ratio_standard_error
from digitized.summary.quantities import ArmSummary, FigureSummary

RATE_LIMIT = 0.015
AT_RISK_LIMIT = 2.0
MEDIAN_LIMIT = 0.3
RATIO_LIMIT = 0.03
ERROR_LIMIT = 0.10


Fitted = Mapping[tuple[str, str, float | None], float]


def agreement_rows(
    summary: FigureSummary, patients: dict[str, tuple[PseudoIPD, ...]], fitted: Fitted
) -> tuple[Agreement, ...]:
    """One row a printed quantity: the draw farthest from it, and why where it is out of reach.

    `fitted` holds the best joint fit's value by (arm, quantity, time), which tells numbers that contradict
    each other from numbers that whole patients cannot have.
    """
    rows: list[Agreement] = []
    for arm in summary.arms:
        for quantity, time, target, limit, of in _arm_quantities(arm):
            values = [of(ipd) for ipd in patients[arm.arm]]
            rows.append(_row(summary.figure, (arm.arm, quantity, time), target, limit, values, fitted))
    for ratio in summary.hazard_ratios:
        pairs = zip(patients[ratio.versus], patients[ratio.arm], strict=True)
        fits = [cox_two_arms(a.time, a.event, b.time, b.event) for a, b in pairs]
        key = (ratio.arm, "hazard_ratio", None)
        values = [fit.hazard_ratio for fit in fits]
        rows.append(_row(summary.figure, key, ratio.estimate.value, RATIO_LIMIT, values, fitted))
        error = ratio_standard_error(ratio.estimate)
        if error is not None:
            key = (ratio.arm, "hazard_ratio_se", None)
            values = [fit.standard_error for fit in fits]
            rows.append(_row(summary.figure, key, error, ERROR_LIMIT * error, values, fitted))
    return tuple(rows)


def _arm_quantities(
    arm: ArmSummary,
) -> list[tuple[str, float | None, float, float, Callable[[PseudoIPD], float]]]:
    """Quantity, time, target, limit and how it is taken from patients."""
    found: list[tuple[str, float | None, float, float, Callable[[PseudoIPD], float]]] = []
    found.append(("n", None, arm.n, 0.0, lambda ipd: ipd.n))
    if arm.events is not None:
        found.append(("events", None, arm.events, 0.0, lambda ipd: ipd.events))
    if arm.median is not None:
        value = arm.median.value
        limit = max(MEDIAN_LIMIT, 0.01 * value) if math.isfinite(value) else 0.0
        found.append(("median", None, value, limit, lambda ipd: kaplan_meier(ipd.time, ipd.event).median))
    found.extend(
        ("rate", rate.time, rate.estimate.value, RATE_LIMIT, partial(_survival_at, rate.time))
        for rate in arm.rates
    )
    found.extend(
        ("at_risk", count.time, count.n, AT_RISK_LIMIT, partial(_at_risk_at, count.time))
        for count in arm.at_risk
    )
    return found


def _survival_at(time: float, ipd: PseudoIPD) -> float:
    return float(kaplan_meier(ipd.time, ipd.event).at(time))


def _at_risk_at(time: float, ipd: PseudoIPD) -> float:
    return float(number_at_risk(ipd.time, time))


def _row(
    figure: str,
    key: tuple[str, str, float | None],
    target: float,
    limit: float,
    values: list[float],
    fitted: Fitted,
) -> Agreement:
    """The row of the value farthest from the target."""
    arm, quantity, time = key
    distances = [0.0 if value == target else abs(value - target) for value in values]
    rebuilt = float(values[int(np.argmax(np.nan_to_num(distances, nan=np.inf)))])
    row = Agreement(figure, arm, quantity, time, float(target), rebuilt, limit)
    return row if row.met else replace(row, reason=_reason(row, fitted))


def out_of_reach(row: Agreement, fitted: Fitted) -> bool:
    """Whether the best joint fit misses a printed number too: the numbers then contradict each other."""
    fit = fitted.get((row.arm, row.quantity, row.time))
    return fit is not None and abs(fit - row.target) > row.limit / 2


def _reason(row: Agreement, fitted: Fitted) -> str:
    if out_of_reach(row, fitted):
        fit = fitted[row.arm, row.quantity, row.time]
        return f"the printed numbers contradict each other: their best joint fit has {fit:.4g}"
    return "whole patients: no arrangement found in some draws that keeps the other printed numbers"
