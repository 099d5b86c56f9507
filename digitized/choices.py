"""What a user may say about points and their rebuilding: plain words that load at once, so that the command
line answers before the numerical libraries are needed.
"""

from enum import StrEnum

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


class Method(StrEnum):
    """How patients are rebuilt from points of a curve."""

    CONSTRAINED = "constrained"  # integer counts that meet what was printed, noise estimated (the default)
    GUYOT = "guyot"  # Guyot et al., BMC Med Res Methodol 2012;12:9, the reference method
