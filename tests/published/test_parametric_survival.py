"""Parametric survival models by maximum likelihood, against R's survival and flexsurv, on the families' primitives.

The likelihood is the product's own (`log_mixture_density`, one stratum); patients come from lifelines'
copies of the public data sets, those of the ovarian trial from its table (Edmonson 1979).
"""

import numpy as np
import pytest
from lifelines.datasets import load_gbsg2, load_lung
from scipy.optimize import minimize

from models.baselines import FAMILIES
from models.survival_predictor import log_mixture_density

# Days, and who died (R survival 3.x, `ovarian`).
OVARIAN_TIME = np.array([59.0, 115, 156, 421, 431, 448, 464, 475, 477, 563, 638, 744, 769, 770, 803, 855,
                         1040, 1106, 1129, 1206, 1227, 268, 329, 353, 365, 377])  # fmt: skip
OVARIAN_DIED = np.isin(OVARIAN_TIME, (59, 115, 156, 431, 464, 475, 563, 638, 268, 329, 353, 365))
ONE_STRATUM = np.array([1.0, 0.0, 0.0, 0.0])


def _log_likelihood(family, parameters, log_ratio, time, event):
    """Log likelihood of patients whose hazards are `exp(log_ratio)` times the baseline's, (N,) each."""
    density = log_mixture_density(
        np.tile(ONE_STRATUM, (time.size, 1)),
        np.repeat(log_ratio[:, None], 4, axis=1),
        np.arange(time.size),
        family.log_hazard(parameters, time, np),
        family.cumulative_hazard(parameters, time, np),
        event.astype(np.int64),
        np,
    )
    return float(np.sum(density))


def maximum_likelihood(name, start, time, event, covariates=()):
    """Maximised log likelihood and where: the family's parameters, then the covariates' log hazard ratios."""
    family, size = FAMILIES[name], len(start)
    columns = np.array(covariates).reshape(-1, time.size)

    def negative(values):
        return -_log_likelihood(family, values[:size], values[size:] @ columns, time, event)

    first = [*start, *np.zeros(len(columns))]
    options = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000, "maxfev": 4000}
    found = minimize(negative, first, method="Nelder-Mead", options=options)
    return -float(found.fun), found.x


@pytest.mark.parametrize(
    ("name", "start", "published"),
    [
        ("exponential", [-7.0], -98.0322002),
        ("Weibull", [-7.0, 0.0], -97.95390105),
        ("log-normal", [6.8, 0.2], -97.12174204),
        ("log-logistic", [6.7, 0.3], -97.35470448),
    ],
)
def test_ovarian_trial(name, start, published):
    """R survival::survreg 3.x and flexsurvreg 2.x, `ovarian` without covariates: tolerance 1e-5."""
    assert maximum_likelihood(name, start, OVARIAN_TIME, OVARIAN_DIED)[0] == pytest.approx(
        published, abs=1e-5
    )


def test_generalised_gamma_holds_the_gamma_and_both_its_limits():
    """flexsurvreg, `ovarian`: dist = "gamma" is Q = sigma; Weibull is Q = 1; log-normal is Q near 0."""
    family = FAMILIES["generalised gamma"]

    def gamma(values):
        parameters = np.array([values[0], values[1], values[1]])
        return -_log_likelihood(family, parameters, np.zeros(26), OVARIAN_TIME, OVARIAN_DIED)

    found = minimize(gamma, [6.9, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert -found.fun == pytest.approx(-97.86379723453011, abs=1e-5)
    for log_q, published in ((0.0, -97.95390105), (-4.0, -97.12174204)):
        found = minimize(
            lambda values, log_q=log_q: (
                -_log_likelihood(family, np.array([*values, log_q]), np.zeros(26), OVARIAN_TIME, OVARIAN_DIED)
            ),
            [6.8, 0.2],
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-10},
        )
        assert -found.fun == pytest.approx(published, abs=0.02 if log_q else 1e-5)


@pytest.mark.parametrize(
    ("name", "start", "published", "log_hazard_ratio"),
    [
        ("exponential", [-6.0], -1157.59955962, -0.50039878),
        ("Weibull", [-6.0, 0.3], -1148.65156468, -0.39557801 / 0.75508801),
    ],
)
def test_lung_cancer_by_sex(name, start, published, log_hazard_ratio):
    """R survival::survreg 3.x, `lung` by sex; its coefficients are -log HR times the scale: tolerance 1e-4."""
    lung = load_lung()
    time, event = lung["time"].to_numpy(dtype=float), lung["status"].to_numpy() == lung["status"].max()
    found, where = maximum_likelihood(name, start, time, event, [lung["sex"].to_numpy(dtype=float) - 1])
    assert found == pytest.approx(published, abs=1e-4)
    assert where[-1] == pytest.approx(log_hazard_ratio, abs=1e-3)


def test_breast_cancer_without_covariates():
    """flexsurvspline 2.x with k = 0 on the hazard scale is a Weibull: GBSG-2, years, tolerance 1e-4."""
    trial = load_gbsg2()
    years = trial["time"].to_numpy(dtype=float) / 365
    found, _ = maximum_likelihood("Weibull", [-2.0, 0.2], years, trial["cens"].to_numpy(dtype=bool))
    assert found == pytest.approx(-873.207054864145, abs=1e-4)


def test_a_patient_more_is_another_likelihood():
    """Negative control: one censoring read as a death is far outside every tolerance above."""
    died = OVARIAN_DIED.copy()
    died[-1] = True
    assert abs(maximum_likelihood("Weibull", [-7.0, 0.0], OVARIAN_TIME, died)[0] + 97.95390105) > 1
