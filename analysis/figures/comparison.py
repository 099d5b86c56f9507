"""Several runs in one figure: another evidence folder, another seed, a what-if beside the real evidence."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.run_data import RunData
from analysis.figures.style import (
    RUN_COLOURS,
    RUN_LINES,
    RUN_MARKERS,
    SETTINGS,
    interval_rows,
    new_figure,
    save,
)
from analysis.figures.survival import headline_scenario
from digitized.errors import InputError

Comparison = Callable[[Sequence[RunData], Sequence[str]], tuple[Figure, pd.DataFrame]]


def compare(runs: Sequence[RunData], name: str, out: Path) -> None:
    """Draw one figure of several runs into `out` as SVG, PDF, PNG, CSV and caption.

    Raises
    ------
    InputError
        If the figure has no form with several runs, or more runs are given than can be told apart.
    """
    faults = []
    if name not in COMPARISONS:
        faults.append(f"{name}: not drawn with several runs; expected one of {', '.join(COMPARISONS)}")
    if len(runs) > len(RUN_COLOURS):
        faults.append(f"--run: {len(runs)} runs given; expected at most {len(RUN_COLOURS)} in one figure")
    if faults:
        raise InputError(faults)
    labels = run_labels([run.folder for run in runs])
    with mpl.rc_context(SETTINGS):
        figure, data = COMPARISONS[name](runs, labels)
    sentences = [
        f"{label}: {run.counts_sentence()}" + (f" (HYPOTHETICAL: {run.banner})" if run.banner else "")
        for label, run in zip(labels, runs, strict=True)
    ]
    caption = (
        f"{name} of {len(runs)} runs, medians and 95 % intervals, each with its prior on the single-arm shift c. "
        f"{'. '.join(sentences)}."
    )
    if any(run.banner for run in runs):
        figure.suptitle("With HYPOTHETICAL evidence: see the caption", color="#B00000", fontsize=8)
    save(figure, out / name, data, caption)


def run_labels(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of the folders' paths that tell them apart."""
    paths = [folder.resolve() for folder in folders]
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        labels = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(labels)) == len(labels):
            return labels
    raise InputError(f"--run: {folders[0]} is given twice; expected different folders")


def _ladder(runs: Sequence[RunData], labels: Sequence[str]) -> tuple[Figure, pd.DataFrame]:
    table = _stacked(runs, labels, "ladder")
    endpoints = list(dict.fromkeys(table["endpoint"]))
    heights = [int((table["endpoint"] == endpoint).sum()) + 1 for endpoint in endpoints]
    figure = new_figure(7.2, 0.3 * sum(heights) + 0.9)
    panels = figure.subplots(len(endpoints), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, endpoint in zip(panels, endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint]
        # The rungs of one scenario stand together, run under run.
        rows = rows.sort_values(
            "scenario", key=lambda s: s.map(_first_places(rows["scenario"])), kind="stable"
        )
        styles = [labels.index(label) for label in rows["run"]]
        interval_rows(
            axes,
            rows,
            names=[f"{r['scenario']}, {r['c_prior']}; {r['run']}" for r in rows.to_dict("records")],
            colours=[RUN_COLOURS[style] for style in styles],
            markers=[RUN_MARKERS[style] for style in styles],
        )
        axes.set_title(
            f"{endpoint}: {'odds' if endpoint == 'ORR' else 'hazard'} ratio, exp(Delta)", loc="left"
        )
    return figure, table


def _rmst(runs: Sequence[RunData], labels: Sequence[str]) -> tuple[Figure, pd.DataFrame]:
    table = _headlines(runs, labels, "rmst_by_horizon")
    figure, panels, endpoints = _panels(table)
    for axes, endpoint in zip(panels, endpoints, strict=True):
        for style, label in enumerate(labels):
            own = table[(table["run"] == label) & (table["endpoint"] == endpoint)]
            if own.empty:
                continue
            colour, line = RUN_COLOURS[style], RUN_LINES[style]
            name = f"{label}: {own['c_prior'].iloc[0]}"
            axes.plot(own["horizon_months"], own["median"], color=colour, linestyle=line, label=name)
            for limit in ("lower", "upper"):
                axes.plot(own["horizon_months"], own[limit], color=colour, linestyle=line, linewidth=0.5)
        axes.axhline(0, color="black", linewidth=0.6)
        axes.set(xlabel="Horizon (months)", ylabel="RMST difference (months)", title=endpoint)
        axes.legend(fontsize=6, loc="upper left")
    return figure, table


def _survival(runs: Sequence[RunData], labels: Sequence[str], endpoint: str) -> tuple[Figure, pd.DataFrame]:
    table = _headlines(runs, labels, "target_curves")
    table = table[(table["endpoint"] == endpoint) & table["arm"].isin(["triple", "comparator"])]
    if table.empty:
        raise InputError(f"survival_{endpoint}: none of the runs has {endpoint}; expected it in one of them")
    figure = new_figure(7.2, 3.4)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, arm in zip(panels, ("triple", "comparator"), strict=True):
        for style, label in enumerate(labels):
            own = table[(table["run"] == label) & (table["arm"] == arm) & ~table["extrapolated"]]
            colour = RUN_COLOURS[style]
            axes.fill_between(own["time"], own["lower"], own["upper"], color=colour, alpha=0.12, linewidth=0)
            name = f"{label}: {own['c_prior'].iloc[0]}" if len(own) else label
            axes.plot(own["time"], own["median"], color=colour, linestyle=RUN_LINES[style], label=name)
        axes.set(xlabel="Months", ylim=(0, 1), title=f"{endpoint}, {arm}: within the index trial's follow-up")
        axes.legend(fontsize=6, loc="upper right")
    return figure, table


def _stacked(runs: Sequence[RunData], labels: Sequence[str], name: str) -> pd.DataFrame:
    return pd.concat([run.table(name).assign(run=label) for run, label in zip(runs, labels, strict=True)])


def _headlines(runs: Sequence[RunData], labels: Sequence[str], name: str) -> pd.DataFrame:
    """Rows of each run's headline scenario in its primary population."""
    frames = []
    for run, label in zip(runs, labels, strict=True):
        table = run.table(name)
        kept = (table["scenario"] == headline_scenario(run)) & (
            table["population"] == run.manifest["populations"][0]["id"]
        )
        frames.append(table[kept].assign(run=label))
    return pd.concat(frames, ignore_index=True)


def _panels(table: pd.DataFrame) -> tuple[Figure, list[Axes], list[str]]:
    endpoints = list(dict.fromkeys(table["endpoint"]))
    figure = new_figure(7.2, 3.2)
    return figure, list(figure.subplots(1, len(endpoints), squeeze=False)[0]), endpoints


def _first_places(names: "pd.Series[str]") -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


COMPARISONS: dict[str, Comparison] = {
    "ladder": _ladder,
    "rmst_by_horizon": _rmst,
    "survival_OS": lambda runs, labels: _survival(runs, labels, "OS"),
    "survival_PFS": lambda runs, labels: _survival(runs, labels, "PFS"),
}
