"""Vector figures as Matplotlib and lifelines draw them, in several styles, against the known truth."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from lifelines import KaplanMeierFitter
from matplotlib.figure import Figure

from digitized.curve import Grade
from digitized.figure.raster.ocr import ocr_available
from digitized.figure.read import read_figure
from digitized.figure.reading import ReadingOptions

TICKS = np.arange(0, 37, 6.0)
COLOURS = ("#1f77b4", "#d62728")


def journal(kit, arms) -> Figure:
    """Two colours, censor ticks, a legend inside, numbers at risk with names under the axis."""
    figure = Figure(figsize=(6, 5))
    axes = kit.axes(figure)
    for k, (arm, colour) in enumerate(zip(arms, COLOURS, strict=True)):
        axes.plot(*arm.line, color=colour, label=arm.name)
        axes.plot(arm.censored, arm.survival_at(arm.censored), "|", color=colour, markersize=7)
        for t, n in zip(TICKS, arm.at_risk(TICKS), strict=True):
            axes.text(t, -0.33 - 0.07 * k, str(n), ha="center", fontsize=8)
        axes.text(-2, -0.33 - 0.07 * k, arm.name, ha="right", fontsize=8)
    axes.text(-2, -0.26, "No. at risk", ha="right", fontsize=8)
    axes.legend(loc="upper right")
    figure.subplots_adjust(left=0.3)
    axes.set_position((0.3, 0.35, 0.65, 0.6))
    return figure


def dashed(kit, arms) -> Figure:
    """Black lines told apart by their dashes; percent axis; only two spines; a dotted median line."""
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    axes.spines[["top", "right"]].set_visible(False)
    for arm, dash in zip(arms, ("-", "--"), strict=True):
        x, y = arm.line
        axes.plot(x, 100 * y, color="black", linestyle=dash, label=arm.name)
        at = arm.censored
        axes.plot(at, 100 * arm.survival_at(at), "+", color="black", markersize=6)
    axes.axhline(50, color="black", linestyle=":", linewidth=0.8)
    axes.set(ylim=(0, 105), yticks=range(0, 101, 20), ylabel="Overall survival (%)", xlabel="Months")
    axes.legend(frameon=False)
    return figure


def dark(kit, arms) -> Figure:
    """Light lines on a dark ground, gridlines, a truncated axis."""
    figure = Figure(figsize=(7, 4), facecolor="#101020")
    axes = kit.axes(figure)
    axes.set_facecolor("#101020")
    for arm, colour in zip(arms, ("#ffd060", "#60e0ff"), strict=True):
        axes.plot(*arm.line, color=colour, label=arm.name, linewidth=2)
    axes.grid(color="#505070", linewidth=0.6)
    axes.set_ylim(0.05, 1.02)
    axes.tick_params(colors="white")
    axes.legend(facecolor="#101020", labelcolor="white")
    axes.xaxis.label.set_color("white")
    return figure


def bands(kit, arms) -> Figure:
    """Shaded bands whose limits are drawn too."""
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    for arm, colour in zip(arms, COLOURS, strict=True):
        x, y = arm.line
        low, high = y**1.25 * 0.98, np.minimum(1, y**0.8 * 1.01)
        low[y == 1], high[y == 1] = 1, 1
        axes.plot(x, y, color=colour, label=arm.name)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(x, low, color=colour, linewidth=0.5, linestyle="--")
        axes.plot(x, high, color=colour, linewidth=0.5, linestyle="--")
    axes.legend()
    return figure


def circles(kit, arms) -> Figure:
    """Step lines with open circles, reference lines from the medians, a frameless legend above."""
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    for arm, colour in zip(arms, ("#00a087", "#7e6148"), strict=True):
        times, survival = arm.drops
        x, y = np.append(times, arm.time.max()), np.append(survival, survival[-1])
        axes.step(np.append(0, x), np.append(1, y), where="post", color=colour, label=arm.name)
        at = arm.censored
        axes.plot(at, arm.survival_at(at), "o", mfc="none", color=colour, markersize=4, linestyle="none")
        median = float(times[np.argmax(survival <= 0.5)])
        axes.plot([0, median], [0.5, 0.5], color="grey", linestyle="--", linewidth=0.7)
        axes.plot([median, median], [0.5, 0], color="grey", linestyle="--", linewidth=0.7)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return figure


STYLES: dict[str, Callable[..., Figure]] = {f.__name__: f for f in (journal, dashed, dark, bands, circles)}


@pytest.mark.parametrize("form", ["letters.svg", "outlines.svg", "page.pdf"])
@pytest.mark.parametrize("style", STYLES)
def test_styles_without_options(style, form, kit, two_arms, tmp_path: Path):
    letters = "path" if form == "outlines.svg" else "none"
    path = kit.save(STYLES[style](kit, two_arms), tmp_path / form, letters)
    reading = read_figure(path)
    assert reading.grade is Grade.VECTOR
    (panel,) = reading.panels
    assert panel.unit == "months"
    kit.check(panel, two_arms)
    if style in {"journal", "dashed", "circles"}:
        for arm in two_arms:
            marks = kit.match(panel, arm).censor_marks
            assert len(marks) == pytest.approx(len(arm.censored), abs=1)
            assert np.abs(marks[:, None] - arm.censored[None, :]).min(axis=1).max() < 0.03
    if style == "journal":
        for arm in two_arms:
            read = kit.match(panel, arm)
            assert read.at_risk.tolist() == arm.at_risk(TICKS)
            assert read.at_risk_time.tolist() == TICKS.tolist()


@pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")
@pytest.mark.parametrize("style", ["journal", "dashed"])
def test_outlined_letters_are_recognised(style, kit, two_arms, tmp_path: Path):
    """As R's svg() writes: letters are shapes, and nothing in the file says which."""
    path = kit.save(STYLES[style](kit, two_arms), tmp_path / "shapes.svg", "path")
    path.write_text(re.sub("<!--.*?-->", "", path.read_text(), flags=re.DOTALL))
    (panel,) = read_figure(path).panels
    kit.check(panel, two_arms, names=False)
    assert panel.unit == "months"
    assert {arm.name.replace(" ", "") for arm in panel.arms} == {a.name.replace(" ", "") for a in two_arms}
    if style == "journal":
        for arm in two_arms:
            assert kit.match(panel, arm).at_risk.tolist() == arm.at_risk(TICKS)


