"""Curves that an evidence file brings with it, in months, and the tables that they are kept in."""

import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd

import digitized
from digitized.choices import Unit
from digitized.curve import Curve, Grade, Provenance
from digitized.errors import EvidenceError
from trials.evidence import Trial
from trials.file_facts import CurveFile, PatientFile, UnitName
from trials.question import Choice
from trials.selection import ChosenCurve


def file_of(trial: Trial, name: str) -> Path:
    """A file that an evidence file names: beside it, or (readings/...) among the package's own readings."""
    beside = trial.path.parent / name
    if not beside.exists() and name.startswith("readings/"):
        return Path(digitized.__file__).parent / name
    return beside


def of_choice[R: (CurveFile, PatientFile)](items: tuple[R, ...], arm: str, choice: Choice) -> R | None:
    """The file of an arm in the chosen analysis; the last one attached counts."""
    fitting = [
        item
        for item in items
        if (item.arm, item.endpoint, item.population, item.analysis)
        == (arm, choice.endpoint, choice.population, choice.analysis)
    ]
    return fitting[-1] if fitting else None


def curve_file(trial: Trial, arm: str, choice: Choice) -> CurveFile | None:
    """The curve of an arm: one attached by the user, else the reading of its published figure."""
    attached = of_choice(trial.curve, arm, choice)
    if attached is not None:
        return attached
    for figure in trial.figure:
        if (figure.endpoint, figure.population, figure.analysis) != (
            choice.endpoint,
            choice.population,
            choice.analysis,
        ):
            continue
        path = file_of(trial, f"{figure.reading}.curves.csv")
        if path.exists():
            return CurveFile(
                arm=figure.arms.get(arm, arm),
                endpoint=figure.endpoint,
                population=figure.population,
                analysis=figure.analysis,
                file=f"{figure.reading}.curves.csv",
                unit=_unit(path.with_name(path.name.removesuffix(".curves.csv") + ".toml")),
                grade=figure.grade,
                assessor=figure.assessor,
                source=figure.source,
                reader="crosstrial digitize",
            )
    return None


def _unit(path: Path) -> UnitName:
    """Unit of the time axis of a reading, months where it does not say."""
    if not path.exists():
        return "months"
    unit = str(tomllib.loads(path.read_text(encoding="utf-8")).get("unit", "months"))
    return next((name for name in get_args(UnitName) if name == unit), "months")


def curve_of(trial: Trial, chosen: ChosenCurve, choice: Choice) -> Curve | None:
    """The digitised curve of an arm, where there is one."""
    item = curve_file(trial, chosen.arm, choice)
    if item is None:
        return None
    place = f"{trial.path.name}, arm {chosen.arm}, endpoint {choice.endpoint}"
    scale = Unit(item.unit).months
    points = own_rows(read_table(file_of(trial, item.file), ("time", "survival"), place), item.arm)
    risk_time, risk = np.empty(0), np.empty(0, dtype=np.int64)
    if item.at_risk is not None:
        table = own_rows(read_table(file_of(trial, item.at_risk), ("time", "n_risk"), place), item.arm)
        risk_time = table["time"].to_numpy(dtype=float) * scale
        risk = table["n_risk"].to_numpy().astype(np.int64)
    elif chosen.at_risk is not None:
        risk_time = np.array(chosen.at_risk.time, dtype=float)
        risk = np.array(chosen.at_risk.n, dtype=np.int64)
    events = next((row.value for row in chosen.numbers if row.quantity == "events"), None)
    return Curve(
        time=points["time"].to_numpy(dtype=float) * scale,
        survival=points["survival"].to_numpy(dtype=float),
        at_risk_time=risk_time,
        at_risk=risk,
        n=chosen.n,
        events=None if events is None else int(events),
        grade=Grade(item.grade),
        provenance=Provenance(item.source, item.reader or "", item.sha256 or "", item.note or ""),
    )


def own_rows(frame: pd.DataFrame, arm: str) -> pd.DataFrame:
    """The rows of one arm, in a table that may hold several."""
    return frame[frame["arm"].astype(str) == arm] if "arm" in frame.columns else frame


def read_table(path: Path, columns: tuple[str, ...], place: str) -> pd.DataFrame:
    """A CSV with the named numeric columns.

    Raises
    ------
    EvidenceError
        Naming the file, where it was asked for, and what is wrong.
    """
    try:
        frame = pd.read_csv(path, encoding="utf-8-sig", skipinitialspace=True)
    except FileNotFoundError:
        raise EvidenceError(f"{place}: file {path.name} does not exist in {path.parent}") from None
    except UnicodeDecodeError as error:
        raise EvidenceError(f"{place}: {path.name} is not UTF-8 text (byte {error.start})") from None
    except pd.errors.EmptyDataError:
        raise EvidenceError(f"{place}: {path.name} is empty, expected a header and rows") from None
    except pd.errors.ParserError as error:
        reason = " ".join(str(error).split())
        raise EvidenceError(f"{place}: {path.name} cannot be read as a table ({reason})") from None
    except OSError as error:
        raise EvidenceError(f"{place}: {path.name} cannot be read ({error.strerror})") from None
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    if "surv" in frame.columns and "survival" not in frame.columns:
        frame = frame.rename(columns={"surv": "survival"})
    faults = [
        f"{place}: {path.name} has no column {name!r}, expected a comma-separated table; "
        f"found {', '.join(frame.columns)}"
        for name in columns
        if name not in frame.columns
    ]
    if faults:
        raise EvidenceError(faults)
    for name in columns:
        values = pd.to_numeric(frame[name], errors="coerce")
        wrong = np.flatnonzero(~np.isfinite(values.astype(float)))
        if len(wrong):
            line, found = int(wrong[0]) + 2, frame[name].iloc[wrong[0]]
            raise EvidenceError(
                f"{place}: {path.name}, line {line}: {name} is {found}, expected a finite number"
            )
        frame[name] = values
    return frame
