"""What reading a figure gives: panels, axes, arms, each with the confidence of its reading."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from digitized.curve import Floats, Grade, Ints


@dataclass(frozen=True)
class Axis:
    """Linear map between a drawing coordinate (points or pixels) and the axis's own unit.

    value = value_at_zero + per_unit * coordinate; `ticks` are the (coordinate, value) pairs that it was
    calibrated on, `origin` says how they were found ("text", "ocr", "option", "saved", "assumed"), `on_ticks`
    whether the coordinates are those of ticks or gridlines (else of the middles of labels, a little off).
    """

    value_at_zero: float
    per_unit: float
    ticks: tuple[tuple[float, float], ...] = ()
    origin: str = "text"
    confidence: float = 1.0
    on_ticks: bool = True

    def value(self, coordinate: Floats) -> Floats:
        """Values on the axis of drawing coordinates."""
        return self.value_at_zero + self.per_unit * np.asarray(coordinate, dtype=float)

    def coordinate(self, value: Floats) -> Floats:
        """Drawing coordinates of values on the axis."""
        return (np.asarray(value, dtype=float) - self.value_at_zero) / self.per_unit


@dataclass(frozen=True)
class ArmReading:
    """One arm of a panel.

    `time` is in the axis's own unit, `survival` a probability (0-1) whatever the axis shows; both corners of
    each step are given in reading order. `confidence` runs from 0 to 1. `rising` says that the figure shows
    one minus survival.
    """

    name: str
    colour: str
    time: Floats
    survival: Floats
    at_risk_time: Floats = field(default_factory=lambda: np.empty(0))
    at_risk: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    censor_marks: Floats = field(default_factory=lambda: np.empty(0))
    confidence: float = 1.0
    rising: bool = False


@dataclass(frozen=True)
class PanelReading:
    """One set of axes with its arms; `box` is (left, top, right, bottom) in drawing coordinates.

    A picture that lay askew was turned about `pivot` (pixels of the file) by `tilt` degrees anticlockwise as one sees
    it; the coordinates are those of pixels after turning.
    """

    name: str
    x_axis: Axis
    y_axis: Axis
    box: tuple[float, float, float, float]
    arms: tuple[ArmReading, ...]
    unit: str
    warnings: tuple[str, ...] = ()
    tilt: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class FigureReading:
    """Everything read from one figure file."""

    path: Path
    sha256: str
    grade: Grade
    panels: tuple[PanelReading, ...]
    page: int = 1


@dataclass(frozen=True)
class ReadingOptions:
    """What the user says about a figure; each overrides the reader's own guess.

    `arms` is a number of arms or their names in legend order (top curve first), `colours` hex colours of the
    curves, `crop` is (left, top, right, bottom) in drawing coordinates, `page` and `panel` count from 1.
    """

    page: int | None = None
    panel: int | None = None
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    arms: int | tuple[str, ...] | None = None
    colours: tuple[str, ...] | None = None
    unit: str | None = None
    crop: tuple[float, float, float, float] | None = None
