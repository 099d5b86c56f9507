"""Falling parts of other charts' lines, and curves that rise to the very top."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from digitized.errors import FigureRefused
from digitized.figure.raster import read_raster
from digitized.figure.raster.ocr import ocr_available
from digitized.figure.reading import PanelReading, ReadingOptions

SEED = 52114
pytestmark = pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")


def read(draw: Callable[[Axes], object]) -> PanelReading:
    figure = Figure(figsize=(5, 3.6))
    axes = figure.add_axes((0.14, 0.16, 0.82, 0.8))
    draw(axes)
    axes.set(
        xlim=(0, 36), ylim=(0, 1), xlabel="Months", ylabel="Proportion of patients", xticks=range(0, 37, 6)
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    (panel,) = read_raster(np.asarray(Image.open(buffer).convert("RGB")), ReadingOptions())
    return panel


def outline(axes: Axes) -> None:
    heights = np.array([0.02, 0.1, 0.35, 0.8, 0.96, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02])
    axes.stairs(heights, np.arange(0, 37, 3), linewidth=1.5)


def two_outlines(axes: Axes) -> None:
    for peak, colour in ((9.0, "#1f77b4"), (18.0, "#d62728")):
        middles = np.arange(1, 36, 2)
        axes.stairs(
            0.9 * np.exp(-((middles - peak) ** 2) / 60), np.arange(0, 37, 2), color=colour, linewidth=1.5
        )


def touching_bars(axes: Axes) -> None:
    axes.bar(
        np.arange(0, 36, 3), np.exp(-np.arange(12) / 6), width=3, align="edge", color="none", edgecolor="k"
    )


@pytest.mark.parametrize("chart", [outline, two_outlines, touching_bars])
def test_histograms_are_refused(chart: Callable[[Axes], object]) -> None:
    with pytest.raises(FigureRefused, match=r"a histogram or another chart|no curve that starts at S = 1"):
        read(chart)


def test_a_line_that_rises_to_the_top_is_read_as_rising() -> None:
    """Its last steps, under S = 1, are no curve that falls."""
    times = np.sort(np.random.default_rng(SEED).exponential(7, 60).clip(0, 34))
    panel = read(lambda axes: axes.step([0, *times], np.arange(61) / 60, where="post", linewidth=1.5))
    assert any("rise" in warning for warning in panel.warnings)
    (arm,) = panel.arms
    assert arm.rising
    grid = np.linspace(0, 33, 200)
    level = arm.survival[np.searchsorted(arm.time, grid, side="right") - 1]
    truth = 1 - np.searchsorted(times, grid, side="right") / 60
    assert np.sqrt(np.mean((level - truth) ** 2)) < 0.01


def test_steps_of_one_width_are_doubted() -> None:
    panel = read(lambda axes: axes.step(np.arange(0, 37, 3), np.exp(-np.arange(13) / 6), where="post"))
    assert any("equally wide" in warning for warning in panel.warnings)


def test_shades_of_grey_that_cross_are_whole_curves() -> None:
    """The rims of a black line look like the ink of a pale one, and hang together with it."""

    def three(axes: Axes) -> None:
        time = np.arange(0, 37)
        for rate, colour in ((0.02, "#000000"), (0.05, "#6e6e6e"), (0.09, "#b0b0b0")):
            axes.step(time, np.exp(-rate * time), where="post", color=colour, linewidth=1.8)
            axes.plot(time[5::4], np.exp(-rate * time[5::4]), "o", color=colour, markersize=3.5)
        axes.axhline(0.5, color="black", linewidth=0.6, linestyle=(0, (2, 2)))

    assert len(read(three).arms) == 3
