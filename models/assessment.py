"""Progression is seen at scans: an event recorded at t happened between the scan before and t."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitized.choices import DAYS_PER_MONTH
from digitized.curve import Floats
from models.time_grid import GriddedPatients

WEEKS_PER_MONTH = DAYS_PER_MONTH / 7


@dataclass(frozen=True)
class ScanInterval:
    """Weeks between the scans of one trial, and after `changes_at` weeks where the plan changes."""

    trial: str
    weeks: float
    later_weeks: float | None = None
    changes_at: float = np.inf

    def months_before(self, time: Floats) -> Floats:
        """Months from the scan before to an event recorded at `time` (months)."""
        later = self.weeks if self.later_weeks is None else self.later_weeks
        return np.where(time * WEEKS_PER_MONTH <= self.changes_at, self.weeks, later) / WEEKS_PER_MONTH


@dataclass(frozen=True)
class AssessmentSchedule:
    """Scan intervals by trial; a trial that is not named has `usual`."""

    usual: ScanInterval
    trials: tuple[ScanInterval, ...] = ()

    def last_scan(self, patients: GriddedPatients, trial_of_arm: Sequence[str]) -> Floats:
        """Time (R,) of the scan before each cell's mean time, not before 0."""
        own = {interval.trial: interval for interval in self.trials}
        gap = np.zeros_like(patients.time)
        for position, trial in enumerate(trial_of_arm):
            rows = patients.arm == position
            gap[rows] = own.get(trial, self.usual).months_before(patients.time[rows])
        return np.maximum(0.0, patients.time - gap)