@pytest.mark.parametrize("form", ["lifelines.svg", "lifelines.pdf"])
def test_lifelines_with_a_table_of_blocks(form, kit, two_arms, tmp_path: Path):
    figure = Figure(figsize=(7, 6))
    axes = figure.add_axes((0.2, 0.45, 0.75, 0.5))
    for arm in two_arms:
        KaplanMeierFitter(label=arm.name).fit(arm.time, arm.event).plot_survival_function(
            ax=axes, show_censors=True
        )
    axes.set(xlabel="months", xticks=range(0, 37, 6), xlim=(0, 38))
    below = iter(np.arange(-0.2, -1, -0.07))
    for arm in two_arms:
        axes.text(-1.2, next(below), arm.name, ha="right", fontsize=9, transform=axes.transData)
        gone = [len(arm.time) - n for n in arm.at_risk(TICKS)]
        for label, counts in (("At risk", arm.at_risk(TICKS)), ("Censored", gone), ("Events", gone)):
            y = next(below)
            axes.text(-1.2, y, label, ha="right", fontsize=9)
            for t, n in zip(TICKS, counts, strict=True):
                axes.text(t, y, str(n), ha="center", fontsize=9)
    (panel,) = read_figure(kit.save(figure, tmp_path / form)).panels
    kit.check(panel, two_arms)
    for arm in two_arms:
        assert kit.match(panel, arm).at_risk.tolist() == arm.at_risk(TICKS)


