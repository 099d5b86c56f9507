"""Response by ordered categories instead of responders alone (SA13)."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.run.fits import FitStore, clean_fit, fit_seed
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from analysis.sensitivity.variant import FitPlan
from models.fitting import compile_model
from models.response import build_response

NAME = "ORR-ordered"
LEAST_DRAWS = 1000


def applies(base: BaseCase) -> bool:
    """Whether the run has a response endpoint."""
    return "ORR" in base.manifest["endpoints"]


def ordered_response(
    base: BaseCase, plan: FitPlan, store: FitStore
) -> tuple[list[Line], dict[str, pd.DataFrame]]:
    """The base case's odds ratio, and that by a cumulative logit where all five categories are published."""
    published = [arm for arm in plan.response if arm.categories is not None]
    heading = base.heading("SA13", "ORR")
    lines = [heading.ratio(base.draws("ORR", "Delta"), "responders of every arm, binomial", "run")]
    if not published:
        return lines, {}
    shift = base.shift("ORR")
    path = store.path(NAME, 0, shift)
    tree = store.load(path)
    if tree is None:
        store.end_with_owner()
        response = build_response(plan.response, contrast=plan.contrast, ordered=True)
        draws = max(LEAST_DRAWS, plan.sampler.draws)
        sampler = replace(plan.sampler, draws=draws, tune=draws, seed=fit_seed(plan.seed, NAME, 0))
        tree = clean_fit(compile_model(response.model), sampler, {}).tree
        store.save(path, tree)
    delta = np.asarray(tree["posterior"]["Delta"].to_numpy(), dtype=float).ravel()
    names = ", ".join(f"{arm.trial} {arm.arm}" for arm in published)
    title = f"CR, PR, SD, PD, NE by a cumulative logit in {len(published)} arms ({names})"
    return [*lines, heading.ratio(delta, title, "fit")], {}
