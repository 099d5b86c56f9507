"""Scenarios from one wide fit by Pareto-smoothed importance weights (Vehtari et al. 2024).

What is weighted is the departure s of the single-arm trials, of which c is a part: what the data say of a single
arm, they say of s. The parts of s are drawn anew under the prior wanted, so that c may even be known.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from scipy import stats

from digitized.curve import Floats
from models.departure import Departure
from models.priors import SingleArmShift
from models.survival import ClassBenchmark

PARETO_K_LIMIT = 0.7
# Wide enough to cover every rung, the naive one (c = 0 exactly) too.
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
    departure: Departure,
    fitted: SingleArmShift,
    wanted: SingleArmShift,
    benchmark: ClassBenchmark | None,
    rng: np.random.Generator,
) -> Reweighted:
    """Draws under `wanted` (and the class benchmark) from draws fitted under `fitted`.

    Parameters
    ----------
    posterior : Dataset with dims (chain, draw, ...)
        Every term of the survival model's predictor.
    departure : Departure
        What the single-arm trials carry that no randomised arm does.
    fitted, wanted : SingleArmShift
        `fitted` must have a spread; `wanted` may be a point.
    """
    if wanted == fitted and benchmark is None:
        return Reweighted(posterior, 0.0, float(posterior.sizes["chain"] * posterior.sizes["draw"]))
    log_weight = np.zeros(posterior.sizes["chain"] * posterior.sizes["draw"])
    if wanted != fitted:
        sums = departure.sums(posterior)
        tau_u = posterior["tau"].sel(spread="tau_u").transpose("chain", "draw").to_numpy().ravel()
        log_weight += departure.log_density(sums, tau_u, wanted) - departure.log_density(sums, tau_u, fitted)
        posterior = departure.redrawn(posterior, wanted, rng)
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
