"""Look of every figure: colour-blind safe, readable in grey, the same file for the same run."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

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
SETTINGS: Any = {
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "crosstrial",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "savefig.dpi": 160,
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of `width` x `height` inches in the house style, free of pyplot's global state."""
    with mpl.rc_context(SETTINGS):
        return Figure(figsize=(width, height), layout="constrained")


def save(figure: Figure, stem: Path, data: pd.DataFrame, caption: str) -> None:
    """Write SVG, PDF, PNG, the data as CSV and the caption as text, all under one stem."""
    with mpl.rc_context(SETTINGS):
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
        figure.savefig(stem.with_suffix(".pdf"), metadata={"CreationDate": None})
        figure.savefig(stem.with_suffix(".png"))
    data.to_csv(stem.with_suffix(".csv"), index=False)
    stem.with_suffix(".txt").write_text(caption + "\n", encoding="utf-8")
