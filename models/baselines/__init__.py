"""Further families of baseline hazards behind `models.baseline.Baseline`, by name.

Each writes its log hazard and cumulative hazard once, for arrays and tensors; everything else is derived.
"""

from collections.abc import Mapping

from models.baseline import Baseline
from models.baselines.cure import MixtureCure
from models.baselines.mspline import MSpline
from models.baselines.parametric import (
    Exponential,
    GeneralisedGamma,
    Gompertz,
    LogLogistic,
    LogNormal,
    Weibull,
)

FAMILIES: Mapping[str, Baseline] = {
    "exponential": Exponential(),
    "Weibull": Weibull(),
    "Gompertz": Gompertz(),
    "log-logistic": LogLogistic(),
    "log-normal": LogNormal(),
    "generalised gamma": GeneralisedGamma(),
    "M-spline": MSpline(),
    "mixture cure": MixtureCure(),
}

__all__ = [
    "FAMILIES",
    "Exponential",
    "GeneralisedGamma",
    "Gompertz",
    "LogLogistic",
    "LogNormal",
    "MSpline",
    "MixtureCure",
    "Weibull",
]
