"""V1's reference: leave one trial out from published medians alone, arithmetic that anyone can redo."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats

TRIALS = (
    "CheckMate 648",
    "KEYNOTE-590 ESCC",
    "ORIENT-15",
    "ESCORT-1st interim",
    "JUPITER-06",
    "RATIONALE-306",
)


@dataclass(frozen=True)
class PublishedMedians:
    """Six trials' published medians (months) and hazard ratios of one endpoint, in the order of `TRIALS`."""

    chemo: tuple[float, ...]
    hazard_ratio: tuple[float, ...]
    ici: tuple[float, ...]


# Primary analyses (METHODS section 8, V1; the evidence folder holds each number with its source).
PUBLISHED: Mapping[str, PublishedMedians] = {
    "OS": PublishedMedians(
        (10.7, 9.8, 12.5, 12.0, 11.0, 10.6),
        (0.74, 0.72, 0.63, 0.70, 0.58, 0.66),
        (13.2, 12.6, 16.7, 15.3, 17.0, 17.2),
    ),
    "PFS": PublishedMedians(
        (5.6, 5.8, 5.7, 5.6, 5.5, 5.6),
        (0.81, 0.65, 0.56, 0.56, 0.58, 0.62),
        (5.8, 6.3, 7.2, 6.9, 5.7, 7.3),
    ),
}
# Standard deviations of the errors to be reproduced, each within `TOLERANCE`.
EXPECTED: Mapping[tuple[str, str], float] = {
    ("OS", "chemo medians"): 0.106,
    ("PFS", "chemo medians"): 0.022,
    ("OS", "ICI as control median x HR"): 0.178,
    ("PFS", "ICI as control median x HR"): 0.169,
    ("OS", "ICI own medians"): 0.163,
    ("PFS", "ICI own medians"): 0.130,
}
TOLERANCE = 0.005


def leave_one_out_errors(medians: Sequence[float], hazard_ratios: Sequence[float] | None = None) -> Floats:
    """Error of each trial's log hazard, log(ln2 / median) + log HR, against the mean of the others.

    Parameters
    ----------
    medians : (J,) months
    hazard_ratios : (J,), optional
        Multiply the hazards that the medians imply.
    """
    log_hazard = np.log(math.log(2) / np.asarray(medians, dtype=float))
    if hazard_ratios is not None:
        log_hazard = log_hazard + np.log(hazard_ratios)
    others = (log_hazard.sum() - log_hazard) / (log_hazard.size - 1)
    return np.asarray(log_hazard - others)


def reference_spreads() -> dict[tuple[str, str], float]:
    """Standard deviation (n - 1) of the errors for each endpoint and reading."""
    found: dict[tuple[str, str], float] = {}
    for endpoint, published in PUBLISHED.items():
        readings = {
            "chemo medians": leave_one_out_errors(published.chemo),
            "ICI as control median x HR": leave_one_out_errors(published.chemo, published.hazard_ratio),
            "ICI own medians": leave_one_out_errors(published.ici),
        }
        found |= {(endpoint, name): float(errors.std(ddof=1)) for name, errors in readings.items()}
    return found
