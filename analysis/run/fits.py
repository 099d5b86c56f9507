"""The fits of a run, each a keyed file, so that an interrupted run resumes and processes share the work.

One task is one endpoint: it compiles its model once and feeds it every reconstruction and prior as data.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.model_source import models_digest
from analysis.reweighting import PARETO_K_LIMIT, WIDE, Reweighted, reweight
from analysis.run.request import Preset
from analysis.scenarios import Scenario
from digitized.output import replacing
from models.departure import departure
from models.fitting import (
    MOST_DIVERGENT,
    CompiledModel,
    Diagnostics,
    Fit,
    Sampler,
    compile_model,
    diagnose,
    divergent_share,
)
from models.priors import SingleArmShift, survival_priors
from models.response import ResponseModel, build_response
from models.survival import (
    ClassBenchmark,
    SurvivalModel,
    SurvivalOptions,
    build_survival,
    patient_data,
    shift_data,
)
from models.survival_design import Contrast, survival_design
from trials.network import ResponseArm, SurvivalArm

# target_accept of a fit that diverged.
CAREFUL = 0.99
# Seconds between a worker's looks at whether its run is still there.
PARENT_CHECK = 1.0


@dataclass(frozen=True)
class FitRecord:
    """Diagnostics of one fit and what it was."""

    endpoint: str
    imputation: int
    c_prior: str
    diagnostics: Diagnostics
    divergent_share: float


@dataclass(frozen=True)
class ScenarioPosterior:
    """Pooled draws of one endpoint and scenario.

    Attributes
    ----------
    posterior : Dataset with dims (chain, draw, ...)
        Chains of the imputations side by side; `imputation` is a coordinate of chain.
    pareto_k : float or None
        Worst over imputations of a survival endpoint; None for response, which is fitted directly.
    """

    endpoint: str
    scenario: Scenario
    index_trial: str
    posterior: xr.Dataset
    pareto_k: float | None

    @property
    def index_shift(self) -> xr.DataArray:
        """Draws of c of the index trial."""
        return self.posterior["c_sat"].sel(single_arm_trial=self.index_trial, drop=True)

    def effect(self, name: str) -> xr.DataArray:
        """Draws of one fixed effect."""
        return self.posterior["effects"].sel(effect=name, drop=True)

    def thinned(self, most: int) -> "ScenarioPosterior":
        """At most about `most` draws spread evenly over all chains."""
        total = self.posterior.sizes["chain"] * self.posterior.sizes["draw"]
        kept = self.posterior.isel(draw=slice(None, None, max(1, total // most)))
        return replace(self, posterior=kept)


class FitStore:
    """Fits kept as files named by what they were fitted to; the same key is never fitted twice.

    Parameters
    ----------
    folder : Path
    fingerprint : str
        Hash of everything that is common to the run: evidence, seed, preset.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        self.owner = os.getpid()
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, endpoint: str, imputation: int, shift: SingleArmShift) -> Path:
        """File of one fit, by what it is fitted to, under which prior, and the source of the models."""
        made_of = [models_digest(), self.fingerprint, endpoint, imputation, asdict(shift)]
        described = json.dumps(made_of, sort_keys=True)
        key = hashlib.sha256(described.encode()).hexdigest()[:16]
        return self.folder / f"{endpoint}-{imputation:02d}-{shift.name}-{key}.nc"

    def end_with_owner(self) -> None:
        """End this worker as soon as its run is killed: it would sample for hours what nobody collects."""
        if os.getpid() != self.owner:
            _end_with_parent(self.owner)

    def finished(self) -> int:
        """Number of fits kept; a name with a dot in front is still being written."""
        return len(list(self.folder.glob("[!.]*.nc")))

    def load(self, path: Path) -> xr.DataTree | None:
        """A finished fit, read into memory, or None."""
        if not path.exists():
            return None
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return tree.load()

    def save(self, path: Path, tree: xr.DataTree) -> None:
        """Keep a fit."""
        with replacing(path) as temporary:
            tree.to_netcdf(temporary, engine="h5netcdf")


