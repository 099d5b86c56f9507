"""The evidence of one question in memory: trials with their facts, the question, the registers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trials.facts import (
    Analysis,
    Arm,
    AtRiskRow,
    Baseline,
    Derived,
    Disposition,
    Effect,
    Exposure,
    Historical,
    Inconsistency,
    Planning,
    Prognostic,
    Response,
    Row,
    Safety,
    Size,
    Source,
    Subsequent,
    Survival,
    Test,
    TrialInfo,
)
from trials.file_facts import CurveFile, Figure, PatientFile
from trials.question import (
    COVARIATES,
    Choice,
    ContrastInfo,
    CovariatesInfo,
    Ongoing,
    PopulationInfo,
    PriorEvidence,
    QuestionInfo,
    Required,
    Role,
)


@dataclass(frozen=True)
class Trial:
    """Everything that is published of one trial; the tuples are the tables of its file, in file order.

    `covariates` are those of its question: a covariate that the question has not is absent in every arm.
    """

    info: TrialInfo
    path: Path
    covariates: tuple[str, ...] = COVARIATES
    source: tuple[Source, ...] = ()
    analysis: tuple[Analysis, ...] = ()
    arm: tuple[Arm, ...] = ()
    size: tuple[Size, ...] = ()
    baseline: tuple[Baseline, ...] = ()
    survival: tuple[Survival, ...] = ()
    at_risk: tuple[AtRiskRow, ...] = ()
    effect: tuple[Effect, ...] = ()
    prognostic: tuple[Prognostic, ...] = ()
    response: tuple[Response, ...] = ()
    safety: tuple[Safety, ...] = ()
    disposition: tuple[Disposition, ...] = ()
    exposure: tuple[Exposure, ...] = ()
    subsequent: tuple[Subsequent, ...] = ()
    planning: tuple[Planning, ...] = ()
    test: tuple[Test, ...] = ()
    historical: tuple[Historical, ...] = ()
    derived: tuple[Derived, ...] = ()
    inconsistency: tuple[Inconsistency, ...] = ()
    figure: tuple[Figure, ...] = ()
    curve: tuple[CurveFile, ...] = ()
    patients: tuple[PatientFile, ...] = ()

    @property
    def id(self) -> str:
        """The trial's id."""
        return self.info.id

    def arm_named(self, arm: str) -> Arm:
        """The arm with this id.

        Raises
        ------
        KeyError
            Naming the arms that exist.
        """
        for candidate in self.arm:
            if candidate.id == arm:
                return candidate
        raise KeyError(
            f"trial {self.id} has no arm {arm!r}; it has {', '.join(item.id for item in self.arm)}"
        )

    def size_of(self, arm: str, population: str) -> int | None:
        """Patients of an arm in a population, where published."""
        for size in self.size:
            if (size.arm, size.population) == (arm, population):
                return size.n
        return self.arm_named(arm).n if population == "all" else None


TRIAL_TABLES: Mapping[str, type[Row]] = {
    "source": Source,
    "analysis": Analysis,
    "arm": Arm,
    "size": Size,
    "baseline": Baseline,
    "survival": Survival,
    "at_risk": AtRiskRow,
    "effect": Effect,
    "prognostic": Prognostic,
    "response": Response,
    "safety": Safety,
    "disposition": Disposition,
    "exposure": Exposure,
    "subsequent": Subsequent,
    "planning": Planning,
    "test": Test,
    "historical": Historical,
    "derived": Derived,
    "inconsistency": Inconsistency,
    "figure": Figure,
    "curve": CurveFile,
    "patients": PatientFile,
}


@dataclass(frozen=True)
class Question:
    """What the folder asks and how its trials are used (the tables of question.toml)."""

    info: QuestionInfo
    path: Path
    components: Mapping[str, str]
    contrast: ContrastInfo
    covariates: CovariatesInfo | None = None
    population: tuple[PopulationInfo, ...] = ()
    required: tuple[Required, ...] = ()
    role: tuple[Role, ...] = ()
    choice: tuple[Choice, ...] = ()

    def role_of(self, trial: str) -> Role:
        """The role of a trial; an undeclared trial (one that a user adds) is in the base case."""
        for role in self.role:
            if role.trial == trial:
                return role
        return Role(trial=trial, role="base", reason="added by the user; no role is declared")


QUESTION_TABLES: Mapping[str, type[Row]] = {
    "population": PopulationInfo,
    "required": Required,
    "role": Role,
    "choice": Choice,
}


@dataclass(frozen=True)
class Evidence:
    """The trials of one question.

    Attributes
    ----------
    folder : Path
    question : Question
    trials : tuple of Trial
        Base case first, in the order of the roles of question.toml.
    ongoing, prior_evidence : tuples
        Registered trials without results; published quantities behind the default priors.
    sources : tuple of Source
        Sources of the two registers.
    hashes : mapping
        SHA-256 of every file that was read, readings of figures among them, by its place in the folder.
    hypothetical : tuple of str
        What-if changes made to the published numbers; empty for real evidence.
    """

    folder: Path
    question: Question
    trials: tuple[Trial, ...]
    ongoing: tuple[Ongoing, ...] = ()
    prior_evidence: tuple[PriorEvidence, ...] = ()
    sources: tuple[Source, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    hypothetical: tuple[str, ...] = ()

    def __getitem__(self, trial: str) -> Trial:
        """The trial with this id; a missing id is answered with the ids that exist."""
        for candidate in self.trials:
            if candidate.id == trial:
                return candidate
        raise KeyError(f"no trial {trial!r}; the evidence has {', '.join(item.id for item in self.trials)}")

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates of the question, the same in each of its trials."""
        return self.trials[0].covariates if self.trials else COVARIATES

    @property
    def covariate_labels(self) -> dict[str, str]:
        """What each covariate of the question means; its name where the question does not say."""
        meant = self.question.covariates
        return {name: name for name in self.covariates} | (meant.labels if meant else {})

    def choices(self, trial: str) -> tuple[Choice, ...]:
        """The chosen analyses of a trial."""
        return tuple(choice for choice in self.question.choice if choice.trial == trial)
