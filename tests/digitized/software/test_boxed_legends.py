"""Names from legends whose surroundings look like keys: borders, tinted paper, dashes read as letters."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from digitized.figure.raster import read_raster
from digitized.figure.raster.ocr import ocr_available
from digitized.figure.raster_file import decode_image
from digitized.figure.reading import ReadingOptions

pytestmark = pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")


def _axes(figure: Figure, box: tuple[float, float, float, float]) -> Any:
    axes = figure.add_axes(box)
    axes.set(xlim=(-1, 37), ylim=(-0.04, 1.04), xlabel="Months", ylabel="Survival", xticks=range(0, 37, 6))
    return axes


def spss(arms: Any) -> tuple[Figure, int]:
    """The legend right of a boxed plot, its title nearest to the box; every arm a second time, censored."""
    figure = Figure(figsize=(7, 5))
    axes = _axes(figure, (0.11, 0.13, 0.6, 0.74))
    axes.set_facecolor("#F0F0F0")
    colours = ("#3E58AC", "#2EB848")
    handles = []
    for arm, colour in zip(arms, colours, strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1)
        axes.plot(arm.censored, arm.truth.at(arm.censored), "+", color=colour, markersize=7)
    for suffix, marker in (("", ""), ("-censored", "+")):
        handles += [
            Line2D([], [], color=c, marker=marker, linewidth=1, label=arm.name + suffix)
            for arm, c in zip(arms, colours, strict=True)
        ]
    figure.legend(
        handles=handles, title="Treatment", loc="upper left", bbox_to_anchor=(0.71, 0.8), frameon=False,
        fontsize=9, alignment="left",
    )  # fmt: skip
    return figure, 100


def stata(arms: Any) -> tuple[Figure, int]:
    """A white legend box with a black border on tinted paper, saved as a poor JPEG."""
    figure = Figure(figsize=(7, 5.1), facecolor="#EAF2F3")
    axes = _axes(figure, (0.1, 0.27, 0.86, 0.6))
    for arm, colour in zip(arms, ("#90353b", "#404040"), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1.5, label=arm.name)
    figure.legend(loc="lower center", ncols=2, fancybox=False, edgecolor="black", facecolor="white")
    return figure, 40


def sas(arms: Any) -> tuple[Figure, int]:
    """Dashed keys, which the reader of text takes for signs before the names."""
    figure = Figure(figsize=(6.4, 4.8))
    axes = _axes(figure, (0.12, 0.2, 0.84, 0.68))
    dashes = ((0, (6, 2)), (0, (2, 1.5)))
    for k, (arm, colour) in enumerate(zip(arms, ("#A23A2E", "#01665E"), strict=True)):
        label = f"{k + 2}: {arm.name}"
        axes.plot(*arm.line, color=colour, linewidth=1.2, linestyle=dashes[k], label=label)
    figure.legend(loc="lower center", ncols=2, title="risk group", fancybox=False, fontsize=8)
    return figure, 100


@pytest.mark.parametrize(("draw", "prefixes"), [(spss, ("", "")), (stata, ("", "")), (sas, ("2:", "3:"))])
def test_every_arm_has_its_name(
    draw: Callable[[Any], tuple[Figure, int]], prefixes: tuple[str, str], arms: Any
) -> None:
    figure, quality = draw(arms)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_figure(buffer, dpi=110, format="png", facecolor=figure.get_facecolor())
    if quality < 100:
        image, buffer = Image.open(buffer).convert("RGB"), io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
    (panel,) = read_raster(decode_image(buffer.getvalue(), Path("drawn")), ReadingOptions())
    # Blanks are lost in small print.
    read = [arm.name.replace(" ", "") for arm in panel.arms]
    assert read == [p + arm.name for p, arm in zip(prefixes, arms, strict=True)]
