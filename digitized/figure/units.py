"""The unit of time that the title of an axis names."""

import re

_UNITS = (
    ("months", re.compile(r"\b(months?|mos?\.?|mth)\b", re.IGNORECASE)),
    ("years", re.compile(r"\b(years?|yrs?)\b", re.IGNORECASE)),
    ("weeks", re.compile(r"\b(weeks?|wks?)\b", re.IGNORECASE)),
    ("days", re.compile(r"\bdays?\b", re.IGNORECASE)),
)


def unit_named(title: str) -> str:
    """Unit of time in a title, "" if it names none."""
    return next((unit for unit, words in _UNITS if words.search(title)), "")
