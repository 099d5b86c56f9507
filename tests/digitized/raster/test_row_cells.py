"""Cells of a table of numbers at risk: cut from a name that nearly touches them; names that look like numbers."""

import numpy as np
import pytest

from digitized.figure.raster.ocr import Box, Word
from digitized.figure.raster.risk_cells import Line, cells_under

COLUMNS = np.array([100.0, 160.0, 220.0])


def glyphs(left: float, count: int, apart: float = 8.0) -> tuple[Box, ...]:
    """Boxes of `count` letters, six pixels wide and ten high."""
    return tuple((left + apart * k, 20.0, left + apart * k + 5.0, 29.0) for k in range(count))


@pytest.mark.parametrize("gap", [4, 6, 20])
def test_a_name_close_to_the_first_number_is_no_part_of_it(gap: int) -> None:
    number, other, last = glyphs(89, 3), glyphs(149, 3), glyphs(217, 1)
    name = glyphs(89 - gap - 61, 8)
    cells = cells_under(Line(20, 29, (*name, *number, *other, *last)), COLUMNS)
    assert [cells[k][0] for k in range(3)] == [89, 149, 217]
    assert [cells[k][2] for k in range(3)] == [110, 170, 222]


def test_a_number_in_two_groups_stays_whole() -> None:
    """`1 204`: the gap between thousands and hundreds parts nothing."""
    number = (*glyphs(83, 1), *glyphs(95, 3))
    cells = cells_under(Line(20, 29, (*number, *glyphs(149, 3), *glyphs(217, 1))), COLUMNS)
    assert cells[0][0] == 83


@pytest.mark.parametrize(
    ("text", "number"),
    [("Q1", None), ("S2", None), ("B12", None), ("O.5", 0.5), ("l2", 12.0), ("1OO", 100.0)],
)
def test_a_letter_before_digits_is_a_name(text: str, number: float | None) -> None:
    assert Word(text, 0, 0, 20, 10).number == number
