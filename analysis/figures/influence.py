"""What single trials do: errors of predicting a trial from the others, and the answer without it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.journal import current
from analysis.figures.run_data import RunData
from analysis.figures.style import BLACK, BLUE, VERMILION, new_figure, row_heading
from analysis.run_files import read_table
from digitized.errors import InputError

V1_COLUMNS = ("endpoint", "trial", "arm", "kind", "grade", "n", "events", "log_hazard_ratio", "lower95",
              "upper95", "lower50", "upper50", "covered95", "covered50")  # fmt: skip
LINE_COLUMNS = ("id", "endpoint", "population", "measure", "c_prior", "median", "lower", "upper", "p_benefit",
                "variant")  # fmt: skip
TICKS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0)
NARROW_TICKS = (0.2, 0.5, 0.7, 1.0, 1.5, 3.0)
LEFT_OUT, BASE_LINE = "without ", "base case"


def leave_one_out(folder: Path) -> tuple[Figure, pd.DataFrame, str]:
    """Errors of check V1 of a validation folder, each over the interval that its prediction allows.

    Raises
    ------
    InputError
        If the folder holds no V1 table.
    """
    table = _read(
        folder / "tables" / "V1.csv", V1_COLUMNS, f"--validation {folder}: run `crosstrial validate V1`"
    )
    figure, panels, endpoints = _forest(table)
    for axes, endpoint in zip(panels, endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint].to_dict("records")
        for position, row in enumerate(rows):
            for low, high, width in (("lower95", "upper95", 1.2), ("lower50", "upper50", 4.5)):
                axes.plot(np.exp([row[low], row[high]]), [position] * 2, color="0.65", linewidth=width,
                          solid_capstyle="butt", zorder=1)  # fmt: skip
            partner = row["kind"] != "chemo"
            axes.plot(np.exp(row["log_hazard_ratio"]), position, "D" if partner else "o", markersize=5,
                      markerfacecolor=(VERMILION if partner else BLUE) if row["covered95"] else "white",
                      markeredgecolor=VERMILION if partner else BLUE, zorder=2)  # fmt: skip
            text = f"{np.exp(row['log_hazard_ratio']):.2f}"
            axes.text(1.02, position, text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.5)
        names = [f"{r['trial']}, {r['arm']} ({r['events']:.0f} of {r['n']:.0f}; {r['grade']})" for r in rows]
        row_heading(axes, "ratio")
        _finish(axes, names, f"{endpoint}: observed over predicted hazard")
    panels[-1].set_xlabel("Hazard ratio, observed over predicted (log scale)")
    _key(figure, (("o", BLUE, "backbone alone"), ("D", VERMILION, "with the partner")))
    covered = [
        f"{endpoint} {int(own['covered95'].sum())} and {int(own['covered50'].sum())} of {len(own)}"
        for endpoint, own in table.groupby("endpoint", sort=False)
    ]
    caption = (
        "Every randomised arm predicted from the other trials as if it were a single arm (check V1): hazard of the "
        "observed patients over the predicted one (circle: backbone alone, diamond: with the partner; hollow: outside "
        "the 95 % interval), over the 50 % (thick) and 95 % (thin) intervals that the prediction allows. Within the "
        f"95 % and the 50 % interval: {'; '.join(covered)}. In brackets events of patients and the curve's grade; "
        "no prior of c enters, for randomised arms carry no single-arm shift."
    )
    return figure, table, caption


def contribution(path: Path, run: RunData | None = None) -> tuple[Figure, pd.DataFrame, str]:
    """The increment without each trial in turn (SA06 of a sensitivity.csv), and how far each trial moves it.

    Parameters
    ----------
    path : Path
    run : RunData, optional
        The run that the lines are of: its index trial's n and events join the caption.

    Raises
    ------
    InputError
        If the file has no lines of SA06.
    """
    hint = "expected lines of `crosstrial sensitivity SA06`"
    table = _read(path, LINE_COLUMNS, f"--sensitivity {path}: {hint}")
    table = table[(table["id"] == "SA06") & table["measure"].isin(["HR", "OR"])]
    base_rows = table[table["variant"] == BASE_LINE].to_dict("records")
    base = {str(row["endpoint"]): row for row in base_rows}
    out = table[table["variant"].astype(str).str.startswith(LEFT_OUT)].copy()
    if out.empty or not set(out["endpoint"]) <= set(base):
        raise InputError(f"--sensitivity {path}: has no SA06 lines with their base case; {hint}")
    out["trial"] = out["variant"].str.removeprefix(LEFT_OUT)
    # The trial's pull: by how much the answer with it differs from the answer without it.
    out["factor"] = [base[name]["median"] for name in out["endpoint"]] / out["median"]
    figure, panels, endpoints = _forest(out, extra=1)
    for axes, endpoint in zip(panels, endpoints, strict=True):
        own = base[endpoint]
        rows = out[out["endpoint"] == endpoint].sort_values("factor").to_dict("records")
        axes.axvspan(own["lower"], own["upper"], color="0.93", zorder=0)
        axes.axvline(own["median"], color=BLUE, linewidth=1.2, linestyle="--", zorder=1)
        for position, row in enumerate(rows):
            axes.plot([row["lower"], row["upper"]], [position] * 2, color=BLACK, linewidth=1.3)
            axes.plot(row["median"], position, "o", color=BLACK, markersize=5)
            text = f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})  pull x{row['factor']:.2f}"
            axes.text(1.02, position, text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.5)
        names = [f"without {row['trial']}" for row in rows]
        kind = "hazard" if own["measure"] == "HR" else "odds"
        said = f"all trials {own['median']:.2f} ({own['lower']:.2f}-{own['upper']:.2f})"
        row_heading(axes, "without the trial" if current().narrow else "without the trial, median (95 %)")
        _finish(axes, names, f"{endpoint}: {kind} ratio, {own['c_prior']}; {said}")
    panels[-1].set_xlabel("exp(Delta) without the trial (log scale)")
    caption = (
        "Contribution of each trial: the increment exp(Delta) with one trial's patients left out (median and 95 % "
        "interval) beside the base case (dashed line and grey band). Pull is the base case's median over the median "
        "without the trial: below 1 the trial lowers the ratio. Medians of short fits differ by their Monte "
        f"Carlo error too. Prior of c: {', '.join(f'{e}: {base[e]["c_prior"]}' for e in endpoints)}; population "
        f"{', '.join(map(str, dict.fromkeys(out['population'])))}."
        + (f" {run.counts_sentence()}." if run else "")
    )
    return figure, out, caption


def _read(path: Path, columns: tuple[str, ...], otherwise: str) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{otherwise}; {path} is missing")
    try:
        return read_table(path, columns=columns)
    except InputError as error:
        raise InputError(f"{error}; {otherwise}") from error


def _forest(table: pd.DataFrame, extra: int = 0) -> tuple[Figure, list[Axes], list[str]]:
    endpoints = list(dict.fromkeys(table["endpoint"]))
    heights = [int((table["endpoint"] == endpoint).sum()) + 1 + extra for endpoint in endpoints]
    figure = new_figure(7.2, 0.21 * sum(heights) + 0.8)
    panels = figure.subplots(len(endpoints), 1, squeeze=False, height_ratios=heights, sharex=True)[:, 0]
    return figure, list(panels), endpoints


def _key(figure: Figure, marks: Sequence[tuple[str, str, str]]) -> None:
    """What each marker stands for, below the panels."""
    handles = [
        Line2D([], [], marker=marker, color=colour, linestyle="none", markersize=5, label=label)
        for marker, colour, label in marks
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=7)


def _finish(axes: Axes, names: list[str], title: str) -> None:
    axes.margins(x=0.04)
    axes.axvline(1.0, color="black", linewidth=0.8, zorder=1)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    known = NARROW_TICKS if current().narrow else TICKS
    ticks = [tick for tick in known if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(names)), [current().wrapped(name, 26) for name in names], fontsize=6.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_title(title, loc="left", fontsize=8.5)
