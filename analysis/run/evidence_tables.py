"""The evidence behind a run as tables of its folder, so that the report never mixes evidence folders."""

import pandas as pd

from analysis.run.covariate_table import covariate_table
from trials.evidence import Evidence


def evidence_tables(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """The tables that the evidence alone decides, by file name without ending."""
    question = evidence.question
    tables: dict[str, list[dict[str, object]]] = {
        "inventory": [
            {
                "trial": trial.id,
                "name": trial.info.name,
                "design": "randomised" if trial.info.randomised else "not randomised",
                "arms": "; ".join(f"{arm.id} ({' + '.join(arm.components)})" for arm in trial.arm),
                "role": question.role_of(trial.id).role,
                "reason": question.role_of(trial.id).reason,
            }
            for trial in evidence.trials
        ],
        "sources": [
            {
                "trial": trial.id,
                "source": source.id,
                "citation": source.citation,
                "doi": source.doi or "",
                "read_at": source.publisher_page or source.read_at or "",
            }
            for trial in evidence.trials
            for source in trial.source
        ],
        "inconsistencies": [
            {
                "trial": trial.id,
                "about": row.about,
                "printed": row.printed,
                "finding": row.finding or "",
                "source": row.source or "",
            }
            for trial in evidence.trials
            for row in trial.inconsistency
        ],
        "harms": [
            {
                "trial": trial.id,
                "arm": row.arm,
                "event": row.event,
                "count": row.count,
                "n": row.n,
                "percent": row.percent,
                "note": row.note or "",
                "source": row.source,
            }
            for trial in evidence.trials
            if trial.id == question.info.index_trial
            for row in trial.safety
            if question.info.is_harm(row.event, row.note)
        ],
        "required_trials": [
            {
                "trial": required.trial,
                "reason": required.reason,
                "endpoint": effect.endpoint,
                "comparison": f"{effect.arm} v {effect.versus}",
                "measure": effect.measure,
                "value": effect.value,
                "lower": effect.lower,
                "upper": effect.upper,
                "note": effect.note or "",
                "source": effect.source,
            }
            for required in question.required
            for effect in evidence[required.trial].effect
        ],
        "choices": [
            {
                "trial": choice.trial,
                "endpoint": choice.endpoint,
                "analysis": choice.analysis,
                "population": choice.population,
                "assessor": choice.assessor or "",
                "kept_as_checks": "; ".join(f"{kept.analysis}: {kept.reason}" for kept in choice.kept),
            }
            for choice in question.choice
        ],
    }
    return {name: pd.DataFrame(rows) for name, rows in tables.items()} | {
        "trials": trial_designs(evidence),
        "covariates": covariate_table(evidence),
    }


def trial_designs(evidence: Evidence) -> pd.DataFrame:
    """One row a trial: the facts of its design that a risk-of-bias assessment starts from.

    Registration, blinding, stratification, size, time and what was analysed; fields that no source gave are empty.
    """
    return pd.DataFrame(
        [
            {
                "trial": trial.id,
                "registration": trial.info.registration or "",
                "phase": trial.info.phase,
                "design": trial.info.design,
                "randomised": trial.info.randomised,
                "blinding": trial.info.blinding or "",
                "stratification": "; ".join(trial.info.stratification),
                "region": trial.info.region,
                "setting": trial.info.setting,
                "enrolment_start": str(trial.info.enrolment_start or ""),
                "enrolment_end": str(trial.info.enrolment_end or ""),
                "n": trial.info.n_randomised or sum(arm.n or 0 for arm in trial.arm) or None,
                "primary_endpoints": "; ".join(trial.info.primary_endpoints),
                "analyses": "; ".join(f"{analysis.id}: {analysis.label}" for analysis in trial.analysis),
                "note": trial.info.note or "",
            }
            for trial in evidence.trials
        ]
    )
