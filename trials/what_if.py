"""One published number changed on purpose: the evidence is then marked as hypothetical."""

import re
from dataclasses import dataclass, replace
from math import inf, isfinite

from digitized.errors import EvidenceError
from trials.checks import check_evidence
from trials.evidence import Evidence, Trial
from trials.facts import AtRiskRow, Effect, Response, Size, Survival
from trials.question import Choice
from trials.reading import Faults, expected
from trials.selection import belongs, chosen_curve, chosen_effects, chosen_responses

SPEC = re.compile(
    r"^(?P<trial>[^/]+)/(?P<arm>[^/]+)/(?P<endpoint>[^/]+)/(?P<quantity>[a-z_]+)"
    r"(@(?P<time>[0-9.]+))?=(?P<value>[-+0-9.eE]+)$"
)
QUANTITIES = ("median", "rate", "events", "n", "hazard_ratio", "responders", "follow_up_median")
# Numbers of patients.
COUNTS = ("events", "n", "responders")
FORM = "TRIAL/ARM/ENDPOINT/rate@12=0.60"
SOURCE = "what-if"


@dataclass(frozen=True)
class Change:
    """One changed number; `time` in months for a rate."""

    trial: str
    arm: str
    endpoint: str
    quantity: str
    time: float | None
    value: float


def parse_change(spec: str) -> Change:
    """Read TRIAL/ARM/ENDPOINT/QUANTITY[@TIME]=VALUE.

    Raises
    ------
    EvidenceError
        Saying what of the form is missing.
    """
    match = SPEC.match(spec.strip())
    if match is None:
        raise EvidenceError(f"what-if {spec!r} cannot be read; expected the form {FORM}")
    quantity, time = match["quantity"], match["time"]
    faults = []
    if quantity not in QUANTITIES:
        faults.append(
            f"what-if {spec!r}: quantity {quantity!r} is not known; expected one of {', '.join(QUANTITIES)}"
        )
    elif (quantity == "rate") != (time is not None):
        faults.append(
            f"what-if {spec!r}: a rate needs a time and nothing else takes one; expected the form {FORM}"
        )
    when = None if time is None else _number(time, "time", spec, faults)
    value = _number(match["value"], quantity, spec, faults)
    least = 1 if quantity == "n" else 0
    if quantity in COUNTS and value is not None and (value < least or value != int(value)):
        faults.append(
            f"what-if {spec!r}: {quantity} is {value:g}; expected a whole number of at least {least}"
        )
    if faults or value is None:
        raise EvidenceError(faults)
    return Change(match["trial"], match["arm"], match["endpoint"], quantity, when, value)


def _number(text: str, name: str, spec: str, faults: list[str]) -> float | None:
    try:
        number = float(text)
    except ValueError:
        number = inf
    if not isfinite(number):
        faults.append(f"what-if {spec!r}: {name} is {text!r}; expected a finite number")
        return None
    return number


def with_what_if(evidence: Evidence, spec: str) -> Evidence:
    """The evidence with one number of a chosen analysis changed, marked as hypothetical.

    The changed number loses its interval, which belonged to the published value (a hazard ratio's moves with it);
    the arm's attached curve and numbers at risk, and the reading of the figure, are set aside, because they show
    what was published. A number that is not published is added.

    Parameters
    ----------
    evidence : Evidence
    spec : str
        TRIAL/ARM/ENDPOINT/QUANTITY[@TIME]=VALUE with quantity median, rate (0-1), events, n, hazard_ratio,
        responders or follow_up_median.

    Raises
    ------
    EvidenceError
        If the form, the trial, the arm or the endpoint is not known, or the new number is impossible beside
        the others.
    """
    change = parse_change(spec)
    trial, choice = _locate(evidence, change, spec)
    changed = _changed(trial, choice, change, spec)
    result = replace(
        evidence,
        trials=tuple(changed if item.id == trial.id else item for item in evidence.trials),
        hypothetical=(*evidence.hypothetical, spec.strip()),
    )
    faults = Faults()
    check_evidence(result, faults)
    if faults.sentences:
        raise EvidenceError([f"what-if {spec!r}: {sentence}" for sentence in faults.sentences])
    return result


