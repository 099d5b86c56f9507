"""The parts of the single-arm trials' departures: what is theirs alone, and their draws under another prior of c."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from models.departure import departure
from models.fitting import Sampler, compile_model
from models.priors import BASE, NAIVE, PESSIMISTIC, SingleArmShift, survival_priors
from models.survival import build_survival, shift_data
from models.survival_design import Contrast, survival_design
from models.survival_predictor import FIXED_EFFECTS, effect_design, weighted_sum

PRIORS = survival_priors("OS")
SEED, DRAWS = 20261128, 20_000


@pytest.fixture
def design(template_arms):
    return survival_design(template_arms, Contrast())


def prior_draws(design, shift, draws=DRAWS):
    """Draws of every term of the predictor from its prior, c under `shift`."""
    rng = np.random.default_rng(SEED)
    size = len(design.single_arm_trials)
    priors = [getattr(PRIORS, name) for name in FIXED_EFFECTS]
    tau = np.abs(rng.normal(0, [PRIORS.tau_u.sd, PRIORS.tau_ici.sd], (1, draws, 2)))
    # The common part and each trial's own, as the model draws them.
    common, own = rng.standard_normal((1, draws, 1)), rng.standard_normal((1, draws, size))
    c = shift.mu + shift.sd * (shift.correlation**0.5 * common + (1 - shift.correlation) ** 0.5 * own)
    effects = rng.normal([p.mu for p in priors], [p.sd for p in priors], (1, draws, len(priors)))
    shifts = tau[..., None] * rng.standard_normal((1, draws, 2, len(design.trials)))
    return xr.Dataset(
        {
            "effects": (("chain", "draw", "effect"), effects),
            "tau": (("chain", "draw", "spread"), tau),
            "shift": (("chain", "draw", "spread", "trial"), shifts),
            "c_sat": (("chain", "draw", "single_arm_trial"), c),
            "e_sat": (("chain", "draw", "single_arm_trial"), rng.normal(0, PRIORS.e_sat.sd, c.shape)),
            "c_z": (("chain", "draw", "z"), rng.standard_normal((1, draws, size + 1))),
        },
        coords={
            "chain": [0],
            "draw": range(draws),
            "effect": list(FIXED_EFFECTS),
            "spread": ["tau_u", "tau_ici"],
            "trial": list(design.trials),
            "single_arm_trial": list(design.single_arm_trials),
        },
    )


def predictor(design, drawn):
    """(D, A, 4) log hazard ratios of every arm and stratum."""
    effects = drawn["effects"].to_numpy()[0]
    shifts = drawn["shift"].to_numpy()[0]
    single = (drawn["c_sat"] + drawn["e_sat"]).to_numpy()[0]
    offset = shifts[:, 0] @ design.trial.T + shifts[:, 1] @ design.ici_trial.T + single @ design.single_arm.T
    return weighted_sum(effect_design(design), effects[:, None, None, :]) + offset[..., None]


def test_only_what_no_randomised_arm_carries_belongs_to_the_departure(design):
    apart = departure(design, PRIORS)
    assert apart.trials == ("anlo", "index")
    assert apart.effects == ("bme_dev", "delta_anlo", "gamma")
    assert apart.loading.tolist() == [[0, 1, 0], [1, 1, 1]]


def test_an_effect_that_a_randomised_arm_carries_too_is_left_alone(template_arms, exponential_arm):
    added = exponential_arm("rct-9", "anlo", ["chemo", "anlotinib"], 200)
    control = exponential_arm("rct-9", "chemo", ["chemo"], 200)
    apart = departure(survival_design((*template_arms, control, added), Contrast()), PRIORS)
    assert apart.effects == ("bme_dev", "gamma")


def test_what_two_cohorts_of_one_single_arm_trial_do_not_share_is_left_alone(template_arms, exponential_arm):
    """Their common departure holds for both; the added drug's effect would be the one cohort's alone."""
    plain = exponential_arm("index", "double", ["chemo", "pdl1"], 40, randomised=False)
    design = survival_design((*template_arms, plain), Contrast())
    apart = departure(design, PRIORS)
    assert apart.trials == ("anlo", "index")
    assert apart.effects == ("bme_dev",)
    drawn = prior_draws(design, BASE, 50)
    redrawn = apart.redrawn(drawn, NAIVE, np.random.default_rng(SEED + 1))
    assert predictor(design, redrawn) == pytest.approx(predictor(design, drawn), abs=1e-12)


@pytest.mark.parametrize("shift", [NAIVE, PESSIMISTIC])
def test_new_parts_leave_every_arms_predictor_as_it_was(design, shift):
    drawn = prior_draws(design, BASE, 50)
    redrawn = departure(design, PRIORS).redrawn(drawn, shift, np.random.default_rng(SEED + 1))
    assert predictor(design, redrawn) == pytest.approx(predictor(design, drawn), abs=1e-12)
    moved = abs(redrawn["Delta"] - drawn["effects"].sel(effect=["delta_anlo", "gamma"]).sum("effect"))
    assert float(moved.min()) > 0
    assert "c_z" not in redrawn


def test_naive_parts_have_no_shift(design):
    drawn = prior_draws(design, BASE, 50)
    redrawn = departure(design, PRIORS).redrawn(drawn, NAIVE, np.random.default_rng(SEED + 1))
    assert np.abs(redrawn["c_sat"].to_numpy()).max() < 1e-12


def test_density_is_that_of_a_sum_of_normals(design):
    drawn = prior_draws(design, BASE, 4)
    apart = departure(design, PRIORS)
    sums, tau = apart.sums(drawn), drawn["tau"].to_numpy()[0, :, 0]
    spread = np.array([getattr(PRIORS, name).sd for name in apart.effects])
    for shift in (NAIVE, PESSIMISTIC):
        correlated = shift.sd**2 * np.array([[1, shift.correlation], [shift.correlation, 1]])
        covariance = (
            correlated + PRIORS.e_sat.sd**2 * np.eye(2) + (apart.loading * spread**2) @ apart.loading.T
        )
        expected = [
            stats.multivariate_normal([shift.mu] * 2, covariance + t**2 * np.eye(2)).logpdf(s)
            for s, t in zip(sums, tau, strict=True)
        ]
        assert apart.log_density(sums, tau, shift) == pytest.approx(expected)


@pytest.mark.parametrize("shift", [BASE, PESSIMISTIC])
def test_draws_of_the_prior_stay_draws_of_the_prior(design, shift):
    """Parts drawn anew given sums that follow the same prior: means, spreads and correlations are the prior's."""
    drawn = prior_draws(design, shift)
    redrawn = departure(design, PRIORS).redrawn(drawn, shift, np.random.default_rng(SEED + 1))

    def parts(one):
        names = ["bme_dev", "delta_anlo", "gamma"]
        columns = [one["effects"].sel(effect=name).to_numpy().ravel() for name in names]
        columns += [
            one[name].isel(single_arm_trial=k).to_numpy().ravel()
            for name in ("c_sat", "e_sat")
            for k in (0, 1)
        ]
        columns += [
            one["shift"].sel(spread="tau_u", trial=t).to_numpy().ravel() for t in ("anlo", "index", "rct-0")
        ]
        return np.array(columns)

    before, after = parts(drawn), parts(redrawn)
    assert after.mean(axis=1) == pytest.approx(before.mean(axis=1), abs=0.015)
    assert np.cov(after) == pytest.approx(np.cov(before), abs=0.004)


