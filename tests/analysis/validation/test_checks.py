"""The checks' own arithmetic, with negative controls: each must be able to fail."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.validation import calibration, leave_one_out, reconstruction
from analysis.validation.fit_quality import band_coverage, left_out
from analysis.validation.matrix import CHECKS, choose
from analysis.validation.reconstruction import agreement
from analysis.validation.simulated_arms import Truth, simulated_pair
from analysis.validation.verdict import Outcome
from digitized.errors import InputError
from models.priors import NAIVE
from models.survival_predictor import FIXED_EFFECTS
from trials.network import Published


def _posterior(survival, log_hazard, draws=60):
    """A posterior that is certain of a constant hazard."""
    design, arms = survival.design, len(survival.arms)
    shapes = {
        "log_h0": ("interval", len(survival.baseline.knots) + 1, log_hazard),
        "effects": ("effect", len(FIXED_EFFECTS), 0.0),
        "c_sat": ("single_arm_trial", len(design.single_arm_trials), 0.0),
        "e_sat": ("single_arm_trial", len(design.single_arm_trials), 0.0),
    }
    data = {
        name: (("chain", "draw", dim), np.full((1, draws, size), value))
        for name, (dim, size, value) in shapes.items()
    }
    data["shift"] = (("chain", "draw", "spread", "trial"), np.zeros((1, draws, 2, len(design.trials))))
    data["log_proportion"] = (("chain", "draw", "arm", "stratum"), np.full((1, draws, arms, 4), np.log(0.25)))
    return xr.Dataset(data, coords={"chain": [0], "draw": np.arange(draws)})


def test_log_hazard_error_is_observed_over_expected(small_survival):
    patients = small_survival.arms[0].ipd[0]
    rate = patients.events / patients.time.sum()
    posterior = _posterior(small_survival, np.log(rate), draws=4000)
    errors = leave_one_out.log_hazard_errors(small_survival, posterior, 0, np.random.default_rng(1))
    assert errors.mean() == pytest.approx(0, abs=3 / np.sqrt(patients.events * 4000) + 1e-3)
    assert errors.std() == pytest.approx(patients.events**-0.5, rel=0.05)
    doubled = _posterior(small_survival, np.log(rate / 2), draws=4000)
    errors = leave_one_out.log_hazard_errors(small_survival, doubled, 0, np.random.default_rng(1))
    assert errors.mean() == pytest.approx(np.log(2), abs=0.01)
    row = leave_one_out.error_row(small_survival, 0, errors)
    assert not row["covered95"]
    assert row["log_hazard_ratio"] > row["upper95"]


def test_band_holds_the_right_curve_and_not_a_wrong_one(small_survival):
    patients = small_survival.arms[0].ipd[0]
    rate = patients.events / patients.time.sum()
    right = band_coverage(
        small_survival, _posterior(small_survival, np.log(rate), 300), 0, np.random.default_rng(2)
    )
    wrong = band_coverage(
        small_survival, _posterior(small_survival, np.log(rate * 2), 300), 0, np.random.default_rng(2)
    )
    assert right >= 0.9
    assert wrong < 0.5


def test_leaving_out_costs_something_wherever_the_posterior_has_a_width(small_survival):
    """The density of a patient without itself is below that with it: a sign the wrong way round is seen."""
    rng = np.random.default_rng(3)
    posterior = _posterior(small_survival, np.log(0.05), 300)
    posterior["log_h0"] = posterior["log_h0"] + 0.3 * rng.standard_normal((1, 300, 1))
    wide = left_out(small_survival, posterior, 1)
    assert wide["p_loo"] > 0
    narrow = _posterior(small_survival, np.log(0.05), 300)
    narrow["log_h0"] = narrow["log_h0"] + 0.03 * rng.standard_normal((1, 300, 1))
    sure = left_out(small_survival, narrow, 1)
    assert 0 < sure["p_loo"] < 0.1 * wide["p_loo"]


def test_rank_is_the_share_of_draws_below_the_truth():
    draws = {"Delta": np.arange(99.0)}
    ranks = calibration._ranks(draws, {"Delta": np.array([49.5])}, 0.0)
    assert float(ranks["rank"][0]) == pytest.approx(0.505)


def test_simulated_pair_is_reproducible_and_carries_its_truth(fitted):
    truth = Truth("none", 0.0, NAIVE)
    first, again = (simulated_pair(fitted, truth, 1, 7) for _ in range(2))
    other = simulated_pair(fitted, truth, 1, 8)
    assert [arm.trial for arm, _ in first] == ["anlo", "index"]
    assert np.array_equal(first[1][1].time, again[1][1].time)
    assert not np.array_equal(first[1][1].time, other[1][1].time)


def test_agreement_finds_a_median_that_is_off(small_survival):
    arm = small_survival.arms[0]
    median = float(pd.Series(arm.ipd[0].time).median())
    published = (Published("median", median + 5, "x"), Published("rate", 0.0, "x", time=12.0))
    table = agreement([replace(arm, published=published)])
    assert list(table["quantity"]) == ["median", "S(12)"]
    assert table["error"].abs().min() > 0.3


def test_agreement_counts_events_and_weighs_the_standard_error(small_survival):
    tested, control = small_survival.arms[1], small_survival.arms[0]
    number = Published("hazard_ratio", 0.7, "x", lower=0.69, upper=0.71, level=0.95, versus=control.arm)
    arms = [replace(tested, published=(Published("events", tested.ipd[0].events + 1, "x"), number)), control]
    table = agreement(arms).set_index("quantity")
    assert table.loc["events", "error"] == -1
    assert table.loc["events", "limit"] == 0
    # A printed interval a tenth as wide as the patients allow is not met by them.
    assert table.loc["standard_error", "error"] > table.loc["standard_error", "limit"]


def test_numbers_that_were_never_published_are_no_pass(small_survival):
    """V6 on a network without published numbers fails; only kinds that were published are limited."""
    nothing = reconstruction.verdict_of(agreement(small_survival.arms))
    assert nothing.verdict is Outcome.FAILED
    arm = small_survival.arms[0]
    events = replace(arm, published=(Published("events", arm.ipd[0].events, "x"),))
    met = reconstruction.verdict_of(agreement([events]))
    assert met.verdict is Outcome.PASSED
    assert set(met.limit) == {"events", "numbers"}
    wrong = replace(arm, published=(Published("events", arm.ipd[0].events + 1, "x"),))
    assert reconstruction.verdict_of(agreement([wrong])).broken == ("events",)
    no_partner = Published("hazard_ratio", 0.7, "x", versus="nobody")
    incomparable = replace(arm, published=(*events.published, no_partner))
    assert reconstruction.verdict_of(agreement([incomparable])).broken == ("hazard_ratio",)


def test_fits_that_diverge_leave_an_endpoint_without_coverage():
    """V1: an endpoint of which no fit could be pooled has no coverage, and fails."""
    table = pd.DataFrame(columns=list(leave_one_out.COLUMNS))
    verdict = leave_one_out.verdict_of(table, pd.Series(dtype=float), ["OS without a"])
    assert verdict.verdict is Outcome.FAILED
    assert {"OS 95 % coverage", "PFS 95 % coverage"} <= set(verdict.broken)
    assert "left out for divergences: OS without a" in verdict.sentence


def test_checks_are_v1_to_v10_and_unknown_names_are_all_told():
    assert [check.id for check in CHECKS] == [f"V{n}" for n in range(1, 11)]
    assert [check.id for check in choose(["v9", "V1"])] == ["V1", "V9"]
    with pytest.raises(InputError) as raised:
        choose(["V11", "W1"])
    assert len(raised.value.faults) == 2
