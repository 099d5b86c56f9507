"""The obvious choice of a trial that names none: its only analysis of its whole population."""

from trials.evidence import Trial
from trials.file_facts import CurveFile, PatientFile
from trials.question import Choice

WHOLE = "all"


def implied_choices(trial: Trial, endpoints: tuple[str, ...]) -> tuple[Choice, ...]:
    """One choice for each endpoint that leaves nothing to choose.

    That is: reported for the whole population in exactly one analysis and by at most one assessor. Anything
    else has to be chosen by a person in a [[choice]].
    """
    reported = {arm.id for arm in trial.arm if arm.reported}
    choices = []
    for endpoint in endpoints:
        if endpoint == "ORR":
            found = [
                (row.arm, row.analysis, row.assessor, row.confirmed)
                for row in trial.response
                if row.category == "ORR" and row.population == WHOLE and row.arm in reported
            ]
        else:
            found = [
                (row.arm, row.analysis, row.assessor, None)
                for row in trial.survival
                if row.endpoint == endpoint
                and row.population == WHOLE
                and row.arm in reported
                and row.quantity in ("median", "rate")
            ]
            given: tuple[PatientFile | CurveFile, ...] = (*trial.patients, *trial.curve)
            found += [
                (item.arm, item.analysis, item.assessor, None)
                for item in given
                if item.endpoint == endpoint and item.population == WHOLE and item.arm in reported
            ]
        analyses = {analysis for _, analysis, _, _ in found}
        assessors = {assessor for _, _, assessor, _ in found if assessor is not None}
        confirmed = {flag for _, _, _, flag in found if flag is not None}
        if len(analyses) == 1 and len(assessors) <= 1 and len(confirmed) <= 1:
            choices.append(
                Choice(
                    trial=trial.id,
                    endpoint=endpoint,
                    analysis=analyses.pop(),
                    population=WHOLE,
                    assessor=assessors.pop() if assessors else None,
                    arms=tuple(dict.fromkeys(arm for arm, _, _, _ in found)),
                    note="the only analysis published for the whole population",
                )
            )
    return tuple(choices)
