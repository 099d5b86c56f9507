"""Whose question a design is about: named priors, medians and dropout are those of the packaged question alone."""

from collections.abc import Mapping
from pathlib import Path

import trials
from analysis.design.checks import refuse
from analysis.design.priors import DesignPrior, held_or_named, ladder, run_prior
from analysis.figures.run_data import RunData


def is_packaged(evidence: Path | None) -> bool:
    """Whether a folder asks for the same arm and contrast as the packaged one, as its copies do."""
    if evidence is None:
        return True
    own, packaged = trials.load(evidence).question, trials.load().question
    return (own.info.index_trial, own.info.index_arm, own.contrast) == (
        packaged.info.index_trial,
        packaged.info.index_arm,
        packaged.contrast,
    )


def same_question(run: Path | None, evidence: Path | None) -> None:
    """Refuse a run that answers another question than the evidence asks; an early run does not say which."""
    answered, asked = _answered(run), trials.load(evidence).question.info.id
    if answered not in (None, asked):
        refuse(
            [
                f"{run} answers the question {answered!r}, but {evidence or 'the packaged evidence'} asks {asked!r}; "
                "give --evidence with the folder of the run"
            ]
        )


def need_own(evidence: Path | None, given: Mapping[str, object]) -> None:
    """Refuse to fill in what a question other than the packaged one was not given.

    Parameters
    ----------
    evidence : Path or None
    given : mapping
        Value by option, None where the user gave none.
    """
    missing = [option for option, value in given.items() if value is None]
    if missing and not is_packaged(evidence):
        named = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        refuse(
            [
                f"{evidence} asks another question than the packaged evidence, whose priors and defaults say nothing "
                f"about it; give {named}"
            ]
        )


def ladder_of(run: Path | None, endpoint: str, evidence: Path | None = None) -> tuple[DesignPrior, ...]:
    """The ladder that stands beside any prior, named priors only as far as they speak of the question.

    None does for another question than the packaged one; the class effect needs a class benchmark.
    """
    found = ladder(run, endpoint)
    if not _speak(run, evidence):
        return tuple(prior for prior in found if prior.draws is not None)
    if evidence is None:
        return found
    loaded = trials.load(evidence)
    if "class_benchmark" in {loaded.question.role_of(trial.id).role for trial in loaded.trials}:
        return found
    return tuple(prior for prior in found if prior.draws is not None or prior.name != "leap-class")


def naive_of(run: Path | None, endpoint: str, evidence: Path | None = None) -> DesignPrior:
    """The reading without a shift: the run's, or the named one of the packaged question."""
    if run is not None and not _speak(run, evidence):
        return run_prior(run, "naive", endpoint)
    return held_or_named("naive", run, endpoint)


def _speak(run: Path | None, evidence: Path | None) -> bool:
    """Whether the named priors speak of this run and evidence."""
    return is_packaged(evidence) and (
        evidence is not None or _answered(run) in (None, trials.load().question.info.id)
    )


def _answered(run: Path | None) -> str | None:
    """Id of the question that a run answers, where its manifest says so."""
    if run is None or not (run / "manifest.json").is_file():
        return None
    return RunData(run).manifest.get("question", {}).get("id")
