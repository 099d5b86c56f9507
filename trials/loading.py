"""Reading an evidence folder: every trial file, the question, the registers, checked as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from digitized.errors import EvidenceError
from trials.assessment import FILE as ASSESSMENT
from trials.checks import check_evidence
from trials.curves import file_of
from trials.evidence import QUESTION_TABLES, TRIAL_TABLES, Evidence, Question, Trial
from trials.facts import Analysis, Row, Source, TrialInfo
from trials.implied import implied_choices
from trials.question import (
    COVARIATES,
    Choice,
    ContrastInfo,
    CovariatesInfo,
    Ongoing,
    PriorEvidence,
    QuestionInfo,
    Role,
)
from trials.reading import Faults, read_toml, row, rows, sha256, unknown_tables

DEFAULT_FOLDER = Path(__file__).parent / "escc"
QUESTION_FILE = "question.toml"
REGISTERS = ("ongoing.toml", "priors.toml")


def load(folder: Path | None = None, *, extra: Sequence[Path] = ()) -> Evidence:
    """Read and check an evidence folder.

    Parameters
    ----------
    folder : Path or None
        A folder with question.toml and one TOML a trial; None is the folder shipped with the package
        (first-line oesophageal squamous cell carcinoma).
    extra : sequence of Path
        Trial files to add to the folder's own; their role is "base" unless they declare another, and what
        leaves nothing to choose (one analysis of the whole population) need not be chosen.

    Raises
    ------
    EvidenceError
        One sentence a fault, all faults of all files at once.
    """
    evidence, faults = read_evidence(folder, extra=extra)
    if faults.sentences or evidence is None:
        raise EvidenceError(faults.sentences)
    return evidence


def read_evidence(
    folder: Path | None = None, *, extra: Sequence[Path] = ()
) -> tuple[Evidence | None, Faults]:
    """Like `load`, but returns the faults instead of raising; evidence is None when there is no question."""
    home = DEFAULT_FOLDER if folder is None else folder
    faults = Faults()
    if not home.is_dir():
        faults.add(f"{home}: no such evidence folder; expected a folder with {QUESTION_FILE}")
        return None, faults
    question = read_question(home / QUESTION_FILE, faults)
    asked = None if question is None or question.covariates is None else tuple(question.covariates.labels)
    special = {QUESTION_FILE, *REGISTERS}
    files = [path for path in sorted(home.glob("*.toml")) if path.name not in special]
    trials: list[Trial] = []
    for path in [*files, *extra]:
        read = read_trial(path, faults)
        if read is None:
            continue
        trial, roles, choices = read
        _refuse_repeated(trial, trials, faults)
        trials.append(trial)
        if question is not None:
            question = replace(
                question,
                role=(
                    *(role for role in question.role if role.trial not in {r.trial for r in roles}),
                    *roles,
                ),
                choice=(*question.choice, *choices),
            )
            if path in extra and not any(choice.trial == trial.id for choice in question.choice):
                obvious = implied_choices(trial, question.info.endpoints)
                question = replace(question, choice=(*question.choice, *obvious))
    if question is None:
        return None, faults
    if asked is None:
        asked = _covariates_in_use(question, trials)
    trials = [replace(trial, covariates=asked) for trial in trials]
    order = [role.trial for role in question.role]
    trials.sort(key=lambda trial: (order.index(trial.id) if trial.id in order else len(order), trial.id))
    evidence = _with_registers(
        Evidence(
            folder=home,
            question=question,
            trials=tuple(trials),
            hashes={}
            if faults.sentences
            else {
                _label(path, home): sha256(path)
                for path in [*sorted(home.glob("*.toml")), home / ASSESSMENT, *extra, *_named_files(trials)]
                if path.is_file()
            },
        ),
        faults,
    )
    check_evidence(evidence, faults)
    return evidence, faults


def _named_files(trials: Sequence[Trial]) -> list[Path]:
    """The curves, patient data and readings of figures that trial files name."""
    named = {
        file_of(trial, name)
        for trial in trials
        for name in (
            *(curve.file for curve in trial.curve),
            *(curve.at_risk for curve in trial.curve if curve.at_risk is not None),
            *(given.file for given in trial.patients),
        )
    }
    for trial in trials:
        for figure in trial.figure:
            curves = file_of(trial, f"{figure.reading}.curves.csv")
            named |= set(curves.parent.glob(f"{Path(figure.reading).name}.*"))
    return sorted(named)


def _label(path: Path, home: Path) -> str:
    """Name of a file in a list of hashes: its place in the evidence folder, else its own folder and name."""
    return (
        path.relative_to(home).as_posix() if path.is_relative_to(home) else f"{path.parent.name}/{path.name}"
    )


def _covariates_in_use(question: Question, trials: Sequence[Trial]) -> tuple[str, ...]:
    """The covariates of a question that does not declare them: those that its trials or populations name."""
    named: set[str | None] = {row.covariate for trial in trials for row in trial.baseline}
    for population in question.population:
        named |= {name for name in COVARIATES if population.share(name) is not None}
    return tuple(name for name in COVARIATES if name in named)


def read_question(path: Path, faults: Faults) -> Question | None:
    """The question of a folder."""
    content = read_toml(path, faults)
    if content is None:
        return None
    unknown_tables(
        content, ("question", "components", "contrast", "covariates", *QUESTION_TABLES), path.name, faults
    )
    info = row(QuestionInfo, f"{path.name}, question", content.get("question", {}), faults)
    contrast = row(ContrastInfo, f"{path.name}, contrast", content.get("contrast", {}), faults)
    covariates = content.get("covariates")
    meant = (
        None if covariates is None else row(CovariatesInfo, f"{path.name}, covariates", covariates, faults)
    )
    components = content.get("components", {})
    if not isinstance(components, dict) or not components:
        faults.add(f'{path.name}: [components] is missing or empty, expected NAME = "what it is"')
        components = {}
    if info is None or contrast is None:
        return None
    tables = _tables(QUESTION_TABLES, content, path.name, faults)
    words = {name: str(text) for name, text in components.items()}
    return Question(info=info, path=path, components=words, contrast=contrast, covariates=meant, **tables)


def read_trial(path: Path, faults: Faults) -> tuple[Trial, tuple[Role, ...], tuple[Choice, ...]] | None:
    """A trial with the role and the chosen analyses that its own file declares, if any."""
    content = read_toml(path, faults)
    if content is None:
        faults.refused.add(("", "trial", path.stem))
        return None
    unknown_tables(content, ("trial", "role", "choice", *TRIAL_TABLES), path.name, faults)
    about = content.get("trial")
    if not isinstance(about, dict):
        faults.refused.add(("", "trial", path.stem))
        faults.add(
            f"{path.name}: table [trial] is missing, expected id, name, phase, design, region, setting"
        )
        return None
    design = str(about.get("design", ""))
    info = row(
        TrialInfo, f"{path.name}, trial", {"randomised": design.startswith("randomised"), **about}, faults
    )
    if info is None:
        faults.refused.add(("", "trial", str(about.get("id", path.stem))))
        return None
    tables = _tables(TRIAL_TABLES, content, path.name, faults)
    tables["analysis"] = tables.get("analysis") or (Analysis(id="primary", label="Only analysis"),)
    place = f"{path.name}, trial {info.id}"
    own = [{"trial": info.id, **item} for item in content.get("choice", []) if isinstance(item, dict)]
    role = content.get("role")
    roles = rows(Role, "role", [{"trial": info.id, **role}], place, faults) if isinstance(role, dict) else ()
    return Trial(info=info, path=path, **tables), roles, rows(Choice, "choice", own, place, faults)


def _tables(models: Any, content: dict[str, Any], place: str, faults: Faults) -> dict[str, Any]:
    found: dict[str, tuple[Row, ...]] = {}
    for table, model in models.items():
        if table in content:
            found[table] = rows(model, table, content[table], place, faults)
    return found


def _refuse_repeated(trial: Trial, earlier: Iterable[Trial], faults: Faults) -> None:
    for other in earlier:
        if other.id == trial.id:
            faults.add(
                f"{trial.path.name}: trial id {trial.id!r} is already used by {other.path.name}; "
                "expected one file a trial"
            )


def _with_registers(evidence: Evidence, faults: Faults) -> Evidence:
    """The registers of ongoing trials and of prior evidence, which a folder may lack."""
    ongoing, first = _register(evidence.folder / "ongoing.toml", "ongoing", Ongoing, faults)
    priors, second = _register(evidence.folder / "priors.toml", "prior_evidence", PriorEvidence, faults)
    return replace(evidence, ongoing=ongoing, prior_evidence=priors, sources=(*first, *second))


def _register[R: (Ongoing, PriorEvidence)](
    path: Path, table: str, model: type[R], faults: Faults
) -> tuple[tuple[R, ...], tuple[Source, ...]]:
    content = read_toml(path, faults) if path.exists() else None
    if content is None:
        return (), ()
    unknown_tables(content, ("source", table), path.name, faults)
    sources = rows(Source, "source", content.get("source", []), path.name, faults)
    items = rows(model, table, content.get(table, []), path.name, faults)
    known = [source.id for source in sources]
    for number, item in enumerate(items, 1):
        if item.source not in known:
            faults.add(
                f"{path.name}, {table} {number}: source {item.source!r} does not exist; the file has {', '.join(known)}"
            )
    return items, sources
