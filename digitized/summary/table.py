"""Tidy tables of published numbers: one row a number, many figures and arms in one file."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pandas as pd

from digitized.errors import InputError
from digitized.summary.quantities import (
    ArmSummary,
    AtRisk,
    Estimate,
    FigureSummary,
    HazardRatio,
    Rate,
    require_sound,
)
from digitized.text_table import read_text_table

QUANTITIES = (
    "n", "events", "median", "rate", "at_risk",
    "follow_up_median", "max_follow_up", "accrual_months", "hazard_ratio",
)  # fmt: skip
REQUIRED = ("arm", "quantity", "value")
KNOWN = ("figure", "arm", "quantity", "time", "value", "lower", "upper", "level", "versus")
NOT_ESTIMABLE = {
    "",
    "nan",
    "na",
    "n/a",
    "ne",
    "nr",
    "nc",
    "not reached",
    "not estimable",
    "inf",
    "infinity",
    "-",
}
FAR_ABOVE = 20.0  # percent, from which no arm falls to 1 or less between two printed rates
SINGLE = ("n", "events", "median", "follow_up_median", "max_follow_up", "accrual_months")


@dataclass(frozen=True)
class SummaryTable:
    """The figures of a table, in file order, and warnings about what was not used or had to be read."""

    figures: tuple[FigureSummary, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    arm: str
    quantity: str
    time: float | None
    estimate: Estimate
    versus: str


@dataclass
class _Reader:
    """Collects faults while rows are read, so that all are shown at once."""

    source: str
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def number(self, text: str, place: str) -> float | None:
        """A printed number; None where the cell says that there is none."""
        if text.strip().lower() in NOT_ESTIMABLE:
            return None
        try:
            return float(text)
        except ValueError:
            self.faults.append(f"{place} is {text!r}, expected a number")
            return None


def read_summary(path: Path, known_n: Mapping[tuple[str, str], int] | None = None) -> SummaryTable:
    """Read and check a table with columns figure (optional), arm, quantity, time, value, lower, upper,
    level, versus.

    Quantities: n, events, median, rate, at_risk, follow_up_median, max_follow_up, accrual_months,
    hazard_ratio. Times are in one unit throughout. Rates of a figure are percentages when one of them lies
    above 1. A median without a value was not reached. The reference of a hazard ratio is `versus`, else the
    figure's only arm without one. `known_n` tells the patients of (figure, arm) where the table does not; the
    figure of a table without that column is its file name's stem.

    Raises
    ------
    InputError
        Every fault of the file at once.
    """
    frame = _read(path)
    reader = _Reader(path.name)
    rows: dict[str, list[_Row]] = {}
    for line, record in zip(frame.index, frame.to_dict("records"), strict=True):
        row = _row(reader, line, {str(key): str(value) for key, value in record.items()})
        if row is not None:
            rows.setdefault(str(record.get("figure", "")).strip() or path.stem, []).append(row)
    figures = []
    for figure, items in rows.items():
        summary = _figure(reader, figure, items, known_n or {})
        try:
            if summary.arms:
                require_sound(summary)
        except InputError as error:
            reader.faults.extend(f"{reader.source}: {fault}" for fault in error.faults)
        figures.append(summary)
    if reader.faults:
        raise InputError(reader.faults)
    return SummaryTable(tuple(figures), tuple(reader.warnings))


def _read(path: Path) -> pd.DataFrame:
    frame = read_text_table(path)
    missing = [name for name in REQUIRED if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in KNOWN]
    faults = [f"{path}: column {name!r} is missing; found {', '.join(frame.columns)}" for name in missing]
    faults += [f"{path}: column {name!r} is not known; expected {', '.join(KNOWN)}" for name in unknown]
    if not faults and frame.empty:
        faults.append(f"{path}: the table has a header but no rows")
    if faults:
        raise InputError(faults)
    return frame


def _row(reader: _Reader, line: int, record: dict[str, str]) -> _Row | None:
    arm = record.get("arm", "").strip()
    quantity = record.get("quantity", "").strip().lower()
    if not any(value.strip() for value in record.values()):
        return None
    place = f"{reader.source}, line {line}, arm {arm!r}"
    if not arm:
        reader.faults.append(f"{reader.source}, line {line}: the arm is empty, expected a name")
        return None
    if quantity not in QUANTITIES:
        reader.faults.append(f"{place}: quantity is {quantity!r}, expected one of {', '.join(QUANTITIES)}")
        return None
    before = len(reader.faults)
    cells = {
        name: reader.number(record.get(name, ""), f"{place}, {quantity}: {name}")
        for name in ("time", "value", "lower", "upper", "level")
    }
    time, value, level = cells["time"], cells["value"], cells["level"]
    if len(reader.faults) > before:
        return None
    if quantity in ("rate", "at_risk") and time is None:
        reader.faults.append(f"{place}, {quantity}: time is missing, expected the time it refers to")
    if value is None and quantity != "median":
        reader.faults.append(f"{place}, {quantity}: value is missing, expected a number")
    if value is not None and quantity in ("n", "events", "at_risk") and (value < 0 or value != int(value)):
        reader.faults.append(f"{place}, {quantity}: value is {value:g}, expected a whole number of patients")
    if len(reader.faults) > before:
        return None
    if level is None:
        level = 0.95
    elif level > 1:
        level /= 100
    estimate = Estimate(math.inf if value is None else value, cells["lower"], cells["upper"], level)
    return _Row(line, arm, quantity, time, estimate, record.get("versus", "").strip())


def _figure(
    reader: _Reader, figure: str, rows: list[_Row], known_n: Mapping[tuple[str, str], int]
) -> FigureSummary:
    rates = [row for row in rows if row.quantity == "rate"]
    printed = [
        number
        for row in rates
        for number in (row.estimate.value, row.estimate.lower, row.estimate.upper)
        if number is not None
    ]
    scale = 1.0
    if any(number > 1 for number in printed):
        scale = 100.0
        reader.warnings.append(f"figure {figure!r}: rates are read as percentages")
    arms = []
    known = [arm for place, arm in known_n if place == figure]
    for name in dict.fromkeys([*(row.arm for row in rows), *known]):
        own = [row for row in rows if row.arm == name]
        arm = _arm(reader, (figure, name), own, scale, known_n.get((figure, name)))
        if arm is not None:
            arms.append(arm)
    return FigureSummary(figure, tuple(arms), _ratios(reader, figure, rows, known))


def _arm(
    reader: _Reader, key: tuple[str, str], rows: list[_Row], scale: float, known_n: int | None
) -> ArmSummary | None:
    figure, name = key
    place = f"{reader.source}: figure {figure!r}, arm {name!r}"
    single: dict[str, Estimate] = {}
    for quantity in SINGLE:
        found = [row for row in rows if row.quantity == quantity]
        if len(found) > 1:
            lines = ", ".join(str(row.line) for row in found)
            reader.faults.append(
                f"{place}: {quantity} is given {len(found)} times (lines {lines}), expected once"
            )
        if found:
            single[quantity] = found[0].estimate
    if "n" not in single and known_n is not None:
        single["n"] = Estimate(float(known_n))
    if "n" not in single:
        reader.faults.append(f"{place}: n is missing, expected the number of patients")
        return None
    mixed = _mixed_rates(rows)
    if mixed is not None:
        reader.faults.append(
            f"{place}: rates mix probabilities and percent: {mixed}; expected one of them throughout"
        )
        return None
    rates = [
        Rate(row.time, _scaled(row.estimate, scale))
        for row in rows
        if row.quantity == "rate" and row.time is not None
    ]
    risk = [
        AtRisk(row.time, int(row.estimate.value))
        for row in rows
        if row.quantity == "at_risk" and row.time is not None
    ]

    def value(quantity: str) -> float | None:
        return single[quantity].value if quantity in single else None

    events = value("events")
    return ArmSummary(
        arm=name,
        n=int(single["n"].value),
        events=None if events is None else int(events),
        median=single.get("median"),
        rates=tuple(sorted(set(rates), key=lambda rate: rate.time)),
        at_risk=tuple(sorted(set(risk), key=lambda count: count.time)),
        follow_up_median=value("follow_up_median"),
        max_follow_up=value("max_follow_up"),
        accrual_months=value("accrual_months"),
    )


def _mixed_rates(rows: list[_Row]) -> str | None:
    """Two rates of an arm that are not of one scale: one in percent never follows 1 or less, and falls slowly."""
    rates = sorted((row for row in rows if row.quantity == "rate"), key=lambda row: row.time or 0.0)
    for earlier, later in pairwise(rates):
        first, then = earlier.estimate.value, later.estimate.value
        if 0 < first <= 1 < then or (first > FAR_ABOVE and 0 < then <= 1):
            low, high = (earlier, later) if first <= 1 else (later, earlier)
            return " and ".join(f"{row.estimate.value:g} (line {row.line})" for row in (low, high))
    return None


def _scaled(estimate: Estimate, scale: float) -> Estimate:
    lower = None if estimate.lower is None else estimate.lower / scale
    upper = None if estimate.upper is None else estimate.upper / scale
    return Estimate(estimate.value / scale, lower, upper, estimate.level)


def _ratios(reader: _Reader, figure: str, rows: list[_Row], known: list[str]) -> tuple[HazardRatio, ...]:
    arms = list(dict.fromkeys([*(row.arm for row in rows), *known]))
    found = [row for row in rows if row.quantity == "hazard_ratio"]
    without = [arm for arm in arms if arm not in {row.arm for row in found}]
    ratios: dict[frozenset[str], HazardRatio] = {}
    for row in found:
        place = f"figure {figure!r}: the hazard ratio of arm {row.arm!r}"
        versus = row.versus
        if not versus and len(without) > 1:
            reader.faults.append(
                f"{reader.source}, line {row.line}: {place} "
                f"could refer to any of {', '.join(without)}; name it in column versus"
            )
            continue
        if not versus and not without:
            reader.warnings.append(f"{place} is not used: its reference arm is not in the table")
            continue
        versus = versus or without[0]
        if versus not in arms:
            reader.warnings.append(f"{place} is not used: its reference arm {versus!r} is not in the table")
            continue
        pair = frozenset((row.arm, versus))
        if pair in ratios:
            reader.faults.append(
                f"{reader.source}, line {row.line}: {place} against {versus!r} is given twice"
            )
            continue
        ratios[pair] = HazardRatio(row.arm, versus, row.estimate)
    return tuple(ratios.values())
