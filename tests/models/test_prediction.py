import numpy as np
import pytest
import xarray as xr

from models.prediction import (
    CHEMO,
    COMPARATOR,
    TRIPLE,
    predict,
    rmst,
    time_averaged_hazard_ratio,
)
from models.survival import build_survival
from models.survival_predictor import FIXED_EFFECTS
from trials.covariates import TargetPopulation

RATE = 0.05
LOW = TargetPopulation("low", "no liver, PD-L1 low", 0.0, 0.0, 1.0, 1.0, "")
MIXED = TargetPopulation("mixed", "a quarter with liver", 0.25, 0.5, 1.0, 1.0, "")


@pytest.fixture
def survival(template_arms):
    return build_survival(template_arms)


def draws(**values):
    effects = np.array([values.get(name, 0.0) for name in FIXED_EFFECTS])
    return xr.Dataset(
        {
            "log_h0": (("chain", "draw", "interval"), np.full((1, 2, 8), np.log(RATE))),
            "effects": (("chain", "draw", "effect"), np.tile(effects, (1, 2, 1))),
        },
        coords={"chain": [0], "draw": [0, 1], "effect": list(FIXED_EFFECTS)},
    )


def test_exponential_restricted_mean_is_analytic(survival):
    times = np.arange(0, 24.05, 0.1)
    curves = predict(survival, draws(), LOW, times)
    expected = (1 - np.exp(-RATE * 24)) / RATE
    assert float(rmst(curves, 24.0).sel(arm=CHEMO)[0, 0]) == pytest.approx(expected, rel=1e-5)


def test_hazard_ratio_without_mixture_is_exp_delta(survival):
    curves = predict(survival, draws(delta_anlo=-0.4, gamma=0.1, beta_ici=-0.3), LOW, [0.0, 12.0, 24.0])
    ratio = time_averaged_hazard_ratio(curves, 24.0, TRIPLE, COMPARATOR)
    assert float(ratio[0, 0]) == pytest.approx(np.exp(-0.3))


def test_marginal_hazard_ratio_is_nearer_to_one_than_the_conditional(survival):
    curves = predict(survival, draws(delta_anlo=-0.7, beta_liver=1.5), MIXED, [0.0, 12.0, 24.0])
    ratio = float(time_averaged_hazard_ratio(curves, 24.0, TRIPLE, COMPARATOR)[0, 0])
    assert np.exp(-0.7) < ratio < 1.0


def test_curves_start_at_one_and_fall(survival):
    curves = predict(survival, draws(beta_liver=0.5, beta_pdl1_ici=-0.3), MIXED, np.arange(0, 30, 1.0))
    assert np.all(curves.sel(time=0.0) == 1.0)
    assert np.all(curves.diff("time") < 0)
    assert curves.dims == ("chain", "draw", "arm", "time")


def test_shift_moves_every_arm(survival):
    times = [0.0, 12.0]
    shift = xr.DataArray(np.full((1, 2), np.log(2.0)), dims=("chain", "draw"))
    plain, shifted = predict(survival, draws(), LOW, times), predict(survival, draws(), LOW, times, shift)
    assert np.allclose(plain.sel(time=12.0) ** 2, shifted.sel(time=12.0))


def test_rmst_needs_its_horizon_among_the_times(survival):
    with pytest.raises(ValueError, match="needs 18 among the times"):
        rmst(predict(survival, draws(), LOW, [0.0, 12.0, 24.0]), 18.0)


@pytest.mark.parametrize(
    ("hazard_ratio", "comparator_share", "printed"),
    [
        (1.5, 0.18, 0.982),
        (1.5, 0.26, 0.947),
        (2.5, 0.20, 0.931),
        (2.5, 0.24, 0.890),
        (4.0, 0.18, 0.922),
        (4.0, 0.24, 0.826),
    ],
)
def test_first_order_liver_table(survival, hazard_ratio, comparator_share, printed):
    """GOLD: hazard ratio of the index mix to a comparator mix at t = 0."""
    effect = draws(beta_liver=np.log(hazard_ratio))
    early = [0.0, 1e-4]
    hazards = []
    for share in (0.14, comparator_share):
        population = TargetPopulation("mix", "mix", share, 0.0, 1.0, 1.0, "")
        curves = predict(survival, effect, population, early).sel(arm=CHEMO)
        hazards.append(-np.log(float(curves.isel(time=1)[0, 0])))
    assert hazards[0] / hazards[1] == pytest.approx(printed, abs=0.0006)
