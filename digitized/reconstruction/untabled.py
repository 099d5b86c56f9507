"""No numbers at risk: the curve comes first, the path of those at risk second.

A law of censoring that what is told makes likely (`likely_laws`) gives the numbers at risk to expect (`assumed_risk`).
Where single steps stand out of the noise, deaths and censorings are found together near them: the most probable path
(`most_probable_path`), and plausible ones as draws (`plausible_path`). Elsewhere they take the place of printed ones.
Every draw has a law of its own.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from digitized.curve import Curve, Floats, PseudoIPD
from digitized.reconstruction.assumed_risk import (
    AssumedRisk,
    Law,
    by_law,
    by_ticks,
    expected_events,
    stretch_for_events,
    stretched,
    with_losses,
)
from digitized.reconstruction.censoring_law import CensoringLaw
from digitized.reconstruction.constrained import (
    TYPICAL_SD,
    TYPICAL_SD_WEIGHT,
    ConstrainedArm,
    Fit,
)
from digitized.reconstruction.gaps import FreePath, Gaps
from digitized.reconstruction.likely_laws import LikelyLaws
from digitized.reconstruction.misfit import misfit
from digitized.reconstruction.monotone import non_decreasing, non_increasing
from digitized.reconstruction.most_probable_path import most_probable_path
from digitized.reconstruction.noise import reading_sd, shared_error
from digitized.reconstruction.plausible_path import plausible_path
from digitized.reconstruction.points import Points
from digitized.reconstruction.times import arrivals, death_times, smooth_times

MOST_PATIENTS = 200
STRETCHES_TRIED = (0.5, 1.0, 2.0)
LOG_STRETCH_SD = 0.5
ISOTONIC_NOISE = 1.5  # noise over the scatter that an isotonic fit leaves, at most
MOST_MISFIT = 3.0  # noises of survival
MOST_TRIES = 10


class UntabledArm:
    """One arm without numbers at risk."""

    def __init__(self, curve: Curve, points: Points, n: int) -> None:
        self.curve, self.points, self.n = curve, points, n
        self.time, self.survival = non_decreasing(points.time), non_increasing(points.survival)
        self._laws = LikelyLaws(
            self.time, self.survival, n, curve.events, points.scatter if points.traced else None
        )
        self.law = self._for_events(self._laws.mean())
        self._expected = float(expected_events(self.time, self.survival, n, self.law)[0])
        self.arm, self.fit = self._tabled(self._assumed(self.time, self.survival, self.law))
        # Numbers at risk that were assumed wrongly leave misfit which is no noise.
        self.noise = min(self.fit.noise.survival, ISOTONIC_NOISE * self._scatter())
        self.steps_seen = n <= MOST_PATIENTS and 1.0 / n > self.noise

    @property
    def lowest(self) -> float:
        """S where the curve ends."""
        return float(self.survival[-1])

    def _scatter(self) -> float:
        """Scatter of the points around their isotonic fit, held by a typical value."""
        square = float(np.sum((self.points.survival - non_increasing(self.points.survival)) ** 2))
        weight = TYPICAL_SD_WEIGHT
        return float(np.sqrt((square + weight * TYPICAL_SD**2) / (self.points.time.size - 1 + weight)))

    def best(self) -> PseudoIPD:
        """Best single reconstruction."""
        path = self._most_probable_path() if self.steps_seen else None
        return self.arm.best(self.fit) if path is None else self._patients(path, self.fit.time, None)

    def draws(self, count: int, rng: np.random.Generator, patterns: np.random.Generator) -> list[PseudoIPD]:
        """Plausible reconstructions: pattern of censoring, reading errors, counts and times drawn in turn.

        Parameters
        ----------
        patterns : Generator
            Of the patterns alone: arms given it in the same state share them, draw for draw.
        """
        if count == 0:
            return []
        choose = self._laws.chooser(patterns)
        return [self._plausible(rng, partial(choose, own)) for own in patterns.spawn(count)]

    def _plausible(self, rng: np.random.Generator, law: Callable[[], CensoringLaw]) -> PseudoIPD:
        """Draw patients whose curve the readings allow; where none of those tried is allowed, take the nearest.

        Late in a curve the height of its steps tells how many were still at risk, so most patterns of a thin tail
        contradict it.
        """
        tried: list[tuple[float, PseudoIPD]] = []
        while len(tried) < MOST_TRIES and not (tried and tried[-1][0] <= MOST_MISFIT):
            one = self._draw(law(), rng)
            tried.append((misfit(one, self.points, self.fit.noise.survival, self.fit.noise.time), one))
        return min(tried, key=lambda pair: pair[0])[1]

    def _draw(self, censoring: CensoringLaw, rng: np.random.Generator) -> PseudoIPD:
        """Draw patients under a law of censoring; a stretch of time meets the events told."""
        law = self._for_events(censoring.sample(self.n - self._expected, rng))
        drawn = self._step_by_step(law, rng) if self.steps_seen else None
        if drawn is not None:
            return drawn
        arm, fit = self._tabled(self._assumed(self.time, self.survival, law))
        return arm.draws(fit, 1, rng)[0]

    def _for_events(self, law: Law) -> Law:
        """Stretch a law until it expects the events told."""
        return stretched(law, stretch_for_events(self.time, self.survival, self.n, self.curve.events, law))

    def _step_by_step(self, law: Law, rng: np.random.Generator) -> PseudoIPD | None:
        """Draw a path from readings moved by an error that neighbouring points share; None where there is none."""
        fit = self.fit
        drift = shared_error(self.points, fit.time, fit.noise.survival, rng)
        moved = np.clip(self.points.survival + drift, 0.0, 1.0)
        sd = reading_sd(self.points, self.noise)
        path = plausible_path(self._gaps(moved, sd, law), self.n, self.curve.events, rng)
        if path is None:
            return None
        if self.points.traced:
            return self._patients(path, fit.time, rng)
        arrival = arrivals(np.cumsum(path.deaths).astype(float), self.points.time, fit.noise.time)
        return self._patients(
            path, smooth_times(self.points.time, fit.noise.time, arrival, fit.rate, rng), rng
        )

    def _tabled(self, assumed: AssumedRisk) -> tuple[ConstrainedArm, Fit]:
        # Draws of assumed numbers at risk spread more than the axis is uncertain.
        arm = ConstrainedArm(self.curve, self.points, assumed.table(self.n), axis_off=0.0)
        return arm, arm.estimate()

    def _assumed(self, time: Floats, survival: Floats, law: Law) -> AssumedRisk:
        ticks = self.curve.censor_marks
        if ticks is not None and ticks.size:
            return by_ticks(time, survival, self.n, np.asarray(ticks, dtype=float), self.curve.events)
        return by_law(time, survival, self.n, law)

    def _laws_tried(self) -> dict[float, Law]:
        """Laws of the best path, by their stretch: that expected, and others where events and ticks are unknown."""
        ticks = self.curve.censor_marks
        told = self.curve.events is not None or (ticks is not None and ticks.size > 0)
        return {one: stretched(self.law, one) for one in ((1.0,) if told else STRETCHES_TRIED)}

    def _most_probable_path(self) -> FreePath | None:
        """Most probable path over laws of censoring, by their stretch; None where there is none."""
        tried: list[tuple[float, FreePath]] = []
        # Narrower than that of draws for a trace: the best path comes nearer where readings are followed closely.
        sd = self.noise / np.sqrt(self.points.weight)
        for stretch, law in self._laws_tried().items():
            found = most_probable_path(self._gaps(self.points.survival, sd, law), self.n, self.curve.events)
            if found is not None:
                path, log_weight = found
                tried.append((log_weight - 0.5 * (np.log(stretch) / LOG_STRETCH_SD) ** 2, path))
        return max(tried, key=lambda one: one[0])[1] if tried else None

    def _gaps(self, survival: Floats, sd: Floats, law: Law) -> Gaps:
        """Readings and their noise, with what a law of censoring expects between them."""
        assumed = self._assumed(self.fit.time, self.fit.smooth, with_losses(law))
        return Gaps(survival, sd, self.fit.counts.model.increments, assumed.leaving, assumed.at_risk)

    def _patients(self, path: FreePath, time: Floats, rng: np.random.Generator | None) -> PseudoIPD:
        """Patients of a path: censorings spread over their gaps, the others at the end."""
        counts = np.cumsum(path.deaths)
        arrival = arrivals(counts.astype(float), self.points.time, self.fit.noise.time)
        # Nobody is seen to die after the last reading, whatever the noise of its time.
        died = np.minimum(
            death_times(counts, time, arrival, traced=self.points.traced, rng=rng), self.points.end
        )
        gap = np.repeat(np.arange(path.censored.size), path.censored)
        rank = np.arange(gap.size) - np.repeat(np.cumsum(path.censored) - path.censored, path.censored)
        share = (rank + 0.5) / np.maximum(path.censored[gap], 1) if rng is None else rng.random(gap.size)
        left = time[gap - 1] + share * (time[gap] - time[gap - 1])
        rest = np.full(self.n - died.size - left.size, max(self.points.end, float(np.max(died, initial=0.0))))
        when = np.concatenate((died, left, rest))
        event = np.arange(self.n) < died.size
        order = np.lexsort((~event, when))
        return PseudoIPD(when[order], event[order])
