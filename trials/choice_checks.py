"""Checks of the chosen analyses: each points at published numbers of one population, cut-off and assessor."""

from digitized.errors import InputError
from digitized.summary.quantities import require_sound
from trials.curves import curve_file, of_choice
from trials.evidence import Evidence, Trial
from trials.patients import figure_summary
from trials.question import Choice
from trials.reading import Faults
from trials.selection import belongs, chosen_curve, chosen_responses


def check_choices(evidence: Evidence, faults: Faults) -> None:
    """Every fault of the chosen analyses."""
    trials = {trial.id: trial for trial in evidence.trials}
    file = evidence.question.path.name
    seen: set[tuple[str, str]] = set()
    for choice in evidence.question.choice:
        place = f"{file}, choice of trial {choice.trial}, endpoint {choice.endpoint}"
        if (choice.trial, choice.endpoint) in seen:
            faults.add(f"{place}: chosen twice, expected one analysis a trial and endpoint")
        seen.add((choice.trial, choice.endpoint))
        if choice.trial in trials:
            _check_choice(trials[choice.trial], choice, place, evidence, faults)
        elif choice.trial not in {item.trial for item in evidence.question.required}:
            faults.add(f"{place}: there is no such trial; expected one of {sorted(trials)}")
    for trial in evidence.trials:
        if evidence.question.role_of(trial.id).role == "base" and not evidence.choices(trial.id):
            faults.add(
                f"{trial.path.name}, trial {trial.id}: no analysis is chosen for the models; expected "
                "at least one [[choice]] with endpoint, analysis, population and arms"
            )


def _check_choice(trial: Trial, choice: Choice, place: str, evidence: Evidence, faults: Faults) -> None:
    info = evidence.question.info
    endpoints = sorted({*info.endpoints, *info.other_endpoints})
    before = len(faults.sentences)
    if choice.endpoint not in endpoints:
        faults.add(f"{place}: endpoint is not known; expected one of {endpoints}")
    analyses = [analysis.id for analysis in trial.analysis]
    for name in (choice.analysis, *(kept.analysis for kept in choice.kept)):
        if name not in analyses:
            faults.add(
                f"{place}: analysis {name!r} is not declared in {trial.path.name}; expected one of {analyses}"
            )
    arms = {arm.id: arm for arm in trial.arm}
    for name in choice.arms:
        if name not in arms:
            faults.add(
                f"{place}: arm {name!r} does not exist in {trial.path.name}; expected one of {sorted(arms)}"
            )
        elif not arms[name].reported:
            faults.add(f"{place}: arm {name!r} has no published result (reported = false) and cannot be used")
    sources = [source.id for source in trial.source]
    for name in choice.prefer:
        if name not in sources:
            faults.add(
                f"{place}: preferred source {name!r} does not exist in {trial.path.name}; it has {sources}"
            )
    if len(faults.sentences) > before:
        return
    if choice.endpoint == "ORR":
        _check_response(trial, choice, place, faults)
    else:
        _check_survival(trial, choice, place, faults)


def _check_response(trial: Trial, choice: Choice, place: str, faults: Faults) -> None:
    for arm in choice.arms:
        if "ORR" not in chosen_responses(trial, arm, choice):
            faults.add(
                f"{place}, arm {arm}: no response rate of population {choice.population!r} in analysis "
                f"{choice.analysis!r} is published; the choice points nowhere"
            )


def _check_survival(trial: Trial, choice: Choice, place: str, faults: Faults) -> None:
    whole = len(faults.sentences)
    curves = []
    for arm in choice.arms:
        curve = chosen_curve(trial, arm, choice)
        given = curve_file(trial, arm, choice) or of_choice(trial.patients, arm, choice)
        if not curve.numbers and curve.at_risk is None and given is None:
            faults.add(
                f"{place}, arm {arm}: nothing is published for population {choice.population!r} in analysis "
                f"{choice.analysis!r}; the choice points nowhere"
            )
        if curve.n is None and of_choice(trial.patients, arm, choice) is None:
            faults.add(
                f"{place}, arm {arm}: the number of patients of population {choice.population!r} is not in "
                f"{trial.path.name}; expected n of the arm or a [[size]]"
            )
        if choice.assessor is None:
            assessors = {
                row.assessor
                for row in trial.survival
                if row.arm == arm and belongs(row, choice) and row.assessor is not None
            }
            if len(assessors) > 1:
                faults.add(
                    f"{place}, arm {arm}: numbers by {' and '.join(sorted(assessors))} would be mixed in one "
                    "curve; expected assessor to name one"
                )
        if given is None:
            curves.append(curve)
    broken = len(faults.sentences) > whole or any(
        sentence.startswith(f"{trial.path.name},") for sentence in faults.sentences
    )
    # A trial with faults of its own would only repeat them here.
    if broken or not curves:
        return
    try:
        require_sound(figure_summary(trial, choice, curves))
    except InputError as error:
        for sentence in error.faults:
            faults.add(f"{trial.path.name}, trial {trial.id}, {choice.analysis}: {sentence}")
