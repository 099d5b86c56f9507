"""Harms beside the benefit: severe events and discontinuation of every arm, by the definition that it printed.

Treatment-related (TRAE), treatment-emergent (TEAE) and any adverse event are other definitions of harm, and
so are grade 3-4 and grade >= 3, and stopping one drug or any: a row is compared only with rows of its own
definition, and nothing is pooled over them.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.response import clopper_pearson
from models.survival_design import Contrast
from trials.covariates import covariate_mix
from trials.evidence import Evidence, Trial
from trials.facts import Safety
from trials.network import ResponseArm

# Harms of whole regimens; "Leukopenia: TRAE grade>=3" is one toxicity and no measure of a regimen's burden.
SEVERE = re.compile(r"(?P<definition>[^:]*\bAE|TRAE|TEAE)s? (?P<kind>grade ?(?:>= ?3|3-4|3-5))")
STOPPED = re.compile(r"(?P<definition>[^:]*\bAE|TRAE|TEAE)s? leading to (?P<kind>discontinuation.*)")
STOPPED_ANY = re.compile(r"(?P<definition>)(?P<kind>discontinuation of any drug)")
UNNAMED = "cause not stated"
# The harm that most trials print alike, and the only one that is modelled.
MODELLED = "TRAE grade>=3"
# Roles of trials whose harms stand beside the benefit of the base case.
SHOWN = ("base", "class_benchmark", "sensitivity")


@dataclass(frozen=True)
class Harm:
    """What a safety row counts: whose events (`definition`) and which (`kind`)."""

    definition: str
    kind: str


def harm_of(event: str) -> Harm | None:
    """Definition and kind of a regimen's harm from the words of a row, None for other events."""
    for pattern in (SEVERE, STOPPED, STOPPED_ANY):
        match = pattern.fullmatch(event)
        if match:
            return Harm(match["definition"] or UNNAMED, match["kind"])
    return None


def safety_table(evidence: Evidence) -> pd.DataFrame:
    """One row an arm and harm, the index trial first; the difference is to the arm's own randomised control.

    Columns: trial, arm, components, index, definition, kind, count, n, n_is, percent, lower, upper (95 %,
    Clopper-Pearson), difference, difference_lower, difference_upper (percentage points, 95 %), source.
    """
    index = evidence.question.info.index_trial
    trials = sorted(evidence.trials, key=lambda trial: trial.id != index)
    rows = [
        row
        for trial in trials
        if trial.id == index or evidence.question.role_of(trial.id).role in SHOWN
        for row in _rows(evidence, trial)
    ]
    return pd.DataFrame(rows)


def safety_arms(evidence: Evidence, contrast: Contrast) -> tuple[ResponseArm, ...]:
    """Patients with a `MODELLED` event as "responders", for the terms of the response model.

    Arms of the base case that the contrast covers; those that print another definition stay out.
    """
    index = evidence.question.info
    found = []
    for trial in evidence.trials:
        for row in trial.safety if evidence.question.role_of(trial.id).role == "base" else ():
            arm = trial.arm_named(row.arm)
            rate, size, basis = _rate(trial, row)
            covered = contrast.covers(frozenset(arm.components))
            if (
                row.event != MODELLED
                or row.population != "all"
                or not covered
                or rate is None
                or size is None
            ):
                continue
            mix = covariate_mix(trial, row.arm, "all")
            found.append(
                ResponseArm(
                    trial=trial.id,
                    arm=row.arm,
                    label=arm.label,
                    components=frozenset(arm.components),
                    randomised=trial.info.randomised,
                    index=(trial.id, row.arm) == (index.index_trial, index.index_arm),
                    tp_share=mix.tp,
                    asia_share=mix.asia,
                    liver=mix.liver,
                    pdl1=mix.pdl1,
                    n=size,
                    responders=round(rate * size),
                    categories=None,
                    confirmed=None,
                    assessor=f"patients {basis}",
                    source=row.source,
                )
            )
    return tuple(found)


def _rows(evidence: Evidence, trial: Trial) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    partner_or_added = {*evidence.question.contrast.partner, *evidence.question.contrast.added}
    for row in trial.safety:
        harm = harm_of(row.event)
        if harm is None or row.population != "all":
            continue
        arm = trial.arm_named(row.arm)
        rate, size, basis = _rate(trial, row)
        if rate is None:
            continue
        count = None if size is None else round(rate * size)
        limits = (None, None) if size is None or count is None else clopper_pearson(count, size)
        control = _control(trial, row) if set(arm.components) & partner_or_added else None
        found.append(
            {
                "trial": trial.id,
                "arm": row.arm,
                "components": " + ".join(arm.components),
                "index": trial.id == evidence.question.info.index_trial,
                "definition": harm.definition,
                "kind": harm.kind,
                "count": count,
                "n": size,
                "n_is": basis,
                "percent": 100 * rate,
                "lower": None if limits[0] is None else 100 * limits[0],
                "upper": None if limits[1] is None else 100 * limits[1],
                **_difference(rate, size, control),
                "source": row.source,
            }
        )
    return found


def _rate(trial: Trial, row: Safety) -> tuple[float | None, int | None, str]:
    """Rate (0-1), its denominator, and whether that was printed or is the whole arm's."""
    size, basis = row.n, "printed"
    if size is None:
        size, basis = trial.size_of(row.arm, "safety") or trial.arm_named(row.arm).n, "of the arm, assumed"
    if row.count is not None and size:
        return row.count / size, size, basis
    if row.percent is None:
        return None, size, basis
    return row.percent / 100, size, basis if size else "unknown"


def _control(trial: Trial, row: Safety) -> tuple[float, int] | None:
    """Rate and size of the same harm in the control arm (the arm of fewest components) of a randomised trial."""
    if not trial.info.randomised:
        return None
    others = [
        other
        for other in trial.safety
        if other.event == row.event and other.population == row.population and other.arm != row.arm
    ]
    others.sort(key=lambda other: len(trial.arm_named(other.arm).components))
    if not others or len(trial.arm_named(others[0].arm).components) >= len(
        trial.arm_named(row.arm).components
    ):
        return None
    rate, size, _ = _rate(trial, others[0])
    return None if rate is None or size is None else (rate, size)


def _difference(rate: float, size: int | None, control: tuple[float, int] | None) -> dict[str, float | None]:
    """Percentage points to the control with a 95 % Wald interval."""
    if control is None or size is None:
        return dict.fromkeys(("difference", "difference_lower", "difference_upper"))
    reference, n = control
    error = np.sqrt(rate * (1 - rate) / size + reference * (1 - reference) / n)
    difference = rate - reference
    return {
        "difference": 100 * difference,
        "difference_lower": float(100 * (difference - 1.96 * error)),
        "difference_upper": float(100 * (difference + 1.96 * error)),
    }
