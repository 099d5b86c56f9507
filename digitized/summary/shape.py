"""The pooled shape of arms of one kind, for arms whose single anchor says nothing about shape."""

from dataclasses import dataclass

from digitized.curve import Floats


@dataclass(frozen=True)
class Shape:
    """Log cumulative hazard relative to the median's, at times relative to the median.

    Attributes
    ----------
    time : (T,) float
        Time divided by the median.
    log_hazard : (T,) float
        Mean of log hazard in time units of the median.
    covariance : (T, T) float
        Between-arm covariance.
    """

    time: Floats
    log_hazard: Floats
    covariance: Floats
