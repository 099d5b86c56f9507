"""What is known of the points of a curve, and of the gaps between them, when numbers at risk are not.

A path of deaths and censorings is weighed by each reading against its level; the deaths of each gap under their local
rate; the censorings of each gap, negative binomial around those assumed (patients leave in clusters, so their variance
is `CLUMPED` times their mean).
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.discrete import clustered_counts

CLUMPED = 2.0
LEAST_MEAN, LEAST_EXTRA = 1e-4, 0.05  # expected censorings, and their variance beyond that
MISREAD_WIDTH = 6.0
MISREAD, MEANINGLESS = 1e-4, 1e-9  # weights beside that of a reading that is right
SURPRISE = 1e-5  # share of gaps whose censorings no rate foretells
REACH_SDS = 5.0  # below a reading, that deaths of a gap are tried


@dataclass(frozen=True)
class Gaps:
    """Readings, and what is expected between them.

    Attributes
    ----------
    survival, sd : (K,) float
        Survival read, and its noise.
    increments : (K, D + 1) float
        Probability of d deaths in the gap before each point.
    leaving : (K,) float
        Expected censorings in the gap.
    at_risk : (K,) float
        Expected at risk after each point.
    """

    survival: Floats
    sd: Floats
    increments: Floats
    leaving: Floats
    at_risk: Floats

    def censorings(self, k: int, n: int) -> Floats:
        """Probability of 0..most of `n` patients censored in gap k."""
        expected = float(self.leaving[k])
        most = int(min(2 * expected + 6 * np.sqrt(expected) + 3, n))
        mean = np.array([max(expected, LEAST_MEAN)])
        return clustered_counts(mean, CLUMPED * mean + LEAST_EXTRA, most, SURPRISE)[0]

    def most_deaths(self, k: int, level: float, at_risk: int) -> int:
        """Deaths of gap k beyond which no path from `level` or below, of `at_risk` or fewer, is near the reading."""
        drop = max(level - float(self.survival[k]), 0.0) + REACH_SDS * float(self.sd[k])
        return int(min(self.increments.shape[1] - 1, np.ceil(at_risk * drop / max(level, 1e-6)) + 1, at_risk))

    def evidence(self, k: int, level: Floats) -> Floats:
        """Likelihood of reading k, up to a constant."""
        return evidence(float(self.survival[k]), float(self.sd[k]), level)


def evidence(survival: float, sd: float, level: Floats) -> Floats:
    """Likelihood of a reading of `level`, right, misread or meaning nothing, up to a constant."""
    square = -0.5 * ((level - survival) / sd) ** 2
    misread = MISREAD * np.exp(square / MISREAD_WIDTH**2)
    return np.maximum(np.maximum(np.exp(square), misread), MEANINGLESS)


@dataclass(frozen=True)
class FreePath:
    """Deaths and censorings in the gap before each point, (K,) each; the others are censored at the end."""

    deaths: Ints
    censored: Ints
