"""Many paths followed side by side, those that the next reading makes likely multiplied: a particle filter.

Gordon, Salmond, Smith, IEE Proc F 1993;140:107. Paths on the way to a count they must meet are favoured on trust, and
the trust is settled where the count is due (twisting: Whiteley, Lee, Ann Stat 2014;42:115).
"""

import numpy as np

from digitized.curve import Floats, Ints

PATHS = 500
LEAST_VARIANCE = 0.25  # of the deaths to come
HEAVY_TAIL = 2.0  # power of the trust: a wrong guess may not starve the paths that turn out right


def trust(surplus: Floats, variance: Floats | float) -> Floats:
    """How well deaths still due go with those to come, from the `surplus` of the first: a wide density."""
    return np.asarray((1.0 + surplus**2 / (HEAVY_TAIL * (LEAST_VARIANCE + variance))) ** -HEAVY_TAIL)


def resampled(weight: Floats, rng: np.random.Generator) -> Ints:
    """Paths kept, each about as often as its weight says: at even steps through the weights, from a random start."""
    total = np.cumsum(weight)
    steps = (np.arange(weight.size) + rng.random()) / weight.size * total[-1]
    return np.minimum(np.searchsorted(total, steps, side="right"), weight.size - 1)
