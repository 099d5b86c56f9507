"""Look of every figure: colour-blind safe, readable in grey, the same file for the same run."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.journal import current

# Okabe & Ito 2008; each colour goes with a line style and a marker of its own, so that grey print still reads.
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7"
)  # fmt: skip
SCENARIO_COLOURS = {
    "naive": ORANGE,
    "optimistic": SKY,
    "base": BLUE,
    "pessimistic": VERMILION,
    "leap_class": PURPLE,
    "user": GREEN,
}
SCENARIO_LINES = {
    "naive": ":",
    "optimistic": (0, (5, 1)),
    "base": "-",
    "pessimistic": "--",
    "leap_class": "-.",
    "user": (0, (1, 1)),
}
SCENARIO_MARKERS = {
    "naive": "D",
    "optimistic": "v",
    "base": "o",
    "pessimistic": "s",
    "leap_class": "^",
    "user": "P",
}
# Runs compared in one figure.
RUN_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, BLACK)
RUN_LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1)))
RUN_MARKERS = ("o", "s", "^", "D", "v")
HALF_YEAR = 6.0
RATIO_TICKS = (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
SETTINGS: Any = {
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "crosstrial",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


def new_figure(width: float, height: float, least_mm: float = 0.0) -> Figure:
    """An empty figure in the house style, free of pyplot's global state.

    Parameters
    ----------
    width, height : float
        Inches on screen; a journal's style has a width of its own.
    least_mm : float
        Below this width the drawing cannot be read: refused.
    """
    with mpl.rc_context(SETTINGS):
        return Figure(figsize=(current().width(width, least_mm), height), layout="constrained")


def panels(
    count: int, row_height: float, *, across: int = 4, share_y: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels, as many side by side as `across` and the style allow."""
    columns = min(count, across, current().panels_across)
    rows = math.ceil(count / columns)
    figure = new_figure(7.2, row_height * rows)
    grid = figure.subplots(rows, columns, squeeze=False, sharey=share_y).ravel()
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, list(grid[:count])


def month_axis(axes: Axes, end: float, label: str = "Months") -> None:
    """Time from 0 to `end` with a tick every half year, where numbers at risk are counted too."""
    axes.set_xlim(0, end)
    axes.set_xticks(np.arange(0, end + 1e-9, HALF_YEAR))
    axes.set_xlabel(label)


def row_heading(axes: Axes, text: str) -> None:
    """Say above the first row what is printed beside every row of a forest."""
    axes.text(1.02, 1.0, text, transform=axes.transAxes, va="bottom", fontsize=6.5, color="0.35")


def interval_rows(
    axes: Axes, rows: pd.DataFrame, names: Sequence[str], colours: Sequence[str], markers: Sequence[str]
) -> None:
    """Forest of ratios: one line a row with its median, 95 % interval and P(benefit) printed beside it.

    Parameters
    ----------
    axes : Axes
    rows : DataFrame with `median`, `lower`, `upper`, `p_benefit`
    names, colours, markers : one an entry of `rows`
    """
    styled = zip(rows.to_dict("records"), colours, markers, strict=True)
    for position, (row, colour, marker) in enumerate(styled):
        axes.plot([row["lower"], row["upper"]], [position, position], color=colour, linewidth=2)
        axes.plot(row["median"], position, marker, color=colour, markersize=7)
        gap = "\n" if current().narrow else "  "
        text = f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f}){gap}P {row['p_benefit']:.2f}"
        axes.text(1.02, position, text, transform=axes.get_yaxis_transform(), va="center")
    row_heading(axes, f"median (95 %){'\n' if current().narrow else '  '}P(benefit)")
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    ticks = RATIO_TICKS[1::2] if current().narrow else RATIO_TICKS
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    low, high = float(rows["lower"].min()), float(rows["upper"].max())
    axes.set_xlim(min(0.3, 0.9 * low), max(2.0, 1.1 * high))
    axes.set_yticks(range(len(rows)), [current().wrapped(name, 21) for name in names])
    axes.set_ylim(len(rows) - 0.5, -0.5)


def save(figure: Figure, stem: Path, data: pd.DataFrame, caption: str) -> None:
    """Write SVG, PDF, PNG, the data as CSV and the caption as text, all under one stem."""
    with mpl.rc_context(SETTINGS):
        current().apply(figure)
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
        figure.savefig(stem.with_suffix(".pdf"), metadata={"CreationDate": None})
        figure.savefig(stem.with_suffix(".png"), dpi=current().dpi)
    data.to_csv(stem.with_suffix(".csv"), index=False)
    stem.with_suffix(".txt").write_text(caption + "\n", encoding="utf-8")
