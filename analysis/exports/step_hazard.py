"""Piecewise-constant hazards of many draws: survival and area under it, without a grid."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats


@dataclass(frozen=True)
class StepHazard:
    """Hazards that are constant between `cuts` and after the last.

    Attributes
    ----------
    cuts : (M,)
        Left edges of the intervals in months, ascending, the first 0.
    rate : (..., M)
        Hazard per month in each interval; draws and strata stand in the leading axes. May be infinite.
    """

    cuts: Floats
    rate: Floats

    def at(self, cuts: Floats) -> Floats:
        """Rates (..., M') on other left edges, each in the interval that holds it."""
        found: Floats = self.rate[..., np.searchsorted(self.cuts, cuts, side="right") - 1]
        return found

    def survival(self, times: Floats) -> Floats:
        """S(t) at `times` (T,) months, (..., T)."""
        interval = np.searchsorted(self.cuts, times, side="right") - 1
        before = np.cumsum(self.rate[..., :-1] * np.diff(self.cuts), axis=-1)
        before = np.concatenate((np.zeros((*self.rate.shape[:-1], 1)), before), axis=-1)
        inside = np.asarray(times) - self.cuts[interval]
        # An infinite rate (nobody survives) times no time is nothing, not a missing number.
        with np.errstate(invalid="ignore"):
            own = np.where(inside > 0, self.rate[..., interval] * inside, 0.0)
        return np.asarray(np.exp(-(before[..., interval] + own)))

    def area(self, end: float) -> Floats:
        """Area under S(t) from 0 to `end` months (infinity allowed), (...): the restricted mean, exactly.

        Each interval gives S(left) (1 - exp(-rate width)) / rate; S(left) width where the rate is 0.
        """
        inside = self.cuts < end
        left = self.cuts[inside]
        rate = self.rate[..., inside]
        width = np.diff(np.append(left, end))
        start = self.survival(left)
        with np.errstate(divide="ignore", invalid="ignore"):
            piece = np.where(rate > 0, -np.expm1(-rate * width) / rate, width)
            return np.asarray(np.where(start > 0, start * piece, 0.0).sum(axis=-1))
