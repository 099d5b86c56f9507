"""The data that leave this package: a curve read somewhere, and the pseudo-patients rebuilt from it."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Grade(StrEnum):
    """How a curve was come by, best first."""

    VECTOR = "vector"  # read from the paths of a PDF or SVG: exact to the drawing
    RASTER = "raster"  # traced from pixels
    SUMMARY = "summary"  # rebuilt from published numbers, because no figure could be read
    PATIENTS = "patients"  # patient data given by the user


@dataclass(frozen=True)
class Provenance:
    """Where a curve comes from, beside the curve.

    `source` is a citation or file name, `reader` who or what read it, `sha256` the hash of the file read.
    """

    source: str = ""
    reader: str = ""
    sha256: str = ""
    note: str = ""


@dataclass(frozen=True)
class Curve:
    """Points of one arm's Kaplan-Meier curve with whatever was printed beside it.

    Attributes
    ----------
    time, survival : (P,) float
        Points as read, in file order (both corners of a step may be present; order carries information).
        Time in months within evidence, else in the axis's own unit; survival is a probability, 0-1.
    at_risk_time, at_risk : (R,) float and int
        Numbers at risk just before each time.
    censor_marks : (C,) float
        Times of censor ticks, with reading noise.
    n, events : int or None
        Patients and events of the arm, where published.
    grade : Grade
    provenance : Provenance
    censored : (R,) int or None
        Cumulative numbers censored before each `at_risk_time`, where printed beside the numbers at risk.
    """

    time: Floats
    survival: Floats
    at_risk_time: Floats = field(default_factory=lambda: np.empty(0))
    at_risk: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    censor_marks: Floats | None = None
    n: int | None = None
    events: int | None = None
    grade: Grade = Grade.RASTER
    provenance: Provenance = Provenance()
    censored: Ints | None = None


@dataclass(frozen=True)
class PseudoIPD:
    """Rebuilt (or real) patients of one arm: one plausible reconstruction.

    Attributes
    ----------
    time : (n,) float
        Time to event or censoring, sorted, same unit as the curve (months within evidence).
    event : (n,) bool
        True for an event, False for a censoring.
    draw : int
        Which of several reconstructions this is; draw 0 is the best single one.
    """

    time: Floats
    event: npt.NDArray[np.bool_]
    draw: int = 0

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.event.sum())


@dataclass(frozen=True)
class Agreement:
    """One line of an agreement table: a published or read quantity against the rebuilt one.

    `target` is what the input said, `rebuilt` what the pseudo-patients give, `limit` the allowed absolute
    difference, and `reason` says why a target could not be met (empty when it was).
    """

    figure: str
    arm: str
    quantity: str
    time: float | None
    target: float
    rebuilt: float
    limit: float
    reason: str = ""

    @property
    def met(self) -> bool:
        """Whether the rebuilt quantity lies within the limit."""
        # Equality first: a median that was not reached is infinite in both.
        return bool(self.rebuilt == self.target or abs(self.rebuilt - self.target) <= self.limit + 1e-12)
