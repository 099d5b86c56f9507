"""Group-sequential boundaries by numerical recursion over the joint density of the looks.

Armitage, McPherson & Rowe (1969); alpha and beta spending of Lan & DeMets (1983); notation of Jennison &
Turnbull (2000), chapter 19. Benefit is positive Z.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from analysis.design.checks import hazard_ratio_faults, power_faults, refuse
from analysis.design.rule import LogRankRule, required_events
from digitized.curve import Floats

Spending = Literal["obrien-fleming", "pocock"]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(101)


@dataclass(frozen=True)
class GroupSequentialRule:
    """One-sided efficacy boundaries, and futility boundaries when beta is spent.

    Attributes
    ----------
    information : tuple of float
        Information fractions of the looks, ascending, the last 1.
    alpha : float
        One-sided level.
    spending : {"obrien-fleming", "pocock"}
    beta : float
        Type II error to spend on non-binding futility with the same kind of spending; 0 is no futility.
    """

    information: tuple[float, ...]
    alpha: float = 0.025
    spending: Spending = "obrien-fleming"
    beta: float = 0.0

    def __post_init__(self) -> None:
        faults = []
        fractions = self.information
        ascending = all(low < high for low, high in pairwise(fractions))
        if not fractions or fractions[0] <= 0 or not ascending:
            faults.append(f"looks {fractions}: expected ascending fractions above 0, e.g. 0.6,1")
        elif abs(fractions[-1] - 1) > 1e-9:
            faults.append(
                f"last look at fraction {fractions[-1]:g}: a look beyond the end, or none at it; "
                "end with 1, e.g. 0.6,1"
            )
        if not 0 < self.alpha <= 0.25:
            faults.append(f"one-sided alpha {self.alpha:g}: expected above 0 and at most 0.25, e.g. 0.025")
        if self.spending not in ("obrien-fleming", "pocock"):
            faults.append(f"spending {self.spending!r}: expected obrien-fleming or pocock")
        if not 0 <= self.beta < 0.5:
            faults.append(
                f"beta {self.beta:g}: futility spends from 0 to below 0.5, i.e. a power above 0.5, e.g. 0.9"
            )
        refuse(faults)

    def __str__(self) -> str:
        looks = ", ".join(f"{100 * fraction:g} %" for fraction in self.information)
        kind = "O'Brien-Fleming" if self.spending == "obrien-fleming" else "Pocock"
        return f"{kind} spending of one-sided {self.alpha:g} at {looks} of the information"

    def spent(self, error: float) -> Floats:
        """Cumulative error spent at each look (Lan & DeMets 1983)."""
        fraction = np.asarray(self.information)
        if self.spending == "pocock":
            return error * np.log(1 + (math.e - 1) * fraction)
        return 2 * norm.sf(norm.isf(error / 2) / np.sqrt(fraction))


@dataclass(frozen=True)
class Boundaries:
    """Z boundaries of every look; `futility` is -inf where none is set."""

    efficacy: tuple[float, ...]
    futility: tuple[float, ...]
    inflation: float


def efficacy_boundaries(rule: GroupSequentialRule) -> tuple[float, ...]:
    """Efficacy boundaries that spend alpha, futility ignored (non-binding)."""
    return _spend_alpha(rule.information, rule.spent(rule.alpha))


def boundaries(rule: GroupSequentialRule, power: float) -> Boundaries:
    """Efficacy and futility boundaries, and the maximum information over that of the fixed design.

    With beta spending the drift is found at which futility meets efficacy at the last look.
    """
    refuse(power_faults(power, 2 * rule.alpha))
    upper = efficacy_boundaries(rule)
    fixed = float(norm.isf(rule.alpha) + norm.ppf(1 - rule.beta if rule.beta else power))
    none = (-math.inf,) * len(upper)
    if rule.beta == 0:
        drift = brentq(lambda d: sum(_crossing(rule.information, upper, none, d)[0]) - power, 0.1, fixed * 2)
        return Boundaries(upper, none, (float(drift) / fixed) ** 2)

    def gap(drift: float) -> float:
        return _spend_beta(rule, upper, drift)[-1] - upper[-1]

    # Upwards from the fixed design: far above it an early futility boundary would meet efficacy.
    low, high = fixed * 0.7, fixed
    while gap(high) < 0:
        low, high = high, high * 1.03
    drift = float(brentq(gap, low, high, xtol=1e-7))
    lower = (*_spend_beta(rule, upper, drift)[:-1], upper[-1])
    return Boundaries(upper, lower, (drift / fixed) ** 2)


@dataclass(frozen=True)
class SequentialPlan:
    """Events of every look, boundaries as Z and hazard ratio, and what is expected of them.

    A look waits for whole events, `events_exact` rounded up; hazard ratios are at those. The probabilities of
    success and of stopping for futility at each look are those at the alternative and the exact information; the
    events are expected at the alternative and without any effect.
    """

    events: tuple[int, ...]
    events_exact: tuple[float, ...]
    z: tuple[float, ...]
    hazard_ratio: tuple[float, ...]
    futility_z: tuple[float | None, ...]
    futility_hazard_ratio: tuple[float | None, ...]
    success_probability: tuple[float, ...]
    futility_probability: tuple[float, ...]
    expected_events: float
    expected_events_without_effect: float


def sequential_plan(
    hazard_ratio: float, power: float, rule: GroupSequentialRule, ratio: float = 1
) -> SequentialPlan:
    """Events and boundaries of a group-sequential log-rank trial at an alternative."""
    refuse(hazard_ratio_faults(hazard_ratio))
    trial = LogRankRule(2 * rule.alpha, ratio)
    goal = 1 - rule.beta if rule.beta else power
    found = boundaries(rule, goal)
    maximum = required_events(hazard_ratio, goal, trial).exact * found.inflation
    exact = tuple(maximum * fraction for fraction in rule.information)
    events = tuple(math.ceil(count - 1e-9) for count in exact)
    drift = -math.log(hazard_ratio) / math.sqrt(trial.variance(maximum))
    success, stopped = crossing_probabilities(rule, found, drift)
    efficacy, futility = (
        tuple(math.exp(-z * math.sqrt(trial.variance(e))) for z, e in zip(limits, events, strict=True))
        for limits in (found.efficacy, found.futility)
    )
    return SequentialPlan(
        events,
        exact,
        found.efficacy,
        efficacy,
        tuple(None if math.isinf(z) else z for z in found.futility),
        tuple(None if math.isinf(ratio) else ratio for ratio in futility),
        tuple(success),
        tuple(stopped),
        _expected_events(exact, success, stopped),
        _expected_events(exact, *crossing_probabilities(rule, found, 0.0)),
    )


def _expected_events(events: tuple[float, ...], success: list[float], stopped: list[float]) -> float:
    ends = [a + b for a, b in zip(success, stopped, strict=True)]
    return sum(p * e for p, e in zip(ends[:-1], events, strict=False)) + (1 - sum(ends[:-1])) * events[-1]


def crossing_probabilities(
    rule: GroupSequentialRule, bounds: Boundaries, drift: float
) -> tuple[list[float], list[float]]:
    """P(efficacy) and P(futility) at each look; `drift` is E[Z] at full information."""
    return _crossing(rule.information, bounds.efficacy, bounds.futility, drift)


@dataclass(frozen=True)
class _Going:
    """Trials still going after a look: score grid, probability mass on it, information fraction."""

    points: Floats
    mass: Floats
    fraction: float

    def above(self, z: float, fraction: float, drift: float) -> float:
        """P(Z > z) at the next look."""
        return float(self.mass @ norm.sf(self._standardised(z, fraction, drift)))

    def below(self, z: float, fraction: float, drift: float) -> float:
        """P(Z < z) at the next look."""
        return float(self.mass @ norm.cdf(self._standardised(z, fraction, drift)))

    def _standardised(self, z: float, fraction: float, drift: float) -> Floats:
        step = fraction - self.fraction
        return (z * math.sqrt(fraction) - self.points - drift * step) / math.sqrt(step)

    def continued(self, low: float, high: float, fraction: float, drift: float) -> "_Going":
        """Those between two boundaries at the next look, by Gauss-Legendre nodes on the score scale."""
        step, root = fraction - self.fraction, math.sqrt(fraction)
        start = max(low * root, drift * fraction - 9 * root)
        end = max(min(high * root, drift * fraction + 9 * root), start + 1e-12)
        grid = (end - start) / 2 * _NODES + (start + end) / 2
        distance = (grid[:, None] - self.points[None, :] - drift * step) / math.sqrt(step)
        density = norm.pdf(distance) / math.sqrt(step) @ self.mass
        return _Going(grid, density * _WEIGHTS * (end - start) / 2, fraction)


_START = _Going(np.zeros(1), np.ones(1), 0.0)


def _spend_alpha(information: tuple[float, ...], spent: Floats) -> tuple[float, ...]:
    """Upper boundaries that spend the cumulative error under no effect."""
    found: list[float] = []
    going = _START
    for fraction, goal in zip(information, np.diff(np.concatenate(([0.0], spent))), strict=True):
        z = _root(partial(_excess_above, going, fraction, float(goal)), -2.0, 12.0)
        found.append(z)
        going = going.continued(-math.inf, z, fraction, 0.0)
    return tuple(found)


def _spend_beta(rule: GroupSequentialRule, upper: tuple[float, ...], drift: float) -> tuple[float, ...]:
    """Lower boundaries that spend beta under `drift`; the last is where beta runs out."""
    found: list[float] = []
    going = _START
    goals = np.diff(np.concatenate(([0.0], rule.spent(rule.beta))))
    for look, (fraction, goal) in enumerate(zip(rule.information, goals, strict=True)):
        low = drift * math.sqrt(fraction) - 12.0
        z = _root(partial(_excess_below, going, fraction, float(goal), drift), low, 12.0)
        found.append(z if look == len(upper) - 1 else min(z, upper[look]))
        going = going.continued(found[-1], upper[look], fraction, drift)
    return tuple(found)


def _excess_above(going: _Going, fraction: float, goal: float, z: float) -> float:
    return goal - going.above(z, fraction, 0.0)


def _excess_below(going: _Going, fraction: float, goal: float, drift: float, z: float) -> float:
    return going.below(z, fraction, drift) - goal


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Zero of a rising function; the end nearest to it when the interval holds none."""
    if rising(low) >= 0:
        return low
    if rising(high) <= 0:
        return high
    return float(brentq(rising, low, high, xtol=1e-9))


def _crossing(
    information: tuple[float, ...], upper: tuple[float, ...], lower: tuple[float, ...], drift: float
) -> tuple[list[float], list[float]]:
    """P(first crossing above, below) at each look."""
    above: list[float] = []
    below: list[float] = []
    going = _START
    for fraction, high, low in zip(information, upper, lower, strict=True):
        above.append(going.above(high, fraction, drift))
        below.append(going.below(low, fraction, drift))
        going = going.continued(low, high, fraction, drift)
    return above, below
