"""Laws of censoring weighed by what an arm tells of them: its events, and the heights of its steps."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from digitized.curve import Floats
from digitized.reconstruction.assumed_risk import Law, expected_events, typical_law
from digitized.reconstruction.censoring_law import CensoringLaw, drawn_laws
from digitized.reconstruction.step_heights import StepHeights

LAWS = 4000
GRID = 201
ROUNDING_VARIANCE = 1 / 12  # of a whole number
MEAN_SEED = 20261129


class LikelyLaws:
    """Laws drawn, and the log likelihood of each.

    Parameters
    ----------
    time, survival : (K,) float
        Monotone reading of the curve, from time 0 on.
    n : int
        Patients.
    events : int or None
        Of them, where told.
    column_noise : float or None
        SD of a reading of survival, where single steps were read: the columns of a trace.
    """

    def __init__(
        self, time: Floats, survival: Floats, n: int, events: int | None, column_noise: float | None
    ) -> None:
        self._reading = time, survival, n
        self._events = events
        self._steps = None if column_noise is None else StepHeights(time, survival, n, column_noise)

    def mean(self) -> Law:
        """Expected share censored; the typical one where no steps were read (events settle its stretch)."""
        if self._steps is None:
            return typical_law
        laws = drawn_laws(LAWS, np.random.default_rng(MEAN_SEED))
        likely = self._log_likelihood(laws)
        weight = np.exp(likely - likely.max())
        grid = np.linspace(0.0, 1.0, GRID)
        censored = weight @ laws(grid) / weight.sum()
        return lambda x: np.interp(x, grid, censored)

    def chooser(self, patterns: np.random.Generator) -> Callable[[np.random.Generator], CensoringLaw]:
        """Draw many laws; the answer draws one of them by its likelihood.

        Arms that are given generators in the same state choose alike where what they tell allows it.
        """
        laws = drawn_laws(LAWS, patterns)
        likely = self._log_likelihood(laws)
        # The largest of log probabilities with Gumbel noise is a draw by them.
        return lambda own: laws.one(int(np.argmax(likely + own.gumbel(size=LAWS))))

    def _log_likelihood(self, laws: CensoringLaw) -> Floats:
        likely = np.zeros(laws.early.size)
        if self._events is not None:
            expected, variance = expected_events(*self._reading, laws)
            likely += norm.logpdf(self._events, expected, np.sqrt(variance + ROUNDING_VARIANCE))
        if self._steps is not None:
            likely += self._steps.log_likelihood(laws(self._steps.place))
        return likely
