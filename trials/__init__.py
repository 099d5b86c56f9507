"""What was published: the evidence of a question, validated, and the network of arms that the models see."""

from trials.assembly import network
from trials.covariates import TargetPopulation, target_population
from trials.evidence import Evidence, Question, Trial
from trials.loading import load
from trials.what_if import with_what_if

__all__ = [
    "Evidence",
    "Question",
    "TargetPopulation",
    "Trial",
    "load",
    "network",
    "target_population",
    "with_what_if",
]
