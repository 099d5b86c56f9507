from dataclasses import replace

import numpy as np
import pymc as pm
import pytest

from digitized.curve import PseudoIPD
from digitized.errors import InputError
from models.covariate_mix import PdL1Mapping, trial_mixes
from models.priors import NAIVE
from models.simulation import SurvivalTruth, simulate_arms
from models.survival import (
    ClassBenchmark,
    SurvivalOptions,
    build_survival,
    patient_data,
    shift_data,
)
from models.survival_predictor import FIXED_EFFECTS
from trials.network import PdL1Share, Share

SEED = 20241104


def test_named_parameters_of_the_base_model(template_arms):
    model = build_survival(template_arms).model
    names = {variable.name for variable in model.free_RVs} | {v.name for v in model.deterministics}
    assert {"effects", "tau", "shift", "c_sat", "e_sat", "Delta", "log_h0", "rw_sd", "liver_share"} <= names
    assert list(model.coords["effect"]) == list(FIXED_EFFECTS)
    assert list(model.coords["single_arm_trial"]) == ["anlo", "index"]


def test_class_benchmark_is_off_until_switched_on(template_arms):
    options = SurvivalOptions(class_benchmark=ClassBenchmark("leap", np.log(0.92), (480, 640)))
    model = build_survival(template_arms, options=options).model
    assert float(model["class_benchmark_on"].get_value()) == 0.0


def test_log_density_at_a_point_is_the_sum_over_patients(template_arms):
    """One arm changed by one patient changes the likelihood term and nothing else."""
    survival = build_survival(template_arms, options=SurvivalOptions(pdl1_mapping=PdL1Mapping.UNMAPPED))
    density = survival.model.compile_logp(mode="FAST_COMPILE")
    point = survival.model.initial_point()
    before = float(density(point))
    first = template_arms[0].ipd[0]
    without = PseudoIPD(first.time[:-1], first.event[:-1])
    draws = [without, *(arm.ipd[0] for arm in template_arms[1:])]
    with survival.model:
        for name, value in patient_data(survival, draws).items():
            survival.model.set_data(name, value)
    assert before < float(density(point))


def test_naive_shift_fixes_c_at_zero(template_arms):
    survival = build_survival(template_arms)
    data = shift_data(NAIVE, survival.design)
    assert data["c_mu"].tolist() == [0.0, 0.0]
    assert float(data["c_sd"]) == 0.0


def test_shares_are_pooled_over_randomised_arms(template_arms):
    first, second = template_arms[0], template_arms[1]
    arms = [
        replace(first, pdl1=PdL1Share(Share(115 / 257, 115, 257), "CPS", 10, "JS311")),
        replace(second, pdl1=PdL1Share(Share(97 / 257, 97, 257), "CPS", 10, "JS311")),
        *template_arms[2:],
    ]
    pooled = trial_mixes(arms)[0].pdl1
    assert pooled is not None
    assert (pooled.high.count, pooled.high.n) == (212, 514)


def test_a_whole_trial_share_quoted_by_both_arms_counts_once(template_arms):
    pooled = trial_mixes(template_arms)[0].pdl1
    assert pooled is not None
    assert pooled.high.n == 500


def test_single_arm_without_pdl1_borrows_the_index_trials(template_arms):
    mix = next(mix for mix in trial_mixes(template_arms) if mix.trial == "anlo")
    assert mix.borrows_pdl1_from == "index"


def test_an_empty_class_has_a_finite_log_share(template_arms):
    """A question without liver metastases: nobody has them, and no draw of their share is infinite."""
    survival = build_survival([replace(arm, liver=Share(0.0)) for arm in template_arms])
    found = pm.draw(survival.model["log_proportion"], random_seed=SEED, mode="FAST_COMPILE")
    assert np.isfinite(found).all()
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(len(template_arms)))
    assert np.exp(found[:, 2:]).max() < 1e-11


def test_arms_outside_the_predictor_and_few_events_are_named_at_once(template_arms):
    few = PseudoIPD(np.array([1.0, 2.0]), np.array([True, False]))
    with pytest.raises(InputError) as caught:
        build_survival([replace(template_arms[0], ipd=(few,)), replace(template_arms[1], ipd=())])
    assert len(caught.value.faults) == 2
    odd = replace(template_arms[0], components=frozenset({"pd1", "ctla4"}))
    with pytest.raises(InputError, match="ctla4"):
        build_survival([odd, *template_arms[1:]])


def test_simulated_patients_follow_the_truth(template_arms):
    survival = build_survival(template_arms)
    truth = SurvivalTruth(np.log(np.full(8, 0.05)), {"beta_ici": np.log(0.7)}, {}, {}, {}, {}, {})
    big = [replace(arm, n=20_000) for arm in template_arms[:2]] + list(template_arms[2:])
    arms = simulate_arms(big, truth, survival.baseline, (24, 36), np.random.default_rng(SEED))
    chemo, ici = arms[0].ipd[0], arms[1].ipd[0]
    # Both arms are on fluoropyrimidine; every other effect is 0, so each arm is exponential.
    assert chemo.events / chemo.time.sum() == pytest.approx(0.05, rel=0.03)
    assert ici.events / ici.time.sum() == pytest.approx(0.035, rel=0.03)


def test_two_arms_with_the_same_share_of_their_own_patients_count_as_two(template_arms):
    """KEYNOTE-590: 143 of 274 in either arm."""
    own = PdL1Share(Share(143 / 274, 143, 274), "CPS", 10, "22C3")
    arms = [*(replace(arm, pdl1=own, n=274) for arm in template_arms[:2]), *template_arms[2:]]
    mix = trial_mixes(arms)[0]
    assert mix.pdl1 is not None
    assert (mix.pdl1.high.count, mix.pdl1.high.n) == (286, 548)
    assert mix.untested_pdl1 == 0.0


def test_a_share_printed_without_the_number_tested_is_one_of_all_patients(template_arms):
    told = PdL1Share(Share(0.45), "CPS", 10, "22C3")
    arms = [*(replace(arm, pdl1=told, n=100) for arm in template_arms[:2]), *template_arms[2:]]
    pooled = trial_mixes(arms)[0].pdl1
    assert pooled is not None
    assert (pooled.high.count, pooled.high.n) == (90, 200)
