"""Event-driven trials by simulation: looks, non-proportional effects, PFS before OS."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from analysis.design.accrual import Accrual
from analysis.design.checks import refuse
from analysis.design.log_rank import LogRank, log_rank
from analysis.design.priors import DesignPrior
from analysis.design.survival_times import Control, Effect, survival_times
from digitized.curve import Floats
from digitized.errors import InputError
from digitized.kaplan_meier import kaplan_meier

BATCH = 500
SEED = 20260102


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


@dataclass(frozen=True)
class Survival:
    """How patients fare: control, effect and the prior from which each trial draws its hazard ratio."""

    control: Control
    effect: Effect
    prior: DesignPrior | None = None

    def hazard_ratios(self, trials: int, rng: np.random.Generator) -> Floats:
        """(trials,) hazard ratios."""
        if self.prior is None:
            if self.effect.late is None:
                raise InputError("no hazard ratio: give --hr, or --prior to draw one for each trial")
            return np.full(trials, self.effect.late)
        return np.exp(self.prior.sample(trials, rng))

    def hazard_ratios_at(self, scores: Floats) -> Floats:
        """(trials,) hazard ratios at standard normal scores of the prior; the effect's own without a prior."""
        if self.prior is None:
            return self.hazard_ratios(scores.size, np.random.default_rng(0))
        return np.exp(self.prior.at(scores))


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

    Every analysis is at the calendar time of its event; a trial that never reaches it is analysed when its
    last patient has left. Entry times are uniform draws through the accrual's shape.

    Raises
    ------
    InputError
        If the looks ask for more events than there are patients.
    """
    _check(trials, arms, looks.events)
    rng = np.random.default_rng(seed)
    success = np.zeros(len(looks.events))
    stopped = np.zeros(len(looks.events))
    events = months = reached = 0.0
    ratios: list[Floats] = []
    for size in _batches(trials):
        entry, leaving = _entries(arms, size, rng)
        unit = rng.standard_exponential((size, arms.n))
        drawn = survival.hazard_ratios(size, rng)
        position = survival.control.draw(size, rng)
        time = survival_times(unit, arms.experimental, survival.control, survival.effect, drawn, position)
        going = np.ones(size, dtype=bool)
        for look, (count, high, low) in enumerate(
            zip(looks.events, looks.efficacy, looks.futility, strict=True)
        ):
            final = look == len(looks.events) - 1
            test, cut, seen = _analyse(entry[going], leaving[going], time[going], arms, count)
            wins = test.z > high
            drops = ~wins if final else (test.z < low if low is not None else np.zeros(wins.size, dtype=bool))
            ends = wins | drops
            success[look] += wins.sum()
            stopped[look] += drops.sum()
            events += float(seen[ends].sum())
            months += float(cut[ends].sum())
            ratios.append(test.hazard_ratio[ends])
            if final:
                reached += float(np.sum(seen >= count))
            going[np.flatnonzero(going)[ends]] = False
    power = float(success.sum() / trials)
    last = float(success[-1] + stopped[-1])
    return Simulated(
        trials,
        power,
        math.sqrt(power * (1 - power) / trials),
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
    _check(trials, arms, (events,))
    rng = np.random.default_rng(seed)
    entry, leaving = _entries(arms, trials, rng)
    unit = rng.standard_exponential((trials, arms.n))
    drawn, position = survival.hazard_ratios(trials, rng), survival.control.draw(trials, rng)
    time = survival_times(unit, arms.experimental, survival.control, survival.effect, drawn, position)
    _, cut, _ = _analyse(entry, leaving, time, arms, events)
    follow_up = np.minimum(np.minimum(time, leaving), cut[:, None] - entry)
    happened = time <= follow_up
    curves = np.empty((2, trials, months.size))
    for group, members in enumerate((~arms.experimental, arms.experimental)):
        for row in range(trials):
            inside = members & (follow_up[row] > 0)
            curves[group, row] = kaplan_meier(follow_up[row, inside], happened[row, inside]).at(months)
    return curves


@dataclass(frozen=True)
class Endpoint:
    """One of two endpoints: survival, its events and the two-sided alpha's critical value."""

    survival: Survival
    events: int
    critical_z: float


@dataclass(frozen=True)
class Gatekeeping:
    """PFS tested first, OS only after success on PFS, both at full alpha."""

    trials: int
    power_pfs: float
    power_os: float
    power_os_ungated: float
    standard_error: float
    months_pfs: float
    months_os: float


