"""The numbers at risk as intervals with exact counts of those who leave, and what contradicts them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from digitized.curve import Curve, Floats, Ints
from digitized.errors import InputError


@dataclass(frozen=True)
class RiskTable:
    """Times with known numbers at risk.

    Attributes
    ----------
    time : (R,) float
        Ascending, first 0. Interval i is [time[i], time[i + 1]); the last one is open.
    at_risk : (R,) int
        Patients at risk just before each time, non-increasing, first N.
    deaths : (R,) int or None
        Deaths in each interval where numbers censored were printed beside those at risk; -1 where unknown
        (the last interval, unless the events are known).
    """

    time: Floats
    at_risk: Ints
    deaths: Ints | None = None

    @property
    def n(self) -> int:
        """Patients at time 0."""
        return int(self.at_risk[0])

    @cached_property
    def leaving(self) -> Ints:
        """(R,) patients who die or are censored in each interval; the last interval empties the arm."""
        return -np.diff(np.append(self.at_risk, 0)).astype(np.int64)

    def until(self, end: float) -> "RiskTable":
        """The table of a curve that ends at `end`: nobody at risk after it says no more than that."""
        kept = (self.at_risk > 0) | (self.time <= end)
        if kept.all():
            return self
        last = int(np.flatnonzero(kept)[-1])
        deaths = None
        if self.deaths is not None:
            rest = self.deaths[last:]
            deaths = np.append(self.deaths[:last], rest.sum() if (rest >= 0).all() else -1)
        return RiskTable(self.time[: last + 1], self.at_risk[: last + 1], deaths)

    def interval_of(self, time: Floats) -> Ints:
        """Interval that holds each time."""
        index = np.searchsorted(self.time, time, side="right") - 1
        return np.clip(index, 0, self.time.size - 1).astype(np.int64)


@dataclass(frozen=True)
class CountFiles:
    """Files that numbers at risk and totals were read from, empty where they come from none."""

    at_risk: str = ""
    totals: str = ""

    def labels(self, label: str) -> tuple[str, str]:
        """The arm's label with the file of its numbers at risk, and with that of its totals."""
        at_risk, totals = (f"{file}, {label}" if file else label for file in (self.at_risk, self.totals))
        return at_risk, totals


NO_FILES = CountFiles()


def risk_table(curve: Curve, label: str, files: CountFiles = NO_FILES) -> tuple[RiskTable, tuple[str, ...]]:
    """Numbers at risk of `curve` from time 0 on, and notes on what had to be settled; faults name their file.

    Raises
    ------
    InputError
        When no number of patients is known, a number at risk rises or is negative, or N or the events
        contradict each other beyond repair.
    """
    faults: list[str] = []
    notes: list[str] = []
    counted, summed = files.labels(label)
    time = np.asarray(curve.at_risk_time, dtype=float)
    count = np.asarray(curve.at_risk, dtype=np.int64)
    order = np.argsort(time, kind="stable")
    time, count = time[order], count[order]
    for t, c in zip(time, count, strict=True):
        if c < 0:
            faults.append(f"{counted}, time {t:g}: number at risk {c} is negative")
        if t < 0 or not np.isfinite(t):
            faults.append(f"{counted}: number at risk {c} at time {t:g}; expected a time of 0 or later")
    for i in range(1, time.size):
        if count[i] > count[i - 1]:
            faults.append(
                f"{counted}, time {time[i]:g}: number at risk rises from {count[i - 1]} to {count[i]}; "
                "it can only fall"
            )
    if curve.n is not None and curve.n < 1:
        raise InputError([*faults, f"{summed}: {curve.n} patients; expected at least 1"])
    at_zero = int(count[0]) if time.size and time[0] == 0 else None
    n = curve.n if curve.n is not None else at_zero
    if n is None:
        faults.append(
            f"{summed}: number of patients unknown; give n in the totals or a number at risk at time 0"
        )
    elif at_zero is not None and at_zero != n:
        notes.append(f"{label}: {at_zero} at risk at time 0 but n = {n}; n is used and the other ignored")
    if n is not None:
        faults += [
            f"{counted}, time {t:g}: {c} at risk, more than the {n} patients"
            for t, c in zip(time, count, strict=True)
            if t > 0 and c > n
        ]
    if curve.events is not None and curve.events < 0:
        faults.append(f"{summed}: {curve.events} events; expected 0 or more")
    if n is not None and curve.events is not None and curve.events > n:
        faults.append(f"{summed}: {curve.events} events but only {n} patients")
    if faults or n is None:
        raise InputError(faults)
    later = time > 0
    when, first = np.unique(np.concatenate(([0.0], time[later])), return_index=True)
    at_risk = np.concatenate(([n], count[later]))[first].astype(np.int64)
    deaths = None
    if curve.censored is not None:
        censored = np.asarray(curve.censored, dtype=np.int64)[order]
        done = np.concatenate(([0], censored[later]))[first]
        deaths, said = _printed_deaths(when, at_risk, done, curve.events, label, counted)
        notes += said
    return RiskTable(when, at_risk, deaths), tuple(notes)


def _printed_deaths(
    time: Floats, at_risk: Ints, censored: Ints, events: int | None, label: str, counted: str
) -> tuple[Ints, list[str]]:
    """Deaths of each interval from cumulative numbers censored (R,), and what had to be settled.

    Raises
    ------
    InputError
        When a number censored falls, or more are censored than have left.
    """
    gone = at_risk[0] - at_risk
    faults = [
        f"{counted}, time {time[i]:g}: number censored falls from {censored[i - 1]} to {censored[i]}; "
        "cumulative numbers can only rise"
        for i in range(1, time.size)
        if censored[i] < censored[i - 1]
    ]
    faults += [
        f"{counted}, time {t:g}: {c} censored, but only {g} of {at_risk[0]} are no longer at risk"
        for t, c, g in zip(time, censored, gone, strict=True)
        if c > g
    ]
    if faults:
        raise InputError(faults)
    died, notes = np.maximum.accumulate(gone - censored), list[str]()
    for i in np.flatnonzero(died > gone - censored):
        notes.append(
            f"{label}, time {time[i]:g}: {at_risk[i]} at risk and {censored[i]} censored leave fewer deaths "
            f"than before; {gone[i] - died[i]} censored are taken"
        )
    deaths = np.append(np.diff(died), -1).astype(np.int64)
    if events is not None:
        last = events - int(died[-1])
        deaths[-1] = np.clip(last, 0, at_risk[-1])
        if deaths[-1] != last:
            notes.append(
                f"{label}: {events} events contradict the numbers censored, which leave {died[-1]} to "
                f"{died[-1] + at_risk[-1]}; the events are met as nearly as the numbers at risk allow"
            )
            deaths[:] = -1
    return deaths, notes