@cache
def _end_with_parent(parent: int) -> None:
    """Watch the parent from a thread of this process, once; a run that was killed outright tells nobody."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class _Lazily:
    """A model that is built and compiled only when a fit is really missing."""

    def __init__(
        self, arms: Sequence[SurvivalArm] | Sequence[ResponseArm], preset: Preset, contrast: Contrast
    ) -> None:
        self.arms = arms
        self.options = SurvivalOptions(contrast=contrast, grid_step=preset.grid_step)

    @cached_property
    def survival(self) -> SurvivalModel:
        return build_survival([arm for arm in self.arms if isinstance(arm, SurvivalArm)], None, self.options)

    @cached_property
    def response(self) -> ResponseModel:
        arms = [arm for arm in self.arms if isinstance(arm, ResponseArm)]
        return build_response(arms, contrast=self.options.contrast)

    @cached_property
    def compiled_survival(self) -> CompiledModel:
        return compile_model(self.survival.model)

    @cached_property
    def compiled_response(self) -> CompiledModel:
        return compile_model(self.response.model)


def fit_survival(
    arms: Sequence[SurvivalArm],
    scenarios: Sequence[Scenario],
    benchmark: ClassBenchmark | None,
    preset: Preset,
    store: FitStore,
    seed: int,
    contrast: Contrast,
) -> tuple[list[ScenarioPosterior], list[FitRecord]]:
    """Every scenario of one survival endpoint, pooled over reconstructions.

    Scenarios that differ only in the prior of c come from one wide fit of each reconstruction by importance weights
    while Pareto k < 0.7, else from a fit of their own.
    """
    endpoint = arms[0].endpoint
    lazily = _Lazily(arms, preset, contrast)
    apart = departure(survival_design(arms, contrast), survival_priors(endpoint))
    records: list[FitRecord] = []

    @cache
    def fitted(imputation: int, shift: SingleArmShift) -> xr.DataTree:
        # Every scenario asks for the wide fit: it is read and judged once.
        path = store.path(endpoint, imputation, shift)
        tree = store.load(path)
        if tree is None:
            store.end_with_owner()
            data = {
                **patient_data(lazily.survival, [arm.ipd[imputation] for arm in arms]),
                **shift_data(shift, lazily.survival.design),
            }
            sampler = replace(preset.sampler, seed=fit_seed(seed, endpoint, imputation))
            fit = clean_fit(lazily.compiled_survival, sampler, data, insists=preset.insists)
            tree = fit.tree
            store.save(path, tree)
        records.append(_record(tree, endpoint, imputation, shift))
        return tree

    results = []
    for scenario in scenarios:
        if not scenario.applies_to(endpoint):
            continue
        wanted = scenario.survival_shift
        used_benchmark = benchmark if scenario.class_benchmark else None
        found: list[tuple[float, Reweighted]] = []
        for imputation in range(preset.imputations):
            rng = np.random.default_rng([seed, imputation])
            tree = fitted(imputation, WIDE)
            drawn = reweight(_posterior(tree), apart, WIDE, wanted, used_benchmark, rng)
            if drawn.pareto_k >= PARETO_K_LIMIT:
                tree = fitted(imputation, wanted)
                drawn = reweight(_posterior(tree), apart, wanted, wanted, used_benchmark, rng)
            found.append((divergent_share(tree), drawn))
        kept = without_divergent(found)
        posterior = pooled({number: drawn.posterior for number, drawn in kept.items()})
        worst_k = max(drawn.pareto_k for drawn in kept.values())
        results.append(ScenarioPosterior(endpoint, scenario, index_trial(arms), posterior, worst_k))
    return results, records


def fit_response(
    arms: Sequence[ResponseArm],
    scenarios: Sequence[Scenario],
    preset: Preset,
    store: FitStore,
    seed: int,
    contrast: Contrast,
) -> tuple[list[ScenarioPosterior], list[FitRecord]]:
    """Every scenario of objective response; each prior of c is fitted on its own, for the model is small."""
    lazily = _Lazily(arms, preset, contrast)
    sampler = replace(preset.sampler, draws=max(1000, preset.sampler.draws), seed=fit_seed(seed, "ORR", 0))
    results, records = [], []
    for scenario in scenarios:
        if not scenario.applies_to("ORR"):
            continue
        shift = scenario.response_shift
        path = store.path("ORR", 0, shift)
        tree = store.load(path)
        if tree is None:
            size = len(lazily.response.single_arm_trials)
            data = {
                "c_mu": np.full(size, shift.mu),
                "c_sd": np.array(shift.sd),
                "c_correlation": np.array(shift.correlation),
            }
            tree = clean_fit(lazily.compiled_response, sampler, data, insists=preset.insists).tree
            store.save(path, tree)
        records.append(_record(tree, "ORR", 0, shift))
        posterior = pooled({0: tree["posterior"].to_dataset()})
        results.append(ScenarioPosterior("ORR", scenario, index_trial(arms), posterior, None))
    return results, _distinct(records)


def clean_fit(
    compiled: CompiledModel, sampler: Sampler, data: dict[str, np.ndarray], *, insists: bool = False
) -> Fit:
    """A fit; one with any divergence is run again with smaller steps.

    With `insists`, a fit that still misses a verdict is sampled again at three times the length, and every
    third draw is kept, so that all fits of a pool weigh the same.
    """
    fit = compiled.fit(sampler, data)
    if fit.diagnostics.divergences and sampler.target_accept < CAREFUL:
        sampler = replace(sampler, target_accept=CAREFUL)
        fit = compiled.fit(sampler, data)
    if insists and fit.diagnostics.faults():
        longer = replace(sampler, draws=3 * sampler.draws, tune=2 * sampler.tune)
        fit = compiled.fit(longer, data).thinned(3)
    return fit


def without_divergent[T](found: Sequence[tuple[float, T]]) -> dict[int, T]:
    """What may be pooled of fits with their divergent shares, by place; all where none may, as diagnostics say."""
    kept = {number: item for number, (share, item) in enumerate(found) if share <= MOST_DIVERGENT}
    return kept or {number: item for number, (_, item) in enumerate(found)}


def pooled(parts: Mapping[int, xr.Dataset]) -> xr.Dataset:
    """Chains of all imputations side by side, numbered anew, with the imputation of each as a coordinate.

    Parameters
    ----------
    parts : mapping of imputation to its draws
    """
    chains = [part.sizes["chain"] for part in parts.values()]
    joined = xr.concat(
        list(parts.values()), dim="chain", join="override", coords="minimal", compat="override"
    )
    return joined.assign_coords(
        chain=np.arange(sum(chains)), imputation=("chain", np.repeat(list(parts), chains))
    )


def fit_seed(seed: int, endpoint: str, imputation: int) -> int:
    """Seed of one fit, from the run's seed and the fit's name."""
    digest = hashlib.sha256(f"{seed} {endpoint} {imputation}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def index_trial(arms: Sequence[SurvivalArm] | Sequence[ResponseArm]) -> str:
    """Trial of the index arm."""
    return next(arm.trial for arm in arms if arm.index)


def reconstruction_share(posterior: xr.Dataset) -> float:
    """Share of the posterior variance of Delta that lies between reconstructions, 0-1.

    Estimated by the variance of the imputations' means less what their Monte Carlo error adds.
    """
    delta = posterior["Delta"]
    groups = delta.groupby("imputation")
    means, sizes = groups.mean(...).to_numpy(), groups.count(...).to_numpy()
    if means.size < 2:
        return 0.0
    within = float(np.mean(groups.var(...).to_numpy() / sizes))
    between = max(0.0, float(means.var(ddof=1)) - within)
    return between / float(delta.var())


def _posterior(tree: xr.DataTree) -> xr.Dataset:
    return tree["posterior"].to_dataset()


def _record(tree: xr.DataTree, endpoint: str, imputation: int, shift: SingleArmShift) -> FitRecord:
    free = [str(name) for name in tree["posterior"].data_vars]
    verdict = diagnose(tree, tuple(free))
    return FitRecord(endpoint, imputation, shift.on_ratio_scale, verdict, divergent_share(tree))


def _distinct(records: Sequence[FitRecord]) -> list[FitRecord]:
    return list({(r.endpoint, r.imputation, r.c_prior): r for r in records}.values())
