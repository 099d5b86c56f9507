"""The randomised test of another member of the class, taken from the evidence."""

import math

from models.survival import ClassBenchmark
from trials.evidence import Evidence

# No interval of LEAP-014's hazard ratio is published. The number of deaths behind it is an assumption from
# 850 randomised patients and 24-month survival of .34 and .32, printed as such wherever it is used.
ASSUMED_EVENTS = (480.0, 640.0)


def class_benchmark(evidence: Evidence) -> ClassBenchmark | None:
    """The trial of role `class_benchmark` with its overall-survival hazard ratio; None without one."""
    for trial in evidence.trials:
        if evidence.question.role_of(trial.id).role != "class_benchmark":
            continue
        for row in trial.effect:
            if row.endpoint == "OS" and row.measure == "HR" and row.population == "all" and row.value:
                return ClassBenchmark(trial.id, math.log(row.value), ASSUMED_EVENTS)
    return None
