"""The pooled shape of arms of one kind, for arms whose single anchor says nothing about shape."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats, PseudoIPD
from digitized.errors import InputError
from digitized.kaplan_meier import kaplan_meier

RELATIVE_EDGES = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0])
LEAST_SPREAD = 0.10  # between-arm standard deviation of a log hazard below which no pool is believed
CORRELATION_LENGTH = 1.0  # of the between-arm deviations, in log relative time


@dataclass(frozen=True)
class Shape:
    """Shape of a hazard over time relative to the median, pooled over arms, with its uncertainty.

    Attributes
    ----------
    time : (T,) float
        Time divided by the arm's median, ascending.
    log_hazard : (T,) float
        Pooled log hazard relative to the constant hazard with the same median, log(h(t) median / log 2).
    covariance : (T, T) float
        Of a new arm's deviation from `log_hazard`: between-arm spread and uncertainty of the pool.
    arms : int
        Arms pooled.
    """

    time: Floats
    log_hazard: Floats
    covariance: Floats
    arms: int

    def weights(self, relative_time: Floats) -> Floats:
        """Linear interpolation in log time, (G, T): constant beyond the first and last time."""
        position = np.interp(np.log(relative_time), np.log(self.time), np.arange(len(self.time)))
        return np.asarray(np.maximum(1 - np.abs(position[:, None] - np.arange(len(self.time))), 0.0))


def pooled_shape(arms: Sequence[Sequence[PseudoIPD]]) -> Shape:
    """Pool the shapes of arms, each given as its reconstructions (all of them are used).

    Hazards are counted in bins of time relative to the arm's median; the pooled log hazard is weighted by
    inverse variance, 1 / events plus a between-arm variance by moments (DerSimonian & Laird 1986).

    Raises
    ------
    InputError
        If no arm has a median and at least 10 events.
    """
    rows, variances = [], []
    for draws in arms:
        counted = [_relative_log_hazard(ipd) for ipd in draws]
        usable = [item for item in counted if item is not None]
        if usable:
            drawn = np.array([item[0] for item in usable])
            seen = np.isfinite(drawn).sum(axis=0)
            # A bin that no draw reaches stays empty.
            rows.append(np.where(seen > 0, np.nansum(drawn, axis=0) / np.maximum(seen, 1), np.nan))
            variances.append(np.mean([item[1] for item in usable], axis=0))
    if not rows:
        raise InputError("no shape can be pooled: no arm has reached its median with at least 10 events")
    values, variance = np.array(rows), np.array(variances)
    kept = np.all(np.isfinite(values), axis=0)
    values, variance = values[:, kept], variance[:, kept]
    spread = _between_arm_variance(values, variance)
    precision = 1 / (variance + spread)
    mean = np.sum(values * precision, axis=0) / np.sum(precision, axis=0)
    middle = 0.5 * (RELATIVE_EDGES[1:] + RELATIVE_EDGES[:-1])[kept]
    distance = np.abs(np.log(middle[:, None] / middle[None, :]))
    covariance = spread * np.exp(-distance / CORRELATION_LENGTH) + np.diag(1 / precision.sum(axis=0))
    return Shape(middle, mean, covariance, len(rows))


def _relative_log_hazard(ipd: PseudoIPD) -> tuple[Floats, Floats] | None:
    median = kaplan_meier(ipd.time, ipd.event).median
    if not math.isfinite(median) or ipd.events < 10:
        return None
    relative = ipd.time / median
    events = np.histogram(relative[ipd.event], RELATIVE_EDGES)[0]
    at_risk = np.clip(relative[:, None], RELATIVE_EDGES[:-1], RELATIVE_EDGES[1:]) - RELATIVE_EDGES[:-1]
    exposure = at_risk.sum(axis=0)
    # Half an event and its exposure under a constant hazard keep empty bins finite; unseen bins stay empty.
    value = np.log((events + 0.5) / (exposure * math.log(2) + 0.5))
    return np.where(exposure > 0, value, np.nan), 1 / (events + 0.5)


def _between_arm_variance(values: Floats, variance: Floats) -> float:
    """One between-arm variance for all bins, by moments, not below `LEAST_SPREAD` squared."""
    if len(values) < 2:
        return 0.5**2
    weight = 1 / variance
    mean = np.sum(values * weight, axis=0) / weight.sum(axis=0)
    excess = np.sum(weight * (values - mean) ** 2, axis=0) - (len(values) - 1)
    scale = weight.sum(axis=0) - np.sum(weight**2, axis=0) / weight.sum(axis=0)
    return max(float(excess.sum() / scale.sum()), LEAST_SPREAD**2)
