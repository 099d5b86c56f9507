"""Fits that a sensitivity analysis needs beside the run's own: what differs, in which graph, kept by key.

Compiling a model costs a minute, sampling it with other data seconds: whatever can be data is data.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace

import numpy as np
import xarray as xr

from analysis.run.fits import FitStore, clean_fit, fit_seed, pooled, without_divergent
from digitized.curve import Floats, Ints, PseudoIPD
from digitized.errors import InputError
from models.covariate_mix import OBSERVED_PDL1, PdL1Mapping, observed_pdl1, trial_mixes
from models.fitting import Diagnostics, Sampler, compile_model, diagnose, divergent_share
from models.priors import BASE, SingleArmShift, SurvivalPriors
from models.survival import (
    SurvivalModel,
    SurvivalOptions,
    build_survival,
    patient_data,
    shift_data,
)
from models.survival_design import Contrast
from trials.network import ResponseArm, SurvivalArm


@dataclass(frozen=True)
class Variant:
    """What differs from the base case of one endpoint.

    `priors` and `options` change the model's graph (but for the ways to read observed PD-L1 classes, which
    share one); the rest is data of a compiled model.

    Attributes
    ----------
    endpoint : str
    shift : SingleArmShift
    priors : SurvivalPriors or None
        None is the default.
    options : SurvivalOptions
    without : tuple of str
        Trials whose patients are left out; their u then follows its prior.
    index_delay : float
        Months by which the index arm's clock starts later.
    further : str
        Name of arms whose patients join the network (`FitPlan.further`).
    """

    endpoint: str
    shift: SingleArmShift = BASE
    priors: SurvivalPriors | None = None
    options: SurvivalOptions = field(default_factory=SurvivalOptions)
    without: tuple[str, ...] = ()
    index_delay: float = 0.0
    further: str = ""

    @property
    def graph(self) -> str:
        """Variants of the same graph share one compilation."""
        options = self.options
        if options.pdl1_mapping is not PdL1Mapping.ASSAY:
            options = replace(options, pdl1_mapping=PdL1Mapping.UNMAPPED)
        return described((self.endpoint, self.priors, options))


@dataclass(frozen=True)
class FitPlan:
    """What all further fits have in common.

    Attributes
    ----------
    arms : tuple of SurvivalArm
        The run's network, all endpoints.
    further : mapping of name to arms
        Arms that a variant may add; in the models of all others they stand without patients.
    imputations : int
        Reconstructions fitted a variant, the first of the run's.
    sampler : Sampler
    seed : int
    contrast : Contrast
        The question's.
    grid_step : float
        Width of the time grid's cells, months: that of the run.
    response : tuple of ResponseArm
        The run's response arms.
    """

    arms: tuple[SurvivalArm, ...]
    further: Mapping[str, tuple[SurvivalArm, ...]]
    imputations: int
    sampler: Sampler
    seed: int
    contrast: Contrast = field(default_factory=Contrast)
    grid_step: float = 0.5
    response: tuple[ResponseArm, ...] = ()

    def arms_of(self, variant: Variant) -> tuple[SurvivalArm, ...]:
        """Arms of a variant's model, those without patients included."""
        joined = (*self.arms, *(arm for arms in self.further.values() for arm in arms))
        return tuple(arm for arm in joined if arm.endpoint == variant.endpoint)

    def model(self, variant: Variant) -> SurvivalModel:
        """The variant's model; building is cheap, compiling is not."""
        options = replace(variant.options, contrast=self.contrast, grid_step=self.grid_step)
        return build_survival(self.arms_of(variant), variant.priors, options)

    def present(self, variant: Variant, arm: SurvivalArm) -> bool:
        """Whether an arm of the variant's model is one that the variant has at all, left out or not."""
        joined = self.further.get(variant.further, ())
        others = {_name(other) for arms in self.further.values() for other in arms}
        return _name(arm) not in others - {_name(other) for other in joined}

    def data(self, survival: SurvivalModel, variant: Variant, imputation: int) -> dict[str, Floats | Ints]:
        """What a compiled model of the variant's graph is fed with for one reconstruction."""
        absent = frozenset(_name(arm) for arm in survival.arms if not self.present(variant, arm))
        drawn = patients(survival.arms, variant, imputation, absent)
        fed = {**patient_data(survival, drawn), **shift_data(variant.shift, survival.design)}
        mapping = variant.options.pdl1_mapping
        if mapping is not PdL1Mapping.ASSAY:
            present = [arm for arm in survival.arms if self.present(variant, arm)]
            fed[OBSERVED_PDL1] = observed_pdl1(trial_mixes(present), mapping)
        return fed


