"""What the numbers of a table of points mean: percent or probability, survival or incidence, unit of
time.
"""

from enum import StrEnum

import numpy as np

from digitized.curve import Floats

DAYS_PER_MONTH = 365.25 / 12
NEAR_NOTHING = 0.1
RISE = 0.02  # beyond reading noise: survival never rises


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


def to_survival(time: Floats, values: Floats, scale: Scale, kind: Kind) -> tuple[Floats, tuple[str, ...]]:
    """Survival probabilities of one arm in file order, and what was assumed."""
    notes = []
    if scale is Scale.AUTO:
        scale = Scale.PERCENT if np.nanmax(values, initial=0.0) > 1.5 else Scale.PROBABILITY
        if scale is Scale.PERCENT:
            notes.append("values above 1.5: read as percent")
    if scale is Scale.PERCENT:
        values = values / 100.0
    if kind is Kind.AUTO:
        kind = Kind.INCIDENCE if _rises(time, values) else Kind.SURVIVAL
        if kind is Kind.INCIDENCE:
            notes.append("values start near 0 or rise: read as cumulative incidence, survival = 1 - value")
    return (1.0 - values if kind is Kind.INCIDENCE else values), tuple(notes)


def _rises(time: Floats, values: Floats) -> bool:
    """Whether values lie near 0 at time 0, or end higher than they start; in order of time, not of the file."""
    first, last = (float(np.nanmean(values[time == end])) for end in (np.nanmin(time), np.nanmax(time)))
    starts_at_nothing = bool(np.nanmin(time) <= 0.0 and first <= NEAR_NOTHING)
    return starts_at_nothing or last > first + RISE
