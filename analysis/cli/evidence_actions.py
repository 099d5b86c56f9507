"""What `crosstrial evidence` does: copy, attach, check, show."""

import json
from pathlib import Path
from typing import Literal

import typer
from rich.console import Console

from analysis.cli.evidence_page import show_page
from digitized.errors import EvidenceError
from trials.attach import Attachment, attach_curve, copy_evidence
from trials.inventory import grade_of, inventory
from trials.loading import load, read_evidence
from trials.reading import expected

STDERR = Console(stderr=True, highlight=False, soft_wrap=True)


def copy_and_report(target: Path, folder: Path | None) -> None:
    """Copy an evidence folder."""
    copy_evidence(target, source=folder)
    STDERR.print(f"wrote {target}; use it with --evidence {target}", markup=False)


def attach_and_report(
    folder: Path | None,
    attach: tuple[str, str, str, Path],
    *,
    at_risk: Path | None,
    unit: Literal["days", "weeks", "months", "years"],
    as_json: bool,
) -> None:
    """Attach a digitised curve and say what changed."""
    if folder is None:
        raise EvidenceError(
            "--attach needs --evidence DIR, because the packaged evidence is not changed; make your own copy "
            "with `crosstrial evidence --copy DIR`"
        )
    trial, arm, endpoint, curves = attach
    evidence = attach_curve(folder, Attachment(trial, arm, endpoint, curves, at_risk=at_risk, unit=unit))
    choice = next(item for item in evidence.choices(trial) if item.endpoint == endpoint)
    grade = grade_of(evidence[trial], arm, choice)
    if as_json:
        print(json.dumps({"trial": trial, "arm": arm, "endpoint": endpoint, "grade": grade}))
    else:
        print(f"{trial}, arm {arm}, endpoint {endpoint}: grade is now {grade}")


def check_and_report(folder: Path | None, extra: tuple[Path, ...], *, as_json: bool) -> None:
    """Name every fault (exit code 2), or say that there is none."""
    evidence, faults = read_evidence(folder, extra=extra)
    if as_json:
        print(
            json.dumps(
                {"faults": faults.sentences, "trials": len(evidence.trials) if evidence else 0}, indent=2
            )
        )
        if faults.sentences:
            raise typer.Exit(2)
        return
    if faults.sentences or evidence is None:
        raise EvidenceError(faults.sentences)
    facts = sum(record["facts"] for record in inventory(evidence)["trials"])
    print(f"no fault in {len(evidence.trials)} trials and {facts} published facts ({evidence.folder})")


def show(folder: Path | None, extra: tuple[Path, ...], trials: tuple[str, ...], *, as_json: bool) -> None:
    """The inventory of the whole folder or of some trials, as a page or as JSON."""
    evidence = load(folder, extra=extra)
    known = [trial.id for trial in evidence.trials]
    unknown = [name for name in trials if name not in known]
    if unknown:
        raise EvidenceError([f"no trial {name!r}; {expected(name, known)}" for name in unknown])
    if not as_json:
        show_page(evidence, trials or tuple(known), Console(highlight=False))
        return
    content = inventory(evidence)
    if trials:
        content["trials"] = [record for record in content["trials"] if record["id"] in trials]
    print(json.dumps(content, indent=2, ensure_ascii=False))
