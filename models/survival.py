"""The joint survival model of one endpoint: randomised and single-arm trials in one posterior.

Log hazard of arm a, trial j, stratum s (`survival_predictor`; reference cell of `survival_design`):

    mu(t) + u[j] + fixed[a, s] + b[j] (ICI arms, randomised) + c_sat[j] + e_sat[j] (single-arm trials)

The data identify delta + c and beta + delta + gamma + c, never delta and c apart: that is the prior's work,
and every result is printed with the prior of c.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from digitized.curve import Floats, Ints, PseudoIPD
from digitized.errors import InputError
from models.assessment import AssessmentSchedule
from models.baseline import Baseline, PiecewiseExponential
from models.covariate_mix import STRATA, PdL1Mapping, add_arm_mixture, trial_mixes
from models.priors import BASE, SingleArmShift, SurvivalPriors, survival_priors
from models.survival_design import Contrast, SurvivalDesign, survival_design
from models.survival_predictor import (
    FIXED_EFFECTS,
    TARGET,
    effect_design,
    log_interval_density,
    log_mixture_density,
    weighted_sum,
)
from models.time_grid import GriddedPatients, TimeGrid, default_knots, grid_patients
from models.time_varying import TimeVaryingEffect
from trials.network import SurvivalArm

LEAST_PROPORTION = 1e-12


@dataclass(frozen=True)
class ClassBenchmark:
    """A randomised test of another member of the class, on the target's scale (here LEAP-014).

    Its log HR enters as Normal(Delta, spread^2 + 4/d) with d events ~ Uniform(events): the class deviation
    `lambda_class` ~ N(0, spread) is integrated out. `assumed` says that no interval is printed, so that the events are
    an assumption.
    """

    trial: str
    log_hazard_ratio: float
    events: tuple[float, float]
    assumed: bool = field(default=True, kw_only=True)
    spread: float = 0.20


@dataclass(frozen=True)
class SurvivalOptions:
    """Choices that change the model's graph; everything else is data of the compiled model."""

    contrast: Contrast = field(default_factory=Contrast)
    baseline: Baseline | None = None
    grid_step: float = 0.5
    pdl1_mapping: PdL1Mapping = PdL1Mapping.ASSAY
    class_benchmark: ClassBenchmark | None = None
    time_varying: TimeVaryingEffect | None = None
    assessment: AssessmentSchedule | None = None

    def __post_init__(self) -> None:
        """Refuse two readings of the same events."""
        if self.time_varying is not None and self.assessment is not None:
            raise InputError("a time-varying effect and interval-censored progression: expected one of them")


@dataclass(frozen=True)
class SurvivalModel:
    """A built model with what is needed to feed it other data and to predict from its draws."""

    endpoint: str
    arms: tuple[SurvivalArm, ...]
    design: SurvivalDesign
    baseline: Baseline
    grid: TimeGrid
    priors: SurvivalPriors
    options: SurvivalOptions
    model: pm.Model


def build_survival(
    arms: Sequence[SurvivalArm],
    priors: SurvivalPriors | None = None,
    options: SurvivalOptions | None = None,
) -> SurvivalModel:
    """Build the joint model of one endpoint; nothing is sampled here.

    Parameters
    ----------
    arms : sequence of SurvivalArm
        All of one endpoint; the first reconstruction of each is the initial data.
    priors, options
        Defaults: METHODS section 4.

    Raises
    ------
    InputError
        If arms mix endpoints, have no place in the predictor, or carry too few events to say anything.
    """
    chosen = options or SurvivalOptions()
    check_arms(arms)
    endpoint = arms[0].endpoint
    believed = priors or survival_priors(endpoint)
    baseline = chosen.baseline or PiecewiseExponential(default_knots(endpoint))
    design = survival_design(arms, chosen.contrast)
    end = max(float(ipd.time.max()) for arm in arms for ipd in arm.ipd)
    knots = (*baseline.knots, *(chosen.time_varying.knots if chosen.time_varying else ()))
    grid = TimeGrid.regular(chosen.grid_step, end, knots)
    grid.require(knots)
    patients = grid_patients([arm.ipd[0] for arm in arms], grid)
    coords = {
        "arm": list(design.arms),
        "trial": list(design.trials),
        "single_arm_trial": list(design.single_arm_trials),
        "stratum": list(STRATA),
        "effect": list(FIXED_EFFECTS),
        "spread": ["tau_u", "tau_ici"],
        "knot": list(baseline.knots),
        "interval": list(range(len(baseline.knots) + 1)),
    }
    with pm.Model(coords=coords) as model:
        _add_terms(arms, design, baseline, believed, chosen, patients)
    return SurvivalModel(endpoint, tuple(arms), design, baseline, grid, believed, chosen, model)