class VariantStore:
    """Kept fits of variants: the run's keyed files, with the variant as part of the key."""

    def __init__(self, stores: FitStore) -> None:
        self.stores = stores

    def of(self, variant: Variant) -> FitStore:
        """Store of one variant."""
        named = f"{self.stores.fingerprint} {described(variant)}"
        fingerprint = hashlib.sha256(named.encode()).hexdigest()
        return FitStore(self.stores.folder, fingerprint)

    def load(self, variant: Variant, imputation: int) -> xr.DataTree | None:
        """A kept fit, or None."""
        store = self.of(variant)
        return store.load(store.path(variant.endpoint, imputation, variant.shift))

    def posterior(self, variant: Variant, imputations: int) -> xr.Dataset:
        """Pooled draws of a fitted variant.

        Raises
        ------
        KeyError
            If it has not been fitted.
        """
        trees = [self.load(variant, imputation) for imputation in range(imputations)]
        found = [
            (divergent_share(tree), tree["posterior"].to_dataset()) for tree in trees if tree is not None
        ]
        if len(found) < imputations:
            raise KeyError(f"variant not fitted: {variant}")
        return pooled(without_divergent(found))

    def diagnostics(self, variant: Variant, imputation: int) -> Diagnostics | None:
        """Verdict on a kept fit."""
        tree = self.load(variant, imputation)
        if tree is None:
            return None
        return diagnose(tree, tuple(str(name) for name in tree["posterior"].data_vars))


def described(value: object) -> str:
    """A value in words that are the same in every process: sets sorted, dataclasses with their name."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = [f"{item.name}={described(getattr(value, item.name))}" for item in fields(value)]
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, frozenset | tuple):
        parts = [described(item) for item in value]
        return f"({', '.join(sorted(parts) if isinstance(value, frozenset) else parts)})"
    return repr(value)


def missing(variants: Sequence[Variant], store: VariantStore, imputations: int) -> list[Variant]:
    """Variants with a fit that is not kept yet."""
    found = []
    for variant in dict.fromkeys(variants):
        own = store.of(variant)
        paths = [own.path(variant.endpoint, imputation, variant.shift) for imputation in range(imputations)]
        if not all(path.exists() for path in paths):
            found.append(variant)
    return found


def fit_group(variants: Sequence[Variant], plan: FitPlan, store: VariantStore) -> None:
    """Fit variants of one graph, each reconstruction of each, compiling once; kept fits are not repeated."""
    survival = plan.model(variants[0])
    compiled = compile_model(survival.model)
    for variant in variants:
        own = store.of(variant)
        for imputation in range(plan.imputations):
            path = own.path(variant.endpoint, imputation, variant.shift)
            if path.exists():
                continue
            own.end_with_owner()
            data = plan.data(survival, variant, imputation)
            seed = fit_seed(plan.seed, variant.endpoint, imputation)
            own.save(path, clean_fit(compiled, replace(plan.sampler, seed=seed), data).tree)


def patients(
    arms: Sequence[SurvivalArm],
    variant: Variant,
    imputation: int,
    absent: frozenset[tuple[str, str, str]] = frozenset(),
) -> list[PseudoIPD]:
    """Patients of every arm under a variant, in the order of the arms; an arm left out has none.

    Parameters
    ----------
    absent : frozenset of (trial, arm, endpoint)
        Further arms that this variant does not have.

    Raises
    ------
    InputError
        If nothing remains of the index arm.
    """
    kept = []
    for arm in arms:
        ipd = arm.ipd[imputation % len(arm.ipd)]
        remains = np.full(ipd.n, arm.trial not in variant.without and _name(arm) not in absent)
        delay = variant.index_delay if arm.index else 0.0
        remains &= ipd.time > delay
        if arm.index and not remains.any() and arm.trial not in variant.without:
            raise InputError(f"{arm.trial}: no patient is followed beyond {delay:g} months; expected some")
        kept.append(PseudoIPD(ipd.time[remains] - delay, ipd.event[remains]))
    return kept


def _name(arm: SurvivalArm) -> tuple[str, str, str]:
    return arm.trial, arm.arm, arm.endpoint
