"""PFS before OS for `crosstrial design simulate`: each endpoint from what is given, else from the run."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.cli.design_options import MEDIANS, note
from analysis.design.conduct import Arms
from analysis.design.controls import Control, ExponentialControl, run_control
from analysis.design.gatekeeping import Dependence, GatedEndpoint, Gatekeeping, simulate_gatekeeping
from analysis.design.priors import DesignPrior, run_prior, run_scenarios
from analysis.design.rule import LogRankRule
from analysis.design.survival_times import Effect, Survival
from digitized.errors import InputError

PFS_HAZARD_RATIO = 0.7


@dataclass(frozen=True)
class GatedTrial:
    """A trial that tests PFS, then OS; a PFS hazard ratio or median that is None comes from the run."""

    arms: Arms
    rule: LogRankRule
    pfs_events: int
    os_events: int
    pfs_hazard_ratio: float | None
    pfs_median: float | None
    dependence: Dependence
    run: Path | None

    def pfs(self, prior: DesignPrior | None) -> Survival:
        """PFS beside an OS under `prior`."""
        name = prior.name if prior else ""
        drawn = None
        if self.run and self.pfs_hazard_ratio is None:
            if name not in run_scenarios(self.run, "PFS"):
                raise InputError(f"{self.run}: no posterior of PFS under {name!r}; give --pfs-hr, e.g. 0.7")
            drawn = run_prior(self.run, name, "PFS")
        stated = PFS_HAZARD_RATIO if self.pfs_hazard_ratio is None else self.pfs_hazard_ratio
        fixed = None if drawn else stated
        if self.run and self.pfs_median is None:
            return Survival(curve_of(self.run, name, "PFS"), Effect(fixed, fixed), drawn)
        median = MEDIANS["PFS"] if self.pfs_median is None else self.pfs_median
        return Survival(ExponentialControl(median), Effect(fixed, fixed), drawn)

    def simulate(self, os: Survival, trials: int, seed: int) -> Gatekeeping:
        """Operating characteristics with OS as given."""
        first, second = (
            GatedEndpoint(survival, events, self.rule.critical_value)
            for survival, events in ((self.pfs(os.prior), self.pfs_events), (os, self.os_events))
        )
        return simulate_gatekeeping(self.arms, first, second, self.dependence, trials=trials, seed=seed)

    def beside(self, ways: Sequence[Survival], trials: int, seed: int) -> dict[str, dict[str, Any]]:
        """The same trial under other priors of OS, those left out of which the run has no PFS."""
        found = {}
        for os in ways:
            name = os.prior.name if os.prior else ""
            if self.run and self.pfs_hazard_ratio is None and name not in run_scenarios(self.run, "PFS"):
                note(
                    f"note: {name} is left out, {self.run} has no posterior of PFS under it; --pfs-hr shows it"
                )
                continue
            found[name] = asdict(self.simulate(os, trials, seed))
        return found


def gatekeeping(
    trial: GatedTrial, survival: Survival, beside: dict[str, dict[str, Any]], found: Gatekeeping
) -> tuple[dict[str, Any], list[str]]:
    """What is printed: as data and as lines."""
    pfs = trial.pfs(survival.prior)
    lines = [
        f"PFS: {pfs}",
        f"OS: {survival}",
        f"PFS {_share(found.power_pfs, found.power_pfs_standard_error)} at month {found.months_pfs:.1f}; "
        f"OS after PFS {_share(found.power_os, found.power_os_standard_error)} at month "
        f"{found.months_os:.1f}; OS alone {_share(found.power_os_ungated, found.power_os_ungated_standard_error)}; "
        f"{found.trials} trials, Monte Carlo +- 2 errors",
    ]
    for name, row in beside.items():
        lines.append(
            f"beside it, {name}: PFS {row['power_pfs']:.2f}, OS after PFS {row['power_os']:.2f}, OS alone "
            f"{row['power_os_ungated']:.2f} ({row['trials']} trials)"
        )
    for name, part, events, prior in (
        ("PFS", pfs, trial.pfs_events, pfs.prior),
        ("OS alone", survival, trial.os_events, survival.prior),
    ):
        if prior is None and part.effect.late is not None:
            lines.append(f"closed form, {name}: {trial.rule.power(part.effect.late, events):.3f}")
    result = {
        "effect": "gatekeeping",
        "power": found.power_os,
        "pfs": str(pfs),
        "os": str(survival),
        **asdict(found),
    }
    return ({**result, "ladder": beside} if survival.prior else result), lines


def curve_of(run: Path, scenario: str, endpoint: str) -> Control:
    """The run's comparator curve under the prior's scenario, its base scenario for any other prior."""
    if scenario in run_scenarios(run, endpoint):
        return run_control(run, scenario, endpoint)
    note(f"note: {scenario} is no scenario of {run} for {endpoint}; the control is that of its base scenario")
    return run_control(run, "base", endpoint)


def _share(power: float, error: float) -> str:
    return f"{power:.3f} +-{2 * error:.3f}"
