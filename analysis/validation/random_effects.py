"""Random-effects meta-analysis, the classical way: restricted maximum likelihood and DerSimonian-Laird."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from digitized.curve import Floats


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate with its standard error and the between-study standard deviation."""

    estimate: float
    standard_error: float
    tau: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Wald interval of the pooled mean."""
        half = float(norm.ppf(0.5 + level / 2)) * self.standard_error
        return self.estimate - half, self.estimate + half


def restricted_log_likelihood(tau: float, estimates: Floats, errors: Floats) -> float:
    """Log likelihood of tau with the mean integrated out under a flat prior (Harville 1977)."""
    weight = 1 / (errors**2 + tau**2)
    mean = np.sum(weight * estimates) / weight.sum()
    deviance = np.sum(weight * (estimates - mean) ** 2) - np.sum(np.log(weight)) + np.log(weight.sum())
    return float(-0.5 * deviance)


def reml(estimates: Floats, errors: Floats) -> Pooled:
    """Random effects with tau by restricted maximum likelihood (Viechtbauer 2005).

    Parameters
    ----------
    estimates, errors : (J,) float
        Study estimates and their standard errors, same scale.
    """
    upper = 10 * float(np.std(estimates) + np.max(errors))
    found = minimize_scalar(
        lambda tau: -restricted_log_likelihood(tau, estimates, errors),
        bounds=(0.0, upper),
        method="bounded",
        options={"xatol": 1e-8},
    )
    # A bounded search never returns the boundary itself.
    at_zero = restricted_log_likelihood(0.0, estimates, errors)
    tau = 0.0 if at_zero >= -float(found.fun) else float(found.x)
    return _pooled(tau, estimates, errors)


def dersimonian_laird(estimates: Floats, errors: Floats) -> Pooled:
    """Random effects with tau by the method of moments (DerSimonian & Laird 1986)."""
    weight = 1 / errors**2
    mean = np.sum(weight * estimates) / weight.sum()
    q = np.sum(weight * (estimates - mean) ** 2)
    spare = weight.sum() - np.sum(weight**2) / weight.sum()
    variance = max(0.0, float((q - (len(estimates) - 1)) / spare))
    return _pooled(variance**0.5, estimates, errors)


def _pooled(tau: float, estimates: Floats, errors: Floats) -> Pooled:
    weight = 1 / (errors**2 + tau**2)
    return Pooled(float(np.sum(weight * estimates) / weight.sum()), float(weight.sum() ** -0.5), tau)
