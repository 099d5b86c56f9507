"""Rebuilt against read and published: one line a quantity."""

from dataclasses import replace

import numpy as np

from digitized.curve import Agreement, Curve, PseudoIPD
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction.points import Points
from digitized.reconstruction.result import Constraints
from digitized.reconstruction.risk_table import RiskTable

NOTHING_AT_RISK = "no numbers at risk are given, and none that were assumed lets the points and counts be met"
CURVE_LIMIT = 0.02
TIME_SHARE = 0.002  # of the span: the reach within which a point may lie beside its step
MEDIAN_SHARE = 0.01
RATE_LIMIT = 0.015


def agreement(
    ipd: PseudoIPD,
    curve: Curve,
    points: Points,
    table: RiskTable,
    constraints: Constraints,
    labels: tuple[str, str],
) -> tuple[Agreement, ...]:
    """Agreement of draw 0 with everything the input said; `labels` are (figure, arm)."""
    figure, arm = labels
    km = kaplan_meier(ipd.time, ipd.event)
    lines = [Agreement(figure, arm, "n", None, float(table.n), float(ipd.n), 0.0)]
    if curve.events is not None:
        reason = ""
        if ipd.events != curve.events:
            reason = f"{curve.events} events cannot be met with these points and numbers at risk"
        lines.append(
            Agreement(figure, arm, "events", None, float(curve.events), float(ipd.events), 0.0, reason)
        )
    rebuilt = number_at_risk(ipd.time, table.time)
    for t, wanted, got in zip(table.time[1:], table.at_risk[1:], rebuilt[1:], strict=True):
        lines.append(Agreement(figure, arm, "at_risk", float(t), float(wanted), float(got), 0.0))
    if table.deaths is not None and curve.censored is not None:
        left = np.sort(ipd.time[~ipd.event])
        done = np.searchsorted(left, curve.at_risk_time, side="left")
        for t, printed, got in zip(curve.at_risk_time, curve.censored, done, strict=True):
            if t > 0:
                lines.append(Agreement(figure, arm, "censored", float(t), float(printed), float(got), 0.0))
    order = np.lexsort((-points.survival, points.time))
    when, read = points.time[order], np.minimum.accumulate(points.survival[order])
    # A point may lie anywhere on the upright of a step, and times are read with noise too.
    reach = TIME_SHARE * points.end
    above, below = read - km.at(when - reach), km.at(when + reach) - read
    gap = float(np.sqrt(np.mean(np.maximum(np.maximum(above, below), 0.0) ** 2)))
    told = bool(np.any(table.time > 0))
    misfit = "points and printed counts cannot both be right" if told else NOTHING_AT_RISK
    reason = "" if gap <= CURVE_LIMIT else misfit
    lines.append(Agreement(figure, arm, "rmse_to_points", None, 0.0, gap, CURVE_LIMIT, reason))
    if constraints.median is not None:
        limit = max(MEDIAN_SHARE * constraints.median, 0.05)
        lines.append(_published(Agreement(figure, arm, "median", None, constraints.median, km.median, limit)))
    for t, rate in constraints.landmarks:
        lines.append(_published(Agreement(figure, arm, "rate", t, rate, float(km.at([t])[0]), RATE_LIMIT)))
    return tuple(lines)


def _published(row: Agreement) -> Agreement:
    """The row with a reason where a published number is not met: points and counts are then the firmer."""
    reason = "the points and the counts printed beside the figure say otherwise"
    return row if row.met else replace(row, reason=reason)
