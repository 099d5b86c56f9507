"""Figure of SA13: expected log predictive density, fit of the index arm, and what lies beyond the data."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.sensitivity.baseline_comparison import FEW_AT_RISK, HORIZON, STANDARD_ERRORS, Comparison
from models.prediction import CHEMO

OBSERVED_INK = "black"
REJECTED = "#D55E00"
PANEL_HEIGHT, WIDTH = 3.9, 16.0


def baseline_figure(compared: Comparison, caption: str) -> Figure:
    """One row an endpoint: differences of elpd, the index arm, chemotherapy to `HORIZON` months."""
    endpoints = list(dict.fromkeys(compared.forms["endpoint"]))
    forms = sorted(set(compared.forms["form"]))
    colours = dict(zip(forms, matplotlib.colormaps["tab10"](np.arange(len(forms))), strict=False))
    figure = Figure(figsize=(WIDTH, PANEL_HEIGHT * len(endpoints) + 0.9))
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(endpoints), 3, squeeze=False, width_ratios=(1.0, 1.0, 1.15))
    for row, endpoint in zip(panels, endpoints, strict=True):
        own = compared.forms[compared.forms["endpoint"] == endpoint]
        curves = compared.curves[compared.curves["endpoint"] == endpoint]
        _densities(row[0], own, colours, endpoint)
        _curves(row[1], curves, "index arm", colours, f"{endpoint}: index arm, observed and fitted")
        _curves(row[2], curves, CHEMO, colours, f"{endpoint}: chemotherapy in the run's population")
        _later(row[2], compared.beyond, endpoint)
    handles = [
        matplotlib.lines.Line2D([], [], color=colour, label=_short(name)) for name, colour in colours.items()
    ]
    figure.legend(
        handles=handles, loc="lower center", ncols=5, fontsize=8, frameon=False, bbox_to_anchor=(0.5, 0.03)
    )
    figure.text(0.01, 0.006, caption, fontsize=7.5, va="bottom", wrap=True)
    height = figure.get_size_inches()[1]
    figure.subplots_adjust(
        left=0.13, right=0.99, top=1 - 0.35 / height, bottom=1.35 / height, wspace=0.16, hspace=0.32
    )
    return figure


def _densities(axes: Axes, forms: pd.DataFrame, colours: dict[str, object], endpoint: str) -> None:
    rows = forms.to_dict("records")
    for position, row in enumerate(rows):
        width = STANDARD_ERRORS * row["se_difference"]
        middle = row["difference"]
        axes.plot([middle - width, middle + width], [position] * 2, color=colours[row["form"]], lw=1.4)
        axes.plot(middle, position, "o", color=colours[row["form"]], ms=5)
        if row["patients_rejected"]:
            text = f"{row['patients_rejected']} patients k > 0.7"
            axes.text(middle - width, position, text, color=REJECTED, fontsize=7, ha="right", va="center")
        if row["reservation"]:
            side = "left" if middle < forms["difference"].min() / 2 else "right"
            axes.text(middle, position - 0.2, row["reservation"], color=REJECTED, fontsize=6.5, ha=side)
    axes.axvline(0, color=OBSERVED_INK, lw=0.8)
    axes.set_yticks(range(len(rows)), [_short(row["form"]) for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(f"difference of elpd (PSIS-LOO) to the best, +-{STANDARD_ERRORS:g} se", fontsize=8)
    axes.set_title(f"{endpoint}: left out patient by patient", fontsize=10, loc="left")
    _plain(axes)


def _curves(axes: Axes, curves: pd.DataFrame, name: str, colours: dict[str, object], title: str) -> None:
    for form, own in curves[curves["curve"] == name].groupby("form", sort=False):
        if form == "observed":
            axes.step(own["month"], own["survival"], where="post", color=OBSERVED_INK, lw=1.8)
        else:
            axes.plot(own["month"], own["survival"], color=colours[str(form)], lw=1.0)
    end = curves[curves["curve"] == f"{name}: last {FEW_AT_RISK} at risk"]["month"].max()
    axes.axvspan(end, HORIZON, color="0.93", lw=0)
    axes.text(end + 0.6, 0.97, f"fewer than {FEW_AT_RISK} at risk", fontsize=7, va="top")
    axes.set_xlim(0, HORIZON)
    axes.set_ylim(0, 1)
    axes.set_xlabel("months", fontsize=8)
    axes.set_title(title, fontsize=10, loc="left")
    _plain(axes)


def _later(axes: Axes, beyond: pd.DataFrame, endpoint: str) -> None:
    """Rates of later cut-offs of chemotherapy arms: other populations than the curves', so dots only."""
    if beyond.empty:
        return
    own = beyond[(beyond["endpoint"] == endpoint) & beyond["chemo"]]
    points = own.drop_duplicates(["trial", "arm", "month"])
    if points.empty:
        return
    axes.plot(points["month"], points["published"], "D", color=OBSERVED_INK, ms=4)
    label = "later published rates (each in its own trial's mix)"
    axes.text(0.98, 0.86, f"diamonds: {label}", transform=axes.transAxes, fontsize=7, ha="right")


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _short(form: str) -> str:
    return form.removesuffix(" baseline").replace("effect of the added drug steps at", "effect steps at")
