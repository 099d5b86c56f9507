"""How far patients' own curve leaves the readings: what tells draws that contradict them."""

import numpy as np

from digitized.curve import PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from digitized.reconstruction.points import Points

PARTS = 10  # of the time, in each of which readings may share an error
SLACK_SDS = 2.0  # of time


def misfit(one: PseudoIPD, points: Points, sd: float, time_sd: float) -> float:
    """Largest mean distance, over parts of the time, from the curve of `one`; in noises `sd` of survival.

    A reading is as far away as it lies outside the heights that the curve has within the noise of its time: on
    an upright of a step it is on the curve wherever it was clicked.
    """
    curve, slack = kaplan_meier(one.time, one.event), max(SLACK_SDS * time_sd, points.column)
    above = points.survival - curve.at(points.time - slack)
    below = curve.at(points.time + slack) - points.survival
    outside = np.maximum(above, 0.0) - np.maximum(below, 0.0)
    part = np.minimum((PARTS * points.time / max(points.end, 1e-12)).astype(np.int64), PARTS - 1)
    size = np.bincount(part, minlength=PARTS)
    mean = np.bincount(part, outside, minlength=PARTS) / np.maximum(size, 1)
    return float(np.abs(mean).max()) / sd
