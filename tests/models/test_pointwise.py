import numpy as np
import pytest
import xarray as xr
from scipy import stats

from digitized.curve import PseudoIPD
from models.baselines import FAMILIES
from models.pointwise import leave_one_out, log_density
from models.prediction import predict_arm
from models.survival import SurvivalOptions, build_survival
from models.survival_predictor import FIXED_EFFECTS
from models.time_varying import TimeVaryingEffect

SEED = 20241125
STEP = 1e-4


def _draws(survival, parameters):
    """Two draws of everything that an arm's survival depends on."""
    rng = np.random.default_rng(SEED)
    coords = {"chain": [0], "draw": [0, 1], "effect": list(FIXED_EFFECTS), "spread": ["tau_u", "tau_ici"]}
    coords |= {
        name: list(survival.model.coords[name]) for name in ("trial", "single_arm_trial", "arm", "stratum")
    }
    sizes = {name: len(values) for name, values in coords.items()}

    def normal(*dims, sd=0.2):
        return (("chain", "draw", *dims), rng.normal(0, sd, [1, 2, *(sizes[dim] for dim in dims)]))

    shares = rng.dirichlet(np.ones(4), size=(1, 2, sizes["arm"]))
    values = np.asarray(parameters) + rng.normal(0, 0.05, (1, 2, len(parameters)))
    return xr.Dataset(
        {
            "effects": normal("effect"),
            "shift": normal("spread", "trial"),
            "c_sat": normal("single_arm_trial"),
            "e_sat": normal("single_arm_trial"),
            "log_proportion": (("chain", "draw", "arm", "stratum"), np.log(shares)),
            survival.baseline.parameter: (("chain", "draw", "own"), values),
            "Delta_change": (("chain", "draw", "delta_segment"), rng.normal(0, 0.3, (1, 2, 4))),
        },
        coords=coords,
    )


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        (SurvivalOptions(), np.full(8, -3.0)),
        (SurvivalOptions(baseline=FAMILIES["Weibull"]), [-3.0, 0.2]),
        (SurvivalOptions(time_varying=TimeVaryingEffect()), np.full(8, -3.0)),
    ],
    ids=["piecewise", "Weibull", "time-varying"],
)
def test_density_is_the_slope_of_the_arms_own_survival(template_arms, options, parameters):
    """h S = -dS/dt for events, S for censorings, in the arm that carries every term (the last)."""
    survival = build_survival(template_arms, options=options)
    posterior = _draws(survival, parameters)
    time = np.array([0.7, 4.2, 8.1, 20.3])
    last = len(template_arms) - 1
    events = log_density(survival, posterior, last, PseudoIPD(time, np.ones(4, dtype=bool)))
    censored = log_density(survival, posterior, last, PseudoIPD(time, np.zeros(4, dtype=bool)))
    before, after = (predict_arm(survival, posterior, last, time + side) for side in (-STEP, STEP))
    np.testing.assert_allclose(np.exp(events), (before - after) / (2 * STEP), rtol=1e-5)
    np.testing.assert_allclose(np.exp(censored), predict_arm(survival, posterior, last, time), rtol=1e-10)


@pytest.fixture(scope="module")
def normal_mean():
    """40 points y ~ N(mu, 1) with mu ~ N(0, 1): draws of mu, log densities, and the points."""
    rng = np.random.default_rng(SEED)
    y = rng.normal(0.3, 1, 40)
    variance = 1 / (len(y) + 1)
    mu = rng.normal(variance * y.sum(), np.sqrt(variance), 4000)
    return y, stats.norm.logpdf(y, mu[:, None], 1)


def test_leave_one_out_is_the_exact_predictive_density_of_a_normal_mean(normal_mean):
    y, density = normal_mean
    variance = 1 / len(y)
    exact = stats.norm.logpdf(y, variance * (y.sum() - y), np.sqrt(1 + variance))
    found = leave_one_out(density)
    np.testing.assert_allclose(found.elpd, exact, atol=0.01)
    assert found.rejected == 0
    assert (found.lppd - found.elpd).sum() == pytest.approx(1.0, abs=0.15)


def test_a_point_that_no_draw_expects_is_rejected(normal_mean):
    """Negative control: one observation 12 sd away may not be left out by weights."""
    y, density = normal_mean
    mu = y.mean() + np.random.default_rng(SEED).normal(0, 0.15, len(density))
    far = stats.norm.logpdf(y.mean() + 12, mu, 0.3)
    found = leave_one_out(np.column_stack((density, far)))
    assert found.rejected == 1
    assert found.pareto_k[-1] > 0.7
