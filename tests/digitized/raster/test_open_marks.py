"""Open circles on a curve: it runs through their middles, not along their rims; their rows are no legend's box."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from digitized.figure.raster import read_raster
from digitized.figure.raster.colours import with_solid_marks
from digitized.figure.reading import ReadingOptions


def _rings(lefts: list[int]) -> np.ndarray:
    """Rings about row 20, seven pixels wide, on a line that they hide."""
    rows, columns = np.mgrid[-3:4, -3:4]
    ring = (np.abs(np.hypot(rows, columns) - 3) < 0.6).astype(np.float32)
    coverage = np.zeros((40, 120), dtype=np.float32)
    coverage[20, 5:115] = 1
    for left in lefts:
        coverage[17:24, left : left + 7] = ring
    return coverage


def test_insides_of_circles_of_one_size_are_filled() -> None:
    filled = with_solid_marks(_rings([10, 30, 50, 70]))
    assert all(filled[20, left + 3] == 1 for left in (10, 30, 50, 70))
    assert filled[10, 60] == 0


def test_a_gap_here_and_there_is_not() -> None:
    coverage = _rings([10, 30])
    assert np.array_equal(with_solid_marks(coverage), coverage)


def test_levels_behind_open_circles() -> None:
    figure = Figure(figsize=(6, 4.4))
    axes = figure.add_subplot()
    at = np.array([0.0, 4, 9, 15, 22, 34])
    level = np.array([1.0, 0.9, 0.75, 0.6, 0.45, 0.45])
    axes.step(at, level, where="post", color="#4B4B9B")
    marks = np.concatenate([np.arange(9.4, 14.8, 0.75), np.arange(15.4, 31.0, 0.75)])
    heights = level[np.searchsorted(at, marks, side="right") - 1]
    axes.plot(marks, heights, "o", markerfacecolor="white", color="#4B4B9B", markersize=5)
    axes.set(xlim=(0, 35), ylim=(0, 1), xlabel="Months")
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_figure(buffer, dpi=110, format="png")
    options = ReadingOptions(x_range=(0, 35), y_range=(0, 1))
    (panel,) = read_raster(np.asarray(Image.open(buffer).convert("RGB")), options)
    (arm,) = panel.arms
    middles = np.array([2.0, 6.5, 12.0, 18.5, 28.0])
    read = arm.survival[np.searchsorted(arm.time, middles, side="right") - 1]
    np.testing.assert_allclose(read, level[:5], atol=0.004)
