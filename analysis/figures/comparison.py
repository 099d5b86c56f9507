"""Several runs, scenarios, populations or arms in one figure."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.hazards import LONGEST, hazard_band, hazard_table
from analysis.figures.ladder import panel_title
from analysis.figures.run_data import RunData
from analysis.figures.series import Selection, Series, series_of
from analysis.figures.style import (
    RUN_COLOURS,
    RUN_LINES,
    RUN_MARKERS,
    SETTINGS,
    interval_rows,
    month_axis,
    new_figure,
    panels,
    save,
)
from analysis.figures.survival import SURVIVAL_NAMES
from digitized.errors import InputError
from trials.covariates import TargetPopulation

BOTH_ARMS = ("triple", "comparator")
Comparison = Callable[[Sequence[Series], Selection], tuple[Figure, pd.DataFrame, str]]


def compare(runs: Sequence[RunData], name: str, out: Path, selection: Selection | None = None) -> None:
    """Draw one figure of several runs, scenarios, populations or arms into `out`, with its data and caption.

    Raises
    ------
    InputError
        If the figure has no such form, or a run lacks what is asked for.
    """
    selection = selection or Selection()
    if name not in COMPARISONS:
        raise InputError(
            f"{name}: not drawn with several runs, scenarios, populations or arms; "
            f"expected one of {', '.join(COMPARISONS)}"
        )
    series = series_of(runs, selection, len(RUN_COLOURS))
    with mpl.rc_context(SETTINGS):
        figure, data, drawn = COMPARISONS[name](series, selection)
    shown = set(data["endpoint"])
    sentences = [
        f"{run.folder.name}: {run.counts_sentence([e for e in run.manifest['endpoints'] if e in shown])}"
        + (f" (HYPOTHETICAL: {run.banner})" if run.banner else "")
        for run in runs
    ]
    if any(run.banner for run in runs):
        figure.suptitle("With HYPOTHETICAL evidence: see the caption", color="#B00000", fontsize=8)
    caption = f"{drawn} Medians and 95 % intervals. {'. '.join(sentences)}."
    save(figure, out / name, data, caption)


def _ladder(series: Sequence[Series], selection: Selection) -> tuple[Figure, pd.DataFrame, str]:
    _refuse_arms("ladder", selection)
    if selection.populations:
        raise InputError(
            "ladder: exp(Delta) is the same in every population; leave out --population, or plot rmst_by_horizon "
            "or survival"
        )
    runs = {item.name: item.run for item in series}
    asked = {item.scenario for item in series} if selection.scenarios else None
    table = pd.concat([run.table("ladder").assign(run=name) for name, run in runs.items()], ignore_index=True)
    if asked:
        table = table[table["scenario"].isin(asked)]
    endpoints = list(dict.fromkeys(table["endpoint"]))
    heights = [int((table["endpoint"] == endpoint).sum()) + 1 for endpoint in endpoints]
    figure = new_figure(7.2, 0.4 * sum(heights) + 0.9)
    rows_of_panels = figure.subplots(len(endpoints), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, endpoint in zip(rows_of_panels, endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint]
        # The rungs of one scenario stand together, run under run.
        rows = rows.sort_values(
            "scenario", key=lambda s: s.map(_first_places(rows["scenario"])), kind="stable"
        )
        styles = [list(runs).index(name) for name in rows["run"]]
        interval_rows(
            axes,
            rows,
            names=[
                r["scenario"] + (f"; {r['run']}" if len(runs) > 1 else "") + f"\n{r['c_prior']}"
                for r in rows.to_dict("records")
            ],
            colours=[RUN_COLOURS[style] for style in styles],
            markers=[RUN_MARKERS[style] for style in styles],
        )
        axes.set_title(panel_title(endpoint), loc="left")
    return figure, table, "Increment of the added component, exp(Delta), each line with its prior on c."


def _rmst(series: Sequence[Series], selection: Selection) -> tuple[Figure, pd.DataFrame, str]:
    _refuse_arms("rmst_by_horizon", selection)
    table = _stacked(series, "rmst_by_horizon")
    endpoints = list(dict.fromkeys(table["endpoint"]))
    figure, grid = panels(len(endpoints), 3.2)
    for axes, endpoint in zip(grid, endpoints, strict=True):
        for style, item in enumerate(series):
            own = table[(table["series"] == item.label) & (table["endpoint"] == endpoint)]
            if own.empty:
                continue
            colour, line = RUN_COLOURS[style], RUN_LINES[style]
            name = f"{item.label}: {own['c_prior'].iloc[0]}"
            axes.plot(own["horizon_months"], own["median"], color=colour, linestyle=line, label=name)
            for limit in ("lower", "upper"):
                axes.plot(own["horizon_months"], own[limit], color=colour, linestyle=line, linewidth=0.5)
        axes.axhline(0, color="black", linewidth=0.6)
        taus = {item.run.manifest["horizons"][endpoint]["tau"] for item in series
                if endpoint in item.run.manifest["horizons"]}  # fmt: skip
        for tau in sorted(taus):
            axes.axvline(tau, color="0.5", linewidth=0.8, linestyle=":")
        axes.set(ylabel="RMST difference (months)", title=endpoint)
        month_axis(axes, float(table["horizon_months"].max()), "Horizon (months)")
        axes.legend(fontsize=6, loc="upper left")
    said = "Difference in restricted mean survival time by horizon; dotted upright: tau, set before the fit."
    return figure, table, f"{said} {_described(series)}"


def _survival(
    series: Sequence[Series], selection: Selection, endpoint: str
) -> tuple[Figure, pd.DataFrame, str]:
    table = _stacked(series, "target_curves")
    table = table[table["endpoint"] == endpoint]
    if table.empty:
        raise InputError(f"survival_{endpoint}: none of the runs has {endpoint}; expected it in one of them")
    arms = selection.arms or BOTH_ARMS
    held = list(dict.fromkeys(table["arm"]))
    _check_arms(f"survival_{endpoint}", arms, held)
    table = table[table["arm"].isin(arms)]
    figure, grid = panels(len(arms), 3.4, across=2, share_y=True)
    for axes, arm in zip(grid, arms, strict=True):
        _bands(axes, series, table[table["arm"] == arm], _curve_band)
        axes.set(ylim=(0, 1), title=f"{endpoint}, {arm}")
        axes.legend(fontsize=6, loc="upper right")
    grid[0].set_ylabel(SURVIVAL_NAMES.get(endpoint, endpoint))
    said = (
        f"{endpoint} by the model at trial effects of 0: no patients, so no numbers at risk; those of the patients "
        f"stand under survival_{endpoint} of a single run."
    )
    return figure, table, f"{said} {_GREY} {_described(series)}"


def _hazards(series: Sequence[Series], selection: Selection) -> tuple[Figure, pd.DataFrame, str]:
    arms = selection.arms or BOTH_ARMS
    _check_arms("hazards", arms, BOTH_ARMS)
    frames = []
    for item in series:
        mix = next(p for p in item.run.manifest["populations"] if p["id"] == item.population)
        frames += [
            hazard_table(item.run, endpoint, item.scenario, TargetPopulation(**mix)).assign(series=item.label)
            for endpoint in item.run.survival_endpoints
        ]
    table = pd.concat(frames, ignore_index=True)
    table = table[table["arm"].isin(arms)]
    pairs = [(endpoint, arm) for endpoint in dict.fromkeys(table["endpoint"]) for arm in arms]
    figure, grid = panels(len(pairs), 2.9, across=2)
    highest = table.groupby("endpoint")["upper"].max()
    for axes, (endpoint, arm) in zip(grid, pairs, strict=True):
        own = table[(table["endpoint"] == endpoint) & (table["arm"] == arm)]
        _bands(axes, series, own, hazard_band)
        # Arms of one endpoint are to be compared: one scale for both, with room for the legend.
        axes.set(ylabel="Hazard per month", ylim=(0, 1.15 * highest[endpoint]), title=f"{endpoint}, {arm}")
        axes.legend(fontsize=6, loc="upper right")
    return figure, table, f"Hazard per month at trial effects of 0. {_GREY} {_described(series)}"


_GREY = "Grey area: beyond the index trial's follow-up, extrapolated."


Band = Callable[[Axes, pd.DataFrame, str, Any, str], None]


def _bands(axes: Axes, series: Sequence[Series], table: pd.DataFrame, band: Band) -> None:
    """Median and band of every series over time, what is extrapolated on grey."""
    for style, item in enumerate(series):
        own = table[table["series"] == item.label]
        if own.empty:
            continue
        band(axes, own, RUN_COLOURS[style], RUN_LINES[style], f"{item.label}: {own['c_prior'].iloc[0]}")
    end = float(table["time"].max())
    beyond = table.loc[table["extrapolated"].astype(bool), "time"]
    if len(beyond):
        axes.axvspan(float(beyond.min()), end, color="0.94", linewidth=0, zorder=0)
    month_axis(axes, min(LONGEST, end))


def _curve_band(axes: Axes, own: pd.DataFrame, colour: str, line: Any, label: str) -> None:
    axes.fill_between(own["time"], own["lower"], own["upper"], color=colour, alpha=0.12, linewidth=0)
    axes.plot(own["time"], own["median"], color=colour, linestyle=line, label=label)


def _described(series: Sequence[Series]) -> str:
    """Which populations and priors the series are of."""
    labels = {
        item["label"]
        for one in series
        for item in one.run.manifest["populations"]
        if item["id"] == one.population
    }
    return f"Population: {'; '.join(sorted(labels))}; the legend names each line's prior of c."


def _stacked(series: Sequence[Series], name: str) -> pd.DataFrame:
    frames, faults = [], []
    for item in series:
        rows = item.rows(name)
        if rows.empty:
            held = ", ".join(dict.fromkeys(item.run.table(name)["population"]))
            faults.append(
                f"{item.run.folder}: tables/{name}.csv has no rows of scenario {item.scenario}, population "
                f"{item.population}; it holds population {held}"
            )
        frames.append(rows.assign(run=item.name, series=item.label))
    if faults:
        raise InputError(faults)
    return pd.concat(frames, ignore_index=True)


def _check_arms(figure: str, asked: Sequence[str], held: Sequence[str]) -> None:
    faults = [
        f"{figure}: no arm {arm!r}; expected {', '.join(map(repr, held))}" for arm in asked if arm not in held
    ]
    if faults:
        raise InputError(faults)


def _refuse_arms(figure: str, selection: Selection) -> None:
    if selection.arms:
        raise InputError(f"{figure}: is of two arms at once; leave out --arm, or plot survival or hazards")


def _first_places(names: "pd.Series[str]") -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


COMPARISONS: dict[str, Comparison] = {
    "ladder": _ladder,
    "rmst_by_horizon": _rmst,
    "survival_OS": partial(_survival, endpoint="OS"),
    "survival_PFS": partial(_survival, endpoint="PFS"),
    "hazards": _hazards,
}
