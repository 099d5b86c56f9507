"""Tables whose cells all but touch one another or their label, begin at their ticks, or are one text with the label."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from digitized.figure.read import read_figure

TICKS = tuple(range(0, 34, 3))


def _figure(kit: Any, arms: Any, *, brackets: bool, centred: bool = True) -> Figure:
    """The label ends next to the first cell, as in The Lancet."""
    figure = Figure(figsize=(6, 4.5))
    axes = kit.axes(figure, position=(0.22, 0.34, 0.73, 0.6))
    axes.set(xlim=(0, 36), xticks=TICKS)
    axes.text(-1.5, -0.24, "Number at risk", ha="right", fontsize=7, weight="bold")
    for k, arm in enumerate(arms):
        axes.plot(*arm.line, label=arm.name)
        axes.text(-0.8 - centred, -0.32 - 0.08 * k, arm.name, ha="right", fontsize=7)
        for t in TICKS:
            left = int((~arm.event & (arm.time < t)).sum())
            cell = f"{(arm.time >= t).sum()}" + (f" ({left})" if brackets else "")
            axes.text(t, -0.32 - 0.08 * k, cell, ha="center" if centred else "left", fontsize=7)
    axes.legend()
    return figure


@pytest.mark.parametrize("form", ["svg", "pdf"])
@pytest.mark.parametrize(("brackets", "centred"), [(True, True), (False, False)])
def test_every_cell(
    form: str, brackets: bool, centred: bool, two_arms: Any, kit: Any, tmp_path: Path
) -> None:
    path = kit.save(_figure(kit, two_arms, brackets=brackets, centred=centred), tmp_path / f"table.{form}")
    (panel,) = read_figure(path).panels
    for arm in two_arms:
        read = kit.match(panel, arm)
        assert read.name == arm.name
        assert read.at_risk_time.tolist() == list(TICKS)
        assert read.at_risk.tolist() == arm.at_risk(TICKS)


def test_first_cell_in_one_text_with_the_label(two_arms: Any, kit: Any, tmp_path: Path) -> None:
    """As lifelines writes it; an SVG does not tell how long the label is."""
    figure = Figure(figsize=(7, 4.5))
    axes = kit.axes(figure, position=(0.35, 0.34, 0.6, 0.6))
    for k, arm in enumerate(two_arms):
        axes.plot(*arm.line, label=arm.name)
        first, *others = arm.at_risk(range(0, 37, 6))
        axes.text(
            -0.8, -0.32 - 0.08 * k, f"{arm.name} (low-titre, filtrate)   {first}", ha="right", fontsize=8
        )
        for t, n in zip(range(6, 37, 6), others, strict=True):
            axes.text(t, -0.32 - 0.08 * k, str(n), ha="center", fontsize=8)
    axes.legend()
    (panel,) = read_figure(kit.save(figure, tmp_path / "table.svg")).panels
    for arm in two_arms:
        read = kit.match(panel, arm)
        assert read.at_risk.tolist() == arm.at_risk(range(0, 37, 6))
