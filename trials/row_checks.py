"""Checks of one row of an evidence file: no number is impossible, in the wrong unit, or missing."""

from trials.facts import Baseline, Effect, Response, Row, Survival
from trials.reading import Faults, expected

# A printed percentage and its count differ by rounding only.
ROUNDING = 1.0
# Tables whose rows hold a count, a percentage, or another number.
COUNTED = ("baseline", "response", "safety", "disposition", "subsequent")
NUMBERS = ("count", "percent", "percent_printed", "value", "min", "max", "iqr")


def named(row: Row) -> str:
    """Which row is meant: arm, endpoint, population, quantity and time, as far as it has them."""
    parts = []
    for key in ("id", "arm", "versus", "endpoint", "population", "quantity", "variable", "category", "event"):
        value = getattr(row, key, None)
        if value is not None and not (key == "population" and value == "all"):
            parts.append(f"{key} {value}")
    time = getattr(row, "time", None)
    if isinstance(time, float):
        parts.append(f"time {time:g}")
    return ", " + ", ".join(parts) if parts else ""


def check_survival(place: str, row: Survival, faults: Faults) -> None:
    """A number of a survival curve: its value, its limits, and the time it refers to."""
    if row.value is None and not row.not_reached:
        faults.add(f"{place}: value is missing, expected a number (or not_reached = true for a median)")
    if row.value is not None and row.not_reached:
        faults.add(f"{place}: value is {row.value:g} and not_reached is true, expected one of the two")
    if row.quantity == "rate":
        if row.time is None:
            faults.add(f"{place}: time is missing, expected the month that the rate refers to")
        for key, number in (("value", row.value), ("lower", row.lower), ("upper", row.upper)):
            if number is not None and not 0 <= number <= 1:
                faults.add(f"{place}: {key} is {number:g}, expected a probability from 0 to 1")
    elif row.value is not None and row.value < 0:
        faults.add(f"{place}: value is {row.value:g}, expected 0 or more")
    if row.quantity == "median" and row.value == 0:
        faults.add(f"{place}: value is 0, expected a time above 0")
    if row.quantity == "events" and row.value is not None:
        if row.value != int(row.value):
            faults.add(f"{place}: value is {row.value:g}, expected a whole number of events")
        if row.n is not None and row.value > row.n:
            faults.add(f"{place}: {row.value:g} events among n = {row.n} patients, expected at most {row.n}")
    _check_limits(place, row, faults)
    if row.upper is not None and row.upper_not_estimable:
        faults.add(
            f"{place}: upper is {row.upper:g} and upper_not_estimable is true, expected one of the two"
        )
    if row.lower is not None and row.upper is None and not row.upper_not_estimable:
        faults.add(f"{place}: lower is given without upper, expected upper (or upper_not_estimable = true)")
    if row.upper is not None and row.lower is None:
        faults.add(f"{place}: upper is given without lower, expected both limits")
    for key, spread in (("iqr", row.iqr), ("range", row.range)):
        if spread is not None and spread[0] > spread[1]:
            faults.add(
                f"{place}: {key} goes from {spread[0]:g} to {spread[1]:g}, expected the lower end first"
            )


def check_effect(place: str, row: Effect, faults: Faults) -> None:
    """A contrast of two arms: a ratio above 0 or a difference of proportions, with both limits or none."""
    if row.measure == "HR":
        for key, number in (("value", row.value), ("lower", row.lower), ("upper", row.upper)):
            if number is not None and number <= 0:
                faults.add(f"{place}: hazard ratio {key} is {number:g}, expected above 0")
    else:
        for key, number in (("value", row.value), ("lower", row.lower), ("upper", row.upper)):
            if number is not None and abs(number) > 1:
                faults.add(
                    f"{place}: risk difference {key} is {number:g}, expected a difference of proportions from "
                    "-1 to 1 (12 % is 0.12)"
                )
    if row.arm == row.versus:
        faults.add(f"{place}: an arm cannot be compared with itself")
    _check_limits(place, row, faults)
    if (row.lower is None) != (row.upper is None):
        given, missing = ("upper", "lower") if row.lower is None else ("lower", "upper")
        faults.add(f"{place}: {given} is given without {missing}, expected both limits or none")


def check_counted(place: str, row: Row, faults: Faults) -> None:
    """Counts and percentages: there is one, it fits its denominator, and a percentage is no fraction."""
    count, n, percent = (getattr(row, key, None) for key in ("count", "n", "percent"))
    if all(getattr(row, key, None) is None for key in NUMBERS):
        faults.add(f"{place}: there is no number, expected count or percent")
    if count is not None and n is not None and count > n:
        faults.add(f"{place}: count {count} is above n = {n}")
    elif count is not None and n and percent is not None and abs(100 * count / n - percent) > ROUNDING:
        faults.add(
            f"{place}: {count} of {n} is {100 * count / n:.1f} %, but percent is {percent:g}; "
            "keep the contradiction in an [[inconsistency]]"
        )
    elif count is None and n and percent is not None and 0 < percent < min(1.0, 50 / n):
        # Less than half a patient.
        faults.add(
            f"{place}: percent is {percent:g}, which of n = {n} is no patient; expected percent from 0 to 100 "
            f"({100 * percent:g} for the fraction {percent:g})"
        )


def check_response_limits(place: str, row: Response, faults: Faults) -> None:
    """The interval of a response rate holds it."""
    _check_interval(place, row.percent, row.lower, row.upper, faults)


def check_covariate(place: str, row: Baseline, known: tuple[str, ...], faults: Faults) -> None:
    """A row that tells the models of a covariate says all that they need."""
    if row.covariate is None:
        return
    if row.percent is None and not (row.count is not None and row.n):
        faults.add(f"{place}: covariate {row.covariate} needs percent, or count and n")
    if row.percent is not None and 0 < row.percent < 1 and row.count is None:
        faults.add(
            f"{place}: percent is {row.percent:g}, expected percent from 0 to 100 "
            f"({100 * row.percent:g} for the fraction {row.percent:g})"
        )
    if row.covariate not in known:
        faults.add(
            f"{place}: the question has no covariate {row.covariate}; {expected(row.covariate, known)}, "
            "or its meaning in the question's [covariates]"
        )
    if row.covariate == "pdl1" and row.scale != "exact":
        for key in ("scale", "cut", "assay"):
            if getattr(row, key) is None:
                faults.add(f"{place}: covariate pdl1 needs {key}")
    if row.basis != "published" and row.note is None:
        faults.add(f"{place}: basis {row.basis!r} needs a note that says why")


def _check_limits(place: str, row: Survival | Effect, faults: Faults) -> None:
    _check_interval(place, row.value, row.lower, row.upper, faults)
    if (row.lower is not None or row.upper is not None) and row.level is None:
        faults.add(f"{place}: limits are given without level, expected the confidence level, e.g. 0.95")


def _check_interval(
    place: str, value: float | None, lower: float | None, upper: float | None, faults: Faults
) -> None:
    if lower is not None and upper is not None and lower > upper:
        faults.add(f"{place}: lower limit {lower:g} lies above upper limit {upper:g}")
    elif value is not None and lower is not None and lower > value:
        faults.add(f"{place}: lower limit {lower:g} does not hold the value {value:g}")
    elif value is not None and upper is not None and upper < value:
        faults.add(f"{place}: upper limit {upper:g} does not hold the value {value:g}")
