"""How a simulated trial is conducted: patients enter, some leave, and the test is made at an event."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.design.accrual import Accrual
from analysis.design.checks import refuse
from analysis.design.log_rank import LogRank, log_rank
from digitized.curve import Floats

BATCH = 500
SEED = 20260102


@dataclass(frozen=True)
class Arms:
    """Patients, their entry, and dropout a year (share) of a simulated trial."""

    n: int
    ratio: float
    accrual: Accrual
    dropout: float

    def __post_init__(self) -> None:
        faults = []
        if self.n < 10:
            faults.append(f"{self.n} patients: expected at least 10")
        if not 0 <= self.dropout < 1:
            faults.append(f"dropout {self.dropout:g} a year: expected a share from 0 to below 1, e.g. 0.03")
        refuse(faults)

    @property
    def experimental(self) -> np.ndarray:
        """(n,) whether a patient is in the experimental arm."""
        return np.arange(self.n) < round(self.n * self.ratio / (1 + self.ratio))

    def patients(self, trials: int, rng: np.random.Generator) -> "Patients":
        """Entry and dropout of the patients of many trials, uniform draws through the accrual's shape."""
        quantiles = self.accrual.entries(self.n)
        entry = np.interp(
            rng.random((trials, self.n)), (np.arange(quantiles.size) + 0.5) / quantiles.size, quantiles
        )
        leaving = np.full((trials, self.n), np.inf)
        if self.dropout > 0:
            leaving = rng.standard_exponential((trials, self.n)) * (-12 / math.log1p(-self.dropout))
        return Patients(entry, leaving, self.experimental)


@dataclass(frozen=True)
class Patients:
    """Months of entry, months from entry to dropout, both (trials, n), and the arm (n,)."""

    entry: Floats
    leaving: Floats
    experimental: np.ndarray

    def only(self, trials: np.ndarray) -> "Patients":
        """The patients of some of the trials."""
        return Patients(self.entry[trials], self.leaving[trials], self.experimental)


@dataclass(frozen=True)
class Analysis:
    """One analysis of every trial: follow-up and events (trials, n), the test, the month, the events seen."""

    follow_up: Floats
    happened: np.ndarray
    test: LogRank
    month: Floats
    events: Floats


def analyse(patients: Patients, time: Floats, events: int) -> Analysis:
    """Analyse at the calendar time of the event number `events`, `time` (trials, n) months to the event.

    A trial that never reaches it is analysed when its last patient has left.
    """
    calendar = np.where(time <= patients.leaving, patients.entry + time, np.inf)
    month = np.partition(calendar, events - 1, axis=1)[:, events - 1]
    ends = patients.entry + np.minimum(time, patients.leaving)
    latest = np.max(np.where(np.isfinite(ends), ends, patients.entry), axis=1, initial=0.0)
    month = np.where(np.isfinite(month), month, latest)
    follow_up = np.minimum(np.minimum(time, patients.leaving), month[:, None] - patients.entry)
    happened = calendar <= month[:, None]
    test = log_rank(follow_up, happened, patients.experimental)
    return Analysis(follow_up, happened, test, month, happened.sum(axis=1).astype(float))


def check_events(trials: int, arms: Arms, events: int) -> None:
    """Refuse too few trials, or more events than patients."""
    faults = []
    if trials < 100:
        faults.append(f"{trials} trials: expected at least 100, e.g. 10000")
    if events >= arms.n:
        faults.append(
            f"{events} events from {arms.n} patients cannot happen; give more than {events} patients"
        )
    refuse(faults)


def batches(trials: int) -> Iterator[int]:
    """Sizes of the batches that make up `trials`."""
    for start in range(0, trials, BATCH):
        yield min(BATCH, trials - start)


def monte_carlo_error(share: float, trials: int) -> float:
    """Standard error of a share of `trials` simulated trials."""
    return math.sqrt(share * (1 - share) / trials)
