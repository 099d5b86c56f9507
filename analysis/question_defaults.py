"""What a run does when its user does not say: the endpoints and the rungs that its question can answer."""

from digitized.errors import InputError
from trials.evidence import Evidence

CLASS_RUNG = "leap_class"


def chosen_endpoints(evidence: Evidence, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The wanted endpoints in either case, spelt as the question spells them; else all of the question.

    Raises
    ------
    InputError
        If an endpoint is not one of the question's.
    """
    known = evidence.question.info.endpoints
    spelt = {name.upper(): name for name in known}
    faults = [
        f"--endpoints {name!r}: expected some of {', '.join(known)}"
        for name in wanted
        if name.upper() not in spelt
    ]
    if faults:
        raise InputError(faults)
    return tuple(spelt[name.upper()] for name in wanted) or known


def chosen_rungs(evidence: Evidence, wanted: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    """The wanted rungs of the ladder, else the default ones; the class rung needs a class benchmark.

    Raises
    ------
    InputError
        If the class rung is asked for and no trial has the role `class_benchmark`.
    """
    roles = {evidence.question.role_of(trial.id).role for trial in evidence.trials}
    if "class_benchmark" in roles:
        return wanted or default
    if CLASS_RUNG in wanted:
        raise InputError(
            f"--scenarios {CLASS_RUNG}: no trial of the evidence has the role class_benchmark; expected one"
        )
    return wanted or tuple(name for name in default if name != CLASS_RUNG)
