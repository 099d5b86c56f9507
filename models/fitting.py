"""Compile once, sample many times with other data, and say whether the draws may be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import arviz as az
import numpy as np
import nutpie
import pymc as pm
import pytensor
import xarray as xr

# Standard deviation of a constant summed in floating point.
ROUNDING = 1e-10
# A fit of which more diverged, even with smaller steps, enters no pool of fits (METHODS, V7).
MOST_DIVERGENT = 0.001


@dataclass(frozen=True)
class Sampler:
    """Settings of NUTS; the same seed gives the same draws."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    cores: int = 1
    target_accept: float = 0.95
    seed: int = 20241107


@dataclass(frozen=True)
class Diagnostics:
    """Verdict on one fit over its named parameters (V7)."""

    worst_rhat: float
    worst_rhat_parameter: str
    least_ess_bulk: float
    least_ess_tail: float
    divergences: int
    e_bfmi: float

    def faults(self, *, rhat: float = 1.01, ess: float = 400.0, e_bfmi: float = 0.3) -> tuple[str, ...]:
        """Why the fit may not be used, empty when it may."""
        found = []
        if not self.worst_rhat < rhat:
            found.append(f"R-hat of {self.worst_rhat_parameter} is {self.worst_rhat:.3f}; expected < {rhat}")
        if not min(self.least_ess_bulk, self.least_ess_tail) > ess:
            least = min(self.least_ess_bulk, self.least_ess_tail)
            found.append(f"least effective sample size is {least:.0f}; expected > {ess:.0f}")
        if self.divergences:
            found.append(f"{self.divergences} divergences; expected 0")
        if not self.e_bfmi > e_bfmi:
            found.append(f"E-BFMI is {self.e_bfmi:.2f}; expected > {e_bfmi}")
        return tuple(found)


@dataclass(frozen=True)
class Fit:
    """Draws of one model with one data set: `posterior` has dims (chain, draw, ...)."""

    tree: xr.DataTree
    diagnostics: Diagnostics

    @property
    def posterior(self) -> xr.Dataset:
        """The posterior draws with dims (chain, draw, ...)."""
        return self.tree["posterior"].to_dataset()

    def thinned(self, step: int) -> "Fit":
        """Every `step`-th draw, judged anew; the sampler's own statistics, divergences among them, stay whole."""
        groups = {name: node.to_dataset() for name, node in self.tree.children.items()}
        groups["posterior"] = groups["posterior"].isel(draw=slice(None, None, step))
        kept = xr.DataTree.from_dict(groups)
        return Fit(kept, diagnose(kept, tuple(str(name) for name in groups["posterior"].data_vars)))


def named_parameters(posterior: xr.Dataset) -> xr.Dataset:
    """The same draws with the vectors of effects and spreads taken apart into their own names."""
    named = posterior.drop_vars([name for name in ("effects", "tau", "shift") if name in posterior])
    for vector, dim in (("effects", "effect"), ("tau", "spread")):
        for label in posterior[dim].to_numpy():
            named[str(label)] = posterior[vector].sel({dim: label}, drop=True)
    named["u"] = posterior["shift"].sel(spread="tau_u", drop=True)
    named["b"] = posterior["shift"].sel(spread="tau_ici", drop=True)
    return named


@dataclass(frozen=True)
class CompiledModel:
    """A model compiled for nutpie; `fit` samples it with some of its data replaced."""

    compiled: Any
    named: tuple[str, ...]

    def fit(self, sampler: Sampler, data: Mapping[str, Any] | None = None) -> Fit:
        """Sample with NUTS.

        Parameters
        ----------
        sampler : Sampler
        data : mapping of pm.Data names to arrays
            Replaces the data the model was built with; others stay.
        """
        ready = self.compiled.with_data(**dict(data)) if data else self.compiled
        tree = nutpie.sample(
            ready,
            draws=sampler.draws,
            tune=sampler.tune,
            chains=sampler.chains,
            cores=sampler.cores,
            target_accept=sampler.target_accept,
            seed=sampler.seed,
            progress_bar=False,
            save_warmup=False,
        )
        return Fit(tree, diagnose(tree, self.named))


def compile_model(model: pm.Model) -> CompiledModel:
    """Compile for nutpie's numba backend; tens of seconds the first time.

    Sums are added in the order written. Left free to reorder them, the compiler does so in one way when it compiles
    a function and in another when it finds it in its cache: the same seed then gives other draws the second time.
    """
    named = tuple(v.name for v in [*model.free_RVs, *model.deterministics])
    with pytensor.config.change_flags(numba__fastmath=False):
        return CompiledModel(nutpie.compile_pymc_model(model, backend="numba"), named)


def diagnose(tree: xr.DataTree, named: tuple[str, ...]) -> Diagnostics:
    """R-hat, effective sample sizes, divergences and E-BFMI over the named parameters that vary."""
    posterior = tree["posterior"].to_dataset()[list(named)]
    # A parameter fixed by its prior (c under the naive reading) has no R-hat.
    moving = [name for name in named if float(posterior[name].std(["chain", "draw"]).min()) > ROUNDING]
    table = az.summary(posterior[moving], kind="diagnostics", round_to="none").astype(float)
    stats = tree["sample_stats"].to_dataset()
    return Diagnostics(
        worst_rhat=float(table["r_hat"].max()),
        worst_rhat_parameter=str(table["r_hat"].idxmax()),
        least_ess_bulk=float(table["ess_bulk"].min()),
        least_ess_tail=float(table["ess_tail"].min()),
        divergences=int(stats["diverging"].sum()),
        e_bfmi=e_bfmi(stats["energy"].to_numpy()),
    )


def divergent_share(tree: xr.DataTree) -> float:
    """Share of the sampler's draws that diverged, 0-1."""
    return float(tree["sample_stats"]["diverging"].mean())


def e_bfmi(energy: np.ndarray) -> float:
    """Least energy Bayesian fraction of missing information over chains (Betancourt 2016), energy (C, D)."""
    return float(np.min(np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1)))
