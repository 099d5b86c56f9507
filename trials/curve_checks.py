"""Checks of numbers that must fit each other: those of one curve, of one pair of arms, of one response table."""

from collections.abc import Iterable
from itertools import pairwise
from math import log

from trials.evidence import Trial
from trials.facts import AtRiskRow, Effect, Survival
from trials.reading import Faults
from trials.row_checks import named

# Patients by which numbers at risk may lie above n S(t): both are rounded or read.
AT_RISK_SLACK = 2
# Printings of one hazard ratio differ by rounding only (0.628 and 0.63).
RATIO_ROUNDING = 0.015
BEST_RESPONSES = ("CR", "PR", "SD", "PD", "NE")


def check_at_risk(trial: Trial, here: str, faults: Faults) -> None:
    """Numbers at risk start with every patient, never rise, and do not exceed what survival leaves."""
    seen: set[tuple[str, ...]] = set()
    for row in trial.at_risk:
        place = f"{here}, at_risk{named(row)}"
        key = (row.arm, row.endpoint, row.population, row.analysis)
        if key in seen:
            faults.add(f"{place}: given twice for analysis {row.analysis!r}, expected one row a curve")
        seen.add(key)
        _check_series(place, row, faults)
        size = _size(trial, row)
        if size is None or not row.n or not row.time:
            continue
        if max(row.n) > size:
            faults.add(f"{place}: {max(row.n)} at risk among n = {size}, expected at most {size}")
        elif row.time[0] == 0 and row.n[0] != size:
            faults.add(f"{place}: {row.n[0]} at risk at time 0, expected all n = {size}")
        for time, n, censored in zip(row.time, row.n, row.censored or (), strict=False):
            if n + censored > size:
                faults.add(f"{place}: {n} at risk and {censored} censored at {time:g} exceed n = {size}")
        _check_against_survival(trial, place, row, size, faults)


def _check_series(place: str, row: AtRiskRow, faults: Faults) -> None:
    if not row.time:
        faults.add(f"{place}: time is empty, expected months with the numbers at risk")
    for key in ("n", "censored"):
        series = getattr(row, key)
        if series is not None and len(series) != len(row.time):
            faults.add(f"{place}: {key} has {len(series)} numbers for {len(row.time)} times")
    for before, after in pairwise(row.time):
        if after <= before:
            faults.add(f"{place}: times go from {before:g} to {after:g}, expected increasing times")
    for (time, high), (later, low) in pairwise(zip(row.time, row.n, strict=False)):
        if low > high:
            faults.add(f"{place}: numbers at risk rise from {high} at {time:g} to {low} at {later:g}")
    for (time, low), (later, high) in pairwise(zip(row.time, row.censored or (), strict=False)):
        if high < low:
            faults.add(f"{place}: numbers censored fall from {low} at {time:g} to {high} at {later:g}")


def _check_against_survival(trial: Trial, place: str, row: AtRiskRow, size: int, faults: Faults) -> None:
    """Who is at risk is alive: at most n S(t) patients, from each printed point of the curve on."""
    for number in trial.survival:
        if (number.arm, number.endpoint, number.population, number.analysis) != (
            row.arm,
            row.endpoint,
            row.population,
            row.analysis,
        ) or number.value is None:
            continue
        if number.quantity == "median":
            since, alive, what = number.value, 0.5, f"the median of {number.value:g}"
        elif number.quantity == "rate" and number.time is not None:
            since, alive, what = number.time, number.value, f"S({number.time:g}) = {number.value:g}"
        else:
            continue
        for time, n in zip(row.time, row.n, strict=False):
            if time >= since and n > size * alive + AT_RISK_SLACK:
                faults.add(f"{place}: {n} of {size} at risk at {time:g} contradict {what}")
                break


