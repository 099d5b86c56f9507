"""Traps of real figures: insets, plots that do not reach zero, close falls, counts in brackets."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from digitized.figure.read import read_figure

TICKS = np.arange(0, 37, 6.0)
COLOURS = ("#1f77b4", "#d62728")


def _drawn(kit, arms, axes) -> None:
    for arm, colour in zip(arms, COLOURS, strict=False):
        axes.plot(*arm.line, color=colour, label=arm.name)


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_an_inset_is_no_panel_and_its_curves_are_not_read(kit, two_arms, tmp_path, suffix) -> None:
    figure = Figure(figsize=(6, 5))
    axes = kit.axes(figure)
    _drawn(kit, two_arms, axes)
    axes.legend(loc="lower left")
    inset = axes.inset_axes((0.6, 0.6, 0.38, 0.36))
    _drawn(kit, two_arms, inset)
    inset.set(xlim=(0, 6), ylim=(0.7, 1))
    reading = read_figure(kit.save(figure, tmp_path / f"inset.{suffix}"))
    assert len(reading.panels) == 1
    kit.check(reading.panels[0], two_arms)


def test_a_curve_that_leaves_the_plot_ends_there(kit, two_arms, tmp_path) -> None:
    figure = Figure(figsize=(6, 5))
    axes = kit.axes(figure)
    _drawn(kit, two_arms, axes)
    axes.set(ylim=(0.3, 1))
    axes.legend()
    (panel,) = read_figure(kit.save(figure, tmp_path / "cut.svg")).panels
    for arm in two_arms:
        times, survival = arm.drops
        leaves = times[survival < 0.3][0]
        read = kit.match(panel, arm)
        assert read.time[-1] == pytest.approx(leaves, abs=0.02)
        assert read.survival.min() == pytest.approx(survival[survival >= 0.3][-1], abs=0.001)
        assert any(arm.name in warning and "leaves the plot" in warning for warning in panel.warnings)


def test_falls_closer_than_the_drawing_program_can_show_are_counted(kit, tmp_path) -> None:
    arm = kit.simulate("Drug", 150, 15.0, 3)
    times = np.sort(np.concatenate([arm.time, [10.003, 10.006, 20.001, 20.0045]]))
    close = type(arm)("Drug", times, np.ones(times.size, dtype=bool))
    (panel,) = read_figure(kit.save(kit.drawn([close], color="black"), tmp_path / "close.svg")).panels
    assert kit.falls(panel.arms[0]) == len(close.drops[0])


@pytest.mark.parametrize("heading", ["No. at risk (censored)", "Number at risk\n(number censored)"])
def test_counts_with_others_in_brackets_are_cells_centred_under_their_ticks(
    kit, two_arms, tmp_path, heading
) -> None:
    figure = Figure(figsize=(8, 6))
    axes = kit.axes(figure, position=(0.3, 0.35, 0.65, 0.6))
    _drawn(kit, two_arms, axes)
    axes.legend()
    axes.text(-3, -0.3, heading, ha="right", fontsize=8)
    for k, arm in enumerate(two_arms):
        axes.text(-3, -0.4 - 0.07 * k, arm.name, ha="right", fontsize=8)
        for t, n in zip(TICKS, arm.at_risk(TICKS), strict=True):
            gone = int((arm.censored < t).sum())
            axes.text(t, -0.4 - 0.07 * k, f"{n} ({gone})", ha="center", fontsize=8)
    (panel,) = read_figure(kit.save(figure, tmp_path / "brackets.pdf")).panels
    for arm in two_arms:
        assert kit.match(panel, arm).at_risk.tolist() == arm.at_risk(TICKS)


def test_a_legend_with_its_keys_on_the_right_names_the_curves(kit, two_arms, tmp_path) -> None:
    """As gnuplot draws it."""
    figure = Figure(figsize=(6, 5))
    axes = kit.axes(figure)
    _drawn(kit, two_arms, axes)
    axes.legend(markerfirst=False)
    (panel,) = read_figure(kit.save(figure, tmp_path / "right.svg")).panels
    kit.check(panel, two_arms)
