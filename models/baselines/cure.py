"""Mixture cure: a share that never has the event, and a Weibull for the others."""

from dataclasses import dataclass
from typing import Any

from models.baselines.parametric import LOG_SHAPE_SD, Weibull, parameter_vector
from models.priors import SurvivalPriors


@dataclass(frozen=True)
class MixtureCure:
    """S(t) = p + (1 - p) S_w(t), the cured share p and Weibull S_w. Parameters: logit p, then Weibull's.

    The prior of the logit of p is Normal(-3, 1): a share of 1-26 %. Beyond follow-up the cured share is
    a matter of that prior.
    """

    parameter: str = "baseline"
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""
        mean, sd = [-3.0, priors.log_h0.mu, 0.0], [1.0, priors.log_h0.sd, LOG_SHAPE_SD]
        return parameter_vector(self.parameter, mean, sd)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`: (1 - p) f_w / S."""
        uncured = Weibull().cumulative_hazard(parameters[..., 1:], time, xp)
        log_density = Weibull().log_hazard(parameters[..., 1:], time, xp) - uncured
        log_not_cured = -xp.log1p(xp.exp(parameters[..., 0, None]))
        return log_not_cured + log_density + self.cumulative_hazard(parameters, time, xp)

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        cured = 1 / (1 + xp.exp(-parameters[..., 0, None]))
        uncured = Weibull().cumulative_hazard(parameters[..., 1:], time, xp)
        return -xp.log(cured + (1 - cured) * xp.exp(-uncured))
