"""Units of time in the titles of axes, blanks lost or not."""

import pytest

from digitized.figure.units import unit_named


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Time (months)", "months"),
        ("Monthssincerandomisation", "months"),
        ("Timeinmonths", "months"),
        ("Daysfrom randomization", "days"),
        ("Survival time, yrs", "years"),
        ("24 mo", "months"),
        ("Today", ""),
        ("Someyears", ""),
        ("mosaic", ""),
    ],
)
def test_the_unit_that_a_title_names(title: str, unit: str) -> None:
    assert unit_named(title) == unit
