"""Isotonic regression of noisy readings (pool adjacent violators, as in scipy)."""

import numpy as np
from scipy.optimize import isotonic_regression

from digitized.curve import Floats


def non_decreasing(values: Floats) -> Floats:
    """Nearest non-decreasing sequence in least squares."""
    return np.asarray(isotonic_regression(values).x, dtype=float)


def non_increasing(values: Floats) -> Floats:
    """Nearest non-increasing sequence in least squares."""
    return np.asarray(isotonic_regression(values, increasing=False).x, dtype=float)
