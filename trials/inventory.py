"""What the evidence holds, as plain data: one record a trial, with what is known, missing, contradictory."""

from dataclasses import dataclass
from typing import Any

from digitized.curve import Grade
from trials.covariates import covariate_mix, target_population
from trials.curves import curve_file, of_choice
from trials.evidence import Evidence, Trial
from trials.question import Choice
from trials.selection import chosen_curve, chosen_effects, chosen_responses, other_numbers

# What a summary reconstruction can use, in the order in which it helps.
WANTED = ("curve", "numbers at risk", "median", "landmark rates", "events", "follow-up", "hazard ratio")


@dataclass(frozen=True)
class ArmStatus:
    """One arm of one chosen analysis: its grade, size, events, and what is published or not."""

    arm: str
    grade: Grade | None
    n: int | None
    events: int | None
    median: str
    known: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class AnalysisStatus:
    """One chosen analysis with its arms, and what is kept beside it as a check; `dated` tells a cut-off by date."""

    choice: Choice
    label: str
    dated: bool
    cutoff: str
    arms: tuple[ArmStatus, ...]
    kept: tuple[str, ...]


def grade_of(trial: Trial, arm: str, choice: Choice) -> Grade:
    """The best grade that the evidence allows for an arm's curve."""
    if of_choice(trial.patients, arm, choice) is not None:
        return Grade.PATIENTS
    curve = curve_file(trial, arm, choice)
    return Grade.SUMMARY if curve is None else Grade(curve.grade)


def analysis_status(trial: Trial, choice: Choice) -> AnalysisStatus:
    """What the chosen analysis of one trial and endpoint holds."""
    analysis = next(item for item in trial.analysis if item.id == choice.analysis)
    kept = [f"{item.analysis}: {item.reason}" for item in choice.kept]
    named = {item.analysis for item in choice.kept}
    others = {row.analysis for arm in choice.arms for row in other_numbers(trial, arm, choice)}
    kept += [f"{name}: not used" for name in sorted(others - named - {choice.analysis})]
    kept += [
        f"{item.file}: {kind} of population {item.population}, analysis {item.analysis}; not used"
        for kind, items in (("curve", trial.curve), ("patients", trial.patients))
        for item in items
        if item.arm in choice.arms
        and item.endpoint == choice.endpoint
        and (item.population, item.analysis) != (choice.population, choice.analysis)
    ]
    status = _response_arm if choice.endpoint == "ORR" else _survival_arm
    return AnalysisStatus(
        choice=choice,
        label=analysis.label,
        dated=analysis.data_cutoff is not None,
        cutoff=analysis.data_cutoff or analysis.label,
        arms=tuple(status(trial, arm, choice) for arm in choice.arms),
        kept=tuple(kept),
    )


def trial_record(evidence: Evidence, trial: Trial) -> dict[str, Any]:
    """Everything about one trial that the inventory shows, ready for JSON."""
    role = evidence.question.role_of(trial.id)
    required = {item.trial: item.reason for item in evidence.question.required}
    return {
        "id": trial.id,
        "name": trial.info.name,
        "registration": trial.info.registration,
        "file": trial.path.name,
        "role": role.role,
        "role_reason": role.reason,
        "needs_curve": role.needs_curve,
        "sensitivity_analyses": list(role.analyses),
        "required_because": required.get(trial.id),
        "design": trial.info.design,
        "randomised": trial.info.randomised,
        "blinding": trial.info.blinding,
        "region": trial.info.region,
        "arms": [_arm_record(evidence, trial, arm.id) for arm in trial.arm],
        "analyses": [_analysis_record(analysis_status(trial, item)) for item in evidence.choices(trial.id)],
        "cutoffs": [
            {"analysis": item.id, "data_cutoff": item.data_cutoff, "label": item.label}
            for item in trial.analysis
        ],
        "inconsistencies": [item.model_dump(exclude_none=True) for item in trial.inconsistency],
        "sources": [item.model_dump(exclude_none=True) for item in trial.source],
        "facts": count_facts(trial),
    }


def inventory(evidence: Evidence) -> dict[str, Any]:
    """The whole evidence as plain data, ready for JSON."""
    question = evidence.question
    return {
        "question": question.info.model_dump(exclude_none=True),
        "folder": str(evidence.folder),
        "components": dict(question.components),
        "contrast": question.contrast.model_dump(),
        "populations": [vars(target_population(evidence, item.id)) for item in question.population],
        "required": [item.model_dump() for item in question.required],
        "trials": [trial_record(evidence, trial) for trial in evidence.trials],
        "ongoing": [item.model_dump() for item in evidence.ongoing],
        "prior_evidence": [item.model_dump(exclude_none=True) for item in evidence.prior_evidence],
        "hypothetical": list(evidence.hypothetical),
        "sha256": dict(evidence.hashes),
    }


