"""The unit of time that the title of an axis names."""

import re

#: Blanks are lost where the words of a picture are read: "Monthssincerandomisation", "Timeinmonths".
_BEFORE = r"(?:\b|(?<=timein)|(?<=survivalin)|(?<=time))"
_AFTER = r"(?:\b|(?=since|from|after|following|post))"
_UNITS = tuple(
    (unit, re.compile(rf"{_BEFORE}(?:{whole}){_AFTER}{short}", re.IGNORECASE))
    for unit, whole, short in (
        ("months", "months?", r"|\b(?:mos?\.?|mth)\b"),
        ("years", "years?", r"|\byrs?\b"),
        ("weeks", "weeks?", r"|\bwks?\b"),
        ("days", "days?", ""),
    )
)


def unit_named(title: str) -> str:
    """Unit of time in a title, "" if it names none."""
    return next((unit for unit, words in _UNITS if words.search(title)), "")
