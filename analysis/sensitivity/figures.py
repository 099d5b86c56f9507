"""Figures of a sensitivity job: how far each analysis moves Delta, and where c tips the answer."""

from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.sensitivity.catalogue import CATALOGUE
from analysis.sensitivity.line import HAZARD_RATIO, RMST_DIFFERENCE
from digitized.output import replacing

FORMATS = ("svg", "pdf", "png")
# Colour-blind safe (Okabe & Ito): the base case's conclusion kept, or not.
KEPT, CHANGED, BASE_LINE = "#0072B2", "#D55E00", "#555555"
RESOLUTION = 160
# Inches: the titles left of the first panel, a panel, and the words right of each.
LEFT, PANEL, RIGHT, ROW_HEIGHT = 3.0, 4.6, 2.3, 0.54
TICKS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5)


def movement_table(lines: pd.DataFrame) -> pd.DataFrame:
    """What the movement figure shows: each line with whether the base's conclusion is kept.

    Hazard ratios are drawn; differences in restricted mean (SA12) are on another scale and stand there in words.
    """
    chosen = lines[lines["measure"].isin((HAZARD_RATIO, "HR_time_averaged", RMST_DIFFERENCE))]
    # Lines against another null move P, not Delta.
    chosen = chosen[~chosen["variant"].str.contains("null 0.", regex=False)].copy()
    chosen["kept"] = ~chosen["conclusion"].str.contains("not as in the base case")
    titles = {analysis.id: analysis.title for analysis in CATALOGUE}
    chosen.insert(1, "title", chosen["id"].map(titles))
    columns = ["id", "title", "endpoint", "measure", "variant", "c_prior", "median", "lower", "upper"]
    return chosen[[*columns, "p_benefit", "kept"]].reset_index(drop=True)


def movement_figure(table: pd.DataFrame, base: dict[str, float], caption: str) -> Figure:
    """One row an analysis: every variant's median and interval, and the base case as a line.

    Parameters
    ----------
    table : DataFrame of `movement_table`
    base : mapping of endpoint to the base case's median hazard ratio
    """
    endpoints = [name for name in ("OS", "PFS") if (table["endpoint"] == name).any()]
    ids = list(dict.fromkeys(table["id"]))
    width, height = LEFT + (PANEL + RIGHT) * len(endpoints), ROW_HEIGHT * len(ids) + 1.9
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(endpoints), squeeze=False, sharey=True)[0]
    for axes, endpoint in zip(panels, endpoints, strict=True):
        _movement_panel(axes, table[table["endpoint"] == endpoint], ids, base[endpoint], endpoint)
    titles = dict(zip(table["id"], table["title"], strict=True))
    panels[0].set_yticks(range(len(ids)), [f"{name}  {titles[name]}" for name in ids])
    panels[0].invert_yaxis()
    _legend(figure)
    figure.text(0.01, 0.008, caption, fontsize=7.5, va="bottom", wrap=True)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        top=1 - 0.75 / height,
        bottom=0.95 / height,
        wspace=RIGHT / PANEL,
    )
    return figure


def _movement_panel(axes: Axes, rows: pd.DataFrame, ids: list[str], base: float, endpoint: str) -> None:
    axes.axvline(1.0, color="black", lw=0.8)
    axes.axvline(base, color=BASE_LINE, lw=1.0, ls=(0, (4, 3)))
    ratios = rows[rows["measure"] != RMST_DIFFERENCE]
    for position, name in enumerate(ids):
        own = rows[rows["id"] == name]
        if own.empty:
            _words(axes, position, "does not apply")
            continue
        if name not in set(ratios["id"]):
            _words(axes, position, gains_in_words(own))
            _verdicts(axes, position, own, "P(gain > 0)")
            continue
        offsets = np.linspace(-0.3, 0.3, len(own)) if len(own) > 1 else np.zeros(1)
        for offset, row in zip(offsets, own.to_dict("records"), strict=True):
            colour = KEPT if row["kept"] else CHANGED
            axes.plot([row["lower"], row["upper"]], [position + offset] * 2, color=colour, lw=0.9, alpha=0.55)
            axes.plot(row["median"], position + offset, "o" if row["kept"] else "D", color=colour, ms=3.2)
        _verdicts(axes, position, own, "P(HR < 1)")
    axes.set_xscale("log")
    drawn = ratios if len(ratios) else pd.DataFrame({"lower": [base / 2], "upper": [base * 2]})
    lower, upper = drawn["lower"].min() * 0.93, drawn["upper"].max() * 1.07
    axes.set_xlim(lower, upper)
    ticks = [tick for tick in TICKS if lower <= tick <= upper]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("hazard ratio of the added component, exp(Delta), median and 95 % interval")
    axes.set_title(f"{endpoint} (base case {base:.2f}, dashed)", fontsize=10, loc="left")
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def gains_in_words(lines: pd.DataFrame) -> str:
    """Differences in restricted mean as text: median and 95 % interval in months by horizon."""
    gains = [
        f"{row['variant'].split(' (')[0].removeprefix('tau ').removesuffix(' months')}: {row['median']:+.1f} "
        f"({row['lower']:+.1f} to {row['upper']:+.1f})"
        for row in lines.to_dict("records")
    ]
    return f"restricted mean, months gained, to month {gains[0]}\n{'; '.join(gains[1:])}".strip()


