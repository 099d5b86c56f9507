"""Another prior on a few parameters of a finished fit: importance weights, else a normal update."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats

from analysis.reweighting import PARETO_K_LIMIT, resample
from digitized.curve import Floats

# A prior "fixed at" a value: so narrow that no posterior of this field can be told from a point.
POINT_SD = 1e-4


@dataclass(frozen=True)
class NormalPrior:
    """Multivariate normal prior of P parameters; `mean` (P,), `covariance` (P, P)."""

    mean: Floats
    covariance: Floats

    def log_density(self, values: Floats) -> Floats:
        """Log density (D,) at `values` (D, P)."""
        found = stats.multivariate_normal(self.mean, self.covariance).logpdf(values)
        return np.atleast_1d(np.asarray(found, dtype=float))

    @property
    def precision(self) -> Floats:
        """Inverse of the covariance."""
        return np.linalg.inv(self.covariance)


def independent(mean: Floats | list[float], sd: Floats | list[float]) -> NormalPrior:
    """Independent normals; an sd of 0 is taken as `POINT_SD`."""
    spread = np.maximum(np.asarray(sd, dtype=float), POINT_SD)
    return NormalPrior(np.asarray(mean, dtype=float), np.diag(spread**2))


@dataclass(frozen=True)
class Answered:
    """Draws (D,) of Delta under another prior, how they were made, and Pareto k where weighted."""

    delta: Floats
    method: str
    pareto_k: float


def with_prior(
    delta: Floats, parameters: Floats, fitted: NormalPrior, wanted: NormalPrior, rng: np.random.Generator
) -> Answered:
    """Draws of Delta had `parameters` had the prior `wanted` instead of `fitted`.

    Importance weights wherever Pareto k allows them; beyond that the update that is exact for a jointly
    normal posterior (`normal_update`).

    Parameters
    ----------
    delta : (D,) float
    parameters : (D, P) float
    """
    if np.all(np.diag(wanted.covariance) > POINT_SD**2):
        log_weight = wanted.log_density(parameters) - fitted.log_density(parameters)
        weighted = _resampled(delta, log_weight, rng)
        if weighted.pareto_k < PARETO_K_LIMIT:
            return weighted
    return Answered(normal_update(delta, parameters, fitted, wanted), "normal update", float("nan"))


def with_likelihood(delta: Floats, log_likelihood: Floats, rng: np.random.Generator) -> Answered:
    """Draws of Delta with a further likelihood, by importance weights; a k that makes them doubtful is said."""
    return _resampled(delta, log_likelihood, rng)


def _resampled(delta: Floats, log_weight: Floats, rng: np.random.Generator) -> Answered:
    rows = xr.Dataset({"Delta": (("chain", "draw"), delta[None, :])}).assign_coords(
        chain=[0], draw=np.arange(delta.size)
    )
    drawn = resample(rows, log_weight, rng)
    found = np.asarray(drawn.posterior["Delta"].to_numpy(), dtype=float).ravel()
    doubt = f" of Pareto k {drawn.pareto_k:.2f}, doubtful" if drawn.pareto_k >= PARETO_K_LIMIT else ""
    return Answered(found, f"importance weights{doubt}", drawn.pareto_k)


def normal_update(delta: Floats, parameters: Floats, fitted: NormalPrior, wanted: NormalPrior) -> Floats:
    """Draws of Delta after the prior of `parameters` has been replaced, for a jointly normal posterior.

    The prior's precision is taken off the joint precision of (Delta, parameters), the new one put on, and
    the draws are moved by the affine map between the two normals, which keeps their shape.
    """
    joint = np.column_stack((delta, parameters))
    # Delta may be a linear combination of the parameters; a jitter far under any posterior sd keeps the
    # covariance invertible.
    mean = joint.mean(axis=0)
    covariance = np.cov(joint, rowvar=False) + 1e-10 * np.eye(joint.shape[1])
    precision = np.linalg.inv(covariance)
    updated = precision.copy()
    updated[1:, 1:] += wanted.precision - fitted.precision
    change = wanted.precision @ wanted.mean - fitted.precision @ fitted.mean
    information = precision @ mean + np.concatenate(([0.0], change))
    new_covariance = np.linalg.inv(updated)
    new_mean = new_covariance @ information
    root, new_root = np.linalg.cholesky(covariance), np.linalg.cholesky(new_covariance)
    moved = new_mean + (joint - mean) @ np.linalg.solve(root.T, new_root.T)
    return np.asarray(moved[:, 0])
