"""Traps of real pictures: smooth lines, limits of an interval, axes that do not meet, plots that do not reach zero."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from digitized.errors import FigureRefused
from digitized.figure.raster import read_raster
from digitized.figure.raster.risk_rows import falling
from digitized.figure.reading import ReadingOptions

NO_OPTION = ReadingOptions()


def _pixels(figure: Figure) -> npt.NDArray[np.uint8]:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_figure(buffer, dpi=110, format="png")
    return np.asarray(Image.open(buffer).convert("RGB"))


def _steps(n: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Deaths of n patients without censoring."""
    times = np.sort(np.random.default_rng(5).exponential(14.0, n))
    inside = times < 34
    count = int(inside.sum())
    x = np.concatenate([[0.0], times[inside], [34.0]])
    levels = 1 - np.arange(count + 1) / n
    return x, np.append(levels, levels[-1])


@pytest.mark.parametrize("rising", [False, True])
@pytest.mark.parametrize(("points", "style"), [(60, "-"), (13, "o-")], ids=["smooth", "markers"])
def test_a_line_chart_is_no_survival_curve(points: int, style: str, rising: bool) -> None:
    figure = Figure(figsize=(6, 4.4))
    axes = figure.add_subplot()
    x = np.linspace(0, 36, points)
    axes.plot(x, x / 40 if rising else np.exp(-x / 18), style)
    axes.set(xlim=(0, 36), ylim=(0, 1.02), xlabel="Months")
    with pytest.raises(FigureRefused, match="smooth"):
        read_raster(_pixels(figure), NO_OPTION)


def test_dashed_limits_are_left_out_and_offset_axes_are_found() -> None:
    figure = Figure(figsize=(6, 4.4))
    axes = figure.add_subplot()
    x, y = _steps(50)
    half = 0.12 * np.sqrt(np.arange(x.size) / x.size)
    axes.step(x, y, where="post", color="black")
    for side in (-1, 1):
        axes.step(
            x, np.clip(y + side * half, 0, 1), where="post", color="black", linestyle="--", linewidth=0.8
        )
    axes.set(ylim=(0, 1), xlabel="Months")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_position(("outward", 10))
    axes.spines["bottom"].set_bounds(0, 34)
    (panel,) = read_raster(_pixels(figure), NO_OPTION)
    (arm,) = panel.arms
    assert any("confidence limits" in warning for warning in panel.warnings)
    at = np.linspace(0, 33, 200)
    read = arm.survival[np.searchsorted(arm.time, at, side="right") - 1]
    assert np.sqrt(np.mean((read - y[np.searchsorted(x, at, side="right") - 1]) ** 2)) < 0.01


def test_a_curve_that_leaves_the_plot_is_said() -> None:
    figure = Figure(figsize=(6, 4.4))
    axes = figure.add_subplot()
    axes.step(*_steps(80), where="post", color="#1f77b4")
    axes.set(xlim=(0, 36), ylim=(0.3, 1), xlabel="Months")
    (panel,) = read_raster(_pixels(figure), NO_OPTION)
    assert any("leaves the plot" in warning for warning in panel.warnings)


def test_a_number_at_risk_that_lost_a_digit_is_left_out() -> None:
    cells = [(0.0, 20), (6.0, 107), (12.0, 81), (18.0, 96), (24.0, 42)]
    assert falling(cells) == [(6.0, 107), (12.0, 81), (24.0, 42)]


def _rising(**titles: str) -> Figure:
    figure = Figure(figsize=(6, 4.4))
    axes = figure.add_subplot()
    x, y = _steps(50)
    axes.step(x / 34, 1 - y, where="post")
    axes.set(xlim=(0, 1), ylim=(0, 1), **titles)
    return figure


def test_a_roc_curve_and_an_axis_beyond_one_are_refused() -> None:
    with pytest.raises(FigureRefused, match="ROC curve"):
        read_raster(_pixels(_rising(xlabel="1 - Specificity", ylabel="Sensitivity")), NO_OPTION)
    hazard = _rising(xlabel="Years", ylabel="Events per patient")
    hazard.axes[0].set_ylim(0, 2)
    with pytest.raises(FigureRefused, match="runs to 2, not to 1"):
        read_raster(_pixels(hazard), NO_OPTION)


def test_a_tinted_plot_smaller_than_its_margin_and_black_marks_on_coloured_curves() -> None:
    """Plotly's look: no axis lines, white gridlines, a wide white margin; marks of one colour on all curves."""
    figure = Figure(figsize=(7.5, 5))
    axes = figure.add_axes((0.11, 0.22, 0.62, 0.55), facecolor="#e5ecf6")
    axes.grid(True, color="white", linewidth=1)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    x, y = _steps(60)
    marks = np.linspace(8, 33.5, 32)
    for power, colour in ((1.0, "#ef553b"), (0.5, "#636efa")):
        axes.step(x, y**power, where="post", color=colour, linewidth=2)
        level = y[np.searchsorted(x, marks, side="right") - 1] ** power
        axes.plot(marks, level, "+", color="black", markersize=7)
    axes.set(xlim=(0, 34), ylim=(0, 1.05), xlabel="Months")
    (panel,) = read_raster(_pixels(figure), NO_OPTION)
    assert len(panel.arms) == 2
    at = np.linspace(0, 33, 200)
    true = y[np.searchsorted(x, at, side="right") - 1]
    for arm, power in zip(panel.arms, (0.5, 1.0), strict=True):
        read = arm.survival[np.searchsorted(arm.time, at, side="right") - 1]
        assert np.sqrt(np.mean((read - true**power) ** 2)) < 0.01


def test_a_small_plot_within_the_plot_adds_no_arms_and_is_said() -> None:
    figure = Figure(figsize=(7, 5))
    axes = figure.add_subplot()
    inset = axes.inset_axes((0.6, 0.58, 0.37, 0.37))
    x, y = _steps(60)
    for power, colour in ((1.0, "#d62728"), (0.7, "#1f77b4")):
        for one in (axes, inset):
            one.step(x, y**power, where="post", color=colour)
    axes.set(xlim=(0, 36), ylim=(0, 1.02), xlabel="Months")
    inset.set(xlim=(0, 12), ylim=(0.4, 1))
    inset.tick_params(labelsize=7)
    (panel,) = read_raster(_pixels(figure), NO_OPTION)
    assert len(panel.arms) == 2
    assert any("small plot within the plot" in warning for warning in panel.warnings)


def test_names_stand_left_of_their_samples_too() -> None:
    """Gnuplot's legends; in its second line the longer name reaches under the place where the first line's begins."""
    figure = Figure(figsize=(7, 5))
    axes = figure.add_subplot()
    x, y = _steps(60)
    for power, colour, name in ((0.6, "#9400d3", "Serplulimab"), (1.3, "#009e73", "Chemotherapy")):
        axes.step(x, y**power, where="post", color=colour, label=name)
    axes.set(xlim=(0, 36), ylim=(0, 1.02), xlabel="Months")
    axes.legend(loc="upper right", frameon=False, markerfirst=False, labelspacing=0.1)
    (panel,) = read_raster(_pixels(figure), NO_OPTION)
    upper = max(panel.arms, key=lambda arm: arm.survival[-1])
    assert upper.name == "Serplulimab"
    assert {arm.name for arm in panel.arms} == {"Serplulimab", "Chemotherapy"}