def _words(axes: Axes, position: int, text: str) -> None:
    """Words in place of intervals, on white so that no line strikes them through."""
    axes.text(
        0.5,
        position,
        text,
        transform=axes.get_yaxis_transform(),
        fontsize=7,
        color=BASE_LINE,
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
    )


def _verdicts(axes: Axes, position: int, lines: pd.DataFrame, event: str) -> None:
    """Range of P(benefit) and how many lines read as the base case, right of a row."""
    low, high = lines["p_benefit"].min(), lines["p_benefit"].max()
    text = f"{event} {low:.2f}-{high:.2f}; {int(lines['kept'].sum())} of {len(lines)} as base"
    axes.text(1.015, position, text, transform=axes.get_yaxis_transform(), fontsize=7, va="center")


def _legend(figure: Figure) -> None:
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            ls="",
            color=KEPT,
            ms=4,
            label="interval holds or excludes 1 as in the base case",
        ),
        Line2D([], [], marker="D", ls="", color=CHANGED, ms=4, label="not as in the base case"),
    ]
    figure.legend(handles=handles, fontsize=8, frameon=False, loc="upper left", ncols=2)


def tipping_figure(surface: pd.DataFrame, caption: str) -> Figure:
    """P(HR < 1) over the mean and sd of c, each cell with exp(Delta) and P."""
    endpoints = list(dict.fromkeys(surface["endpoint"]))
    figure = Figure(figsize=(6.2 * len(endpoints) + 1.2, 4.9))
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(endpoints), squeeze=False)[0]
    image = None
    for axes, endpoint in zip(panels, endpoints, strict=True):
        own = surface[surface["endpoint"] == endpoint]
        grid = own.pivot(index="c_sd", columns="c_mean_ratio", values="p_benefit")
        medians = own.pivot(index="c_sd", columns="c_mean_ratio", values="median")
        image = axes.imshow(grid, origin="lower", aspect="auto", cmap="cividis", vmin=0.4, vmax=1.0)
        for row, column in np.ndindex(grid.shape):
            value = float(grid.iat[row, column])
            ink = "black" if value > 0.72 else "white"
            text = f"{medians.iat[row, column]:.2f}\nP {value:.2f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=6.8, color=ink)
        axes.set_xticks(range(grid.shape[1]), [f"{mean:g}" for mean in grid.columns])
        axes.set_yticks(range(grid.shape[0]), [f"{sd:g}" for sd in grid.index])
        axes.set_xlabel("mean of c, as a hazard ratio (1: single arms are not flattered)")
        axes.set_ylabel("sd of c, log hazard ratio")
        axes.set_title(f"{endpoint}: exp(Delta), and P(HR < 1)", fontsize=10, loc="left")
    if image is not None:
        figure.colorbar(image, cax=figure.add_axes((0.93, 0.2, 0.015, 0.68)), label="P(HR < 1)")
    figure.text(0.01, 0.008, caption, fontsize=7.5, va="bottom", wrap=True)
    figure.subplots_adjust(bottom=0.2, right=0.91, left=0.07, wspace=0.2)
    return figure


def write(figure: Figure, table: pd.DataFrame, folder: Path, name: str) -> None:
    """The figure as SVG, PDF and PNG, with the data that it draws as CSV."""
    with matplotlib.rc_context({"svg.hashsalt": "crosstrial", "svg.fonttype": "none"}):
        for ending in FORMATS:
            with replacing(folder / f"{name}.{ending}") as temporary:
                figure.savefig(temporary, format=ending, dpi=RESOLUTION)
    with replacing(folder / f"{name}.csv") as temporary:
        table.to_csv(temporary, index=False)
