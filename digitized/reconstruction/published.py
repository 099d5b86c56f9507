"""Numbers published beside a figure, as constraints on its reconstruction.

The file has the tidy form of `summary-ipd`: figure, arm, quantity, time, value, lower, upper, level, versus.
`median` and `rate` steer an arm, `hazard_ratio` a pair; `n` and `events` fill what the totals leave out.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from digitized.curve import Curve
from digitized.errors import InputError
from digitized.reconstruction.pair import PublishedRatio
from digitized.reconstruction.result import Constraints
from digitized.reconstruction.tables import Key
from digitized.summary import ArmSummary, FigureSummary, read_summary


@dataclass(frozen=True)
class Published:
    """Constraints by arm and by pair, and what was not used."""

    constraints: dict[Key, Constraints] = field(default_factory=dict)
    ratios: tuple[PublishedRatio, ...] = ()
    notes: tuple[str, ...] = ()


NOTHING_PUBLISHED = Published()


def read_published(
    path: Path, curves: dict[Key, Curve], months: float = 1.0
) -> tuple[Published, dict[Key, Curve]]:
    """Constraints from a file, and the curves with the n and events it adds.

    Parameters
    ----------
    months : float
        Months in one unit of the file's times, as for the other tables.

    Raises
    ------
    InputError
        Every fault of the file at once, and arms whose n or events differ from the totals.
    """
    alone = {name: (figure, name) for figure, name in curves if not figure}
    known = {}
    for (figure, name), curve in curves.items():
        n = _patients(curve)
        if n is not None:
            known[(figure or path.stem, name)] = n
    table = read_summary(path, known)
    notes, faults = list(table.warnings), list[str]()
    constraints: dict[Key, Constraints] = {}
    ratios: list[PublishedRatio] = []
    filled = dict(curves)
    for summary in table.figures:
        keys = {
            arm.arm: (summary.figure, arm.arm) if (summary.figure, arm.arm) in curves else alone.get(arm.arm)
            for arm in summary.arms
        }
        for arm in summary.arms:
            key = keys[arm.arm]
            if key is None:
                notes.append(
                    f"{path.name}: figure {summary.figure!r}, arm {arm.arm!r} is not among the curves"
                )
                continue
            constraints[key] = _constraints(arm, months)
            filled[key], found = _filled(filled[key], arm, f"{path.name}: figure {summary.figure!r}")
            faults += found
            notes += _unused(arm, f"{path.name}: figure {summary.figure!r}, arm {arm.arm!r}")
        ratios += _ratios(summary, keys)
    if faults:
        raise InputError(faults)
    return Published(constraints, tuple(ratios), tuple(notes)), filled


def _patients(curve: Curve) -> int | None:
    """N of a curve: told, or at risk at time 0."""
    if curve.n is not None:
        return curve.n
    at_start = curve.at_risk[curve.at_risk_time == 0]
    return int(at_start[0]) if at_start.size else None


def _constraints(arm: ArmSummary, months: float) -> Constraints:
    median = None if arm.median is None else arm.median.value * months
    return Constraints(median, tuple((rate.time * months, rate.estimate.value) for rate in arm.rates))


def _filled(curve: Curve, arm: ArmSummary, place: str) -> tuple[Curve, list[str]]:
    faults = []
    n = _patients(curve)
    if n is not None and n != arm.n:
        faults.append(f"{place}, arm {arm.arm!r}: n is {arm.n}, but {n} beside the curve; expected the same")
    if curve.events is not None and arm.events is not None and curve.events != arm.events:
        faults.append(
            f"{place}, arm {arm.arm!r}: {arm.events} events, but {curve.events} in the totals; "
            "expected the same"
        )
    events = curve.events if curve.events is not None else arm.events
    return replace(curve, n=curve.n if n is not None else arm.n, events=events), faults


def _unused(arm: ArmSummary, place: str) -> list[str]:
    unused = [
        name
        for name, given in (
            ("at_risk", bool(arm.at_risk)),
            ("follow_up_median", arm.follow_up_median is not None),
            ("max_follow_up", arm.max_follow_up is not None),
            ("accrual_months", arm.accrual_months is not None),
        )
        if given
    ]
    return [f"{place}: {', '.join(unused)} not used beside a curve"] if unused else []


def _ratios(summary: FigureSummary, keys: dict[str, Key | None]) -> list[PublishedRatio]:
    found = []
    for ratio in summary.hazard_ratios:
        new, old = keys.get(ratio.arm), keys.get(ratio.versus)
        if new is not None and old is not None:
            found.append(PublishedRatio(new[0], new[1], old[1], ratio.estimate.value))
    return found
