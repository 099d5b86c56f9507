"""Log-rank tests of many simulated trials at once, by one sort."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats


@dataclass(frozen=True)
class LogRank:
    """Observed minus expected events of the experimental arm and its variance, (trials,)."""

    difference: Floats
    variance: Floats

    @property
    def z(self) -> Floats:
        """Benefit is positive."""
        return -self.difference / np.sqrt(np.maximum(self.variance, 1e-12))

    @property
    def hazard_ratio(self) -> Floats:
        """One-step (Peto) estimate."""
        return np.exp(self.difference / np.maximum(self.variance, 1e-12))


def log_rank(time: Floats, event: np.ndarray, experimental: np.ndarray) -> LogRank:
    """Two-sample log-rank of every row; times are continuous, so that events are not tied.

    Parameters
    ----------
    time : (trials, n) float
        Follow-up; patients who had not entered have negative times and no event, and count in no risk set.
    event, experimental : (trials, n) bool
    """
    order = np.argsort(time, axis=1)
    treated = np.take_along_axis(np.broadcast_to(experimental, time.shape), order, axis=1)
    happened = np.take_along_axis(event, order, axis=1)
    at_risk = np.arange(time.shape[1], 0, -1)
    treated_at_risk = np.cumsum(treated[:, ::-1], axis=1, dtype=np.int32)[:, ::-1]
    share = treated_at_risk / at_risk
    difference = np.sum(happened & treated, axis=1) - np.sum(share, axis=1, where=happened)
    return LogRank(difference, np.sum(share * (1 - share), axis=1, where=happened))
