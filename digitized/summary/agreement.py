"""Printed quantities against rebuilt ones, over all draws."""

import math
from collections.abc import Callable

import numpy as np

from digitized.curve import Agreement, PseudoIPD
from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk
from digitized.summary.anchors import ratio_standard_error
from digitized.summary.quantities import ArmSummary, FigureSummary, HazardRatio

RATE_LIMIT = 0.015
AT_RISK_LIMIT = 2.0
MEDIAN_LIMIT = 0.3
RATIO_LIMIT = 0.03
ERROR_LIMIT = 0.10


def agreement_rows(
    summary: FigureSummary, patients: dict[str, tuple[PseudoIPD, ...]]
) -> tuple[Agreement, ...]:
    """One row a printed quantity: the draw farthest from it, and why where it is out of reach."""
    rows: list[Agreement] = []
    for arm in summary.arms:
        rows.extend(_arm_rows(summary.figure, arm, patients[arm.arm]))
    for ratio in summary.hazard_ratios:
        rows.extend(_ratio_rows(summary.figure, ratio, patients[ratio.versus], patients[ratio.arm]))
    return tuple(rows)


def _arm_rows(figure: str, arm: ArmSummary, draws: tuple[PseudoIPD, ...]) -> list[Agreement]:
    rows: list[Agreement] = []

    def add(
        quantity: str, time: float | None, target: float, limit: float, of: Callable[[PseudoIPD], float]
    ) -> None:
        rebuilt = _farthest([of(ipd) for ipd in draws], target)
        row = Agreement(figure, arm.arm, quantity, time, target, rebuilt, limit)
        reason = "" if row.met else _reason(quantity, time, arm)
        rows.append(Agreement(figure, arm.arm, quantity, time, target, rebuilt, limit, reason))

    curves = {ipd.draw: kaplan_meier(ipd.time, ipd.event) for ipd in draws}
    add("n", None, arm.n, 0.0, lambda ipd: ipd.n)
    if arm.events is not None:
        add("events", None, arm.events, 0.0, lambda ipd: ipd.events)
    if arm.median is not None:
        limit = max(MEDIAN_LIMIT, 0.01 * arm.median.value) if math.isfinite(arm.median.value) else 0.0
        add("median", None, arm.median.value, limit, lambda ipd: curves[ipd.draw].median)
    for rate in arm.rates:
        time = rate.time
        add("rate", time, rate.estimate.value, RATE_LIMIT, lambda ipd, t=time: float(curves[ipd.draw].at(t)))  # type: ignore[misc]
    for count in arm.at_risk:
        time = count.time
        add("at_risk", time, count.n, AT_RISK_LIMIT, lambda ipd, t=time: float(number_at_risk(ipd.time, t)))  # type: ignore[misc]
    return rows


def _ratio_rows(
    figure: str, ratio: HazardRatio, reference: tuple[PseudoIPD, ...], experimental: tuple[PseudoIPD, ...]
) -> list[Agreement]:
    fits = [
        cox_two_arms(a.time, a.event, b.time, b.event) for a, b in zip(reference, experimental, strict=True)
    ]
    target = ratio.estimate.value
    rebuilt = _farthest([fit.hazard_ratio for fit in fits], target)
    rows = [Agreement(figure, ratio.arm, "hazard_ratio", None, target, rebuilt, RATIO_LIMIT)]
    error = ratio_standard_error(ratio.estimate)
    if error is not None:
        rebuilt = _farthest([fit.standard_error for fit in fits], error)
        rows.append(
            Agreement(figure, ratio.arm, "hazard_ratio_se", None, error, rebuilt, ERROR_LIMIT * error)
        )
    return rows


def _farthest(values: list[float], target: float) -> float:
    distances = [0.0 if value == target else abs(value - target) for value in values]
    return float(values[int(np.nanargmax(distances))]) if values else math.nan


def _reason(quantity: str, time: float | None, arm: ArmSummary) -> str:
    return f"one patient of n = {arm.n} is a step of {1 / arm.n:.3g}"