def count_facts(trial: Trial) -> int:
    """Rows of the trial's file that hold something published (numbers at risk count one by one)."""
    tables = ("baseline", "survival", "effect", "prognostic", "response", "safety", "disposition", "exposure")
    more = ("subsequent", "planning", "test", "historical", "inconsistency", "size", "derived")
    return sum(len(getattr(trial, table)) for table in (*tables, *more)) + sum(
        len(row.n) for row in trial.at_risk
    )


def _survival_arm(trial: Trial, arm: str, choice: Choice) -> ArmStatus:
    curve = chosen_curve(trial, arm, choice)
    grade = grade_of(trial, arm, choice)
    quantities = {row.quantity for row in curve.numbers}
    has = {
        "curve": grade is not Grade.SUMMARY,
        "numbers at risk": curve.at_risk is not None,
        "median": "median" in quantities,
        "landmark rates": "rate" in quantities,
        "events": "events" in quantities,
        "follow-up": bool(curve.follow_up),
        "hazard ratio": any(arm in (row.arm, row.versus) for row in chosen_effects(trial, choice)),
    }
    wanted = [name for name in WANTED if trial.info.randomised or name != "hazard ratio"]
    events = next((row.value for row in curve.numbers if row.quantity == "events"), None)
    median = next((row for row in curve.numbers if row.quantity == "median"), None)
    text = "not published"
    if median is not None:
        text = "not reached" if median.value is None else f"{median.value:g}"
        if median.lower is not None:
            upper = "NE" if median.upper is None else f"{median.upper:g}"
            text += f" ({median.lower:g}-{upper})"
    return ArmStatus(
        arm=arm,
        grade=grade,
        n=curve.n,
        events=None if events is None else int(events),
        median=text,
        known=tuple(name for name in wanted if has[name]),
        missing=tuple(name for name in wanted if not has[name]),
    )


def _response_arm(trial: Trial, arm: str, choice: Choice) -> ArmStatus:
    rows = chosen_responses(trial, arm, choice)
    rate = rows["ORR"]
    size = rate.n or trial.size_of(arm, choice.population)
    has = {
        "denominator": size is not None,
        "count": rate.count is not None,
        "categories": {"CR", "PR", "SD", "PD"} <= set(rows),
        "assessor": rate.assessor is not None,
        "confirmation": rate.confirmed is not None,
    }
    percent = rate.percent if rate.percent is not None else 100 * (rate.count or 0) / (rate.n or 1)
    return ArmStatus(
        arm=arm,
        grade=None,
        n=size,
        events=rate.count,
        median=f"{percent:g} %",
        known=tuple(name for name, known in has.items() if known),
        missing=tuple(name for name, known in has.items() if not known),
    )


def chosen_population(evidence: Evidence, trial: Trial, arm: str) -> str:
    """The population of an arm that the question's first choice of it takes; all patients where none does."""
    return next((item.population for item in evidence.choices(trial.id) if arm in item.arms), "all")


def _arm_record(evidence: Evidence, trial: Trial, name: str) -> dict[str, Any]:
    arm = trial.arm_named(name)
    mix = covariate_mix(trial, name, chosen_population(evidence, trial, name))
    return {
        "id": arm.id,
        "label": arm.label,
        "components": list(arm.components),
        "backbone": arm.backbone,
        "n": arm.n,
        "reported": arm.reported,
        "mix": {
            "liver": None if mix.liver is None else mix.liver.proportion,
            "pdl1_high": None
            if mix.pdl1 is None
            else {
                "proportion": mix.pdl1.high.proportion,
                "scale": mix.pdl1.scale,
                "cut": mix.pdl1.cut,
                "assay": mix.pdl1.assay,
            },
            "tp": mix.tp,
            "asia": mix.asia,
            "assumed_or_modelled": list(mix.assumed),
        },
    }


def _analysis_record(status: AnalysisStatus) -> dict[str, Any]:
    return {
        **status.choice.model_dump(exclude_none=True, exclude={"kept", "trial", "arms"}),
        "cutoff": status.cutoff,
        "arms": [vars(arm) for arm in status.arms],
        "kept_as_checks": list(status.kept),
    }
