"""Scenarios from one wide fit by Pareto-smoothed importance weights (Vehtari et al. 2024)."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from scipy import stats

from digitized.curve import Floats
from models.priors import SingleArmShift
from models.survival import ClassBenchmark

PARETO_K_LIMIT = 0.7
# Wide enough to cover every rung with a spread; the naive rung, c = 0 exactly, is fitted on its own.
WIDE = SingleArmShift("wide", -0.15, 0.40)


@dataclass(frozen=True)
class Reweighted:
    """Draws of a scenario, resampled to equal weight.

    `pareto_k` above 0.7 forbids their use; `effective` is the number of equally weighted draws that they are
    worth.
    """

    posterior: xr.Dataset
    pareto_k: float
    effective: float


def log_shift_density(c_sat: Floats, shift: SingleArmShift) -> Floats:
    """Log density (D,) of the single-arm shifts c (D, K) under a prior with common correlation."""
    size = c_sat.shape[-1]
    covariance = shift.sd**2 * (np.eye(size) * (1 - shift.correlation) + shift.correlation)
    density = stats.multivariate_normal(np.full(size, shift.mu), covariance).logpdf(c_sat)
    return np.atleast_1d(np.asarray(density, dtype=float))


def class_log_likelihood(delta: Floats, benchmark: ClassBenchmark) -> Floats:
    """Log likelihood (D,) of the class benchmark with its number of events integrated over its range.

    The class deviation lambda ~ N(0, spread) is integrated out: log HR ~ N(Delta, spread^2 + 4/d).
    """
    events = np.linspace(*benchmark.events, 33)
    sd = np.sqrt(benchmark.spread**2 + 4 / events)
    density = stats.norm.pdf(benchmark.log_hazard_ratio, delta[:, None], sd)
    return np.log(density.mean(axis=1))


def reweight(
    posterior: xr.Dataset,
    fitted: SingleArmShift,
    wanted: SingleArmShift,
    benchmark: ClassBenchmark | None,
    rng: np.random.Generator,
) -> Reweighted:
    """Draws under `wanted` (and the class benchmark) from draws fitted under `fitted`.

    Parameters
    ----------
    posterior : Dataset with dims (chain, draw, ...), variables `c_sat` and `Delta`
    """
    c_sat = posterior["c_sat"].transpose("chain", "draw", ...).to_numpy()
    chains, draws = c_sat.shape[:2]
    if wanted == fitted and benchmark is None:
        return Reweighted(posterior, 0.0, float(chains * draws))
    flat = c_sat.reshape(chains * draws, -1)
    log_weight = np.zeros(len(flat))
    if wanted != fitted:
        log_weight += log_shift_density(flat, wanted) - log_shift_density(flat, fitted)
    if benchmark is not None:
        delta = posterior["Delta"].transpose("chain", "draw").to_numpy().ravel()
        log_weight += class_log_likelihood(delta, benchmark)
    return resample(posterior, log_weight, rng)


def resample(posterior: xr.Dataset, log_weight: Floats, rng: np.random.Generator) -> Reweighted:
    """Draws resampled by their smoothed weights, (chain, draw) in row order as `log_weight` (D,)."""
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    tail = np.sort(log_weight)[-min(log_weight.size // 5, int(3 * np.sqrt(log_weight.size))) :]
    if np.ptp(tail) > 0:
        smoothed, k = array_stats.psislw(-log_weight)
    else:
        # Copies of one draw hold the whole tail: there is nothing to fit a Pareto distribution to.
        smoothed, k = log_weight, np.inf
    weight = np.exp(smoothed - smoothed.max())
    weight /= weight.sum()
    # Systematic resampling adds the least noise to equal weights.
    points = (rng.uniform() + np.arange(weight.size)) / weight.size
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), points), weight.size - 1)
    rng.shuffle(chosen)
    rows = {
        "chain": xr.DataArray((chosen // draws).reshape(chains, draws), dims=("chain", "draw")),
        "draw": xr.DataArray((chosen % draws).reshape(chains, draws), dims=("chain", "draw")),
    }
    resampled = posterior.isel(rows).assign_coords(chain=posterior["chain"], draw=posterior["draw"])
    return Reweighted(resampled, float(k), float(1 / np.sum(weight**2)))
