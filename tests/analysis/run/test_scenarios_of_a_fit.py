"""Which fit a scenario's draws come from, and what of the spread of Delta is the reconstructions'.

The fits are kept ones, made by hand: nothing is compiled or sampled.
"""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from analysis.reweighting import WIDE, Reweighted
from analysis.run import fits
from analysis.run.request import PRESETS
from analysis.scenarios import choose_scenarios
from digitized.curve import PseudoIPD
from models.priors import BASE, PESSIMISTIC
from models.survival_design import Contrast

SEED = 20261101
PRESET = replace(PRESETS["smoke"], imputations=2)
SCENARIOS = choose_scenarios(("base", "pessimistic"), None)
# Delta of a kept fit says which prior of c it was fitted under.
DELTA = {WIDE: -1.0, BASE: -2.0, PESSIMISTIC: -3.0}


@pytest.fixture
def arms(survival_arm):
    ipd = PseudoIPD(np.linspace(1.0, 20.0, 20), np.ones(20, dtype=bool))
    return [
        survival_arm("rct", "chemo", ["chemo"], ipd),
        survival_arm("rct", "ici", ["chemo", "pd1"], ipd),
        survival_arm("index", "triple", ["chemo", "pdl1", "anlotinib"], ipd, randomised=False, index=True),
    ]


def keep(store, shift, imputation, diverging=False):
    """Put a fit of one reconstruction under one prior of c into the store."""
    rng = np.random.default_rng([SEED, imputation])
    dims, size = ("chain", "draw"), (2, 50)
    coords = {"chain": [0, 1], "draw": np.arange(50)}
    posterior = {"Delta": (dims, DELTA[shift] + rng.normal(0, 0.01, size))}
    stats = {"diverging": (dims, np.full(size, diverging)), "energy": (dims, rng.normal(0, 1, size))}
    groups = {"posterior": xr.Dataset(posterior, coords), "sample_stats": xr.Dataset(stats, coords)}
    store.save(store.path("OS", imputation, shift), xr.DataTree.from_dict(groups))


@pytest.fixture
def kept_fits(tmp_path, monkeypatch):
    """A store that holds a fit of both reconstructions under every prior; a missing one would be compiled."""
    store = fits.FitStore(tmp_path / "fits", "made by hand")
    for shift in DELTA:
        for imputation in range(PRESET.imputations):
            keep(store, shift, imputation)
    monkeypatch.setattr(fits, "compile_model", lambda *_: pytest.fail("a kept fit was not used"))
    return store


@pytest.fixture
def answered(arms, kept_fits, monkeypatch):
    """Scenarios from the kept fits, where weighting the wide draws towards the pessimistic prior has a Pareto k."""

    def answer(pareto_k):
        def reweight(posterior, departure, fitted, wanted, benchmark, rng):
            bad = fitted == WIDE and wanted == PESSIMISTIC
            return Reweighted(posterior, pareto_k if bad else 0.3, 100.0)

        monkeypatch.setattr(fits, "reweight", reweight)
        found, records = fits.fit_survival(arms, SCENARIOS, None, PRESET, kept_fits, SEED, Contrast())
        return {result.scenario.id: result for result in found}, records

    return answer


def deltas(result):
    return result.posterior["Delta"].groupby("imputation").mean(...).to_numpy()


@pytest.mark.parametrize("pareto_k", [0.7, 0.9, np.inf])
def test_draws_that_weights_cannot_carry_come_from_a_fit_of_their_own(answered, pareto_k):
    found, records = answered(pareto_k)
    assert deltas(found["pessimistic"]) == pytest.approx([DELTA[PESSIMISTIC]] * 2, abs=0.02)
    assert found["pessimistic"].pareto_k < 0.7
    # The other rung keeps the wide fit; every fit that was used is in the diagnostics.
    assert deltas(found["base"]) == pytest.approx([DELTA[WIDE]] * 2, abs=0.02)
    named = [(record.imputation, record.c_prior) for record in records]
    assert sorted(named) == sorted((i, p.on_ratio_scale) for i in (0, 1) for p in (WIDE, PESSIMISTIC))


def test_draws_that_weights_can_carry_cost_no_further_fit(answered):
    found, records = answered(0.69)
    assert deltas(found["pessimistic"]) == pytest.approx([DELTA[WIDE]] * 2, abs=0.02)
    assert found["pessimistic"].pareto_k == 0.69
    assert {record.c_prior for record in records} == {WIDE.on_ratio_scale}


def test_a_divergent_fit_counts_in_the_diagnostics_and_not_in_the_answer(answered, kept_fits):
    keep(kept_fits, WIDE, 0, diverging=True)
    found, records = answered(0.9)
    assert found["base"].posterior.sizes["chain"] == 2
    assert found["pessimistic"].posterior.sizes["chain"] == 4
    assert [record.divergent_share for record in records if record.c_prior == WIDE.on_ratio_scale] == [1, 0]


def reconstructed(between, imputations, draws):
    """Posterior whose reconstructions differ by N(0, between) and whose draws spread by N(0, 1) within each."""
    rng = np.random.default_rng([SEED, imputations])
    centre = rng.normal(0, between, imputations)
    delta = centre[:, None] + rng.normal(0, 1, (imputations, draws))
    return xr.Dataset(
        {"Delta": (("chain", "draw"), delta)},
        coords={"chain": range(imputations), "imputation": ("chain", np.arange(imputations))},
    )


def test_the_share_of_reconstruction_is_not_that_of_few_draws():
    """25 draws a reconstruction: their error alone, 1/25, would pass for four fifths as much as the true share."""
    share = fits.reconstruction_share(reconstructed(np.sqrt(0.05), 600, 25))
    assert share == pytest.approx(0.05 / 1.05, abs=0.01)


def test_reconstructions_that_do_not_differ_have_no_share():
    posterior = reconstructed(0.0, 1, 25)
    assert fits.reconstruction_share(posterior) == 0.0
    alike = xr.concat([posterior] * 5, dim="chain").assign_coords(
        chain=range(5), imputation=("chain", np.arange(5))
    )
    assert fits.reconstruction_share(alike) == 0.0
