"""What a run is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path

from analysis.scenarios import DEFAULT_SCENARIOS, Scenario, choose_scenarios
from models.fitting import Sampler
from models.priors import SingleArmShift

SEED = 20241107


@dataclass(frozen=True)
class Preset:
    """How much work a run does.

    Attributes
    ----------
    imputations : int
        Reconstructions an arm.
    grid_step : float
        Width of the time grid's cells, months.
    sampler : Sampler
    insists : bool
        A fit that misses R-hat or effective sample size is sampled again, longer; else it is only reported.
    """

    name: str
    imputations: int
    grid_step: float
    sampler: Sampler
    insists: bool = False


PRESETS = {
    # For the test suite and demonstrations of the path only: its numbers are not to be quoted.
    "smoke": Preset("smoke", 1, 1.0, Sampler(draws=200, tune=200, chains=2, target_accept=0.9)),
    "quick": Preset("quick", 5, 1.0, Sampler(draws=500, tune=350, chains=2, target_accept=0.9)),
    "standard": Preset(
        "standard", 20, 0.5, Sampler(draws=1000, tune=800, chains=4, target_accept=0.95), insists=True
    ),
}


@dataclass(frozen=True)
class RunRequest:
    """One run of the main job.

    Attributes
    ----------
    out : Path
        Run folder; it is replaced only when the run has succeeded.
    preset : Preset
    endpoints : tuple of str
        Some of OS, PFS, ORR.
    scenarios : tuple of Scenario
    populations : tuple of str
        Target populations of the question, primary first.
    population_file : Path or None
        A user's own covariate mix, which then is the primary population.
    evidence : Path or None
        Evidence folder; None is the one shipped.
    extra : tuple of Path
        Further trial files.
    what_if : tuple of str
        Changed numbers, "TRIAL/ARM/ENDPOINT/rate@12=0.60".
    seed : int
    """

    out: Path
    preset: Preset
    endpoints: tuple[str, ...] = ("OS", "PFS", "ORR")
    scenarios: tuple[Scenario, ...] = field(default_factory=lambda: choose_scenarios(DEFAULT_SCENARIOS, None))
    populations: tuple[str, ...] = ()
    population_file: Path | None = None
    evidence: Path | None = None
    extra: tuple[Path, ...] = ()
    what_if: tuple[str, ...] = ()
    seed: int = SEED

    def shifts(self, endpoint: str) -> tuple[SingleArmShift, ...]:
        """Distinct priors of c that an endpoint's scenarios use."""
        wanted = [s.shift(endpoint) for s in self.scenarios if s.applies_to(endpoint)]
        return tuple(dict.fromkeys(wanted))
