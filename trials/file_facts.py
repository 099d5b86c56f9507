"""Rows of an evidence file that name other files: published figures, digitised curves, patient data."""

from typing import Literal

from pydantic import Field

from trials.facts import Assessor, Row, Text

UnitName = Literal["days", "weeks", "months", "years"]


class PatientFile(Row):
    """Patient data given by the user: a CSV beside the evidence file with columns time and event."""

    arm: Text
    endpoint: Text
    population: Text
    analysis: Text = "primary"
    file: Text
    unit: UnitName = "months"
    assessor: Assessor | None = None
    source: Text


class Figure(Row):
    """A published figure of one analysis; once it is read, its curves are used at grade raster or vector.

    `reading` is the common start of the reading's files: READING.curves.csv (arm, time, survival), perhaps
    READING.at_risk.csv, and READING.toml with the unit of time. `arms` maps arm ids to the reading's names
    where they differ.
    """

    endpoint: Text
    population: Text
    analysis: Text = "primary"
    reading: Text
    arms: dict[str, str] = Field(default_factory=dict)
    grade: Literal["vector", "raster"] = "raster"
    assessor: Assessor | None = None
    source: Text
    note: Text | None = None


class CurveFile(Row):
    """A digitised curve beside the evidence file: `time,survival` of one arm, with where it came from."""

    arm: Text
    endpoint: Text
    population: Text
    analysis: Text = "primary"
    file: Text
    at_risk: Text | None = None
    unit: UnitName = "months"
    grade: Literal["vector", "raster"] = "raster"
    assessor: Assessor | None = None
    source: Text
    sha256: Text | None = None
    reader: Text | None = None
    attached: Text | None = None
    note: Text | None = None
