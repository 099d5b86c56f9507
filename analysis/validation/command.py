"""One validation from request to folder: everything refused before any work, results kept as they come."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from analysis.validation import folder
from analysis.validation.keyed_work import Workers
from analysis.validation.matrix import choose, run_checks
from analysis.validation.scale import SCALES, USER_SCALES
from analysis.validation.study import Study
from analysis.validation.verdict import Verdict
from digitized.errors import InputError, OutputError


@dataclass(frozen=True)
class ValidateRequest:
    """What the command line asks for; `processes` 0 is one a core."""

    checks: tuple[str, ...]
    preset: str
    out: Path
    dask: str | None
    processes: int
    evidence: Path | None
    seed: int


def validate_all(request: ValidateRequest, console: Console) -> list[Verdict]:
    """Run the checks, write `request.out`, return the verdicts.

    Raises
    ------
    InputError
        For an unknown check or preset, all at once, or a cluster that does not answer; before any work.
    OutputError
        If the folder cannot be written.
    """
    started = time.monotonic()
    faults: list[str] = []
    if request.preset not in SCALES:
        faults.append(f"--preset {request.preset!r}: expected one of {', '.join(USER_SCALES)}")
    if request.seed < 0:
        faults.append(f"--seed {request.seed}: expected 0 or more")
    if request.processes < 0:
        faults.append(f"--processes {request.processes}: expected 0 (one a core) or more")
    try:
        checks = choose(request.checks)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    workers = Workers(request.processes or os.cpu_count() or 1, request.dask)
    workers.require()
    bars: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:

        def show(label: str, done: int, total: int) -> None:
            group = label.split(":")[0]
            if group not in bars:
                bars[group] = progress.add_task(label)
            progress.update(bars[group], description=label, completed=done, total=total)

        study = Study(
            SCALES[request.preset],
            request.out / "work",
            workers,
            request.evidence,
            request.seed,
            show,
        )
        needs = [check.id for check in checks if not check.any_question]
        if needs:
            study.require_question(needs)
        _prepare(request.out)
        results = run_checks(checks, study)
    named = " ".join(check.id for check in checks)
    command = f"crosstrial validate {named} --preset {request.preset} --seed {request.seed}"
    folder.write(request.out, results, folder.record(study, command, time.monotonic() - started))
    return [result.verdict for result in results]


def _prepare(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"--out {out}: is a file; expected a folder")
    try:
        (out / "work").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"--out {out}: cannot be written ({error.strerror})") from error
