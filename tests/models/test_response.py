from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from digitized.errors import InputError
from models.prediction import CHEMO, COMPARATOR, TRIPLE
from models.response import (
    RESPONSE_EFFECTS,
    build_response,
    clopper_pearson,
    predict_response,
    response_arms,
)
from models.survival_design import Contrast
from trials.covariates import TargetPopulation
from trials.network import PdL1Share, ResponseArm, Share

MIX = TargetPopulation("index", "index", 0.14, 0.105, 1.0, 1.0, "")


def arm(trial, name, components, n, responders, *, randomised=True, index=False):
    return ResponseArm(
        trial=trial,
        arm=name,
        label=name,
        components=frozenset(components),
        randomised=randomised,
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


ARMS = (
    arm("rct", "chemo", ["chemo"], 300, 150),
    arm("rct", "ici", ["chemo", "pd1"], 300, 200),
    arm("anlo", "anlo", ["chemo", "anlotinib"], 46, 35, randomised=False),
    arm("index", "triple", ["chemo", "pdl1", "anlotinib"], 50, 36, randomised=False, index=True),
)


def test_clopper_pearson_of_the_index_response():
    """GOLD: 36 of 50, 57.5-83.8 %."""
    lower, upper = clopper_pearson(36, 50)
    assert (100 * lower, 100 * upper) == pytest.approx((57.5, 83.8), abs=0.05)


def test_target_is_delta_plus_gamma_on_the_log_odds():
    effects = np.array([0.3 if name in ("delta_anlo", "gamma") else 0.0 for name in RESPONSE_EFFECTS])
    posterior = xr.Dataset(
        {"intercept": (("chain", "draw"), [[0.2]]), "effects": (("chain", "draw", "effect"), [[effects]])},
        coords={"chain": [0], "draw": [0]},
    )
    rates = predict_response(posterior, MIX).isel(chain=0, draw=0)
    log_odds = np.log(rates / (1 - rates))
    assert float(log_odds.sel(arm=TRIPLE) - log_odds.sel(arm=COMPARATOR)) == pytest.approx(0.6)
    assert float(log_odds.sel(arm=CHEMO)) == pytest.approx(0.2)


def test_log_density_follows_the_responders():
    """More responders than the model expects lower the density; ignoring non-responders would not see it."""
    model = build_response(ARMS).model
    density = model.compile_logp(mode="FAST_COMPILE")
    point = model.initial_point()
    plausible = float(density(point))
    model.set_data("responders", np.array([300, 300, 46, 50]))
    assert float(density(point)) < plausible - 100


def test_arms_without_a_place_are_left_out_or_refused():
    odd = arm("other", "ipi", ["pd1", "ctla4"], 300, 100)
    assert response_arms([*ARMS, odd], Contrast()) == ARMS
    with pytest.raises(InputError, match="no place in the model"):
        build_response([*ARMS, odd])
    with pytest.raises(InputError, match="no arm is the index arm"):
        build_response(ARMS[:3])


def _density(arms):
    model = build_response(arms).model
    return float(
        model.compile_logp(mode="FAST_COMPILE")(model.initial_point() | {"effects": np.arange(7) / 7})
    )


def test_pdl1_is_pooled_over_randomised_arms_and_borrowed_by_the_single_arm_trial():
    """METHODS section 4: JUPITER-06's 115 and 97 of 257 is chance, ALTER-E002 takes the index trial's."""

    def told(*shares):
        mixed = [None if share is None else PdL1Share(share, "CPS", 10, "JS311") for share in shares]
        return [replace(arm, pdl1=pdl1) for arm, pdl1 in zip(ARMS, mixed, strict=True)]

    high, low, index = Share(115 / 257, 115, 257), Share(97 / 257, 97, 257), Share(4 / 38, 4, 38)
    assert _density(told(high, low, None, index)) == pytest.approx(
        _density(told(low, high, None, index)), abs=1e-9
    )
    assert _density(told(high, low, None, index)) == pytest.approx(
        _density(told(high, low, index, index)), abs=1e-9
    )
    assert _density(told(high, high, None, index)) != pytest.approx(
        _density(told(high, low, None, index)), abs=1e-6
    )


def test_the_ici_of_a_randomised_index_trial_departs_from_the_mean_once():
    """METHODS section 4: its departure is bme_dev; a trial effect b beside it would be the same thing again."""
    arms = (
        *ARMS[:2],
        arm("index", "ici", ["chemo", "pdl1"], 60, 40),
        arm("index", "triple", ["chemo", "pdl1", "anlotinib"], 50, 36, index=True),
    )
    model = build_response(arms).model
    density = model.compile_logp(vars=model.observed_RVs, mode="FAST_COMPILE")
    point = model.initial_point()
    ordinary = float(density(point))

    def moves(spread, trial):
        shift_z = np.zeros((2, 2))
        shift_z[spread, trial] = 1.0
        return float(density(point | {"shift_z": shift_z})) != pytest.approx(ordinary, abs=1e-9)

    # Rows tau_u and tau_ici, columns rct and index.
    assert [[moves(spread, trial) for trial in (0, 1)] for spread in (0, 1)] == [[True, True], [True, False]]
