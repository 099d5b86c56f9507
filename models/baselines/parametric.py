"""Parametric baseline hazards. `parameters` (last axis) are on the real line, in the order documented.

Location parameters take the prior of the log hazard (`SurvivalPriors.log_h0`); shapes are Normal(0, 0.5) on
the log scale, which covers 0.37-2.7. A time of 0 is moved to `EARLIEST`, an hour, where a log needs it.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import scipy.special

from models.priors import SurvivalPriors

# Months; the hazard's level is parametrised here, where all trials have events, so that level and shape
# are nearly uncorrelated.
MIDDLE = 6.0
EARLIEST = 1 / (24 * 30.4)
LOG_SHAPE_SD = 0.5
# Gompertz slope per month: the hazard may move by a factor 3.2 over a year.
SLOPE_SD = 0.05


def special(xp: Any) -> Any:
    """Namespace of special functions that belongs to an array namespace."""
    return scipy.special if xp is np else pt


def positive(time: Any, xp: Any) -> Any:
    """Times with a logarithm."""
    return xp.maximum(time, EARLIEST)


def parameter_vector(name: str, mean: list[float], sd: list[float]) -> Any:
    """Independent normal parameters as one vector of the model in context."""
    return pm.Normal(name, mean, sd, shape=len(mean))


@dataclass(frozen=True)
class Exponential:
    """Constant hazard. Parameters: log hazard."""

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        return parameter_vector(self.parameter, [priors.log_h0.mu], [priors.log_h0.sd])

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        return parameters[..., 0, None] + 0.0 * time

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        return xp.exp(parameters[..., 0, None]) * time


@dataclass(frozen=True)
class Weibull:
    """h(t) = exp(a) (t / 6)^(k - 1). Parameters: a (log hazard at 6 months), log k."""

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        mean, sd = [priors.log_h0.mu, 0.0], [priors.log_h0.sd, LOG_SHAPE_SD]
        return parameter_vector(self.parameter, mean, sd)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        level, shape = parameters[..., 0, None], xp.exp(parameters[..., 1, None])
        return level + (shape - 1) * xp.log(positive(time, xp) / MIDDLE)

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        level, shape = parameters[..., 0, None], xp.exp(parameters[..., 1, None])
        return MIDDLE / shape * xp.exp(level + shape * xp.log(positive(time, xp) / MIDDLE))


@dataclass(frozen=True)
class Gompertz:
    """h(t) = exp(a + g (t - 6)). Parameters: a (log hazard at 6 months), g / `SLOPE_SD`."""

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        mean, sd = [priors.log_h0.mu, 0.0], [priors.log_h0.sd, 1.0]
        return parameter_vector(self.parameter, mean, sd)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        return parameters[..., 0, None] + SLOPE_SD * parameters[..., 1, None] * (time - MIDDLE)

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        slope = SLOPE_SD * parameters[..., 1, None]
        growth = slope * time
        # (exp(x) - 1) / x, by its series where x is too small to divide by.
        small = xp.abs(growth) < 1e-6
        divisor = xp.where(small, 1.0, growth)
        average = xp.where(small, 1 + growth / 2, xp.expm1(growth) / divisor)
        return xp.exp(parameters[..., 0, None] - slope * MIDDLE) * time * average


@dataclass(frozen=True)
class LogLogistic:
    """S(t) = 1 / (1 + (t / m)^k). Parameters: log m (median), log k."""

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        mean, sd = [math.log(math.log(2)) - priors.log_h0.mu, 0.0], [priors.log_h0.sd, LOG_SHAPE_SD]
        return parameter_vector(self.parameter, mean, sd)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        shape = xp.exp(parameters[..., 1, None])
        log_time = xp.log(positive(time, xp))
        log_odds = shape * (log_time - parameters[..., 0, None])
        return parameters[..., 1, None] + log_odds - log_time - xp.log1p(xp.exp(log_odds))

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        log_time = xp.log(positive(time, xp))
        return xp.log1p(xp.exp(xp.exp(parameters[..., 1, None]) * (log_time - parameters[..., 0, None])))


@dataclass(frozen=True)
class LogNormal:
    """log T ~ Normal(m, s). Parameters: m (log median), log s."""

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        mean, sd = [math.log(math.log(2)) - priors.log_h0.mu, 0.0], [priors.log_h0.sd, LOG_SHAPE_SD]
        return parameter_vector(self.parameter, mean, sd)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        log_time = xp.log(positive(time, xp))
        z = (log_time - parameters[..., 0, None]) / xp.exp(parameters[..., 1, None])
        log_density = -0.5 * z**2 - 0.5 * math.log(2 * math.pi) - parameters[..., 1, None] - log_time
        return log_density + self.cumulative_hazard(parameters, time, xp)

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        z = (xp.log(positive(time, xp)) - parameters[..., 0, None]) / xp.exp(parameters[..., 1, None])
        # No follow-up of this field lies 8 sd beyond its median, where the tail would underflow.
        return -xp.log(0.5 * special(xp).erfc(xp.minimum(z, 8.0) / math.sqrt(2)))


@dataclass(frozen=True)
class GeneralisedGamma:
    """Prentice's generalised gamma with Q > 0: Weibull at Q = 1, log-normal as Q falls to 0.

    S(t) = 1 - P(1/Q^2, exp(Q w) / Q^2) with w = (log t - m) / s and P the regularised incomplete gamma
    function (Prentice 1974; Jackson 2016, flexsurv). Parameters: m, log s, log Q.
    """

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        mean = [math.log(math.log(2)) - priors.log_h0.mu, 0.0, 0.0]
        sd = [priors.log_h0.sd, LOG_SHAPE_SD, LOG_SHAPE_SD]
        return parameter_vector(self.parameter, mean, sd)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        log_time = xp.log(positive(time, xp))
        size, x = self._gamma(parameters, time, xp)
        # Density of t where x ~ Gamma(size, 1): size log x - x - log Gamma(size), times dx/dt / x.
        log_jacobian = parameters[..., 2, None] - parameters[..., 1, None] - log_time
        log_density = size * xp.log(x) - x - special(xp).gammaln(size) + log_jacobian
        return log_density + self.cumulative_hazard(parameters, time, xp)

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        size, x = self._gamma(parameters, time, xp)
        return -xp.log(xp.maximum(special(xp).gammaincc(size, x), 1e-300))

    @staticmethod
    def _gamma(parameters: Any, time: Any, xp: Any) -> tuple[Any, Any]:
        """Shape 1/Q^2 and the gamma variate that `time` maps to."""
        w = (xp.log(positive(time, xp)) - parameters[..., 0, None]) / xp.exp(parameters[..., 1, None])
        size = xp.exp(-2 * parameters[..., 2, None])
        return size + 0.0 * w, size * xp.exp(xp.exp(parameters[..., 2, None]) * w)
