"""Distributions of whole numbers: counts in a gap between readings, and draws by weight."""

import numpy as np
from scipy.special import gammaln

from digitized.curve import Floats, Ints


def clustered_counts(mean: Floats, variance: Floats, most: int, surprise: float) -> Floats:
    """Negative binomial probabilities of 0..most, (K, most + 1), with a thin tail for surprises.

    Parameters
    ----------
    mean, variance : (K,) float
        Of each count; the variance is held above that of a Poisson count.
    surprise : float
        Weight of the tail, which falls with the power 1.5 of the count.
    """
    mu = np.maximum(mean, 1e-6)[:, None]
    extra = np.maximum(variance[:, None] - mu, 1e-3 * mu)
    size = mu**2 / extra
    d = np.arange(most + 1)[None, :]
    log_p = gammaln(d + size) - gammaln(size) - gammaln(d + 1.0)
    log_p = log_p + size * np.log(size / (size + mu)) + d * np.log(mu / (size + mu))
    return np.exp(log_p) + surprise / (1.0 + d) ** 1.5


def drawn_columns(weight: Floats, rng: np.random.Generator) -> Ints:
    """Of each row of weights (N, W) one column, (N,), drawn by weight."""
    cumulative = np.cumsum(weight, axis=1)
    threshold = rng.random(weight.shape[0]) * cumulative[:, -1]
    return np.minimum((cumulative <= threshold[:, None]).sum(axis=1), weight.shape[1] - 1).astype(np.int64)
