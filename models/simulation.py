"""Patients drawn from the survival model with known truth, for recovery, calibration and error rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import Floats, PseudoIPD
from models.baseline import Baseline
from models.covariate_mix import stratum_proportions
from models.survival_design import Contrast, survival_design
from models.survival_predictor import FIXED_EFFECTS, effect_design
from trials.network import SurvivalArm


@dataclass(frozen=True)
class SurvivalTruth:
    """True values of one simulated network.

    Attributes
    ----------
    baseline_parameters : (P,) float
        Of the baseline family.
    effects : mapping
        Values of `FIXED_EFFECTS`; absent ones are 0.
    trial_shift, ici_shift, single_arm_shift : mapping of trial to float
        u, b and c + e of the trials; absent ones are 0.
    liver, pdl1 : mapping of trial to share
        True shares; absent ones are .2 and .5.
    """

    baseline_parameters: Floats
    effects: Mapping[str, float]
    trial_shift: Mapping[str, float]
    ici_shift: Mapping[str, float]
    single_arm_shift: Mapping[str, float]
    liver: Mapping[str, float]
    pdl1: Mapping[str, float]


def simulate_arms(
    arms: Sequence[SurvivalArm],
    truth: SurvivalTruth,
    baseline: Baseline,
    follow_up: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[SurvivalArm, ...]:
    """The same arms with one simulated set of patients each, censored uniformly over `follow_up` months."""
    design = survival_design(arms, Contrast())
    log_ratio = effect_design(design) @ [truth.effects.get(name, 0.0) for name in FIXED_EFFECTS]
    times = np.concatenate((np.linspace(0, follow_up[1], 2000), [follow_up[1] * 1.01]))
    hazard = baseline.cumulative_hazard(truth.baseline_parameters, times, np)
    simulated = []
    for position, arm in enumerate(arms):
        shares = stratum_proportions(
            np.array(truth.liver.get(arm.trial, 0.2)), np.array(truth.pdl1.get(arm.trial, 0.5))
        )
        stratum = rng.choice(4, size=arm.n, p=shares)
        shift = truth.trial_shift.get(arm.trial, 0.0)
        if Contrast().partnered(arm.components) and arm.randomised:
            shift += truth.ici_shift.get(arm.trial, 0.0)
        if not arm.randomised:
            shift += truth.single_arm_shift.get(arm.trial, 0.0)
        ratio = np.exp(log_ratio[position, stratum] + shift)
        event_time = np.interp(rng.exponential(size=arm.n) / ratio, hazard, times, right=np.inf)
        censoring = rng.uniform(*follow_up, size=arm.n)
        observed = event_time <= censoring
        order = np.argsort(np.minimum(event_time, censoring))
        ipd = PseudoIPD(np.minimum(event_time, censoring)[order], observed[order])
        simulated.append(replace(arm, ipd=(ipd,), events=ipd.events))
    return tuple(simulated)
