"""Harms beside every benefit of a sensitivity job: the table of all trials, and the added component's share."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.run.fits import FitStore, clean_fit, fit_seed
from analysis.run.increment import summarise
from analysis.safety import MODELLED, safety_arms
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.variant import FitPlan
from models.fitting import compile_model
from models.response import build_response, response_shift_data
from models.safety import SAFETY_PRIORS, SAFETY_SHIFT

NAME = "TRAE"
LEAST_DRAWS = 1000


def added_harm(base: BaseCase, plan: FitPlan, store: FitStore) -> pd.DataFrame:
    """Odds ratio of a severe treatment-related event by the added component, one row; above 1 is harm.

    Empty where the index arm does not print that harm.
    """
    arms = safety_arms(base.evidence, plan.contrast)
    if not any(arm.index for arm in arms):
        return pd.DataFrame()
    path = store.path(NAME, 0, SAFETY_SHIFT)
    tree = store.load(path)
    if tree is None:
        store.end_with_owner()
        response = build_response(arms, SAFETY_PRIORS, plan.contrast)
        draws = max(LEAST_DRAWS, plan.sampler.draws)
        sampler = replace(plan.sampler, draws=draws, tune=draws, seed=fit_seed(plan.seed, NAME, 0))
        data = response_shift_data(SAFETY_SHIFT, response)
        tree = clean_fit(compile_model(response.model), sampler, data).tree
        store.save(path, tree)
    ratio = np.exp(np.asarray(tree["posterior"]["Delta"].to_numpy(), dtype=float).ravel())
    numbers = summarise(ratio, null=1.0, lower_is_better=True)
    row = {
        "harm": MODELLED,
        "measure": "OR",
        "c_prior": SAFETY_SHIFT.on_ratio_scale,
        "median": numbers["median"],
        "lower": numbers["lower"],
        "upper": numbers["upper"],
        "p_harm": 1 - numbers["p_benefit"],
        "trials": ", ".join(dict.fromkeys(arm.trial for arm in arms)),
    }
    return pd.DataFrame([row])


def harm_sentence(table: pd.DataFrame) -> str:
    """The table's row in words."""
    row = table.iloc[0]
    return (
        f"Beside any benefit: {row['harm']}, odds ratio of the added component {row['median']:.2f} "
        f"({row['lower']:.2f} to {row['upper']:.2f}; {row['c_prior']}; above 1 is harm), from one arm's events."
    )