def test_effects_of_the_model_are_those_of_the_design(template_arms):
    survival = build_survival(template_arms)
    assert departure(survival.design, survival.priors).effects == ("bme_dev", "delta_anlo", "gamma")


@pytest.mark.slow
def test_weighted_draws_with_new_parts_agree_with_a_fit_where_the_shift_is_known(template_arms):
    survival = build_survival(template_arms)
    wide, known = SingleArmShift("wide", -0.15, 0.40), SingleArmShift("known", -0.5, 0.0)
    compiled = compile_model(survival.model)
    sampler = Sampler(draws=1500, tune=600, chains=2, seed=SEED)
    drawn, own = (
        compiled.fit(sampler, shift_data(shift, survival.design)).posterior for shift in (wide, known)
    )
    apart = departure(survival.design, survival.priors)
    sums, tau = apart.sums(drawn), drawn["tau"].sel(spread="tau_u").to_numpy().ravel()
    weight = np.exp(apart.log_density(sums, tau, known) - apart.log_density(sums, tau, wide))
    delta = apart.redrawn(drawn, known, np.random.default_rng(SEED))["Delta"].to_numpy().ravel()
    mean = np.average(delta, weights=weight)
    assert mean == pytest.approx(float(own["Delta"].mean()), abs=0.035)
    assert np.sqrt(np.average((delta - mean) ** 2, weights=weight)) == pytest.approx(
        float(own["Delta"].std()), rel=0.1
    )
    # Control: the wide fit's own draws are elsewhere.
    assert abs(float(drawn["Delta"].mean()) - float(own["Delta"].mean())) > 0.1
