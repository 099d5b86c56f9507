"""How far readings scatter, before any level is known."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.reconstruction.points import Points

TYPICAL_TIME_SD = 0.0015  # of the span
TYPICAL_TIME_WEIGHT = 3.0
LEAST_SD = 5e-4
# Of the noise, the error that neighbouring points share, drawn anew for each draw. Columns of a trace have most of it
# for themselves: the mean of a tenth of them was off by 0.41 of it on the shared benchmark, 0.61 on arms simulated
# with a shifted axis, and 1.07 on the worst of those.
DRIFT, TRACE_DRIFT = 0.9, 0.75
DRIFT_KNOTS = 10


@dataclass(frozen=True)
class Noise:
    """Reading noise (standard deviations) of survival and of time."""

    survival: float
    time: float


def first_noise(points: Points, centre: Floats) -> Noise:
    """Noise of points around their isotonic fit `centre`; columns of a trace have their own, and exact times.

    A trace has columns enough to tell its noise for good. Learning it again from levels that are one death off
    would take that misfit for noise, and the noise would then excuse the misfit.
    """
    if points.traced:
        return Noise(points.scatter, 0.0)
    sd = max(float(np.sqrt(np.mean((points.survival - centre) ** 2))), LEAST_SD)
    return Noise(sd, _time_noise(points))


def shared_error(points: Points, time: Floats, sd: float, rng: np.random.Generator) -> Floats:
    """Draw the error of survival that neighbouring points at `time` share, (K,); `sd` is the noise of a reading."""
    knots = np.linspace(0.0, max(points.end, 1e-12), DRIFT_KNOTS)
    drift = TRACE_DRIFT if points.traced else DRIFT
    return np.interp(time, knots, drift * sd * rng.standard_normal(knots.size))


def _time_noise(points: Points) -> float:
    """Noise of times from moves back in time: a folded half of the difference of two readings."""
    back = np.diff(points.time)
    back = back[back < 0]
    span = points.end
    typical = TYPICAL_TIME_SD * span
    total = float(np.sum(np.minimum(back**2, (0.02 * span) ** 2))) / 2.0 + TYPICAL_TIME_WEIGHT * typical**2
    return float(np.sqrt(total / (back.size + TYPICAL_TIME_WEIGHT)))