def simulate_gatekeeping(
    arms: Arms,
    pfs: Endpoint,
    os: Endpoint,
    correlation: float,
    *,
    trial_correlation: float = 0.0,
    trials: int = 10_000,
    seed: int = SEED,
) -> Gatekeeping:
    """Simulate PFS and OS of the same patients, joined by a Gaussian copula, with PFS never after death.

    Parameters
    ----------
    correlation : float
        Of the patients' PFS and OS scores within an arm.
    trial_correlation : float
        Of the true log hazard ratios on PFS and OS, where both endpoints have a prior.
    """
    given = {"correlation": correlation, "trial correlation": trial_correlation}
    refuse(
        [
            f"{name} {value:g}: expected between -1 and 1, e.g. 0.6"
            for name, value in given.items()
            if not -1 < value < 1
        ]
    )
    _check(trials, arms, (pfs.events,))
    _check(trials, arms, (os.events,))
    rng = np.random.default_rng(seed)
    wins = np.zeros(3)
    months = np.zeros(2)
    for size in _batches(trials):
        entry, leaving = _entries(arms, size, rng)
        first, second = _correlated((size, arms.n), correlation, rng)
        effects = _correlated((size,), trial_correlation, rng)
        times = [
            survival_times(
                -log_ndtr(score),
                arms.experimental,
                part.survival.control,
                part.survival.effect,
                part.survival.hazard_ratios_at(effect),
                part.survival.control.draw(size, rng),
            )
            for score, effect, part in ((first, effects[0], pfs), (second, effects[1], os))
        ]
        progression = np.minimum(times[0], times[1])
        early, cut_pfs, _ = _analyse(entry, leaving, progression, arms, pfs.events)
        late, cut_os, _ = _analyse(entry, leaving, times[1], arms, os.events)
        gate, open_os = early.z > pfs.critical_z, late.z > os.critical_z
        wins += (gate.sum(), (gate & open_os).sum(), open_os.sum())
        months += (cut_pfs.sum(), cut_os.sum())
    shares = wins / trials
    error = math.sqrt(shares[1] * (1 - shares[1]) / trials)
    return Gatekeeping(
        trials=trials,
        power_pfs=float(shares[0]),
        power_os=float(shares[1]),
        power_os_ungated=float(shares[2]),
        standard_error=error,
        months_pfs=float(months[0] / trials),
        months_os=float(months[1] / trials),
    )


def _correlated(
    shape: tuple[int, ...], correlation: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Two standard normal arrays with a correlation."""
    first = rng.normal(size=shape)
    return first, correlation * first + math.sqrt(1 - correlation**2) * rng.normal(size=shape)


def _check(trials: int, arms: Arms, events: tuple[int, ...]) -> None:
    faults = []
    if trials < 100:
        faults.append(f"{trials} trials: expected at least 100, e.g. 10000")
    if events[-1] >= arms.n:
        faults.append(
            f"{events[-1]} events from {arms.n} patients cannot happen; give more than {events[-1]} patients"
        )
    refuse(faults)


def _batches(trials: int) -> Iterator[int]:
    for start in range(0, trials, BATCH):
        yield min(BATCH, trials - start)


def _entries(arms: Arms, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Entry months and months from entry to dropout, (size, n)."""
    quantiles = arms.accrual.entries(arms.n)
    entry = np.interp(
        rng.random((size, arms.n)), (np.arange(quantiles.size) + 0.5) / quantiles.size, quantiles
    )
    if arms.dropout == 0:
        return entry, np.full((size, arms.n), np.inf)
    return entry, rng.standard_exponential((size, arms.n)) * (-12 / math.log1p(-arms.dropout))


def _analyse(
    entry: Floats, leaving: Floats, time: Floats, arms: Arms, events: int
) -> tuple[LogRank, Floats, Floats]:
    """Test at the calendar time of the event number `events`: the test, the month, the events seen."""
    calendar = np.where(time <= leaving, entry + time, np.inf)
    cut = np.partition(calendar, events - 1, axis=1)[:, events - 1]
    # Fewer events than asked for: everybody who will leave has left when the last event or dropout is past.
    ends = entry + np.minimum(time, leaving)
    latest = np.max(np.where(np.isfinite(ends), ends, entry), axis=1, initial=0.0)
    cut = np.where(np.isfinite(cut), cut, latest)
    follow_up = np.minimum(np.minimum(time, leaving), cut[:, None] - entry)
    happened = calendar <= cut[:, None]
    return log_rank(follow_up, happened, arms.experimental), cut, happened.sum(axis=1).astype(float)
