"""Published numbers as observations of the expected path: value, width, and derivative.

Widths are information. With G Greenwood's sum and H = -log S the cumulative hazard: a landmark's interval
gives sqrt(G) / H there (log-log) and so its effective n; the limits of a median are the times where the
band of S crosses one half (Brookmeyer & Crowley 1982); an interval of a hazard ratio gives the pair's
events.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import norm

from digitized.curve import Floats
from digitized.summary.expected import Expected
from digitized.summary.grid import Grid
from digitized.summary.quantities import ArmSummary, Estimate, HazardRatio

LOG2 = math.log(2.0)


@dataclass(frozen=True)
class Anchor:
    """One observation: `measure` gives the model's value and its gradient, compared with `target` within
    `sd`.
    """

    label: str
    target: float
    sd: float
    measure: Callable[[Expected], tuple[float, Floats]]


def rounding(*values: float | None) -> float:
    """Standard deviation of the rounding error (uniform) of numbers printed alike, from their decimals (at
    most 4).

    A trailing zero is lost in a number (0.60 is 0.6), so numbers of one line are judged together.
    """
    printed = [value for value in values if value is not None and math.isfinite(value)]
    alike = (k for k in range(4) if all(abs(x * 10**k - round(x * 10**k)) < 1e-6 for x in printed))
    return float(10.0 ** -next(alike, 4) / math.sqrt(12.0))


@cache
def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile of a confidence level: 1.96 for 0.95."""
    return float(norm.ppf(0.5 + level / 2))


def log_hazard_at(edge: int) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure log H(edge)."""

    def measure(path: Expected) -> tuple[float, Floats]:
        value = path.hazard[edge]
        return math.log(value), path.hazard_gradient(edge) / value

    return measure


def log_censoring_at(edge: int) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure the log cumulative censoring hazard at an edge."""

    def measure(path: Expected) -> tuple[float, Floats]:
        value = path.censoring[edge]
        return math.log(value), path.censoring_gradient(edge) / value

    return measure


def log_at_risk_at(edge: int) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure log Y(edge)."""

    def measure(path: Expected) -> tuple[float, Floats]:
        return math.log(path.at_risk[edge]), path.log_at_risk_gradient(edge)

    return measure


def log_events(path: Expected) -> tuple[float, Floats]:
    """Measure log of the expected events of an arm."""
    total = float(path.events.sum())
    return math.log(total), path.event_jacobian.sum(axis=0) / total


def beyond_half(edge: int) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure a hinge of log H at the last edge: 0 while S stays above one half, then rising."""
    width, limit = 0.05, math.log(0.93 * LOG2)

    def measure(path: Expected) -> tuple[float, Floats]:
        value = path.hazard[edge]
        excess = (math.log(value) - limit) / width
        slope = 1 / (1 + math.exp(-min(excess, 30.0)))
        return width * float(np.logaddexp(0.0, excess)), slope * path.hazard_gradient(edge) / value

    return measure


def band_at(edge: int, quantile: float) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure log H + quantile sqrt(G) / H: where a log-log band of S lies at an edge."""

    def measure(path: Expected) -> tuple[float, Floats]:
        hazard, root = path.hazard[edge], math.sqrt(path.greenwood[edge])
        slope = path.hazard_gradient(edge)
        by_root = path.greenwood_jacobian[edge] / (2 * root)
        value = math.log(hazard) + quantile * root / hazard
        return value, slope / hazard + quantile * (by_root / hazard - root * slope / hazard**2)

    return measure


def log_width_at(edge: int) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure log of sqrt(G) at an edge: the standard error of log S."""

    def measure(path: Expected) -> tuple[float, Floats]:
        variance = path.greenwood[edge]
        return 0.5 * math.log(variance), 0.5 * path.greenwood_jacobian[edge] / variance

    return measure


def log_median_error(
    low: int, mid: int, high: int, widths: Floats
) -> Callable[[Expected], tuple[float, Floats]]:
    """Measure log of sqrt(G(median)) / hazard, the hazard taken between two edges around the median."""
    span = float(widths[low:high].sum())

    def measure(path: Expected) -> tuple[float, Floats]:
        variance = path.greenwood[mid]
        rise = path.hazard[high] - path.hazard[low]
        gradient = 0.5 * path.greenwood_jacobian[mid] / variance
        gradient = gradient - (path.hazard_gradient(high) - path.hazard_gradient(low)) / rise
        return 0.5 * math.log(variance) - math.log(rise / span), gradient

    return measure


def arm_anchors(arm: ArmSummary, grid: Grid, follow_up_is_plain: bool) -> list[Anchor]:
    """Every published number of one arm as an anchor, except hazard ratios."""
    anchors = [
        anchor for rate in arm.rates for anchor in _rate_anchors(rate.time, rate.estimate, arm.n, grid)
    ]
    if arm.events is not None:
        target = arm.events if arm.events else 0.3
        anchors.append(Anchor("events", math.log(target), 0.15 / max(target, 1.0), log_events))
    for count in arm.at_risk:
        edge = grid.edge(count.time)
        if count.time > 0 and edge <= grid.cells[arm.arm]:
            target = math.log(count.n) if count.n else math.log(0.4)
            sd = 0.35 / count.n if count.n else 0.6
            anchors.append(Anchor(f"at risk {count.time:g}", target, sd, log_at_risk_at(edge)))
    if arm.median is not None:
        anchors.extend(_median_anchors(arm.median, arm.n, grid, grid.cells[arm.arm]))
    if arm.follow_up_median is not None:
        edge, value = grid.edge(arm.follow_up_median), arm.follow_up_median
        step = 0.5 / math.sqrt(arm.n) * 0.3 + rounding(value) / value
        if follow_up_is_plain:
            anchors.append(Anchor("follow-up median", math.log(arm.n / 2), step, log_at_risk_at(edge)))
        else:
            anchors.append(Anchor("follow-up median", math.log(LOG2), 2 * step, log_censoring_at(edge)))
    return anchors


