"""What answers each sensitivity analysis: closed forms, variants of the survival model, models of their own."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.run.fits import FitStore
from analysis.sensitivity import (
    bivariate,
    confounding,
    cut,
    follow_up,
    model_form,
    prior_choices,
    response_forms,
    single_arm_shift,
    subgroups,
)
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from analysis.sensitivity.refits import REFITS, Refit
from analysis.sensitivity.variant import FitPlan

# Answered from the run's own draws and tables, without any fit.
CLOSED: dict[str, Callable[[BaseCase], list[Line]]] = {
    "SA01": single_arm_shift.naive,
    "SA02": single_arm_shift.ladder,
    "SA03": prior_choices.interaction,
    "SA07": prior_choices.liver,
    "SA08": lambda base: subgroups.outside_lines(base, "SA08", subgroups.PDL1_SPLIT),
    "SA09": follow_up.withdrawal,
    "SA10": follow_up.assessor,
    "SA12": follow_up.horizon,
    "SA14": prior_choices.one_width_at_a_time,
    "SA15": single_arm_shift.class_benchmark,
    "SA16": prior_choices.concurrent_groups,
    "SA18": model_form.reconstructions,
    "SA20": confounding.unmeasured,
    "SA21": prior_choices.borrowed_effect,
    "SA22": single_arm_shift.shifted_nulls,
}
FITTED: dict[str, Refit] = {
    **REFITS,
    "SA08": Refit(subgroups.pdl1_variants, subgroups.pdl1_lines),
    "SA13": Refit(model_form.model_forms, model_form.model_form_lines),
    "SA19": Refit(cut.stage_one, cut.cut_lines),
}


@dataclass(frozen=True)
class OwnFit:
    """An analysis with a model of its own kind, beside the variants of the survival model."""

    applies: Callable[[BaseCase], bool]
    answer: Callable[[BaseCase, FitPlan, FitStore], tuple[list[Line], dict[str, pd.DataFrame]]]


OWN_FITS = {
    "SA13": OwnFit(response_forms.applies, response_forms.ordered_response),
    "SA21": OwnFit(bivariate.applies, bivariate.joint_answer),
}
SIDE_TABLES: dict[str, tuple[str, Callable[[BaseCase], pd.DataFrame]]] = {
    "SA02": ("tipping_surface", single_arm_shift.tipping_surface),
    "SA07": ("subgroup_evidence", subgroups.subgroup_evidence),
    "SA08": ("subgroup_evidence", subgroups.subgroup_evidence),
    "SA09": ("kappa_crossings", follow_up.kappa_crossings),
}
