"""What all checks share: the network, the scale, the folder of results and who works."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import xarray as xr

import trials
from analysis.model_source import source_digest
from analysis.run.pipeline import question_contrast
from analysis.run.request import SEED
from analysis.validation.keyed_work import KeyedFolder, Task, Workers
from analysis.validation.scale import ValidationScale
from digitized.errors import InputError
from models.survival_design import Contrast
from trials.covariates import TargetPopulation
from trials.evidence import Evidence
from trials.network import Network, ResponseArm, SurvivalArm

ENDPOINTS = ("OS", "PFS")


def _silent(label: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Study:
    """One validation run.

    Attributes
    ----------
    scale : ValidationScale
    folder : Path
        Where keyed results lie.
    workers : Workers
    evidence_folder : Path or None
        None is the folder shipped.
    seed : int
    progress : callable
        Told (label, done, total).
    """

    scale: ValidationScale
    folder: Path
    workers: Workers = field(default_factory=Workers)
    evidence_folder: Path | None = None
    seed: int = SEED
    progress: Callable[[str, int, int], None] = field(default=_silent)

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence, validated."""
        return trials.load(self.evidence_folder)

    @cached_property
    def network(self) -> Network:
        """The base network, one reconstruction an arm."""
        done = 0

        def rebuilt(label: str) -> None:
            nonlocal done
            done += 1
            self.progress(f"pseudo-patients: {label}", done, done)

        return trials.network(self.evidence, draws=1, seed=self.seed, progress=rebuilt)

    def require_question(self, checks: Sequence[str]) -> None:
        """Refuse evidence of another question, whose answers the limits of these checks were not set for.

        Raises
        ------
        InputError
            Naming the checks and how the question differs.
        """
        asked = question_contrast(self.evidence)
        missing = [name for name in ENDPOINTS if name not in self.evidence.question.info.endpoints]
        if asked == Contrast() and not missing:
            return
        found = " + ".join("/".join(sorted(part)) for part in (asked.backbone, asked.partner, asked.added))
        lacking = f", without {' and '.join(missing)}" if missing else ""
        raise InputError(
            f"--evidence {self.evidence_folder}: its question is {found}{lacking}; {', '.join(checks)}: set for "
            "chemo + pd1/pdl1 + anlotinib with OS and PFS; expected only V6 or V9 of other evidence"
        )

    def arms(self, endpoint: str) -> tuple[SurvivalArm, ...]:
        """The arms of one endpoint that the question's contrast covers."""
        contrast = question_contrast(self.evidence)
        return tuple(arm for arm in self.network.endpoint(endpoint) if contrast.covers(arm.components))

    @cached_property
    def response_arms(self) -> tuple[ResponseArm, ...]:
        """The arms with an objective response that the question's contrast covers, none without an index arm."""
        contrast = question_contrast(self.evidence)
        arms = tuple(arm for arm in self.network.response if contrast.covers(arm.components))
        return arms if any(arm.index for arm in arms) else ()

    @cached_property
    def population(self) -> TargetPopulation:
        """The primary target population."""
        return trials.target_population(self.evidence, self.evidence.question.population[0].id)

    def results(self, label: str, tasks: Sequence[Task]) -> list[xr.Dataset]:
        """Results of tasks in order, from the folder where they exist."""
        return KeyedFolder(self.folder).results(
            tasks, self.workers, lambda done, total: self.progress(label, done, total)
        )

    def path(self, task: Task) -> Path:
        """File of a task's result."""
        return KeyedFolder(self.folder).path(task)


def arms_digest(arms: Sequence[SurvivalArm] | Sequence[ResponseArm]) -> str:
    """Hash of the arms with all their patients."""
    digest = hashlib.sha256()
    for arm in arms:
        if isinstance(arm, SurvivalArm):
            patients = arm.ipd[0]
            digest.update(
                repr((arm.trial, arm.arm, sorted(arm.components), arm.randomised, arm.index)).encode()
            )
            digest.update(repr((arm.tp_share, arm.asia_share, arm.liver, arm.pdl1)).encode())
            digest.update(patients.time.tobytes() + patients.event.tobytes())
        else:
            fields = (
                arm.trial,
                arm.arm,
                sorted(arm.components),
                arm.n,
                arm.responders,
                arm.pdl1,
                arm.tp_share,
            )
            digest.update(repr(fields).encode())
    return digest.hexdigest()


@cache
def simulation_digest() -> str:
    """Hash of how single arms are simulated and analysed: results of a changed method are computed anew."""
    names = ("simulated_arms.py", "simulated_patients.py", "unseen_arms.py")
    return source_digest(Path(__file__).parent / name for name in names)
