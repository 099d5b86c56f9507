import os
import subprocess
import sys

import numpy as np
import pymc as pm
import pytensor
import pytest

import models.fitting
from models.fitting import Diagnostics, Sampler, compile_model, e_bfmi, named_parameters
from models.response import build_response
from trials.network import ResponseArm

SAMPLER = Sampler(draws=200, tune=300, chains=2, target_accept=0.9, seed=5)


@pytest.fixture(scope="module")
def compiled():
    arms = []
    for trial, name, components, n, responders, index in (
        ("rct", "chemo", ["chemo"], 300, 150, False),
        ("rct", "ici", ["chemo", "pd1"], 300, 195, False),
        ("index", "triple", ["chemo", "pdl1", "anlotinib"], 50, 36, True),
    ):
        arms.append(
            ResponseArm(
                trial=trial,
                arm=name,
                label=name,
                components=frozenset(components),
                randomised=trial == "rct",
                index=index,
                tp_share=1.0,
                asia_share=1.0,
                liver=None,
                pdl1=None,
                n=n,
                responders=responders,
                categories=None,
                confirmed=None,
                assessor="",
                source="",
            )
        )
    return compile_model(build_response(arms).model)


def test_the_same_seed_gives_the_same_draws(compiled):
    first, second = compiled.fit(SAMPLER), compiled.fit(SAMPLER)
    assert np.array_equal(first.posterior["Delta"], second.posterior["Delta"])


def test_sums_keep_their_order(monkeypatch):
    seen = []
    monkeypatch.setattr(
        models.fitting.nutpie,
        "compile_pymc_model",
        lambda model, backend: seen.append(pytensor.config.numba__fastmath),
    )
    with pm.Model() as model:
        pm.Normal("x")
    compile_model(model)
    assert seen == [False]


DRAWN_ANEW = """
import hashlib
import numpy as np, pymc as pm
from models.fitting import Sampler, compile_model
A = np.random.default_rng(1).normal(size=(40, 7))
with pm.Model() as model:
    x = pm.Normal("x", 0, 1, shape=7)
    pm.Potential("fit", -pm.math.sum(pm.math.log1pexp((A * x).sum(axis=-1)) * np.linspace(0.3, 2, 40)))
fit = compile_model(model).fit(Sampler(draws=200, tune=300, chains=2, seed=1))
print(hashlib.sha256(fit.posterior["x"].to_numpy().tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_draws_do_not_depend_on_what_was_compiled_before(tmp_path):
    """The first process compiles, the second finds all in the cache."""
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", DRAWN_ANEW], env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    )
    assert len(first.strip()) == 64
    assert first == second


def test_other_data_needs_no_new_compilation_and_moves_the_answer(compiled):
    naive = {"c_mu": np.zeros(1), "c_sd": np.array(0.0)}
    few = compiled.fit(SAMPLER, {**naive, "responders": np.array([150, 195, 15])})
    many = compiled.fit(SAMPLER, {**naive, "responders": np.array([150, 195, 45])})
    assert float(few.posterior["Delta"].mean()) < float(many.posterior["Delta"].mean()) - 0.2
    # c is fixed at 0 here: it has no R-hat and must not spoil the verdict.
    assert np.isfinite(few.diagnostics.worst_rhat)


def test_named_parameters_take_the_vectors_apart(compiled):
    named = named_parameters(compiled.fit(SAMPLER).posterior)
    assert {"delta_anlo", "gamma", "beta_ici", "tau_u", "tau_ici", "u", "b", "Delta"} <= set(named.data_vars)
    assert np.allclose(named["Delta"], named["delta_anlo"] + named["gamma"])


def test_verdict_names_every_fault():
    bad = Diagnostics(1.2, "gamma", 50.0, 60.0, 3, 0.1)
    assert len(bad.faults()) == 4
    assert "gamma" in bad.faults()[0]
    assert Diagnostics(1.001, "gamma", 900.0, 800.0, 0, 0.9).faults() == ()


def test_e_bfmi_of_independent_energies_is_two():
    energy = np.random.default_rng(7).normal(size=(2, 4000))
    assert e_bfmi(energy) == pytest.approx(2.0, rel=0.1)


def test_thinned_draws_are_judged_anew_with_the_whole_sampler_record(compiled):
    fit = compiled.fit(SAMPLER)
    kept = fit.thinned(4)
    assert np.array_equal(kept.posterior["Delta"], fit.posterior["Delta"][:, ::4])
    assert kept.diagnostics.least_ess_bulk < fit.diagnostics.least_ess_bulk
    assert kept.tree["sample_stats"].sizes["draw"] == SAMPLER.draws
    assert kept.diagnostics.e_bfmi == fit.diagnostics.e_bfmi
