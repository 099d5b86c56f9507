"""Putting a digitised curve into an evidence folder, with where it came from, and copying a folder."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd
import tomlkit

from digitized.errors import EvidenceError, OutputError
from digitized.output import replacing
from trials.curves import read_table
from trials.evidence import Evidence, Trial
from trials.file_facts import UnitName
from trials.loading import DEFAULT_FOLDER, load
from trials.question import Choice
from trials.reading import sha256

CURVES = "curves"


@dataclass(frozen=True)
class Attachment:
    """A digitised curve for one arm and endpoint: files, unit of time, and who read it from which figure."""

    trial: str
    arm: str
    endpoint: str
    curves: Path
    at_risk: Path | None = None
    unit: UnitName = "months"
    grade: Literal["vector", "raster"] = "raster"
    reader: str = "user"
    figure: str | None = None


def copy_evidence(target: Path, *, source: Path | None = None) -> Path:
    """Copy an evidence folder (the packaged one by default) to a folder that one may change.

    Raises
    ------
    OutputError
        If the target exists and is not empty, or cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{target} exists and is not empty; expected a new folder")
    try:
        shutil.copytree(
            source or DEFAULT_FOLDER, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def attach_curve(folder: Path, attachment: Attachment) -> Evidence:
    """Copy a digitised curve beside its trial file and name it there; returns the checked evidence.

    The CSV has columns time and survival (0-1, or percent when a value lies above 1), and arm when it holds
    several arms. An earlier curve of the same arm and endpoint is replaced. When the folder would not pass
    its checks afterwards, nothing is kept.

    Raises
    ------
    EvidenceError
        If the packaged folder is meant, or the trial, arm, endpoint, or a file has a fault.
    """
    if folder.resolve() == DEFAULT_FOLDER.resolve():
        raise EvidenceError(
            "the packaged evidence is not changed; copy it with `crosstrial evidence --copy DIR` and "
            "attach with `--evidence DIR`"
        )
    evidence = load(folder)
    trial, choice = _locate(evidence, attachment)
    place = f"{trial.path.name}, arm {attachment.arm}, endpoint {attachment.endpoint}"
    points = _points(attachment.curves, attachment.arm, place)
    stem = f"{trial.id}_{attachment.arm}_{attachment.endpoint}"
    curve_file = folder / CURVES / f"{stem}.curves.csv"
    risk_file = folder / CURVES / f"{stem}.at_risk.csv"
    risk = None
    if attachment.at_risk is not None:
        risk = _own(read_table(attachment.at_risk, ("time", "n_risk"), place), attachment.arm, place)
    before = {
        path: path.read_bytes() if path.exists() else None for path in (trial.path, curve_file, risk_file)
    }
    try:
        _write_csv(points[["time", "survival"]], curve_file)
        if risk is not None:
            _write_csv(risk[["time", "n_risk"]], risk_file)
        _name_in_trial(trial, choice, attachment, curve_file, risk_file if risk is not None else None)
        return load(folder)
    except EvidenceError:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise


def _locate(evidence: Evidence, attachment: Attachment) -> tuple[Trial, Choice]:
    try:
        trial = evidence[attachment.trial]
    except KeyError as error:
        raise EvidenceError(error.args[0]) from None
    choices = [item for item in evidence.choices(trial.id) if item.endpoint != "ORR"]
    choice = next((item for item in choices if item.endpoint == attachment.endpoint), None)
    if choice is None:
        raise EvidenceError(
            f"{trial.path.name}: no survival analysis of endpoint {attachment.endpoint!r} is chosen; "
            f"expected one of {[item.endpoint for item in choices]} (a new one is a [[choice]])"
        )
    if attachment.arm not in choice.arms:
        raise EvidenceError(
            f"{trial.path.name}, endpoint {choice.endpoint}: arm {attachment.arm!r} is not in the chosen "
            f"analysis; expected one of {list(choice.arms)}"
        )
    return trial, choice


def _points(path: Path, arm: str, place: str) -> pd.DataFrame:
    points = _own(read_table(path, ("time", "survival"), place), arm, place)
    faults = []
    if (points["time"] < 0).any():
        faults.append(f"{place}: {path.name} holds negative times, expected 0 or later")
    if (points["survival"] > 1).any():
        points = points.assign(survival=points["survival"] / 100)
    if ((points["survival"] < 0) | (points["survival"] > 1)).any():
        faults.append(f"{place}: {path.name} holds survival outside 0 to 1 (or 0 to 100 %)")
    if faults:
        raise EvidenceError(faults)
    return points


def _own(frame: pd.DataFrame, arm: str, place: str) -> pd.DataFrame:
    """The rows of the arm; a table of a single arm needs no name."""
    if "arm" not in frame.columns:
        return frame
    arms = list(dict.fromkeys(frame["arm"].astype(str)))
    if arm in arms:
        return frame[frame["arm"].astype(str) == arm]
    if len(arms) == 1:
        return frame
    raise EvidenceError(f"{place}: the table holds arms {arms}, expected {arm!r} among them, or one arm only")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False)


def _name_in_trial(
    trial: Trial, choice: Choice, attachment: Attachment, curve_file: Path, risk_file: Path | None
) -> None:
    """Edit the trial file, comments and order kept."""
    document = tomlkit.parse(trial.path.read_text(encoding="utf-8-sig"))
    source = f"curve-{attachment.arm}-{attachment.endpoint}".lower()
    sources = document["source"]
    if source not in [str(item["id"]) for item in sources]:
        entry = tomlkit.table()
        entry["id"] = source
        entry["kind"] = "figure"
        entry["citation"] = attachment.figure or f"Digitised curve, file {attachment.curves.name}"
        sources.append(entry)
    curves = document.setdefault("curve", tomlkit.aot())
    for number in reversed(range(len(curves))):
        old = curves[number]
        if (old["arm"], old["endpoint"]) == (attachment.arm, attachment.endpoint):
            del curves[number]
    entry = tomlkit.table()
    values = {
        "arm": attachment.arm,
        "endpoint": attachment.endpoint,
        "population": choice.population,
        "analysis": choice.analysis,
        "file": curve_file.relative_to(trial.path.parent).as_posix(),
        "at_risk": None if risk_file is None else risk_file.relative_to(trial.path.parent).as_posix(),
        "unit": attachment.unit,
        "grade": attachment.grade,
        "source": source,
        "sha256": sha256(curve_file),
        "reader": attachment.reader,
        "attached": datetime.now(UTC).date().isoformat(),
        "note": f"from {attachment.curves.name}, SHA-256 {sha256(attachment.curves)}",
    }
    for key, value in values.items():
        if value is not None:
            entry[key] = value
    curves.append(entry)
    with replacing(trial.path) as temporary:
        temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
