"""A real arm whose answer is known, analysed as if it were the index arm, under each prior of c."""

import math

import numpy as np

from analysis.reweighting import PARETO_K_LIMIT
from analysis.validation.fits import own_fit
from analysis.validation.study import Study
from analysis.validation.unseen_arms import (
    AddedArm,
    FittedDraws,
    Increment,
    increment,
    increment_of_fit,
    likelihoods,
)
from models.priors import BASE, NAIVE, PESSIMISTIC, SingleArmShift
from trials.network import SurvivalArm

READINGS = (NAIVE, BASE, PESSIMISTIC)


def rows_as_triple(
    study: Study, fitted: FittedDraws, added: AddedArm, arm: SurvivalArm, truth: float
) -> list[dict[str, object]]:
    """Increment of one arm under each prior of c, a row each, beside its true hazard ratio.

    Added to the fit that has not seen it by integration; where Pareto k is 0.7 or more, by a fit of its own.
    """
    rng = np.random.default_rng([study.seed, 3])
    table = likelihoods(fitted, [(added, arm.ipd[0])], rng)
    found = {shift: increment(table, shift, rng) for shift in READINGS}
    refused = [shift for shift in READINGS if found[shift].pareto_k >= PARETO_K_LIMIT]
    tasks = [own_fit(study, arm, shift) for shift in refused]
    fits = study.results(f"own fits: {arm.trial} {arm.endpoint}", tasks) if tasks else []
    own = {shift: increment_of_fit(fit) for shift, fit in zip(refused, fits, strict=True)}
    return [_row(arm, shift, found[shift], own.get(shift), truth) for shift in READINGS]


def _row(
    arm: SurvivalArm, shift: SingleArmShift, weighted: Increment, own: Increment | None, truth: float
) -> dict[str, object]:
    used = own or weighted
    return {
        "endpoint": arm.endpoint,
        "label": arm.trial,
        "scenario": shift.name,
        "c_prior": shift.on_ratio_scale,
        "truth": truth,
        "median": math.exp(used.median),
        "lower": math.exp(used.lower),
        "upper": math.exp(used.upper),
        "p_benefit": used.p_benefit,
        "excludes_1": not used.lower <= 0 <= used.upper,
        "by": "own fit" if own else "integration",
        "pareto_k": weighted.pareto_k,
        "effective_draws": used.effective,
    }
