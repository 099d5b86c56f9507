"""What `crosstrial evidence` does, and how the inventory looks in a terminal."""

import json
from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from digitized.errors import EvidenceError
from trials.attach import Attachment, attach_curve, copy_evidence
from trials.evidence import Evidence, Trial
from trials.inventory import AnalysisStatus, analysis_status, grade_of, inventory
from trials.loading import load, read_evidence

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


def show(folder: Path | None, extra: tuple[Path, ...], *, as_json: bool) -> None:
    """The inventory, as tables or as JSON."""
    evidence = load(folder, extra=extra)
    if as_json:
        print(json.dumps(inventory(evidence), indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    info = evidence.question.info
    console.print(f"[bold]{info.disease}[/bold]: {info.text}")
    console.print(
        f"Index arm: {info.index_trial} / {info.index_arm}. Folder: {evidence.folder}\n", markup=False
    )
    console.print(_trials_table(evidence))
    console.print(_analyses_table(evidence))
    console.print(_mix_table(inventory(evidence)))
    console.print(_contradictions_table(evidence))
    for required in evidence.question.required:
        console.print(f"May not be left out: {required.trial}, because {required.reason}.", markup=False)
    console.print(f"Registered without results: {len(evidence.ongoing)} (see --json).", markup=False)


def _trials_table(evidence: Evidence) -> Table:
    table = Table(title="Trials", title_justify="left", show_lines=False)
    for name in ("trial", "role", "design", "arms (components, n)", "contradictions"):
        table.add_column(name, justify="right" if name == "contradictions" else "left", overflow="fold")
    for trial in evidence.trials:
        role = evidence.question.role_of(trial.id)
        arms = "\n".join(
            f"{arm.id}: {' + '.join(arm.components) or 'none'}, "
            + (f"n = {arm.n}" if arm.n is not None else "n not published")
            + ("" if arm.reported else ", no result published")
            for arm in trial.arm
        )
        design = "randomised" if trial.info.randomised else "not randomised"
        blinding = f", {trial.info.blinding}" if trial.info.blinding else ""
        sensitivities = f" ({', '.join(role.analyses)})" if role.analyses else ""
        waits = ", when its curves are read" if _waits(evidence, trial) else ""
        table.add_row(
            trial.id,
            f"{role.role}{sensitivities}{waits}",
            design + blinding,
            arms,
            str(len(trial.inconsistency)),
        )
    return table


def _waits(evidence: Evidence, trial: Trial) -> bool:
    if not evidence.question.role_of(trial.id).needs_curve:
        return False
    choices = [item for item in evidence.choices(trial.id) if item.endpoint != "ORR"]
    return any(grade_of(trial, arm, choice) == "summary" for choice in choices for arm in choice.arms)


def _analyses_table(evidence: Evidence) -> Table:
    table = Table(title="Analysis used for each endpoint", title_justify="left", show_lines=True)
    columns = (
        "trial",
        "endpoint",
        "population; cut-off; assessor",
        "arm",
        "grade",
        "events / n",
        "median or rate",
    )
    for name in (*columns, "missing", "kept as checks"):
        table.add_column(name, overflow="fold")
    for trial in evidence.trials:
        for choice in evidence.choices(trial.id):
            status = analysis_status(trial, choice)
            table.add_row(
                trial.id, choice.endpoint, _which(status), *_arm_cells(status), "\n".join(status.kept)
            )
    return table


def _which(status: AnalysisStatus) -> str:
    choice = status.choice
    parts = [choice.population, status.cutoff]
    if choice.endpoint != "OS":
        parts.append(choice.assessor or "assessor not stated")
    return "; ".join(parts)


def _arm_cells(status: AnalysisStatus) -> tuple[str, ...]:
    arms = status.arms
    return (
        "\n".join(arm.arm for arm in arms),
        "\n".join(str(arm.grade or "-") for arm in arms),
        "\n".join(f"{'?' if arm.events is None else arm.events} / {arm.n}" for arm in arms),
        "\n".join(arm.median for arm in arms),
        ", ".join(dict.fromkeys(name for arm in arms for name in arm.missing)),
    )


def _mix_table(content: dict[str, Any]) -> Table:
    table = Table(title="Patients of each arm (percent)", title_justify="left")
    for name in ("trial", "arm", "liver", "PD-L1 high", "paclitaxel-platinum", "Asia", "assumed or modelled"):
        table.add_column(name, overflow="fold")
    for trial in content["trials"]:
        for arm in trial["arms"]:
            mix, pdl1 = arm["mix"], arm["mix"]["pdl1_high"]
            table.add_row(
                trial["id"],
                arm["id"],
                "not published" if mix["liver"] is None else f"{100 * mix['liver']:.0f}",
                "not published"
                if pdl1 is None
                else f"{100 * pdl1['proportion']:.0f} ({pdl1['scale']} {pdl1['cut']:g}, {pdl1['assay']})",
                f"{100 * mix['tp']:.0f}",
                f"{100 * mix['asia']:.0f}",
                ", ".join(mix["assumed_or_modelled"]),
            )
    return table


def _contradictions_table(evidence: Evidence) -> Table:
    table = Table(title="What the sources contradict", title_justify="left", show_lines=True)
    for name in ("trial", "printed", "finding"):
        table.add_column(name, overflow="fold")
    for trial in evidence.trials:
        for item in trial.inconsistency:
            printed = item.printed if item.about == item.printed else f"{item.about}: {item.printed}"
            table.add_row(trial.id, printed, item.finding or "")
    return table
