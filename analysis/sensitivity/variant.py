"""Fits that a sensitivity analysis needs beside the run's own: what differs, in which graph, kept by key."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace

import numpy as np
import xarray as xr

from analysis.run.fits import FitStore, clean_fit, fit_seed, pooled
from digitized.curve import PseudoIPD
from digitized.errors import InputError
from models.fitting import Diagnostics, Sampler, compile_model, diagnose
from models.priors import BASE, SingleArmShift, SurvivalPriors
from models.survival import SurvivalModel, SurvivalOptions, build_survival, patient_data, shift_data
from trials.network import SurvivalArm


@dataclass(frozen=True)
class Variant:
    """What differs from the base case of one endpoint.

    `priors`, `options` and `further` change the model's graph; the rest is data of a compiled model.

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
        Name of arms that join the network (`FitPlan.further`).
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
        return described((self.endpoint, self.priors, self.options, self.further))


@dataclass(frozen=True)
class FitPlan:
    """What all further fits have in common.

    Attributes
    ----------
    arms : tuple of SurvivalArm
        The run's network, all endpoints.
    further : mapping of name to arms
        Arms that a variant may add.
    imputations : int
        Reconstructions fitted a variant, the first of the run's.
    sampler : Sampler
    seed : int
    """

    arms: tuple[SurvivalArm, ...]
    further: Mapping[str, tuple[SurvivalArm, ...]]
    imputations: int
    sampler: Sampler
    seed: int

    def arms_of(self, variant: Variant) -> tuple[SurvivalArm, ...]:
        """Arms of a variant's model, those left out included."""
        joined = (*self.arms, *self.further.get(variant.further, ()))
        return tuple(arm for arm in joined if arm.endpoint == variant.endpoint)

    def model(self, variant: Variant) -> SurvivalModel:
        """The variant's model; building is cheap, compiling is not."""
        return build_survival(self.arms_of(variant), variant.priors, variant.options)


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
        parts = [tree["posterior"].to_dataset() for tree in trees if tree is not None]
        if len(parts) < imputations:
            raise KeyError(f"variant not fitted: {variant}")
        return pooled(parts)

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
            data = {
                **patient_data(survival, patients(survival.arms, variant, imputation)),
                **shift_data(variant.shift, survival.design),
            }
            seed = fit_seed(plan.seed, variant.endpoint, imputation)
            own.save(path, clean_fit(compiled, replace(plan.sampler, seed=seed), data).tree)


def patients(arms: Sequence[SurvivalArm], variant: Variant, imputation: int) -> list[PseudoIPD]:
    """Patients of every arm under a variant, in the order of the arms; an arm left out has none.

    Raises
    ------
    InputError
        If nothing remains of the index arm.
    """
    kept = []
    for arm in arms:
        ipd = arm.ipd[imputation % len(arm.ipd)]
        remains = np.full(ipd.n, arm.trial not in variant.without)
        delay = variant.index_delay if arm.index else 0.0
        remains &= ipd.time > delay
        if arm.index and not remains.any() and arm.trial not in variant.without:
            raise InputError(f"{arm.trial}: no patient is followed beyond {delay:g} months; expected some")
        kept.append(PseudoIPD(ipd.time[remains] - delay, ipd.event[remains]))
    return kept
