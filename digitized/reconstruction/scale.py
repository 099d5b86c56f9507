"""What the numbers of a table of points mean: percent or probability, survival or incidence, unit of
time.
"""

from enum import StrEnum

import numpy as np

from digitized.curve import Floats

DAYS_PER_MONTH = 365.25 / 12


class Scale(StrEnum):
    """Scale of the vertical axis."""

    AUTO = "auto"
    PROBABILITY = "probability"
    PERCENT = "percent"


class Kind(StrEnum):
    """What the vertical axis shows."""

    AUTO = "auto"
    SURVIVAL = "survival"
    INCIDENCE = "incidence"  # 1 - S


class Unit(StrEnum):
    """Unit of time of the tables."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"

    @property
    def months(self) -> float:
        """Months in one of the unit (a month is 365.25 / 12 days)."""
        return {"days": 1 / DAYS_PER_MONTH, "weeks": 7 / DAYS_PER_MONTH, "months": 1.0, "years": 12.0}[
            self.value
        ]


def to_survival(values: Floats, scale: Scale, kind: Kind) -> tuple[Floats, tuple[str, ...]]:
    """Survival probabilities of one arm in file order, and what was assumed."""
    notes = []
    if scale is Scale.AUTO:
        scale = Scale.PERCENT if np.nanmax(values, initial=0.0) > 1.5 else Scale.PROBABILITY
        if scale is Scale.PERCENT:
            notes.append("values above 1.5: read as percent")
    if scale is Scale.PERCENT:
        values = values / 100.0
    if kind is Kind.AUTO:
        kind = Kind.INCIDENCE if _rises(values) else Kind.SURVIVAL
        if kind is Kind.INCIDENCE:
            notes.append("values rise from near 0: read as cumulative incidence, survival = 1 - value")
    return (1.0 - values if kind is Kind.INCIDENCE else values), tuple(notes)


def _rises(values: Floats) -> bool:
    """Whether the values start in the lower half and end higher than they start."""
    return bool(
        values.size > 1 and values[0] < 0.5 and np.nanmax(values) > values[0] + 1e-9 and _low_start(values)
    )


def _low_start(values: Floats) -> bool:
    return bool(values[0] <= 0.1 or values[0] <= np.nanmin(values) + 0.02)
