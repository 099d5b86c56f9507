"""A spreadsheet's chart has no upright line: its plot is where its gridlines run."""

import numpy as np

from digitized.figure.raster.frames import find_frames
from digitized.figure.raster.image import Picture


def _chart(rows: list[int]) -> Picture:
    rgb = np.ones((300, 500, 3), dtype=np.float32)
    for row in rows[:-1]:
        rgb[row, 60:460] = 0.85
    rgb[rows[-1], 60:460] = 0.75
    return Picture(rgb)


def test_level_gridlines_make_a_frame() -> None:
    rows = [40, 80, 120, 160, 200, 240]
    (frame,) = find_frames(_chart(rows))
    assert (frame.left, frame.top, frame.right, frame.bottom) == (60, 40, 459, 240)
    # A curve may run along one of them.
    (frame,) = find_frames(_chart([row for row in rows if row != 160]))
    assert (frame.top, frame.bottom) == (40, 240)


def test_rules_of_a_table_make_none() -> None:
    assert find_frames(_chart([40, 60, 97, 131, 240])) == []