def check_curves(trial: Trial, here: str, faults: Faults) -> None:
    """Numbers of one curve must fit each other: events, medians and rates of one analysis."""
    curves: dict[tuple[object, ...], list[Survival]] = {}
    for row in trial.survival:
        key = (row.arm, row.endpoint, row.population, row.analysis, row.assessor, row.confirmed)
        curves.setdefault(key, []).append(row)
    for rows in curves.values():
        place = f"{here}, arm {rows[0].arm}, endpoint {rows[0].endpoint}, population {rows[0].population}"
        for quantity in ("events", "median"):
            values = sorted({row.value for row in rows if row.quantity == quantity and row.value is not None})
            if len(values) > 1:
                faults.add(
                    f"{place}: analysis {rows[0].analysis!r} has {quantity} "
                    f"{' and '.join(f'{value:g}' for value in values)}; one cut-off has one value, "
                    "expected an analysis of its own for each cut-off"
                )
        rates = sorted({(row.time, row.value) for row in rows if _is_rate(row)})
        for (time, high), (later, low) in pairwise(rates):
            if low is not None and high is not None and low > high:
                faults.add(
                    f"{place}: survival rises from {high:g} at {time:g} to {low:g} at {later:g} months in "
                    f"analysis {rows[0].analysis!r}"
                )
        _check_sizes(trial, place, rows, faults)


def check_effects(trial: Trial, here: str, faults: Faults) -> None:
    """One analysis has one hazard ratio of a pair, and it favours the arm that the medians favour."""
    pairs: dict[tuple[object, ...], list[Effect]] = {}
    for row in trial.effect:
        key = (row.endpoint, row.population, row.analysis, row.measure, row.assessor)
        if row.value > 0 and row.arm != row.versus and row.measure == "HR":
            pairs.setdefault((*key, frozenset((row.arm, row.versus))), []).append(row)
            _check_direction(trial, f"{here}{named(row)}", row, faults)
    for rows in pairs.values():
        first = rows[0]
        for other in rows[1:]:
            value = other.value if other.arm == first.arm else 1 / other.value
            if abs(value - first.value) > RATIO_ROUNDING + 1e-9:
                faults.add(
                    f"{here}{named(other)}: hazard ratio {other.value:g} contradicts {first.value:g} of "
                    f"{first.arm} against {first.versus} (source {first.source!r}) in analysis "
                    f"{first.analysis!r}; expected one value, the contradiction in an [[inconsistency]]"
                )


def _check_direction(trial: Trial, place: str, row: Effect, faults: Faults) -> None:
    medians = {
        number.arm: number.value
        for number in trial.survival
        if number.quantity == "median"
        and number.value
        and (number.endpoint, number.population, number.analysis)
        == (row.endpoint, row.population, row.analysis)
    }
    mine, theirs = medians.get(row.arm), medians.get(row.versus)
    assumed = row.source in [source.id for source in trial.source if source.kind == "assumption"]
    if assumed or mine is None or theirs is None or row.lower is None or row.upper is None:
        return
    # Only what no crossing of the curves explains: a clear ratio against a clear ratio.
    clear = row.upper < 1 or row.lower > 1
    if clear and log(mine / theirs) * log(row.value) > abs(log(1.1) * log(row.value)):
        faults.add(
            f"{place}: a hazard ratio of {row.value:g} contradicts the medians of {mine:g} ({row.arm}) and "
            f"{theirs:g} ({row.versus}); are arm and versus swapped?"
        )


def check_best_responses(trial: Trial, here: str, faults: Faults) -> None:
    """The categories of best response of one arm sum to its patients at most."""
    tables: dict[tuple[object, ...], dict[str, int]] = {}
    sizes: dict[tuple[object, ...], int | None] = {}
    for row in trial.response:
        key: tuple[object, ...] = (row.arm, row.population, row.analysis, row.assessor, row.confirmed)
        if row.category in BEST_RESPONSES and row.count is not None:
            tables.setdefault(key, {})[row.category] = row.count
            sizes[key] = row.n
    for key, counts in tables.items():
        size, total = sizes[key], sum(counts.values())
        if size is not None and total > size:
            faults.add(
                f"{here}, response, arm {key[0]}, population {key[1]}: categories {', '.join(counts)} sum to "
                f"{total}, expected at most n = {size}"
            )


def _is_rate(row: Survival) -> bool:
    return row.quantity == "rate" and row.time is not None and row.value is not None


def _check_sizes(trial: Trial, place: str, rows: Iterable[Survival], faults: Faults) -> None:
    for row in rows:
        if row.quantity != "events" or row.value is None:
            continue
        size = _size(trial, row)
        if size is not None and row.value > size and row.n is None:
            faults.add(f"{place}: {row.value:g} events among n = {size} patients, expected at most {size}")


def _size(trial: Trial, row: Survival | AtRiskRow) -> int | None:
    """Patients behind a row; None where unpublished or where the row's arm does not exist."""
    if row.arm not in [arm.id for arm in trial.arm]:
        return None
    return trial.size_of(row.arm, row.population)
