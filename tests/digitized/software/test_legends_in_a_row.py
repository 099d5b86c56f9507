"""Legends written in one line after their title, the title as near to the first key as its name (ggplot, survminer)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from digitized.figure.raster.ocr import ocr_available
from digitized.figure.read import read_figure

needs_ocr = pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")
COLOURS = ("#000000", "#36648B")


def draw(arms: Any) -> Figure:
    """The keys, each with a mark across it, stand nearer to the word before than to their own names."""
    figure = Figure(figsize=(8, 5))
    axes = figure.add_axes((0.1, 0.12, 0.86, 0.74))
    for arm, colour in zip(arms, COLOURS, strict=True):
        axes.plot(*arm.line, color=colour, linewidth=2)
    axes.set(
        xlim=(-1, 38),
        ylim=(-0.05, 1.05),
        xlabel="Months",
        ylabel="Survival probability",
        xticks=range(0, 37, 6),
    )
    figure.text(0.3, 0.93, "Strata", fontsize=12, ha="right", va="center")
    for k, (arm, colour) in enumerate(zip(arms, COLOURS, strict=True)):
        left = 0.306 + 0.123 * k
        style = {"color": colour, "transform": figure.transFigure}
        figure.add_artist(Line2D([left, left + 0.025], [0.93, 0.93], linewidth=2, **style))
        figure.add_artist(Line2D([left + 0.0125] * 2, [0.915, 0.945], linewidth=0.8, **style))
        figure.text(left + 0.034, 0.93, arm.name, fontsize=9.5, va="center")
    return figure


@pytest.mark.parametrize("form", ["svg", "pdf", pytest.param("png", marks=needs_ocr)])
def test_names_follow_their_keys(form: str, styles: Mapping[str, Callable[[], Any]], tmp_path: Path) -> None:
    (arms,) = styles["base R"]().panels
    path = tmp_path / f"row.{form}"
    with mpl.rc_context({"svg.fonttype": "none", "pdf.fonttype": 42, "path.simplify": False}):
        draw(arms).savefig(path, dpi=130)
    (panel,) = read_figure(path).panels
    assert {arm.name for arm in panel.arms} == {arm.name for arm in arms}
    highest = max(panel.arms, key=lambda arm: float(arm.survival.mean()))
    assert highest.name == arms[0].name
