"""Sensitivity analyses and validation verdicts that were run apart from the run, as far as they are given."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.run_files import read_table
from digitized.errors import InputError

SENSITIVITY_COLUMNS = (
    "id",
    "endpoint",
    "population",
    "measure",
    "c_prior",
    "median",
    "lower",
    "upper",
    "p_benefit",
)


@dataclass(frozen=True)
class Attachments:
    """Folders given beside the run's own; each is looked for in the run's folder first where not given."""

    sensitivity: Path | None = None
    validation: Path | None = None


@dataclass(frozen=True)
class Verdict:
    """One validation check."""

    id: str
    verdict: str
    sentence: str


@dataclass(frozen=True)
class Validation:
    """Verdicts with the command that made them and whether they saw the run's evidence."""

    verdicts: tuple[Verdict, ...]
    command: str
    same_evidence: bool | None


def sensitivity(run: RunData, given: Path | None) -> pd.DataFrame | None:
    """`sensitivity.csv` of the given folder, of the run's, or of its `sensitivity` folder.

    Raises
    ------
    InputError
        If the given folder has none, or the table lacks a column.
    """
    places = [given] if given else [run.folder, run.folder / "sensitivity"]
    path = _first(places, "sensitivity.csv", "--sensitivity", given)
    if path is None:
        return None
    return read_table(path, columns=SENSITIVITY_COLUMNS)


def validation(run: RunData, given: Path | None) -> Validation | None:
    """`verdicts.json` of the given folder or of the run's `validation` folder.

    Raises
    ------
    InputError
        If the given folder has none, or the file is not a list of verdicts.
    """
    path = _first([given] if given else [run.folder / "validation"], "verdicts.json", "--validation", given)
    if path is None:
        return None
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        verdicts = tuple(Verdict(row["id"], row["verdict"], row["sentence"]) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: {error}; expected the verdicts that `crosstrial validate` writes"
        ) from error
    record = path.with_name("record.json")
    if not record.exists():
        return Validation(verdicts, "", None)
    try:
        described = json.loads(record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"{record}: {error}; expected the record that `crosstrial validate` writes"
        ) from error
    same = described.get("evidence_sha256") == run.manifest["evidence_sha256"]
    return Validation(verdicts, str(described.get("command", "")), same)


def _first(places: list[Path], name: str, option: str, given: Path | None) -> Path | None:
    found = [place / name for place in places if (place / name).is_file()]
    if not found and given:
        raise InputError(f"{option} {given}: has no {name}; expected a folder that crosstrial wrote")
    return found[0] if found else None
