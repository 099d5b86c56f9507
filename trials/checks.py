"""Checks across the rows of an evidence folder, each fault one sentence, all collected."""

from trials.choice_checks import check_choices
from trials.evidence import Evidence
from trials.question import COVARIATES
from trials.reading import Faults
from trials.trial_checks import check_trial


def check_evidence(evidence: Evidence, faults: Faults) -> None:
    """Every fault of the folder as a whole: vocabulary, each trial, required trials, chosen analyses."""
    _check_question(evidence, faults)
    endpoints = {*evidence.question.info.endpoints, *evidence.question.info.other_endpoints}
    for trial in evidence.trials:
        check_trial(trial, frozenset(evidence.question.components), frozenset(endpoints), faults)
    check_choices(evidence, faults)


def _check_question(evidence: Evidence, faults: Faults) -> None:
    question, file = evidence.question, evidence.question.path.name
    vocabulary = sorted(question.components)
    for part in ("backbone", "partner", "added"):
        for component in getattr(question.contrast, part):
            if component not in question.components:
                faults.add(
                    f"{file}, contrast: {part} names component {component!r}, which is not declared in "
                    f"[components]; expected one of {', '.join(vocabulary)}"
                )
    present = {trial.id for trial in evidence.trials}
    for required in question.required:
        if required.trial not in present:
            faults.add(
                f"{file}: trial {required.trial!r} may not be left out, but the folder has no file for it: "
                f"{required.reason}"
            )
    named = {item.trial for item in question.required}
    for role in question.role:
        if role.trial not in present and role.trial not in named:
            faults.add(
                f"{file}, role: no file in {evidence.folder} holds trial {role.trial!r}; add the file, "
                "or take its role and choices out of the question"
            )
    for population in question.population:
        for trial in population.pool:
            if trial not in present:
                faults.add(
                    f"{file}, population {population.id}: pool names trial {trial!r}, which has no file"
                )
        for name in COVARIATES:
            if population.share(name) is not None and name not in evidence.covariates:
                faults.add(
                    f"{file}, population {population.id}: gives a share of {name}, a covariate that the question "
                    "has not; say what it means in [covariates]"
                )
    info = question.info
    if info.index_trial not in present:
        faults.add(f"{file}, question: index trial {info.index_trial!r} has no file")
    else:
        arms = [arm.id for arm in evidence[info.index_trial].arm]
        if info.index_arm not in arms:
            faults.add(
                f"{file}, question: index arm {info.index_arm!r} is not an arm of {info.index_trial}; "
                f"it has {arms}"
            )
