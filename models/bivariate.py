"""OS and PFS together: trial-level effects of both endpoints with a correlation that the trials inform.

Randomised trials give pairs of log hazard ratios (ICI on chemotherapy). With y[j] = (OS, PFS) of trial j

    y[j] ~ Normal(theta[j], V[j]),  theta[j] ~ Normal(beta, diag(tau) R diag(tau)),  R ~ LKJ(2)

V[j] holds the printed or estimated errors and a within-trial correlation, which no trial publishes: patients
who progress early die early, so it is given a prior of its own. theta is integrated out. The same R ties the
effect of the added component on OS to that on PFS (METHODS section 4, `rho_pfs_os`): the only way in which
PFS may inform OS.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from digitized.curve import Floats
from digitized.errors import InputError
from digitized.kaplan_meier import cox_two_arms
from models.priors import HalfNormal, Normal
from trials.network import SurvivalArm

ENDPOINTS = ("OS", "PFS")
# A correlation near 1 would leave the 2 x 2 covariances without an inverse.
LARGEST = 0.999


@dataclass(frozen=True)
class BivariatePriors:
    """Priors of the trial-level model, log hazard ratio scale.

    `concentration` is that of LKJ: 2 favours weak correlations a little. The within-trial correlation is
    2 Beta(a, b) - 1 with (a, b) = `within`: mean 0.33, 95 % from -0.3 to 0.85.
    """

    beta: Normal = Normal(0.0, 0.5)
    tau: HalfNormal = HalfNormal(0.15)
    concentration: float = 2.0
    within: tuple[float, float] = (4.0, 2.0)


@dataclass(frozen=True)
class TrialEffects:
    """Log hazard ratios (J, 2) and standard errors (J, 2) of J randomised trials, OS then PFS."""

    trials: tuple[str, ...]
    log_hazard_ratio: Floats
    standard_error: Floats


def trial_effects(survival: Sequence[SurvivalArm], partner: frozenset[str]) -> TrialEffects:
    """Cox log hazard ratios of the partner (the ICI) in every randomised trial that reports both endpoints.

    Parameters
    ----------
    survival : sequence of SurvivalArm
        Arms of both endpoints; the first reconstruction of each is used.

    Raises
    ------
    InputError
        If fewer than three trials report both: a correlation needs at least as many.
    """
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for endpoint in ENDPOINTS:
        own = [arm for arm in survival if arm.endpoint == endpoint and arm.randomised]
        for trial in dict.fromkeys(arm.trial for arm in own):
            members = [arm for arm in own if arm.trial == trial]
            treated = [arm for arm in members if arm.components & partner]
            control = [arm for arm in members if not arm.components & partner]
            if len(treated) == len(control) == 1:
                first, second = control[0].ipd[0], treated[0].ipd[0]
                cox = cox_two_arms(first.time, first.event, second.time, second.event)
                found.setdefault(trial, {})[endpoint] = cox.log_hazard_ratio, cox.standard_error
    complete = {trial: effects for trial, effects in found.items() if set(effects) == set(ENDPOINTS)}
    if len(complete) < 3:
        raise InputError(
            f"OS and PFS together: {len(complete)} randomised trials report both; expected at least 3"
        )
    table = np.array([[effects[endpoint] for endpoint in ENDPOINTS] for effects in complete.values()])
    return TrialEffects(tuple(complete), table[:, :, 0], table[:, :, 1])


def build_bivariate(effects: TrialEffects, priors: BivariatePriors | None = None) -> pm.Model:
    """Build the trial-level model; nothing is sampled here.

    Named variables: `beta` and `tau` (endpoint), `rho_pfs_os`, `rho_within`.
    """
    believed = priors or BivariatePriors()
    with pm.Model(coords={"endpoint": list(ENDPOINTS)}) as model:
        observed = pm.Data("log_hazard_ratio", effects.log_hazard_ratio)
        error = pm.Data("standard_error", effects.standard_error)
        beta = believed.beta.random_variable("beta", dims="endpoint")
        tau = believed.tau.random_variable("tau", dims="endpoint")
        # LKJ(eta) of two variables: (rho + 1) / 2 ~ Beta(eta, eta).
        share = pm.Beta("rho_share", believed.concentration, believed.concentration)
        rho = pm.Deterministic("rho_pfs_os", 2 * share - 1)
        within_share = pm.Beta("rho_within_share", *believed.within)
        rho_within = pm.Deterministic("rho_within", 2 * within_share - 1)
        first = tau[0] ** 2 + error[:, 0] ** 2
        second = tau[1] ** 2 + error[:, 1] ** 2
        shared = LARGEST * (rho * tau[0] * tau[1] + rho_within * error[:, 0] * error[:, 1])
        residual = observed - beta
        determinant = first * second - shared**2
        crossed = second * residual[:, 0] ** 2 + first * residual[:, 1] ** 2
        squared = (crossed - 2 * shared * residual[:, 0] * residual[:, 1]) / determinant
        log_density = -0.5 * (squared + pt.log(4 * np.pi**2 * determinant))
        pm.Potential("trials", pt.sum(log_density))
    return model


def correlated_log_ratio(first: Floats, second: Floats, rho: Floats) -> Floats:
    """Log of the density ratio of a correlated to an independent standard normal pair, (D,).

    What a pair of draws from independent posteriors weighs once the two priors are correlated by `rho`.

    Parameters
    ----------
    first, second : (D,) float
        Draws in units of their prior's sd from its mean.
    rho : (D,) float
    """
    bounded = LARGEST * rho
    rest = 1 - bounded**2
    squared = bounded**2 * (first**2 + second**2) - 2 * bounded * first * second
    return -0.5 * (np.log(rest) + squared / rest)
