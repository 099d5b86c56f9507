"""The published numbers of one chosen analysis: one population, one cut-off, one assessor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trials.evidence import Evidence, Trial
from trials.facts import AtRiskRow, Effect, Response, Survival
from trials.question import Choice

FOLLOW_UP = ("follow_up_median", "follow_up_minimum", "max_follow_up")


@dataclass(frozen=True)
class ChosenCurve:
    """What is published of one arm's curve in the chosen analysis; the best of several sources each."""

    trial: str
    arm: str
    endpoint: str
    n: int | None
    numbers: tuple[Survival, ...]
    at_risk: AtRiskRow | None
    follow_up: tuple[Survival, ...]


def of_arm(row_arm: str, arm: str) -> bool:
    """Whether a row is about the arm (rows of arm "all" are about every arm)."""
    return row_arm in (arm, "all")


def belongs(row: Survival | Effect, choice: Choice) -> bool:
    """Whether a row is of the chosen analysis; a row that names no assessor fits any."""
    return (
        row.endpoint == choice.endpoint
        and row.analysis == choice.analysis
        and row.population == choice.population
        and (row.assessor is None or choice.assessor is None or row.assessor == choice.assessor)
    )


def preferred[R](items: Sequence[R], source: Callable[[R], str], prefer: Sequence[str]) -> R:
    """The first item by the order of preferred sources, else the first in file order."""
    rank = {name: position for position, name in enumerate(prefer)}
    return min(items, key=lambda item: rank.get(source(item), len(rank)))


def chosen_curve(trial: Trial, arm: str, choice: Choice) -> ChosenCurve:
    """The numbers of one arm in the chosen analysis."""
    rows = [row for row in trial.survival if row.arm == arm and belongs(row, choice)]
    numbers: list[Survival] = []
    for key in dict.fromkeys(_key(row) for row in rows if row.quantity in ("median", "rate", "events")):
        same = [row for row in rows if _key(row) == key]
        numbers.append(preferred(same, lambda row: row.source, choice.prefer))
    at_risk = next(
        (
            row
            for row in trial.at_risk
            if (row.arm, row.endpoint, row.population, row.analysis)
            == (arm, choice.endpoint, choice.population, choice.analysis)
        ),
        None,
    )
    size = trial.size_of(arm, choice.population)
    if size is None:
        size = next((row.n for row in rows if row.n is not None), None)
    return ChosenCurve(
        trial=trial.id,
        arm=arm,
        endpoint=choice.endpoint,
        n=size,
        numbers=tuple(numbers),
        at_risk=at_risk,
        follow_up=_follow_up(trial, arm, choice),
    )


def chosen_effects(trial: Trial, choice: Choice) -> tuple[Effect, ...]:
    """Hazard ratios between the chosen arms in the chosen analysis, one a pair."""
    rows = [
        row
        for row in trial.effect
        if row.measure == "HR" and belongs(row, choice) and {row.arm, row.versus} <= set(choice.arms)
    ]
    pairs = dict.fromkeys((row.arm, row.versus) for row in rows)
    return tuple(
        preferred(
            [row for row in rows if (row.arm, row.versus) == pair], lambda row: row.source, choice.prefer
        )
        for pair in pairs
    )


def chosen_responses(trial: Trial, arm: str, choice: Choice) -> dict[str, Response]:
    """Response rows of one arm by category (ORR, CR, PR, SD, PD, NE ...) in the chosen analysis."""
    rows = [
        row
        for row in trial.response
        if row.arm == arm
        and (row.population, row.analysis) == (choice.population, choice.analysis)
        and (choice.assessor is None or row.assessor in (None, choice.assessor))
        and (choice.confirmed is None or row.confirmed in (None, choice.confirmed))
    ]
    return {
        category: preferred(
            [row for row in rows if row.category == category], lambda row: row.source, choice.prefer
        )
        for category in dict.fromkeys(row.category for row in rows)
    }


def other_numbers(trial: Trial, arm: str, choice: Choice) -> tuple[Survival, ...]:
    """Numbers of the same curve in other analyses of the same population: kept as checks, never mixed in."""
    return tuple(
        row
        for row in trial.survival
        if row.arm == arm
        and row.endpoint == choice.endpoint
        and row.population == choice.population
        and not belongs(row, choice)
    )


def survival_choices(evidence: Evidence, trial: str) -> tuple[Choice, ...]:
    """The chosen survival analyses of a trial (every endpoint but the response rate)."""
    return tuple(choice for choice in evidence.choices(trial) if choice.endpoint != "ORR")


def response_choice(evidence: Evidence, trial: str) -> Choice | None:
    """The chosen response analysis of a trial."""
    return next((choice for choice in evidence.choices(trial) if choice.endpoint == "ORR"), None)


def _key(row: Survival) -> tuple[str, float | None]:
    return row.quantity, row.time


def _follow_up(trial: Trial, arm: str, choice: Choice) -> tuple[Survival, ...]:
    """Follow-up is of the patients: own endpoint first, then any other, then the named population, then the
    trial's whole population; each quantity by itself, so that one found near does not hide another.
    """
    populations = [choice.population, choice.follow_up_population, "all"]
    found: dict[str, Survival] = {}
    for population in (name for name in populations if name is not None):
        rows = [
            row
            for row in trial.survival
            if row.quantity in FOLLOW_UP
            and of_arm(row.arm, arm)
            and (row.population, row.analysis) == (population, choice.analysis)
        ]
        rows.sort(key=lambda row: row.endpoint != choice.endpoint)
        for quantity in dict.fromkeys(row.quantity for row in rows):
            same = [row for row in rows if row.quantity == quantity]
            # Only the best matching endpoint competes by source.
            same = [
                row
                for row in same
                if (row.endpoint == choice.endpoint) == (same[0].endpoint == choice.endpoint)
            ]
            found.setdefault(quantity, preferred(same, lambda row: row.source, choice.prefer))
    return tuple(found.values())