def _locate(evidence: Evidence, change: Change, spec: str) -> tuple[Trial, Choice]:
    known_trials = [item.id for item in evidence.trials]
    if change.trial not in known_trials:
        raise EvidenceError(
            f"what-if {spec!r}: no trial {change.trial!r}; {expected(change.trial, known_trials)}"
        )
    trial = evidence[change.trial]
    choices = evidence.choices(trial.id)
    choice = next((item for item in choices if item.endpoint == change.endpoint), None)
    if choice is None:
        known = [item.endpoint for item in choices]
        raise EvidenceError(
            f"what-if {spec!r}: trial {trial.id} has no chosen analysis of {change.endpoint!r}; "
            f"{expected(change.endpoint, known)}"
        )
    if change.arm not in choice.arms:
        raise EvidenceError(
            f"what-if {spec!r}: arm {change.arm!r} is not in the analysis; {expected(change.arm, choice.arms)}"
        )
    if (change.quantity == "responders") != (choice.endpoint == "ORR") and change.quantity != "n":
        raise EvidenceError(
            f"what-if {spec!r}: {change.quantity} is not a number of endpoint {choice.endpoint}"
        )
    return trial, choice


def _changed(trial: Trial, choice: Choice, change: Change, spec: str) -> Trial:
    source = next(iter(trial.source)).model_copy(
        update={
            "id": SOURCE,
            "kind": "assumption",
            "citation": f"what-if: {spec}",
            "doi": None,
            "data_cutoff": None,
        }
    )
    sources = (*(item for item in trial.source if item.id != SOURCE), source)
    if change.quantity == "responders":
        return replace(trial, source=sources, response=_responses(trial, choice, change))
    if change.quantity == "n":
        return _with_size(replace(trial, source=sources), choice, change)
    if change.quantity == "hazard_ratio":
        return replace(
            _without_readings(trial, choice.arms, change.endpoint),
            source=sources,
            effect=_effects(trial, choice, change, spec),
            at_risk=_other_counts(trial, choice, change),
        )
    return replace(
        _without_readings(trial, (change.arm,), change.endpoint),
        source=sources,
        survival=_survival(trial, choice, change),
        at_risk=_other_counts(trial, choice, change),
    )


def _other_counts(trial: Trial, choice: Choice, change: Change) -> tuple[AtRiskRow, ...]:
    """Numbers at risk but those of the changed curve."""
    shown = chosen_curve(trial, change.arm, choice).at_risk
    return tuple(row for row in trial.at_risk if row is not shown)


def _without_readings(trial: Trial, arms: tuple[str, ...], endpoint: str) -> Trial:
    """The trial without what was read off a curve of these arms: it shows what was published."""
    return replace(
        trial,
        curve=tuple(item for item in trial.curve if item.endpoint != endpoint or item.arm not in arms),
        figure=tuple(row for row in trial.figure if row.endpoint != endpoint),
    )


def _survival(trial: Trial, choice: Choice, change: Change) -> tuple[Survival, ...]:
    key = (change.quantity, change.time)
    kept = tuple(
        row
        for row in trial.survival
        if not (row.arm == change.arm and belongs(row, choice) and (row.quantity, row.time) == key)
    )
    row = Survival(
        arm=change.arm,
        endpoint=change.endpoint,
        population=choice.population,
        analysis=choice.analysis,
        quantity=change.quantity,  # type: ignore[arg-type]  # one of the survival quantities, checked before
        time=change.time,
        value=change.value,
        assessor=choice.assessor,
        source=SOURCE,
    )
    return (*kept, row)


def _effects(trial: Trial, choice: Choice, change: Change, spec: str) -> tuple[Effect, ...]:
    published = [row for row in chosen_effects(trial, choice) if row.arm == change.arm]
    if not published:
        raise EvidenceError(
            f"what-if {spec!r}: no hazard ratio of arm {change.arm!r} is in the chosen analysis"
        )
    old = published[0]
    ratio = change.value / old.value
    moved = {
        key: None if limit is None else limit * ratio
        for key, limit in (("lower", old.lower), ("upper", old.upper))
    }
    new = old.model_copy(update={"value": change.value, "source": SOURCE, **moved})
    kept = tuple(
        row
        for row in trial.effect
        if not (belongs(row, choice) and (row.arm, row.versus, row.measure) == (old.arm, old.versus, "HR"))
    )
    return (*kept, new)


def _responses(trial: Trial, choice: Choice, change: Change) -> tuple[Response, ...]:
    published = chosen_responses(trial, change.arm, choice)
    old = published["ORR"]
    new = old.model_copy(
        update={"count": int(change.value), "percent": None, "lower": None, "upper": None, "source": SOURCE}
    )
    # The categories of best response would contradict the changed count.
    dropped = set(map(id, published.values()))
    return (*(row for row in trial.response if id(row) not in dropped), new)


def _with_size(trial: Trial, choice: Choice, change: Change) -> Trial:
    size = Size(arm=change.arm, population=choice.population, n=int(change.value), source=SOURCE)
    kept = tuple(row for row in trial.size if (row.arm, row.population) != (size.arm, size.population))
    others = tuple(row for row in trial.at_risk if (row.arm, row.population) != (size.arm, size.population))
    return replace(trial, size=(*kept, size), at_risk=others)
