"""Baseline hazards: one primitive a family (log hazard and cumulative hazard), for arrays and tensors alike.

`xp` is the array namespace, `numpy` or `pytensor.tensor`; the last axis of parameters runs over the family's
own parameters, so that posterior draws broadcast in front.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from models.priors import SurvivalPriors


class Baseline(Protocol):
    """A family of baseline hazards.

    `variables` adds the family's named parameters to the model and returns the vector that the two primitives
    take; `names` are the variables from which that vector is rebuilt after sampling.
    """

    @property
    def parameter(self) -> str:
        """Name of the model variable that holds the family's parameter vector."""

    @property
    def knots(self) -> tuple[float, ...]:
        """Times (months) at which the hazard may jump; every one must be an edge of the time grid."""

    def variables(self, priors: SurvivalPriors) -> Any:
        """Add the parameters to the model in context and return their vector."""

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time` (last axis), given `parameters` (last axis)."""

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time` (last axis), given `parameters` (last axis)."""


@dataclass(frozen=True)
class PiecewiseExponential:
    """Piecewise-constant hazard whose log follows a random walk over the intervals between `knots`.

    Parameter vector: log hazard per month in each of the len(knots) + 1 intervals (left, right].
    """

    knots: tuple[float, ...]
    parameter: str = "log_h0"

    def variables(self, priors: SurvivalPriors) -> Any:
        """Random-walk steps centred: non-centred they cost a factor 3 in effective sample size."""
        scale = priors.rw_sd.random_variable("rw_sd")
        first = priors.log_h0.random_variable("log_h0_first")
        steps = pm.Normal("rw_step", 0.0, scale, dims="knot")
        walk = np.tri(len(self.knots) + 1, len(self.knots), -1)
        log_hazard = first + pt.sum(walk * steps, axis=-1)
        return pm.Deterministic("log_h0", log_hazard, dims="interval")

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard of the interval that holds `time`; an event at a knot belongs to the one it ends."""
        after, until = np.array([-np.inf, *self.knots]), np.array([*self.knots, np.inf])
        held = (time[:, None] > after) & (time[:, None] <= until)
        return _summed(held, parameters, xp)

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Hazard of each interval times the months spent in it before `time`."""
        left, right = np.array([0.0, *self.knots]), np.array([*self.knots, np.inf])
        months = xp.clip(time[:, None] - left, 0.0, right - left)
        return _summed(months, xp.exp(parameters), xp)


def _summed(table: Any, values: Any, xp: Any) -> Any:
    """Sum over intervals of a table (T, I) times values (..., I): (..., T).

    Draws go through a matrix product, which spares memory; in a model's graph it would cost a minute to compile.
    """
    return values @ table.T if xp is np else xp.sum(table * values, axis=-1)
