"""Event-driven trials by simulation: looks, non-proportional effects, the curves a trial may show."""

from dataclasses import dataclass

import numpy as np

from analysis.design.conduct import SEED, Arms, analyse, batches, check_events, monte_carlo_error
from analysis.design.survival_times import Drawn, Survival, survival_times
from digitized.curve import Floats
from digitized.kaplan_meier import kaplan_meier


@dataclass(frozen=True)
class Looks:
    """Events and Z boundaries (benefit positive) of each analysis, the last one final."""

    events: tuple[int, ...]
    efficacy: tuple[float, ...]
    futility: tuple[float | None, ...]

    def __str__(self) -> str:
        return "; ".join(
            f"{count} events: Z > {high:.3f}" + ("" if low is None else f", stop below {low:.3f}")
            for count, high, low in zip(self.events, self.efficacy, self.futility, strict=True)
        )


@dataclass(frozen=True)
class Simulated:
    """Operating characteristics with their Monte Carlo standard errors.

    `reached` is the share of trials in which the final number of events occurred.
    """

    trials: int
    power: float
    power_standard_error: float
    success_by_look: tuple[float, ...]
    futility_by_look: tuple[float, ...]
    mean_events: float
    mean_months: float
    median_hazard_ratio: float
    reached: float


def simulate(
    arms: Arms, survival: Survival, looks: Looks, *, trials: int = 10_000, seed: int = SEED
) -> Simulated:
    """Simulate trials analysed at fixed numbers of events.

    Raises
    ------
    InputError
        If the looks ask for more events than there are patients.
    """
    check_events(trials, arms, looks.events[-1])
    rng = np.random.default_rng(seed)
    success = np.zeros(len(looks.events))
    stopped = np.zeros(len(looks.events))
    events = months = reached = 0.0
    ratios: list[Floats] = []
    for size in batches(trials):
        patients = arms.patients(size, rng)
        time = _times(survival, patients.experimental, size, rng)
        going = np.arange(size)
        for look, (count, high, low) in enumerate(
            zip(looks.events, looks.efficacy, looks.futility, strict=True)
        ):
            final = look == len(looks.events) - 1
            found = analyse(patients.only(going), time[going], count)
            wins = found.test.z > high
            drops = ~wins if final else found.test.z < (-np.inf if low is None else low)
            ends = wins | drops
            success[look] += wins.sum()
            stopped[look] += drops.sum()
            events += float(found.events[ends].sum())
            months += float(found.month[ends].sum())
            ratios.append(found.test.hazard_ratio[ends])
            if final:
                reached += float(np.sum(found.events >= count))
            going = going[~ends]
    power = float(success.sum() / trials)
    last = float(success[-1] + stopped[-1])
    return Simulated(
        trials,
        power,
        monte_carlo_error(power, trials),
        tuple((success / trials).tolist()),
        tuple((stopped / trials).tolist()),
        events / trials,
        months / trials,
        float(np.median(np.concatenate(ratios))),
        reached / last if last else 1.0,
    )


def predicted_curves(
    arms: Arms, survival: Survival, events: int, months: Floats, *, trials: int = 200, seed: int = SEED
) -> Floats:
    """Kaplan-Meier curves that the trial itself may show at its final analysis.

    Returns
    -------
    (2, trials, months)
        Control, then experimental arm; carried forward beyond the last observed time.
    """
    check_events(trials, arms, events)
    rng = np.random.default_rng(seed)
    patients = arms.patients(trials, rng)
    found = analyse(patients, _times(survival, patients.experimental, trials, rng), events)
    curves = np.empty((2, trials, months.size))
    for group, members in enumerate((~arms.experimental, arms.experimental)):
        for row in range(trials):
            inside = members & (found.follow_up[row] > 0)
            curve = kaplan_meier(found.follow_up[row, inside], found.happened[row, inside])
            curves[group, row] = curve.at(months)
    return curves


def _times(survival: Survival, experimental: np.ndarray, trials: int, rng: np.random.Generator) -> Floats:
    """(trials, n) months to the event, each trial with its own hazard ratio and control curve."""
    unit = rng.standard_exponential((trials, experimental.size))
    drawn = Drawn(survival.hazard_ratios(trials, rng), survival.control.draw(trials, rng))
    return survival_times(unit, experimental, survival, drawn)
