"""Putting a digitised curve into an evidence folder, with where it came from, and copying a folder."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import tomlkit

from digitized.choices import Scale
from digitized.errors import EvidenceError, OutputError
from digitized.output import replacing
from digitized.reconstruction.points import SLIGHTLY_ABOVE_ONE
from digitized.reconstruction.scale import mixed_scale, told_scale
from trials.curves import read_table
from trials.evidence import Evidence, Trial
from trials.file_checks import point_faults
from trials.file_facts import UnitName
from trials.loading import DEFAULT_FOLDER, load, read_evidence
from trials.question import Choice
from trials.reading import expected, sha256

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

    The CSV has columns time and survival (0-1, or percent throughout), and arm when it holds several arms. An
    earlier curve of the same arm and endpoint is replaced. When the folder would not pass its checks afterwards,
    which hold the curve against the numbers printed for the arm, nothing is kept.

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
    # A fault may be that of the very curve that is replaced; the folder is judged as it is afterwards.
    evidence, faults = read_evidence(folder)
    if evidence is None or (
        faults.sentences and attachment.trial not in [item.id for item in evidence.trials]
    ):
        raise EvidenceError(faults.sentences)
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
    except EvidenceError as error:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        stored = curve_file.relative_to(folder).as_posix()
        raise EvidenceError(
            [fault.replace(stored, attachment.curves.name) for fault in error.faults]
        ) from error


def _locate(evidence: Evidence, attachment: Attachment) -> tuple[Trial, Choice]:
    known = [trial.id for trial in evidence.trials]
    if attachment.trial not in known:
        raise EvidenceError(f"no trial {attachment.trial!r}; {expected(attachment.trial, known)}")
    trial = evidence[attachment.trial]
    choices = [item for item in evidence.choices(trial.id) if item.endpoint != "ORR"]
    choice = next((item for item in choices if item.endpoint == attachment.endpoint), None)
    if choice is None:
        raise EvidenceError(
            f"{trial.path.name}: no survival analysis of endpoint {attachment.endpoint!r} is chosen; "
            f"{expected(attachment.endpoint, [item.endpoint for item in choices])} (a new one is a [[choice]])"
        )
    if attachment.arm not in choice.arms:
        raise EvidenceError(
            f"{trial.path.name}, endpoint {choice.endpoint}: arm {attachment.arm!r} is not in the chosen "
            f"analysis; {expected(attachment.arm, choice.arms)}"
        )
    return trial, choice


def _points(path: Path, arm: str, place: str) -> pd.DataFrame:
    """Points as probabilities; those of a curve in percent are divided, noise above 1 is cut off."""
    points = _own(read_table(path, ("time", "survival"), place), arm, place)
    time, values = points["time"].to_numpy(dtype=float), points["survival"].to_numpy(dtype=float)
    mixed = mixed_scale(time, values)
    if mixed is not None:
        raise EvidenceError(
            f"{place}: {path.name} mixes probabilities and percent: {mixed}; expected one of them throughout"
        )
    values = values / 100 if told_scale(values) is Scale.PERCENT else values
    points = points.assign(survival=np.where(values <= SLIGHTLY_ABOVE_ONE, np.minimum(values, 1.0), values))
    faults = point_faults(points, path.name)
    if faults:
        raise EvidenceError([f"{place}: {fault}" for fault in faults])
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
    raise EvidenceError(
        f"{place}: the table holds arms {', '.join(arms)}; expected {arm!r} among them, or one arm only"
    )


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
