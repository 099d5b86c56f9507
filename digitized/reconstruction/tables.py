"""Tables of points, numbers at risk, totals and censor ticks: many figures and arms in one file."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd

from digitized.choices import Kind, Scale, Unit
from digitized.curve import Curve, Floats
from digitized.errors import InputError
from digitized.reconstruction.scale import both_ways, mixed_scale, to_survival
from digitized.text_table import read_text_table

Key = tuple[str, str]
ALIASES = {
    "surv": "survival", "s": "survival", "survival_probability": "survival", "t": "time",
    "n_at_risk": "n_risk", "nrisk": "n_risk", "at_risk": "n_risk", "n.risk": "n_risk",
    "number_at_risk": "n_risk",
    "n_censored": "censored", "cum_censored": "censored", "cumulative_censored": "censored",
    "ncensored": "censored", "n_event": "events", "n_events": "events",
}  # fmt: skip
MOST_CELLS_NAMED = 3  # of a column that is no number throughout
NOTHING = {"", "na", "nan", "n/a", "none", "-", "."}


class Table(StrEnum):
    """The four tables of a call."""

    CURVES = "curves"
    AT_RISK = "at risk"
    TOTALS = "totals"
    CENSOR_MARKS = "censor marks"


@dataclass(frozen=True)
class Sources:
    """Files of one call; only the curves must be given."""

    curves: Path
    at_risk: Path | None = None
    totals: Path | None = None
    censor_marks: Path | None = None


@dataclass(frozen=True)
class Reading:
    """How numbers are to be understood; `AUTO` looks at them and says aloud what it took them for."""

    scale: Scale = Scale.AUTO
    kind: Kind = Kind.AUTO
    unit: Unit | None = None


@dataclass(frozen=True)
class CurveTable:
    """Curves by (figure, arm) in file order, and what was assumed while reading."""

    curves: dict[Key, Curve]
    notes: tuple[str, ...]


@dataclass
class _Collector:
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_curves(sources: Sources, reading: Reading) -> CurveTable:
    """Read the tables of one call.

    Columns: curves `[figure,]arm,time,survival` (or `surv`); numbers at risk
    `[figure,]arm,time,n_risk[,censored]` with cumulative numbers censored; totals
    `[figure,]arm,n[,events]`; censor ticks `[figure,]arm,time`. Other columns are ignored; a file
    without `arm` holds one arm.

    Raises
    ------
    InputError
        Every fault of the files at once.
    """
    seen = _Collector()
    points = _read(sources.curves, Table.CURVES, ("time", "survival"), seen)
    at_risk = _read(sources.at_risk, Table.AT_RISK, ("time", "n_risk"), seen)
    totals = _read(sources.totals, Table.TOTALS, ("n",), seen)
    marks = _read(sources.censor_marks, Table.CENSOR_MARKS, ("time",), seen)
    if seen.faults:
        raise InputError(seen.faults)
    for path, groups in ((sources.at_risk, at_risk), (sources.totals, totals), (sources.censor_marks, marks)):
        strangers = [key for key in groups if key not in points]
        if strangers and path is not None:
            seen.notes.append(
                f"{path.name}: {len(strangers)} {'arm is' if len(strangers) == 1 else 'arms are'} not in "
                f"{sources.curves.name} and {'was' if len(strangers) == 1 else 'were'} left out "
                f"(first: {_name(strangers[0])})"
            )
    curves = {
        key: _curve(key, rows, at_risk.get(key), totals.get(key), marks.get(key), reading, seen, sources)
        for key, rows in points.items()
    }
    if seen.faults:
        raise InputError(seen.faults)
    return CurveTable({key: curve for key, curve in curves.items() if curve is not None}, tuple(seen.notes))


def _read(
    path: Path | None, table: Table, required: tuple[str, ...], seen: _Collector
) -> dict[Key, pd.DataFrame]:
    """Rows by (figure, arm), numbers parsed."""
    if path is None:
        return {}
    try:
        frame = read_text_table(path)
    except InputError as error:
        seen.faults.extend(error.faults)
        return {}
    frame.columns = pd.Index([ALIASES.get(name, name) for name in frame.columns])
    missing = [name for name in required if name not in frame.columns]
    if missing or frame.columns.has_duplicates:
        found = ", ".join(frame.columns)
        seen.faults.append(f"{path} ({table}): expected columns {', '.join(required)}; found {found}")
        return {}
    told = [*required, "events"] if table is Table.TOTALS and "events" in frame else list(required)
    frame = frame[(frame[told] != "").any(axis=1)]
    if frame.empty:
        if table is Table.CURVES:
            seen.faults.append(f"{path} ({table}): no rows")
        return {}
    numbers: dict[str, object] = {
        "figure": frame.get("figure", ""),
        "arm": frame.get("arm", ""),
    }
    for name in (*required, "censored", "events"):
        if name in frame:
            optional = table is Table.TOTALS or name not in required
            numbers[name] = _numbers(frame, name, optional, path, seen)
    parsed = pd.DataFrame(numbers, index=frame.index)
    return {(str(f), str(a)): rows for (f, a), rows in parsed.groupby(["figure", "arm"], sort=False)}


def _numbers(frame: pd.DataFrame, name: str, optional: bool, path: Path, seen: _Collector) -> Floats:
    text = frame[name].str.rstrip("% ")
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
    unreadable = ~np.isfinite(values)
    if optional:
        unreadable &= ~text.str.lower().isin(NOTHING).to_numpy()
    lines = frame.index[unreadable]
    seen.faults += [
        f"{path}, line {line}: {name} is {text[line]!r}, expected a number"
        for line in lines[:MOST_CELLS_NAMED]
    ]
    if lines.size > MOST_CELLS_NAMED:
        seen.faults.append(f"{path}: {name} is no number in {lines.size - MOST_CELLS_NAMED} more lines")
    return values


def _curve(
    key: Key,
    rows: pd.DataFrame,
    at_risk: pd.DataFrame | None,
    totals: pd.DataFrame | None,
    marks: pd.DataFrame | None,
    reading: Reading,
    seen: _Collector,
    sources: Sources,
) -> Curve | None:
    name = _name(key)
    time = rows["time"].to_numpy(dtype=float)
    values = rows["survival"].to_numpy(dtype=float)
    impossible = _impossible(time, values, reading)
    if impossible is not None:
        seen.faults.append(f"{sources.curves}{f', {name}' if name else ''}{impossible}")
        return None
    survival, notes = to_survival(time, values, reading.scale, reading.kind)
    seen.notes.extend(f"{name}: {note}" for note in notes)
    factor = reading.unit.months if reading.unit is not None else 1.0
    risk_time, risk, censored = np.empty(0), np.empty(0, dtype=np.int64), None
    if at_risk is not None:
        risk_time = at_risk["time"].to_numpy(dtype=float) * factor
        risk = _whole(at_risk, "n_risk", name, sources.at_risk, seen)
        if "censored" in at_risk and np.all(np.isfinite(at_risk["censored"].to_numpy(dtype=float))):
            censored = _whole(at_risk, "censored", name, sources.at_risk, seen)
    n = events = None
    if totals is not None:
        if len(totals) > 1:
            seen.faults.append(f"{sources.totals}: {name} has {len(totals)} rows, expected one")
        if np.isfinite(totals["n"].iloc[0]):
            n = int(_whole(totals, "n", name, sources.totals, seen)[0])
        if "events" in totals and np.isfinite(totals["events"].iloc[0]):
            events = int(_whole(totals, "events", name, sources.totals, seen)[0])
    ticks = None if marks is None else marks["time"].to_numpy(dtype=float) * factor
    return Curve(
        time * factor,
        survival,
        risk_time,
        risk,
        ticks,
        n,
        events,
        censored=censored,
    )


def _impossible(time: Floats, values: Floats, reading: Reading) -> str | None:
    """Why values are no curve: the end of a sentence that begins with file and arm."""
    mixed = mixed_scale(time, values) if reading.scale is Scale.AUTO else None
    if mixed is not None:
        return (
            f" mixes probabilities and percent: {mixed}; expected one of them throughout "
            "(if it is percent, say --scale percent)"
        )
    back = both_ways(time, values, reading.scale)
    return None if back is None else f", {back}"


def _whole(
    rows: pd.DataFrame, column: str, name: str, path: Path | None, seen: _Collector
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    values = rows[column].to_numpy(dtype=float)
    for value in values[values != np.rint(values)]:
        seen.faults.append(f"{path}: {name}: {column} is {value:g}, expected a whole number")
    return np.rint(values).astype(np.int64)


def _name(key: Key) -> str:
    figure, arm = key
    return ", ".join(
        part for part in (f"figure {figure}" if figure else "", f"arm {arm}" if arm else "") if part
    )
