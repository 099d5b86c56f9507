"""M-spline hazard whose coefficients follow a random walk (Jackson 2023, survextrap)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.interpolate import BSpline, PPoly

from digitized.curve import Floats
from models.priors import SurvivalPriors

DEGREE = 3


@dataclass(frozen=True)
class MSpline:
    """h(t) = exp(a) sum_k p_k M_k(t) up to the last of `spline_knots`, constant beyond it.

    M_k are cubic B-splines scaled so that equal weights make a constant hazard of exp(a); the weights p are
    a softmax of a random walk over k, so that neighbours are alike. Parameters: a, log p_2 - log p_1, ...
    """

    spline_knots: tuple[float, ...] = (3.0, 6.0, 9.0, 12.0, 18.0, 24.0)
    parameter: str = "baseline"
    # The hazard is smooth: no edge of the time grid is needed.
    knots: tuple[float, ...] = ()

    def variables(self, priors: SurvivalPriors) -> Any:
        """Steps centred, as for the piecewise hazard."""
        scale = priors.rw_sd.random_variable("rw_sd")
        level = priors.log_h0.random_variable("log_h0_first")
        steps = pm.Normal("spline_step", 0.0, scale, shape=self.size - 1)
        walk = np.tri(self.size, self.size - 1, -1)
        centred = pt.sum(walk * steps, axis=-1)
        joined = pt.concatenate([level[None], centred])
        return pm.Deterministic(self.parameter, joined)

    def log_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Log hazard per month at `time`."""
        return parameters[..., 0, None] + xp.log(self._polynomial(parameters, time, self._hazard, xp))

    def cumulative_hazard(self, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time`."""
        return xp.exp(parameters[..., 0, None]) * self._polynomial(parameters, time, self._integral, xp)

    @property
    def size(self) -> int:
        """Number of spline functions."""
        return len(self.spline_knots) + DEGREE

    def _polynomial(self, parameters: Any, time: Any, coefficients: Floats, xp: Any) -> Any:
        """Piecewise polynomial of the weighted splines: Horner's rule in each interval."""
        weight = xp.exp(parameters[..., 1:])
        weight = weight / xp.sum(weight, axis=-1)[..., None]
        left = np.array([0.0, *self.spline_knots])
        interval = xp.sum(time[:, None] > left[1:], axis=-1)
        since = time - pt.constant(left)[interval] if xp is not np else time - left[interval]
        total = 0.0 * since
        for order in coefficients:
            pieces = xp.sum(weight[..., None, :] * order, axis=-1)
            total = total * since + pieces[..., interval]
        return total

    @cached_property
    def _hazard(self) -> Floats:
        """Coefficients (order, interval, K), highest order first, the constant beyond the last knot last."""
        inner, last = self.spline_knots[:-1], self.spline_knots[-1]
        knots = np.concatenate((np.zeros(DEGREE + 1), inner, np.full(DEGREE + 1, last)))
        edges = np.array([0.0, *self.spline_knots])
        found = np.zeros((DEGREE + 1, len(edges), self.size))
        for k in range(self.size):
            pieces = PPoly.from_spline(BSpline(knots, np.eye(self.size)[k], DEGREE))
            kept = np.diff(pieces.x) > 0
            found[:, :-1, k] = pieces.c[:, kept]
        # At the last knot only the last spline is not 0, and it is 1.
        found[-1, -1, -1] = 1.0
        return found * self.size

    @cached_property
    def _integral(self) -> Floats:
        """Coefficients (order + 1, interval, K) of the integral from 0."""
        hazard = self._hazard
        orders = np.arange(DEGREE + 1, 0, -1)
        found = np.concatenate((hazard / orders[:, None, None], np.zeros((1, *hazard.shape[1:]))))
        widths = np.diff([0.0, *self.spline_knots])
        for interval, width in enumerate(widths):
            powers = width ** np.arange(DEGREE + 1, -1, -1)
            found[-1, interval + 1] = np.sum(found[:, interval] * powers[:, None], axis=0)
        return found
