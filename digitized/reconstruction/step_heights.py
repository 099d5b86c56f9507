"""What the heights of steps tell about the numbers at risk: one death among Y at risk is a step of S / Y.

Each plain step of the curve is a whole number of deaths, d = 1 unless others share its time or its gap between
readings: geometric, with the chance of another the larger the more deaths are due in the gap. Its relative height
d / Y then has the noise of the readings, and that of Y around what a law of censoring expects of it. Who happened to
leave before is the same for all steps of a stretch, so those of a tenth of the time count as one.
"""

import numpy as np
from scipy.special import logsumexp

from digitized.curve import Floats

PLAIN_SDS = 6.0  # of survival, from which a drop is a step for certain
TIED = 0.2  # chance that another death has the very time of one
MOST_TIED = 0.98
MOST_DEATHS = 40
NEIGHBOURS = 8  # readings on each side, over which the hazard is taken
PARTS = 10  # of the time
LEAST_CENSORED = 0.02  # share, in the variance of Y


class StepHeights:
    """Plain steps of one reading of a curve.

    Parameters
    ----------
    time, survival : (K,) float
        Monotone reading, from time 0 on.
    n : int
        Patients.
    noise : float
        SD of a reading of survival.
    """

    def __init__(self, time: Floats, survival: Floats, n: int, noise: float) -> None:
        before = np.flatnonzero((-np.diff(survival) > PLAIN_SDS * noise) & (survival[:-1] > 0))
        self.place = np.clip(time[before] / max(float(time[-1]), 1e-12), 0.0, 1.0)
        self._reached = n * survival[before]
        self._height = 1.0 - survival[before + 1] / survival[before]
        self._sd = 2**0.5 * noise / survival[before]
        first, last = np.maximum(before - NEIGHBOURS, 0), np.minimum(before + 1 + NEIGHBOURS, time.size - 1)
        log_survival = np.log(np.maximum(survival, noise))
        hazard = (log_survival[first] - log_survival[last]) / np.maximum(time[last] - time[first], 1e-12)
        self._due = hazard * (time[before + 1] - time[before])

    def log_likelihood(self, censored: Floats) -> Floats:
        """Log likelihood, (M,), of M laws.

        Parameters
        ----------
        censored : (M, J) float
            Share that each law has censored by `place`, the share of the time at which the J steps are.
        """
        at_risk = np.maximum(self._reached * (1.0 - censored), 1.0)
        another = np.clip(1.0 - (1.0 - TIED) * np.exp(-self._due * at_risk), TIED, MOST_TIED)
        variance = self._sd**2 + self._height**2 * np.maximum(censored, LEAST_CENSORED) / at_risk
        deaths = np.arange(1, MOST_DEATHS + 1)
        part = np.minimum((PARTS * self.place).astype(np.int64), PARTS - 1)
        steps = np.bincount(part, minlength=PARTS)[part]
        total = np.zeros(at_risk.shape[0])
        for j in range(self.place.size):
            risk, more, spread = at_risk[:, j], another[:, j], variance[:, j]
            away = (self._height[j] - deaths / risk[:, None]) ** 2 / (2.0 * spread[:, None])
            each = np.log1p(-more)[:, None] + (deaths - 1) * np.log(more)[:, None] - away
            log_density = logsumexp(each, axis=1) - 0.5 * np.log(2.0 * np.pi * spread)
            # Of many deaths the sum over whole numbers is as good as an integral.
            due = self._height[j] * risk
            many = np.log(risk) + np.log1p(-more) + (due - 1.0) * np.log(more)
            total += np.where(due > MOST_DEATHS - 10, many, log_density) / steps[j]
        return total
