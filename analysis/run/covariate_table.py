"""The covariate mix of every arm that enters a survival model, and which shares nobody published."""

import math

import numpy as np
import pandas as pd

from trials.assembly import base_trials, waits_for_a_curve
from trials.covariates import covariate_mix
from trials.evidence import Evidence, Trial
from trials.inventory import grade_of
from trials.question import Choice
from trials.selection import chosen_curve, survival_choices

# Covariates as the table names their shares.
SHARES = {"liver": "liver", "pdl1": "pdl1_high", "tp": "tp", "asia": "asia"}
COLUMNS = ("trial", "arm", "label", "n", "liver", "pdl1_high", "pdl1_class", "tp", "asia", "assumed")


def covariate_table(evidence: Evidence) -> pd.DataFrame:
    """One row an arm: shares 0-1, and in `assumed` the names of those that the evidence assumes.

    A class that nobody published is empty: the model keeps it open. Backbone and region must be numbers for the
    model, so that the evidence says what it assumes where no source prints them. An arm's mix is that of its
    first chosen survival analysis.
    """
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for trial in base_trials(evidence):
        for choice in survival_choices(evidence, trial.id):
            grades = [grade_of(trial, arm, choice) for arm in choice.arms]
            if not waits_for_a_curve(evidence, trial, grades):
                for arm in choice.arms:
                    rows.setdefault((trial.id, arm), _row(trial, arm, choice))
    return pd.DataFrame(list(rows.values()), columns=list(COLUMNS))


def _row(trial: Trial, arm: str, choice: Choice) -> dict[str, object]:
    mix = covariate_mix(trial, arm, choice.population)
    shares = {
        "liver": np.nan if mix.liver is None else mix.liver.proportion,
        "pdl1_high": np.nan if mix.pdl1 is None else mix.pdl1.high.proportion,
        "tp": mix.tp,
        "asia": mix.asia,
    }
    assumed = [SHARES[name] for name in mix.assumed if not math.isnan(shares[SHARES[name]])]
    return {
        "trial": trial.id,
        "arm": arm,
        "label": trial.arm_named(arm).label,
        "n": chosen_curve(trial, arm, choice).n,
        **shares,
        "pdl1_class": "" if mix.pdl1 is None else mix.pdl1.name,
        "assumed": "; ".join(assumed),
    }
