"""A real arm whose answer is known, analysed as if it were the index arm, under each prior of c."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.reweighting import PARETO_K_LIMIT
from analysis.validation.fits import may_be_pooled, own_fit
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
COLUMNS = (
    *("endpoint", "label", "scenario", "c_prior", "truth", "median", "lower", "upper", "p_benefit"),
    *("excludes_1", "by", "pareto_k", "effective_draws"),
)


@dataclass(frozen=True)
class Case:
    """A real arm in the place of the index arm, the fit that has not seen it, and its true hazard ratio."""

    fitted: FittedDraws
    added: AddedArm
    arm: SurvivalArm
    truth: float


def rows_as_triple(study: Study, cases: Sequence[Case]) -> list[dict[str, object]]:
    """Increment of each case under each prior of c, a row each, beside the truth.

    Added to the fit that has not seen it by integration; where Pareto k is 0.7 or more, by a fit of its own,
    and without a row where that fit may not be pooled.
    """
    found = [(case, shift, weighted) for case in cases for shift, weighted in _integrated(study, case)]
    refused = [(case, shift) for case, shift, weighted in found if weighted.pareto_k >= PARETO_K_LIMIT]
    tasks = [own_fit(study, case.arm, shift) for case, shift in refused]
    fits = iter(study.results("own fits of real arms", tasks) if tasks else [])
    rows = []
    for case, shift, weighted in found:
        own = next(fits) if weighted.pareto_k >= PARETO_K_LIMIT else None
        if own is None or may_be_pooled(own):
            rows.append(_row(case, shift, weighted, increment_of_fit(own) if own is not None else None))
    return rows


def _integrated(study: Study, case: Case) -> list[tuple[SingleArmShift, Increment]]:
    rng = np.random.default_rng([study.seed, 3])
    table = likelihoods(case.fitted, [(case.added, case.arm.ipd[0])], rng)
    return [(shift, increment(table, shift, rng)) for shift in READINGS]


def _row(case: Case, shift: SingleArmShift, weighted: Increment, own: Increment | None) -> dict[str, object]:
    used = own or weighted
    return {
        "endpoint": case.arm.endpoint,
        "label": case.arm.trial,
        "scenario": shift.name,
        "c_prior": shift.on_ratio_scale,
        "truth": case.truth,
        "median": math.exp(used.median),
        "lower": math.exp(used.lower),
        "upper": math.exp(used.upper),
        "p_benefit": used.p_benefit,
        "excludes_1": not used.lower <= 0 <= used.upper,
        "by": "own fit" if own else "integration",
        "pareto_k": weighted.pareto_k,
        "effective_draws": used.effective,
    }
