"""The network of evidence: treatments as nodes, randomised comparisons as lines, single arms as rings."""

import re
from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.run_data import RunData
from analysis.figures.style import BLACK, BLUE, GREEN, ORANGE, VERMILION, new_figure

ARM = re.compile(r"([^;()]+?) \(([^()]*)\)(?:; |$)")
# What a line of the network is -> colour and line style.
KINDS = {
    "randomised, in the model": (BLUE, "-"),
    "randomised, class benchmark": (VERMILION, "--"),
    "randomised, sensitivity only": (GREEN, "-."),
    "concurrent, not randomised": (ORANGE, ":"),
}
SINGLE = "single arm"
# Distance, on a circle of radius 1, up to which two nodes count as neighbours.
NEIGHBOURS = 1.5
# Roles whose trials are drawn; validation and inventory trials stand in the inventory table.
DRAWN = {
    "base": "randomised, in the model",
    "class_benchmark": "randomised, class benchmark",
    "sensitivity": "randomised, sensitivity only",
}


def network(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """Comparisons within trials between component sets, and the single arms that none of them reaches."""
    arms = run.table("arms")
    table = links(run.table("inventory"), set(zip(arms["trial"], arms["arm"], strict=True)))
    treatments = [name for name in dict.fromkeys([*table["treatment"], *table["versus"]]) if name]
    angle = np.pi / 2 + 2 * np.pi * np.arange(len(treatments)) / len(treatments)
    place = {name: (np.cos(a), np.sin(a)) for name, a in zip(treatments, angle, strict=True)}
    figure = new_figure(7.2, 5.0, least_mm=120)
    axes = figure.subplots()
    compared = table[table["kind"] != SINGLE]
    for (first, second), rows in compared.groupby(["treatment", "versus"], sort=False):
        _link(axes, place[str(first)], place[str(second)], rows)
    alone = table[table["kind"] == SINGLE].groupby("treatment")["trial"].apply(", ".join).to_dict()
    for name, (x, y) in place.items():
        if name in alone:
            _ring(axes, [x], [y], None)
        axes.plot(x, y, "o", markersize=9, color=BLACK)
        text = run.regimen(name) + (f"\nsingle arm: {alone[name]}" if name in alone else "")
        side = "left" if x > 0.15 else "right" if x < -0.15 else "center"
        height = "bottom" if y > 0.9 else "top" if y < -0.9 else "center"
        axes.text(1.13 * x, 1.13 * y, text, ha=side, va=height, fontsize=7)
    for label, (colour, line) in KINDS.items():
        if (table["kind"] == label).any():
            axes.plot([], [], color=colour, linestyle=line, label=label)
    _ring(axes, [], [], SINGLE)
    axes.legend(fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3)
    axes.set(xlim=(-2.2, 2.2), ylim=(-1.6, 1.35))
    axes.set_axis_off()
    caption = (
        "Network of evidence by components. Lines: comparisons within a trial, named or counted (after +: not in the "
        "model); rings: single arms, which join the rest only through the model's assumptions. Trials kept for "
        "validation or for the inventory "
        f"alone are not drawn. {run.counts_sentence()}."
    )
    return figure, table, caption


def links(inventory: pd.DataFrame, modelled: set[tuple[str, str]]) -> pd.DataFrame:
    """One row a pair of arms within a trial, or a single arm with an empty partner.

    Parameters
    ----------
    inventory : DataFrame
        Table of the run: `trial`, `design`, `role` and `arms` as ``id (component + component); ...``.
    modelled : set of (trial, arm)
        A base trial's further arms (a third arm, an unpublished cohort) are not drawn.
    """
    rows = []
    for trial in inventory[inventory["role"].isin(DRAWN)].to_dict("records"):
        arms = [
            components
            for arm, components in ARM.findall(str(trial["arms"]))
            if trial["role"] != "base" or (trial["trial"], arm) in modelled
        ]
        kind = DRAWN[trial["role"]] if trial["design"] == "randomised" else "concurrent, not randomised"
        pairs = [(first, second, kind) for first, second in combinations(arms, 2)]
        pairs = pairs or [(arm, "", SINGLE) for arm in arms]
        rows += [(trial["trial"], trial["role"], *pair) for pair in pairs]
    return pd.DataFrame(rows, columns=["trial", "role", "treatment", "versus", "kind"])


def _ring(axes: Axes, x: list[float], y: list[float], label: str | None) -> None:
    axes.plot(
        x,
        y,
        "o",
        linestyle="none",
        markersize=15,
        markerfacecolor="none",
        markeredgecolor=VERMILION,
        label=label,
    )


def _link(axes: Axes, start: tuple[float, float], end: tuple[float, float], rows: pd.DataFrame) -> None:
    """One line, in the style of the strongest kind on it."""
    kind = next(name for name in KINDS if (rows["kind"] == name).any())
    colour, line = KINDS[kind]
    leading, others = rows[rows["kind"] == kind], rows[rows["kind"] != kind]
    width = 0.8 + 0.5 * len(leading)
    axes.plot([start[0], end[0]], [start[1], end[1]], color=colour, linestyle=line, linewidth=width)
    text = str(leading["trial"].iloc[0]) if len(leading) == 1 else f"{len(leading)} trials"
    if len(others):
        text += f"\n+ {', '.join(others['trial'])}"
    # Lines across the circle meet in the middle: their labels stand nearer to the start.
    along = 0.5 if np.hypot(start[0] - end[0], start[1] - end[1]) < NEIGHBOURS else 0.3
    middle = (1 - along) * np.array(start) + along * np.array(end)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    axes.text(middle[0], middle[1], text, fontsize=6.5, ha="center", va="center", bbox=box)
