"""A dashed key that the reader of text took for signs before the name is cut off; hyphens are not."""

import numpy as np

from digitized.figure.raster.keys import _between_keys
from digitized.figure.raster.ocr import Word


def _ink(dashes: list[tuple[int, int]], letters: list[int]) -> np.ndarray:
    """Level strokes two pixels thick about row 10 and letters from row 4 to row 16, six wide."""
    ink = np.zeros((20, 140), dtype=bool)
    for first, last in dashes:
        ink[9:11, first : last + 1] = True
    for left in letters:
        ink[4:16, left : left + 2] = ink[4:16, left + 4 : left + 6] = ink[12:14, left : left + 6] = True
    return ink


def test_dashes_before_a_name_are_its_key() -> None:
    ink = _ink([(2, 9), (14, 21)], [36, 45, 54, 63, 72])
    (box,) = _between_keys(ink, Word("--Drug", 0, 2, 80, 18))
    assert box[0] == 36
    assert box[2] == 77


def test_a_hyphen_within_a_name_stays() -> None:
    assert _between_keys(_ink([(56, 60)], [36, 45, 64, 73, 82]), Word("Ab-Cde", 34, 2, 90, 18)) == []
