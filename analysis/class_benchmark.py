"""The randomised test of another member of the class, taken from the evidence."""

import math

from scipy.stats import norm

from models.survival import ClassBenchmark
from trials.evidence import Evidence
from trials.facts import Effect

# A limit printed with two digits may be this much higher or lower.
ROUNDING = 0.005
BOTH_SIDES = 2 * norm.ppf(0.975)


def class_benchmark(evidence: Evidence) -> ClassBenchmark | None:
    """The trial of role `class_benchmark` with its overall-survival hazard ratio; None without one.

    It weighs as many events as its printed interval implies, 4 / se^2, else as many as the question assumes.
    """
    for trial in evidence.trials:
        role = evidence.question.role_of(trial.id)
        if role.role != "class_benchmark":
            continue
        for row in trial.effect:
            if row.endpoint == "OS" and row.measure == "HR" and row.population == "all" and row.value:
                implied = implied_events(row)
                events = implied or role.assumed_events
                assumed = implied is None
                return (
                    ClassBenchmark(trial.id, math.log(row.value), events, assumed=assumed) if events else None
                )
    return None


def implied_events(row: Effect) -> tuple[float, float] | None:
    """Least and most events that a printed 95 % interval of a hazard ratio can mean, its limits being rounded."""
    if row.lower is None or row.upper is None or row.lower <= ROUNDING:
        return None
    widest = math.log((row.upper + ROUNDING) / (row.lower - ROUNDING))
    narrowest = math.log((row.upper - ROUNDING) / (row.lower + ROUNDING))
    return 4 * (BOTH_SIDES / widest) ** 2, 4 * (BOTH_SIDES / narrowest) ** 2