def _add_terms(
    arms: Sequence[SurvivalArm],
    design: SurvivalDesign,
    baseline: Baseline,
    priors: SurvivalPriors,
    options: SurvivalOptions,
    patients: GriddedPatients,
) -> None:
    row_arm = pm.Data("row_arm", patients.arm)
    row_time = pm.Data("row_time", patients.time)
    row_event = pm.Data("row_event", patients.event)
    row_weight = pm.Data("row_weight", patients.weight)
    shift = shift_data(BASE, design)
    c_mu = pm.Data("c_mu", shift["c_mu"], dims="single_arm_trial")
    c_sd = pm.Data("c_sd", shift["c_sd"])
    c_correlation = pm.Data("c_correlation", shift["c_correlation"])

    parameters = baseline.variables(priors)
    # One vector: a graph of thirteen scalar priors takes a multiple of the time to compile.
    believed = [getattr(priors, name) for name in FIXED_EFFECTS]
    effects = pm.Normal("effects", [p.mu for p in believed], [p.sd for p in believed], dims="effect")
    tau = pm.HalfNormal("tau", [priors.tau_u.sd, priors.tau_ici.sd], dims="spread")
    shift_z = pm.Normal("shift_z", dims=("spread", "trial"))
    shifts = pm.Deterministic("shift", tau[:, None] * shift_z, dims=("spread", "trial"))
    offset = weighted_sum(np.hstack((design.trial, design.ici_trial)), shifts.ravel())
    if design.single_arm_trials:
        z = pm.Normal("c_z", shape=len(design.single_arm_trials) + 1)
        common, own = pt.sqrt(c_correlation) * z[0], pt.sqrt(1 - c_correlation) * z[1:]
        c_sat = pm.Deterministic("c_sat", c_mu + c_sd * (common + own), dims="single_arm_trial")
        e_sat = priors.e_sat.random_variable("e_sat", dims="single_arm_trial")
        offset = offset + weighted_sum(design.single_arm, c_sat + e_sat)
    delta = pm.Deterministic("Delta", weighted_sum(TARGET, effects))

    proportion = add_arm_mixture(trial_mixes(arms), design.trial, options.pdl1_mapping, priors)
    # A class that the question has not is empty: its logarithm stays finite, so that draws have a spread.
    log_proportion = pt.log(pt.maximum(proportion, LEAST_PROPORTION))
    pm.Deterministic("log_proportion", log_proportion, dims=("arm", "stratum"))
    log_hazard = baseline.log_hazard(parameters, row_time, pt)
    cumulative_hazard = baseline.cumulative_hazard(parameters, row_time, pt)
    if options.time_varying is not None:
        effect, added = options.time_varying, pt.constant(design.added)[row_arm]
        change = effect.variables()
        log_hazard = log_hazard + added * effect.log_ratio(change, row_time, pt)
        departed = effect.cumulative_hazard(change, baseline, parameters, row_time, pt)
        cumulative_hazard = cumulative_hazard + added * (departed - cumulative_hazard)
    log_likelihood = log_mixture_density(
        proportion,
        weighted_sum(effect_design(design), effects) + offset[:, None],
        row_arm,
        log_hazard,
        cumulative_hazard,
        row_event,
        pt,
    )
    if options.assessment is not None:
        trials = [arm.trial for arm in arms]
        row_before = pm.Data("row_before", options.assessment.last_scan(patients, trials))
        hazard_before = baseline.cumulative_hazard(parameters, row_before, pt)
        # Censorings keep their exact time; a width for them only keeps the logarithm finite.
        hazard_after = pt.switch(pt.eq(row_event, 1), cumulative_hazard, hazard_before + 1.0)
        log_ratio = weighted_sum(effect_design(design), effects) + offset[:, None]
        between = log_interval_density(proportion, log_ratio, row_arm, hazard_before, hazard_after, pt)
        log_likelihood = pt.switch(pt.eq(row_event, 1), between, log_likelihood)
    pm.Potential("log_likelihood", pt.sum(row_weight * log_likelihood))
    if options.class_benchmark is not None:
        _add_class_benchmark(options.class_benchmark, delta)


def _add_class_benchmark(benchmark: ClassBenchmark, delta: pt.TensorVariable) -> None:
    switched_on = pm.Data("class_benchmark_on", 0.0)
    events = pm.Uniform("class_benchmark_events", *benchmark.events)
    variance = benchmark.spread**2 + 4 / events
    residual = benchmark.log_hazard_ratio - delta
    log_density = -0.5 * (residual**2 / variance + pt.log(2 * np.pi * variance))
    pm.Potential("class_benchmark", switched_on * log_density)


def patient_data(survival: SurvivalModel, draws: Sequence[PseudoIPD]) -> dict[str, Floats | Ints]:
    """Model data of one reconstruction of every arm (same order as the arms), for `with_data`."""
    patients = grid_patients(draws, survival.grid)
    data: dict[str, Floats | Ints] = {
        "row_arm": patients.arm,
        "row_time": patients.time,
        "row_event": patients.event,
        "row_weight": patients.weight,
    }
    if survival.options.assessment is not None:
        trials = [arm.trial for arm in survival.arms]
        data["row_before"] = survival.options.assessment.last_scan(patients, trials)
    return data


def shift_data(shift: SingleArmShift, design: SurvivalDesign) -> dict[str, Floats]:
    """Model data of a prior on c."""
    return {
        "c_mu": np.full(len(design.single_arm_trials), shift.mu),
        "c_sd": np.array(shift.sd),
        "c_correlation": np.array(shift.correlation),
    }


def check_arms(arms: Sequence[SurvivalArm]) -> None:
    """Refuse arms that no model of one endpoint can use, all faults at once.

    Raises
    ------
    InputError
        If there is none, if they mix endpoints, or if one has no patients or fewer than 5 events.
    """
    if not arms:
        raise InputError("no arm has data for this endpoint; expected at least one")
    faults = []
    endpoints = {arm.endpoint for arm in arms}
    if len(endpoints) > 1:
        faults.append(f"arms mix the endpoints {sorted(endpoints)}; expected one")
    for arm in arms:
        if not arm.ipd:
            faults.append(
                f"{arm.trial}, arm {arm.arm}, {arm.endpoint}: no patients; expected at least one draw"
            )
        elif arm.ipd[0].events < 5:
            faults.append(
                f"{arm.trial}, arm {arm.arm}, {arm.endpoint}: {arm.ipd[0].events} events; expected 5 or more"
            )
    if faults:
        raise InputError(faults)
