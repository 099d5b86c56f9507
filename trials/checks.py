"""Checks across the rows of an evidence folder, each fault one sentence, all collected."""

from digitized.errors import EvidenceError
from trials.assessment import scan_plans
from trials.choice_checks import check_choices
from trials.evidence import Evidence
from trials.question import COVARIATES
from trials.reading import Faults, expected
from trials.trial_checks import check_trial


def check_evidence(evidence: Evidence, faults: Faults) -> None:
    """Every fault of the folder as a whole: vocabulary, each trial, required trials, chosen analyses."""
    _check_question(evidence, faults)
    endpoints = {*evidence.question.info.endpoints, *evidence.question.info.other_endpoints}
    for trial in evidence.trials:
        check_trial(trial, frozenset(evidence.question.components), frozenset(endpoints), faults)
    check_choices(evidence, faults)
    if any(table == "trial" for _, table, _ in faults.refused):
        # Scan plans of a refused trial would seem to be of no trial.
        return
    try:
        scan_plans(evidence)
    except EvidenceError as error:
        for sentence in error.faults:
            faults.add(sentence)


def _check_question(evidence: Evidence, faults: Faults) -> None:
    question, file = evidence.question, evidence.question.path.name
    vocabulary = sorted(question.components)
    for part in ("backbone", "partner", "added"):
        for component in getattr(question.contrast, part):
            if vocabulary and component not in question.components:
                faults.add(
                    f"{file}, contrast: {part} names component {component!r}, which is not declared in "
                    f"[components]; {expected(component, vocabulary)}"
                )
    # A file that was refused has its own sentence.
    present = {trial.id for trial in evidence.trials} | {
        name for _, table, name in faults.refused if table == "trial"
    }
    for required in question.required:
        if required.trial not in present:
            faults.add(
                f"{file}: trial {required.trial!r} may not be left out, but the folder has no file for it: "
                f"{required.reason}"
            )
    named = {item.trial for item in question.required} | {question.info.index_trial}
    for role in question.role:
        if role.trial not in present and role.trial not in named:
            faults.add(
                f"{file}, role: no file in {evidence.folder} holds trial {role.trial!r}; add the file, "
                "or take its role and choices out of the question"
            )
    for role in question.role:
        trial = next((trial for trial in evidence.trials if trial.id == role.trial), None)
        if trial is not None and role.role == "class_benchmark" and role.assumed_events is None:
            for row in trial.effect:
                if (row.endpoint, row.measure, row.population) == ("OS", "HR", "all") and (
                    row.lower is None or row.upper is None
                ):
                    faults.add(
                        f"{file}, role of {role.trial}: its OS hazard ratio {row.value:g} has no interval, so its "
                        "weight is unknown; expected lower and upper in its effect, or assumed_events = [least, most] "
                        "in the role"
                    )
    for population in question.population:
        for name in population.pool:
            if name not in present:
                faults.add(
                    f"{file}, population {population.id}: pool names trial {name!r}, which has no file"
                )
        for name in COVARIATES:
            if population.share(name) is not None and name not in evidence.covariates:
                faults.add(
                    f"{file}, population {population.id}: gives a share of {name}, a covariate that the question "
                    "has not; say what it means in [covariates]"
                )
    info = question.info
    if info.index_trial not in present:
        faults.add(
            f"{file}, question: index trial {info.index_trial!r} has no file in {evidence.folder}; "
            f"{expected(info.index_trial, [trial.id for trial in evidence.trials])}"
        )
    for trial in evidence.trials:
        arms = [arm.id for arm in trial.arm]
        if trial.id == info.index_trial and info.index_arm not in arms:
            faults.add(
                f"{file}, question: index arm {info.index_arm!r} is not an arm of {info.index_trial}; "
                f"{expected(info.index_arm, arms)}"
            )
