"""How far readings scatter, before any level is known."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.reconstruction.points import Points

TYPICAL_TIME_SD = 0.0017  # of the span
TYPICAL_TIME_WEIGHT = 3.0
LEAST_SD = 5e-4
# Of the noise, the error that neighbouring points share, drawn anew for each draw. Columns of a trace share little:
# rows of pixels round each plateau by itself. `PLATEAU` is its error over the noise of the columns, 0.80 on the shared
# benchmark and 0.78 on arms simulated with a shifted axis; the mean of a tenth of the time was off by 0.46 on the first
# and by 0.68 on the second.
DRIFT, TRACE_DRIFT = 0.9, 0.4
PLATEAU = 0.79
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
    error = np.interp(time, knots, drift * sd * rng.standard_normal(knots.size))
    error[0] = 0.0  # the curve begins at 1
    return error


def reading_sd(points: Points, noise: float) -> Floats:
    """Noise of survival at each point, (K,), as draws have it; `noise` is that of a click of weight 1.

    Both ends of a plateau of a trace show one reading, so each is worth half of it.
    """
    if points.traced:
        return np.full(points.time.size, 2**0.5 * PLATEAU * points.scatter)
    return noise / np.sqrt(points.weight)


def _time_noise(points: Points) -> float:
    """Noise of times from moves back in time: a folded half of the difference of two readings."""
    back = np.diff(points.time)
    back = back[back < 0]
    span = points.end
    typical = TYPICAL_TIME_SD * span
    total = float(np.sum(np.minimum(back**2, (0.02 * span) ** 2))) / 2.0 + TYPICAL_TIME_WEIGHT * typical**2
    return float(np.sqrt(total / (back.size + TYPICAL_TIME_WEIGHT)))
