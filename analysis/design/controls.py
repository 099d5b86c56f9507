"""The control arm of a simulated trial: exponential, or drawn from a run's posterior curve."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.stats import norm

from analysis.design.checks import positive_faults, refuse
from analysis.run_files import read_table
from digitized.curve import Floats
from digitized.errors import InputError


class Control(Protocol):
    """A control arm, drawn once for each simulated trial."""

    def draw(self, trials: int, rng: np.random.Generator) -> Floats:
        """(trials,) standard normal position of each trial's curve in its band."""

    def cumulative_hazard(self, months: Floats, position: Floats) -> Floats:
        """(trials, months) cumulative hazard at (months,)."""

    def times(self, cumulative: Floats, position: Floats) -> Floats:
        """Months at which the (trials, n) cumulative hazards are reached."""


@dataclass(frozen=True)
class ExponentialControl:
    """Exponential survival with a median in months."""

    median: float

    def __post_init__(self) -> None:
        refuse(positive_faults(control_median=self.median))

    def __str__(self) -> str:
        return f"exponential control, median {self.median:g} months"

    def draw(self, trials: int, rng: np.random.Generator) -> Floats:
        """No uncertainty: zeros."""
        return np.zeros(trials)

    def cumulative_hazard(self, months: Floats, position: Floats) -> Floats:
        """(trials, months) cumulative hazard at (months,)."""
        return np.broadcast_to(math.log(2) / self.median * months, (position.size, months.size))

    def times(self, cumulative: Floats, position: Floats) -> Floats:
        """Months at which the (trials, n) cumulative hazards are reached."""
        return cumulative * (self.median / math.log(2))


@dataclass(frozen=True)
class PosteriorControl:
    """The comparator's posterior curve of a run; a trial draws one position in the whole band.

    Attributes
    ----------
    label : str
    time : (T,) months, the first above 0
    log_cumulative : (T,) log cumulative hazard of the posterior median curve
    spread : (T,) its standard deviation, from the 95 % band
    """

    label: str
    time: Floats
    log_cumulative: Floats
    spread: Floats

    def __str__(self) -> str:
        return self.label

    def draw(self, trials: int, rng: np.random.Generator) -> Floats:
        """Position of each trial's curve in the posterior band."""
        return rng.normal(size=trials)

    def _grid(self, position: float) -> tuple[Floats, Floats]:
        cumulative = np.maximum.accumulate(np.exp(self.log_cumulative + position * self.spread))
        # Beyond the last time the hazard of the last quarter of the curve goes on.
        start = int(self.time.size * 0.75)
        slope = (cumulative[-1] - cumulative[start]) / (self.time[-1] - self.time[start])
        time = np.concatenate(([0.0], self.time, [self.time[-1] + 1000.0]))
        end = cumulative[-1] + 1000.0 * max(slope, 1e-4)
        return time, np.concatenate(([0.0], cumulative, [end])) + 1e-12 * time

    def cumulative_hazard(self, months: Floats, position: Floats) -> Floats:
        """(trials, months) cumulative hazard at (months,)."""
        return np.array([np.interp(months, *self._grid(float(item))) for item in position])

    def times(self, cumulative: Floats, position: Floats) -> Floats:
        """Months at which the (trials, n) cumulative hazards are reached."""
        out = np.empty_like(cumulative)
        for row, item in enumerate(position):
            time, hazard = self._grid(float(item))
            out[row] = np.interp(cumulative[row], hazard, time)
        return out


def run_control(folder: Path, scenario: str, endpoint: str = "OS") -> PosteriorControl:
    """The comparator curve of a run (tables/target_curves.csv), first population, within observed follow-up.

    Raises
    ------
    InputError
        If the run has no such curve.
    """
    path = folder / "tables" / "target_curves.csv"
    if not path.is_file():
        raise InputError(
            f"{folder}: no tables/target_curves.csv; expected a finished run, or leave out --run"
        )
    needed = ("endpoint", "scenario", "population", "arm", "time", "median", "lower", "upper", "extrapolated")
    table = read_table(path, columns=needed)
    name = scenario.replace("-", "_")
    rows = table[(table["endpoint"] == endpoint) & (table["arm"] == "comparator")]
    chosen = rows[rows["scenario"].str.replace("-", "_") == name]
    if chosen.empty:
        held = ", ".join(sorted(rows["scenario"].unique())) or "none"
        raise InputError(f"{path}: no comparator curve of {endpoint} under {scenario!r}; it has {held}")
    chosen = chosen[chosen["population"] == chosen["population"].iloc[0]].sort_values("time")
    inside = chosen[(chosen["time"] > 0) & ~chosen["extrapolated"].astype(bool)]
    survival = inside[["median", "lower", "upper"]].to_numpy(dtype=float).clip(1e-6, 1 - 1e-6)
    log_cumulative = np.log(-np.log(survival))
    spread = (log_cumulative[:, 1] - log_cumulative[:, 2]) / (2 * float(norm.isf(0.025)))
    label = f"posterior comparator curve of {folder.name} ({endpoint}, {scenario}), uncertainty included"
    return PosteriorControl(label, inside["time"].to_numpy(dtype=float), log_cumulative[:, 0], spread)