def _rate_anchors(time: float, estimate: Estimate, n: int, grid: Grid) -> list[Anchor]:
    edge = grid.edge(time)
    survival = min(max(estimate.value, 0.3 / n), 1 - 0.25 / n)
    hazard = -math.log(survival)
    sd = max(rounding(estimate.value, estimate.lower, estimate.upper), 2e-4) / survival
    if not 0.3 / n < estimate.value < 1 - 0.25 / n:
        sd = 0.6 * hazard
    anchors = [Anchor(f"rate {time:g}", math.log(hazard), sd / hazard, log_hazard_at(edge))]
    error = interval_error(estimate)
    if error is not None and 0 < estimate.value < 1:
        anchors.append(Anchor(f"rate width {time:g}", math.log(error[0]), error[1], log_width_at(edge)))
    return anchors


def interval_error(estimate: Estimate) -> tuple[float, float] | None:
    """Standard error of log S behind a landmark's interval, and the standard deviation of its logarithm.

    The transform (log-log, log or plain) is the one whose interval is centred nearest the printed value.
    """
    value, lower, upper = estimate.value, estimate.lower, estimate.upper
    if lower is None or upper is None or not 0 < lower < value < upper < 1:
        return None
    z = normal_quantile(estimate.level)
    loglog = [math.log(-math.log(s)) for s in (upper, value, lower)]
    hazard = -math.log(value)
    candidates = [
        (abs(loglog[0] + loglog[2] - 2 * loglog[1]) * hazard, (loglog[2] - loglog[0]) / (2 * z) * hazard),
        (abs(math.log(upper * lower) - 2 * math.log(value)) * 1.05, math.log(upper / lower) / (2 * z)),
        (abs(upper + lower - 2 * value) / value * 1.05, (upper - lower) / (2 * z) / value),
    ]
    error = min(candidates)[1]
    spread = math.sqrt(2) * rounding(value, lower, upper) / (upper - lower)
    return error, max(spread, 0.02)


def _median_anchors(median: Estimate, n: int, grid: Grid, last: int) -> list[Anchor]:
    anchors = []
    z = normal_quantile(median.level)
    symmetric = (
        median.lower is not None
        and median.upper is not None
        and math.isfinite(median.value)
        and rounding(median.value, median.lower, median.upper) < 0.01
        and abs(median.lower + median.upper - 2 * median.value) < 0.011
    )
    if math.isfinite(median.value):
        # The curve steps over one half at the median: half a step of 1/Y either way.
        sd = max(0.25 / (0.5 * n), 0.002)
        anchors.append(Anchor("median", math.log(LOG2), sd / LOG2, log_hazard_at(grid.edge(median.value))))
    else:
        anchors.append(Anchor("median not reached", 0.0, 0.02, beyond_half(last)))
    if symmetric and median.lower is not None and median.upper is not None:
        low, mid, high = (grid.edge(t) for t in (median.lower, median.value, median.upper))
        error = (median.upper - median.lower) / (2 * z)
        measure = log_median_error(low, mid, high, np.diff(grid.edges))
        anchors.append(Anchor("median width", math.log(error), 0.3, measure))
        return anchors
    for label, limit, sign in (("lower", median.lower, 1.0), ("upper", median.upper, -1.0)):
        if limit is not None and 0 < limit <= grid.edges[-1]:
            # Transforms of S (log-log, log, plain) differ by a few per cent of the band's half width.
            sd = 0.5 / (n * 0.5) + 0.06 * z * math.sqrt(1 / n) / LOG2
            anchors.append(Anchor(f"median {label}", math.log(LOG2), sd, band_at(grid.edge(limit), sign * z)))
    return anchors


def ratio_targets(ratio: HazardRatio) -> tuple[float, float, float | None, float]:
    """Log hazard ratio and its tolerance, log standard error (None without interval) and its tolerance."""
    estimate = ratio.estimate
    printed = rounding(estimate.value, estimate.lower, estimate.upper)
    sd = max(printed, 5e-4) / estimate.value
    error = ratio_standard_error(estimate)
    if error is None or estimate.lower is None or estimate.upper is None:
        return math.log(estimate.value), sd, None, 1.0
    blur = printed * math.hypot(1 / estimate.lower, 1 / estimate.upper)
    spread = blur / math.log(estimate.upper / estimate.lower)
    return math.log(estimate.value), sd, math.log(error), max(spread, 0.015)


def ratio_standard_error(estimate: Estimate) -> float | None:
    """Standard error of a log hazard ratio from its printed interval, at its own level; None without one."""
    if not estimate.lower or not estimate.upper or estimate.upper <= estimate.lower:
        return None
    return math.log(estimate.upper / estimate.lower) / (2 * normal_quantile(estimate.level))
