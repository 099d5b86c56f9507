"""Fits of the survival model with some arms left out or replaced: leaving an arm out is dropping its rows.

The model is compiled once a process and endpoint; trial terms without patients follow their priors, so the
draws of a trial that was left out are its prediction.
"""

from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import numpy as np
import xarray as xr

from analysis.model_source import models_digest
from analysis.run.fits import clean_fit
from analysis.run.pipeline import question_contrast
from analysis.validation.study import Study, arms_digest
from digitized.curve import PseudoIPD
from models.fitting import MOST_DIVERGENT, CompiledModel, Diagnostics, Sampler, compile_model
from models.priors import BASE, SingleArmShift
from models.survival import SurvivalModel, build_survival, patient_data, shift_data
from trials.network import SurvivalArm

KEPT = ("log_h0", "effects", "tau", "shift", "c_sat", "e_sat", "Delta", "log_proportion")
# METHODS section 8, V7: share of divergent draws above which a fit is left out of its pool.


class _Cache:
    """Models built and compiled in this process, by the hash of their arms."""

    def __init__(self) -> None:
        self.arms: dict[str, tuple[SurvivalArm, ...]] = {}

    def remember(self, arms: tuple[SurvivalArm, ...]) -> str:
        digest = arms_digest(arms)
        self.arms[digest] = arms
        return digest


_CACHE = _Cache()


@lru_cache(maxsize=4)
def _built(digest: str) -> SurvivalModel:
    return build_survival(_CACHE.arms[digest])


@lru_cache(maxsize=2)
def _compiled(digest: str) -> CompiledModel:
    return compile_model(_built(digest).model)


def built(arms: tuple[SurvivalArm, ...]) -> SurvivalModel:
    """The model of these arms, built once a process."""
    return _built(_CACHE.remember(arms))


def compiled(arms: tuple[SurvivalArm, ...]) -> CompiledModel:
    """The compiled model of these arms, compiled once a process."""
    return _compiled(_CACHE.remember(arms))


@dataclass(frozen=True)
class FitTask:
    """NUTS on one endpoint without the patients of some trials.

    Attributes
    ----------
    endpoint : str
    arms : tuple of SurvivalArm
        The whole network.
    without : tuple of str
        Trials whose patients are left out.
    shift : SingleArmShift
        Prior of c.
    sampler : Sampler
    replaced : tuple of (position, PseudoIPD)
        Arms that get other (simulated) patients.
    label : str
        Of the file name, where `without` does not tell.
    insists : bool
        A fit that misses a verdict is sampled again, longer (as the main job's standard preset does).
    """

    endpoint: str
    arms: tuple[SurvivalArm, ...]
    without: tuple[str, ...]
    shift: SingleArmShift
    sampler: Sampler
    replaced: tuple[tuple[int, PseudoIPD], ...] = ()
    label: str = ""
    insists: bool = False

    @property
    def name(self) -> str:
        """Readable part of the file name."""
        return f"fit-{self.endpoint}-{self.label or '+'.join(self.without) or 'all'}-{self.shift.name}"

    @property
    def identity(self) -> object:
        """What decides the draws."""
        patients = [(p, ipd.time.tolist(), ipd.event.tolist()) for p, ipd in self.replaced]
        return [
            models_digest("survival", "fitting"),
            arms_digest(self.arms),
            self.endpoint,
            self.without,
            asdict(self.shift),
            asdict(self.sampler),
            self.insists,
            patients,
        ]

    def run(self) -> xr.Dataset:
        """Sample, and keep what prediction needs with the diagnostics of the whole fit as attributes.

        A fit with any divergence is run again with smaller steps.
        """
        survival = built(self.arms)
        patients = [arm.ipd[0] for arm in self.arms]
        for position, simulated in self.replaced:
            patients[position] = simulated
        data: dict[str, np.ndarray] = {**patient_data(survival, patients)}
        kept = [position for position, arm in enumerate(self.arms) if arm.trial not in self.without]
        rows = np.isin(data["row_arm"], kept)
        data = {name: values[rows] for name, values in data.items()}
        data |= shift_data(self.shift, survival.design)
        fit = clean_fit(compiled(self.arms), self.sampler, data, insists=self.insists)
        draws = fit.posterior[list(KEPT)]
        return draws.assign_attrs(asdict(fit.diagnostics))


def diagnostics_of(draws: xr.Dataset) -> Diagnostics:
    """Diagnostics of a kept fit."""
    return Diagnostics(**{name: draws.attrs[name] for name in Diagnostics.__dataclass_fields__})


def divergent_share(draws: xr.Dataset) -> float:
    """Share of the draws of a kept fit that diverged."""
    return float(draws.attrs["divergences"]) / (draws.sizes["chain"] * draws.sizes["draw"])


def may_be_pooled(draws: xr.Dataset) -> bool:
    """Whether a kept fit, rerun with smaller steps if it diverged at all, may enter a pool of results."""
    return divergent_share(draws) <= MOST_DIVERGENT


def single_arm_trials(arms: tuple[SurvivalArm, ...]) -> tuple[str, ...]:
    """Trials that are not randomised, the index trial among them."""
    return tuple(dict.fromkeys(arm.trial for arm in arms if not arm.randomised))


def base_fit(study: Study, endpoint: str) -> FitTask:
    """The base case: every arm, base prior of c."""
    sampler = _seeded(study.scale.base, study.seed)
    return FitTask(endpoint, study.arms(endpoint), (), BASE, sampler, insists=True)


def randomised_fit(study: Study, endpoint: str, without: str | None = None) -> FitTask:
    """The randomised trials alone, all or all but one."""
    arms = study.arms(endpoint)
    left_out = single_arm_trials(arms) + ((without,) if without else ())
    label = f"randomised-without-{without}" if without else "randomised"
    return FitTask(endpoint, arms, left_out, BASE, _seeded(study.scale.refit, study.seed), label=label)


def own_fit(study: Study, arm: SurvivalArm, shift: SingleArmShift) -> FitTask:
    """The other randomised trials with `arm` in the place of the index arm.

    It is what an arm gets whose weights have a Pareto k of 0.7 or more.
    """
    contrast = question_contrast(study.evidence)
    others = tuple(a for a in study.arms(arm.endpoint) if a.randomised and a.trial != arm.trial)
    triple = contrast.backbone | {min(contrast.partner)} | contrast.added
    single = replace(arm, components=frozenset(triple), randomised=False, index=True)
    sampler = _seeded(study.scale.refit, study.seed)
    return FitTask(arm.endpoint, (*others, single), (), shift, sampler, label=f"{arm.trial}-as-the-triple")


def _seeded(sampler: Sampler, seed: int) -> Sampler:
    return replace(sampler, seed=seed)
