"""Checks of the chosen analyses: each points at published numbers of one population, cut-off and assessor."""

from digitized.errors import EvidenceError, InputError
from digitized.summary.quantities import require_sound
from trials.curve_numbers import check_against_numbers
from trials.curves import curve_file, of_choice
from trials.evidence import Evidence, Trial
from trials.file_checks import check_curve
from trials.file_facts import CurveFile
from trials.given_patients import read_patients
from trials.patients import figure_summary, observation_window
from trials.question import Choice
from trials.reading import Faults, expected
from trials.selection import chosen_curve, chosen_responses

# Months by which an observation may outlast the window, whose dates are often months only.
WINDOW_SLACK = 2.0


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
        elif not _is_named(choice.trial, evidence, faults):
            faults.add(f"{place}: there is no such trial; {expected(choice.trial, sorted(trials))}")
    for trial in evidence.trials:
        if evidence.question.role_of(trial.id).role == "base" and not evidence.choices(trial.id):
            faults.add(
                f"{trial.path.name}, trial {trial.id}: no analysis is chosen for the models; expected "
                "at least one [[choice]] with endpoint, analysis, population and arms"
            )


def _is_named(trial: str, evidence: Evidence, faults: Faults) -> bool:
    """Whether another sentence already says that a trial has no usable file."""
    question = evidence.question
    named = {item.trial for item in question.required} | {item.trial for item in question.role}
    return trial in named or ("", "trial", trial) in faults.refused


def _check_choice(trial: Trial, choice: Choice, place: str, evidence: Evidence, faults: Faults) -> None:
    info = evidence.question.info
    endpoints = sorted({*info.endpoints, *info.other_endpoints})
    before = len(faults.sentences)
    if choice.endpoint not in endpoints:
        faults.add(f"{place}: endpoint is not known; {expected(choice.endpoint, endpoints)}")
    analyses = [analysis.id for analysis in trial.analysis]
    for name in (choice.analysis, *(kept.analysis for kept in choice.kept)):
        if name not in analyses and (trial.path.name, "analysis", name) not in faults.refused:
            faults.add(
                f"{place}: analysis {name!r} is not declared in {trial.path.name}; {expected(name, analyses)}"
            )
    if not choice.arms:
        faults.add(f"{place}: arms is empty, expected some of {', '.join(arm.id for arm in trial.arm)}")
    arms = {arm.id: arm for arm in trial.arm}
    for name in choice.arms:
        if (trial.path.name, "arm", name) in faults.refused:
            return
        if name not in arms:
            faults.add(
                f"{place}: arm {name!r} does not exist in {trial.path.name}; {expected(name, sorted(arms))}"
            )
        elif not arms[name].components and evidence.question.role_of(trial.id).role == "base":
            faults.add(f"{place}: arm {name!r} has no components in {trial.path.name}; expected at least one")
        elif not arms[name].reported:
            faults.add(f"{place}: arm {name!r} has no published result (reported = false) and cannot be used")
    sources = [source.id for source in trial.source]
    for name in choice.prefer:
        if name not in sources:
            faults.add(
                f"{place}: preferred source {name!r} does not exist in {trial.path.name}; "
                f"{expected(name, sources)}"
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
        _check_window(trial, arm, choice, place, faults)
        read = curve_file(trial, arm, choice)
        given = read or of_choice(trial.patients, arm, choice)
        if read is not None:
            _check_read_curve(trial, arm, choice, read, faults)
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
        assessors = _assessors(trial, arm, choice)
        if choice.assessor is not None and assessors and choice.assessor not in assessors:
            faults.add(
                f"{place}, arm {arm}: no number by {choice.assessor} is published; "
                f"{expected(choice.assessor, sorted(assessors))}"
            )
        elif choice.assessor is None and len(assessors) > 1:
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


def _check_read_curve(trial: Trial, arm: str, choice: Choice, read: CurveFile, faults: Faults) -> None:
    """The curve that feeds the models is sound, and fits what is printed of it."""
    own = Faults()
    check_curve(trial, read, f"{trial.path.name}, trial {trial.id}, arm {arm}, figure", own)
    if not own.sentences:
        own.sentences += check_against_numbers(trial, choice, read, arm)
    elif read in trial.curve:
        return  # said with the trial's files
    for sentence in own.sentences:
        faults.add(sentence)


def _check_window(trial: Trial, arm: str, choice: Choice, place: str, faults: Faults) -> None:
    """Given patients are not observed beyond the longest follow-up of their analysis: mind the unit."""
    item = of_choice(trial.patients, arm, choice)
    if item is None:
        return
    rows = chosen_curve(trial, arm, choice).follow_up
    follow_up: dict[str, float | None] = {row.quantity: row.value for row in rows}
    _, longest = observation_window(trial, choice, follow_up)
    if longest is None:
        return
    try:
        given = read_patients(trial, item, place)
    except EvidenceError:
        return  # named with the file
    last = max(float(ipd.time.max()) for ipd in given)
    if last > longest + WINDOW_SLACK:
        faults.add(
            f"{place}, arm {arm}: {item.file} has a time of {last:.1f} months, but the analysis observes at most "
            f"{longest:.1f}; is unit {item.unit!r} right?"
        )


def _assessors(trial: Trial, arm: str, choice: Choice) -> set[str]:
    """Who assessed the published numbers of an arm's curve, where that is stated."""
    return {
        row.assessor
        for row in trial.survival
        if (row.arm, row.endpoint, row.population, row.analysis)
        == (arm, choice.endpoint, choice.population, choice.analysis)
        and row.assessor is not None
    }