@pytest.mark.parametrize("form", ["two.svg", "two.pdf"])
def test_two_panels_are_told_apart(form, kit, two_arms, tmp_path: Path):
    others = [kit.simulate("Camrelizumab", 90, 8.0, 3), kit.simulate("Placebo + chemo", 95, 5.0, 4)]
    figure = Figure(figsize=(11, 4))
    for left, arms in ((0.07, two_arms), (0.57, others)):
        axes = kit.axes(figure, position=(left, 0.3, 0.4, 0.6))
        for k, (arm, colour) in enumerate(zip(arms, COLOURS, strict=True)):
            axes.plot(*arm.line, color=colour, label=arm.name)
            for t, n in zip(TICKS, arm.at_risk(TICKS), strict=True):
                axes.text(t, -0.33 - 0.07 * k, str(n), ha="center", fontsize=8)
        axes.legend()
    path = kit.save(figure, tmp_path / form)
    reading = read_figure(path)
    assert [p.name for p in reading.panels] == ["1", "2"]
    for panel, arms in zip(reading.panels, (two_arms, others), strict=True):
        kit.check(panel, arms)
        for arm in arms:
            assert kit.match(panel, arm).at_risk.tolist() == arm.at_risk(TICKS)
    (second,) = read_figure(path, ReadingOptions(panel=2)).panels
    kit.check(second, others)


def test_stacked_panels_with_shared_times(kit, two_arms, tmp_path: Path):
    figure = Figure(figsize=(6, 8))
    for k, arm in enumerate(two_arms):
        axes = kit.axes(figure, position=(0.12, 0.58 - 0.48 * k, 0.8, 0.36))
        axes.plot(*arm.line, color="black")
        if k == 0:
            axes.tick_params(labelbottom=False)
            axes.set_xlabel("")
    reading = read_figure(kit.save(figure, tmp_path / "stacked.svg"))
    assert len(reading.panels) == 2
    for panel, arm in zip(reading.panels, two_arms, strict=True):
        kit.check(panel, [arm], names=False)


def test_rising_curves_become_survival(kit, two_arms, tmp_path: Path):
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    for arm, colour in zip(two_arms, COLOURS, strict=True):
        x, y = arm.line
        axes.plot(x, 1 - y, color=colour, label=arm.name)
    axes.legend()
    (panel,) = read_figure(kit.save(figure, tmp_path / "risk.svg")).panels
    kit.check(panel, two_arms)
    assert all(arm.rising for arm in panel.arms)
    assert any("rises" in warning for warning in panel.warnings)


def test_three_arms_with_common_visit_times_are_not_taken_for_a_band(kit, tmp_path: Path):
    arms = [
        kit.simulate(name, 200, m, k) for k, (name, m) in enumerate({"A1": 20, "B2": 12, "C3": 7}.items())
    ]
    arms = [type(a)(a.name, np.ceil(a.time), a.event) for a in arms]
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    for arm, colour in zip(arms, ("#1b9e77", "#d95f02", "#7570b3"), strict=True):
        axes.plot(*arm.line, color=colour, label=arm.name)
    axes.legend()
    (panel,) = read_figure(kit.save(figure, tmp_path / "three.svg")).panels
    kit.check(panel, arms)


@pytest.mark.parametrize("change", ["turned y labels", "slanted x labels", "no ticks", "page on its side"])
def test_labels_and_pages_turned_and_without_ticks(change, kit, two_arms, tmp_path: Path):
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    for arm, colour in zip(two_arms, COLOURS, strict=True):
        axes.plot(*arm.line, color=colour, label=arm.name)
    axes.legend()
    if change == "turned y labels":
        axes.tick_params(axis="y", labelrotation=90)
    elif change == "slanted x labels":
        axes.tick_params(axis="x", labelrotation=45)
    elif change == "no ticks":
        axes.tick_params(length=0)
    path = kit.save(figure, tmp_path / "plain.pdf")
    if change == "page on its side":
        document = pdfium.PdfDocument(path)
        document[0].set_rotation(90)
        path = tmp_path / "turned.pdf"
        document.save(path)
    (panel,) = read_figure(path).panels
    kit.check(panel, two_arms)
