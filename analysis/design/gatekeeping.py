"""PFS tested first, OS only after success on PFS: both endpoints of the same simulated patients."""

import math
from dataclasses import dataclass

import numpy as np

from analysis.design.checks import refuse
from analysis.design.conduct import SEED, Arms, analyse, batches, check_events, monte_carlo_error
from analysis.design.survival_times import Drawn, Survival, cumulative_hazard, survival_times
from digitized.curve import Floats

# Months at which hazards of progression are tabulated: finely where the patients are.
_MONTHS = np.concatenate((np.arange(0.0, 60.0, 0.1), np.geomspace(60.0, 3000.0, 120)))


@dataclass(frozen=True)
class GatedEndpoint:
    """One of two endpoints: survival, its events and the two-sided alpha's critical value."""

    survival: Survival
    events: int
    critical_z: float


@dataclass(frozen=True)
class Dependence:
    """How PFS and OS hang together.

    Attributes
    ----------
    patients : float
        From 0 (progression is independent of death) to 1 (patients progress in the order in which they
        die): the share of the patients who take both times at the same quantile.
    trials : float
        Correlation of the true log hazard ratios on PFS and OS, where both endpoints have a prior.
    """

    patients: float
    trials: float = 0.0

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.patients <= 1:
            faults.append(f"correlation {self.patients:g}: expected from 0 to 1, e.g. 0.6")
        if not -1 <= self.trials <= 1:
            faults.append(f"trial correlation {self.trials:g}: expected from -1 to 1, e.g. 0.6")
        refuse(faults)


@dataclass(frozen=True)
class Gatekeeping:
    """Power of PFS, of OS after success on PFS, and of OS alone, each at full alpha, with Monte Carlo errors."""

    trials: int
    power_pfs: float
    power_pfs_standard_error: float
    power_os: float
    power_os_standard_error: float
    power_os_ungated: float
    power_os_ungated_standard_error: float
    months_pfs: float
    months_os: float


def simulate_gatekeeping(
    arms: Arms,
    pfs: GatedEndpoint,
    os: GatedEndpoint,
    dependence: Dependence,
    *,
    trials: int = 10_000,
    seed: int = SEED,
) -> Gatekeeping:
    """Simulate PFS and OS of the same patients, each with exactly its own curves, PFS never after death."""
    for endpoint in (pfs, os):
        check_events(trials, arms, endpoint.events)
    rng = np.random.default_rng(seed)
    wins, months = np.zeros(3), np.zeros(2)
    for size in batches(trials):
        patients = arms.patients(size, rng)
        first = rng.normal(size=size)
        second = dependence.trials * first + math.sqrt(1 - dependence.trials**2) * rng.normal(size=size)
        drawn_pfs, drawn_os = (
            Drawn(part.survival.hazard_ratios_at(scores), part.survival.control.draw(size, rng))
            for part, scores in ((pfs, first), (os, second))
        )
        unit = rng.standard_exponential((size, arms.n))
        death = survival_times(unit, arms.experimental, os.survival, drawn_os)
        together = survival_times(unit, arms.experimental, pfs.survival, drawn_pfs)
        apart = np.empty_like(death)
        for experimental in (False, True):
            hazards = [
                cumulative_hazard(_MONTHS, experimental, part.survival, drawn)
                for part, drawn in ((pfs, drawn_pfs), (os, drawn_os))
            ]
            members = arms.experimental == experimental
            apart[:, members] = _progression(hazards[0] - hazards[1], int(members.sum()), rng)
        shared = rng.random(death.shape) < dependence.patients
        progression = np.minimum(np.where(shared, together, apart), death)
        early = analyse(patients, progression, pfs.events)
        late = analyse(patients, death, os.events)
        gate, opened = early.test.z > pfs.critical_z, late.test.z > os.critical_z
        wins += (gate.sum(), (gate & opened).sum(), opened.sum())
        months += (early.month.sum(), late.month.sum())
    power_pfs, power_os, ungated = (float(share) for share in wins / trials)
    return Gatekeeping(
        trials=trials,
        power_pfs=power_pfs,
        power_pfs_standard_error=monte_carlo_error(power_pfs, trials),
        power_os=power_os,
        power_os_standard_error=monte_carlo_error(power_os, trials),
        power_os_ungated=ungated,
        power_os_ungated_standard_error=monte_carlo_error(ungated, trials),
        months_pfs=float(months[0] / trials),
        months_os=float(months[1] / trials),
    )


def _progression(excess: Floats, n: int, rng: np.random.Generator) -> Floats:
    """(trials, n) months to progression without death, its hazard what PFS has beyond OS.

    With it min(progression, death) has the hazard of PFS. `excess` is the (trials, months) difference of the
    cumulative hazards; where PFS would outlive OS there is no progression.
    """
    rising = np.maximum.accumulate(np.maximum(excess, 0.0), axis=1)
    unit = rng.standard_exponential((excess.shape[0], n))
    return np.array(
        [np.interp(row, known, _MONTHS, right=np.inf) for row, known in zip(unit, rising, strict=True)]
    )
