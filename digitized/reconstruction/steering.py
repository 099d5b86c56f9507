"""Published numbers pull the points, within the error that neighbouring points share.

Clicks and traces share errors: of the axes, of rounding, of a thick line. That error is taken as a Gaussian
process of the points' own noise and a correlation that dies off along the axis. A published landmark rate or
median is a reading of the true curve with its rounding as noise; the process is conditioned on what it leaves
unexplained. A number farther away than the noise allows contradicts the points: it is named and not used.
"""

from dataclasses import replace

import numpy as np

from digitized.curve import Floats
from digitized.reconstruction.monotone import non_decreasing, non_increasing
from digitized.reconstruction.points import Points
from digitized.reconstruction.result import Constraints
from digitized.summary.anchors import rounding

LEAST_NOISE = 0.003
AXIS_ERROR = 0.005  # calibration of an axis, which no scatter of the points shows
TIME_ERROR = 0.002  # of the span: where the axis of time is off
REACH = 0.15  # of the span: distance over which shared errors lose their likeness
CONTRADICTS_SDS = 4.0
RATE_DIGIT = 0.01  # numbers are printed at least so finely: 0.70 arrives as 0.7
MEDIAN_DIGIT = 0.1
STEP_SHARE = 0.25  # of one patient's step
UNIFORM = 3.0**0.5  # half a unit of the last digit is so many of its standard deviations


def shared_noise(points: Points) -> float:
    """Standard deviation of the error of survival that neighbouring points share."""
    gap = points.survival - non_increasing(points.survival)
    return max(float(np.sqrt(np.mean(gap**2))), LEAST_NOISE)


def steered(points: Points, n: int, constraints: Constraints, label: str) -> tuple[Points, tuple[str, ...]]:
    """Points moved towards the published median and rates, and the numbers that contradict them."""
    time, survival = non_decreasing(points.time), non_increasing(points.survival)
    noise, notes = max(shared_noise(points), AXIS_ERROR), list[str]()
    at, missing, error = [], [], []
    for when, rate in constraints.landmarks:
        if not 0 < when <= points.end:
            notes.append(f"{label}: the published rate at {when:g} lies beyond the curve and is not used")
            continue
        # A rate may stand on a drop that the axis of time has moved across its month.
        off = TIME_ERROR * points.end
        above, level, below = np.interp([when - off, when, when + off], time, survival).tolist()
        printed = min(rounding(rate), RATE_DIGIT / 12**0.5)
        gap = _outside(rate, below, above, UNIFORM * printed)
        high, low = _around(time, survival, when, 0.0)
        own = float(np.sqrt((0.5 * high / n) ** 2 + (high - low) ** 2 / 12 + noise**2 / 4))
        if abs(gap) > CONTRADICTS_SDS * np.hypot(noise, own):
            notes.append(
                f"{label}: the published rate {rate:g} at {when:g} contradicts the points, "
                f"which say {level:.3g}; the points are followed"
            )
            continue
        at.append(when)
        missing.append(gap)
        error.append(float(np.hypot(own, printed)))
    if constraints.median is not None:
        when = min(constraints.median, points.end)
        reach = TIME_ERROR * points.end
        if np.isfinite(constraints.median):
            reach += min(UNIFORM * rounding(constraints.median), 0.5 * MEDIAN_DIGIT)
        high, low = _around(time, survival, when, reach)
        # The published curve is at or below a half from its median on: a fact, known to a fraction of a step.
        own = STEP_SHARE / n
        if not np.isfinite(constraints.median):
            gap = max(0.5 + 0.5 * high / n - high, 0.0)
        elif low > 0.5:
            gap = 0.5 - own - low
        else:
            gap = max(0.5 + own - high, 0.0)
        if abs(gap) > CONTRADICTS_SDS * np.hypot(noise, own) or constraints.median == 0:
            notes.append(
                f"{label}: the published median {constraints.median:g} contradicts the points, which say "
                f"S = {high:.3g} there; the points are followed"
            )
        else:
            at.append(when)
            missing.append(gap)
            error.append(own)
    if not np.any(missing):
        return points, tuple(notes)
    drift = _conditioned(np.array(at), np.array(missing), np.array(error), time, noise, REACH * points.end)
    return _moved(points, drift), tuple(notes)


def tilted(points: Points, tilt: float) -> Points:
    """Points moved by `tilt` times their noise along a change of the hazard: most where S log S is largest."""
    if tilt == 0.0:
        return points
    survival = non_increasing(points.survival)
    along = -survival * np.log(np.maximum(survival, 1e-6)) * np.e
    return _moved(points, tilt * shared_noise(points) * along)


def _moved(points: Points, drift: Floats) -> Points:
    moved = np.clip(points.survival + drift, 0.0, 1.0)
    moved[0] = points.survival[0]
    return replace(points, survival=moved)


def _around(time: Floats, survival: Floats, when: float, reach: float) -> tuple[float, float]:
    """S read just before and just after a time (step function through the points)."""
    before = int(np.searchsorted(time, when - reach, side="right")) - 1
    after = min(int(np.searchsorted(time, when + reach, side="right")), time.size - 1)
    return float(survival[max(before, 0)]), float(survival[after])


def _outside(value: float, low: float, high: float, tolerance: float) -> float:
    """How far a value lies outside [low - tolerance, high + tolerance]; 0 inside."""
    return max(value - tolerance - high, 0.0) + min(value + tolerance - low, 0.0)


def _conditioned(at: Floats, missing: Floats, error: Floats, time: Floats, sd: float, reach: float) -> Floats:
    """Mean of the shared error at `time` given what is missing at `at` (kriging, exponential kernel)."""

    def kernel(one: Floats, other: Floats) -> Floats:
        return sd**2 * np.exp(-np.abs(one[:, None] - other[None, :]) / max(reach, 1e-12))

    within = kernel(at, at) + np.diag(error**2)
    return np.asarray(kernel(time, at) @ np.linalg.solve(within, missing))
