"""What sets single-arm trials apart from the randomised ones, and how its parts follow from their sum.

A single-arm trial k enters the likelihood through its departure

    s_k = u_k + c_k + e_k + (effects that only single arms carry, the same in every stratum),

a sum of normal terms. Given s, the terms say nothing of the data: they follow their priors, conditioned on s. So
one fit serves every prior of c, the point c = 0 among them: draws are weighted by the density of s under the one
prior and the other, and the terms are drawn anew given s (Rao-Blackwell; conditional draws by Matheron's rule,
Journel & Huijbregts 1978, section VII.C).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from digitized.curve import Floats
from models.priors import Normal, SingleArmShift, SurvivalPriors
from models.survival_design import SurvivalDesign
from models.survival_predictor import FIXED_EFFECTS, TARGET, effect_design, weighted_sum

# Variables of a posterior that the sampler needs and no result does; new terms would not agree with them.
AUXILIARY = ("c_z", "shift_z")


@dataclass(frozen=True)
class Departure:
    """Terms of K single-arm trials that no randomised arm shares.

    Attributes
    ----------
    trials : tuple of str, length K
    effects : tuple of str, length P
        Fixed effects that only single arms carry, every arm of a trial and every stratum alike.
    loading : (K, P)
        Their coefficients in each trial.
    effect_priors : tuple of Normal, length P
    e_sd : float
        Prior sd of `e_sat`.
    """

    trials: tuple[str, ...]
    effects: tuple[str, ...]
    loading: Floats
    effect_priors: tuple[Normal, ...]
    e_sd: float

    def sums(self, posterior: xr.Dataset) -> Floats:
        """Draws (D, K) of s."""
        own = (posterior["c_sat"] + posterior["e_sat"]).sel(single_arm_trial=list(self.trials))
        u = posterior["shift"].sel(spread="tau_u", trial=list(self.trials))
        effects = _rows(posterior["effects"].sel(effect=list(self.effects)), "effect")
        return _rows(own, "single_arm_trial") + _rows(u, "trial") + effects @ self.loading.T

    def log_density(self, sums: Floats, tau_u: Floats, shift: SingleArmShift) -> Floats:
        """Log prior density (D,) of departures (D, K) under a prior of c, given the spread of trials (D,)."""
        value, axes = np.linalg.eigh(self._covariance(shift))
        variance = value + tau_u[:, None] ** 2
        gap = (sums - self._mean(shift)) @ axes
        return np.asarray(-0.5 * np.sum(gap**2 / variance + np.log(2 * np.pi * variance), axis=1))

    def redrawn(self, posterior: xr.Dataset, shift: SingleArmShift, rng: np.random.Generator) -> xr.Dataset:
        """The same draws with the terms of s drawn anew under a prior of c; s and all else stay."""
        sums = self.sums(posterior)
        size, trials = sums.shape
        tau = _rows(posterior["tau"].sel(spread=["tau_u"]), "spread")
        spread, correlated = np.array([p.sd for p in self.effect_priors]), shift.covariance(trials)
        c = shift.mu + rng.standard_normal((size, trials)) @ _square_root(correlated)
        e = self.e_sd * rng.standard_normal((size, trials))
        u = tau * rng.standard_normal((size, trials))
        effects = np.array([p.mu for p in self.effect_priors]) + spread * rng.standard_normal(
            (size, spread.size)
        )
        value, axes = np.linalg.eigh(self._covariance(shift))
        gap = (sums - c - e - u - effects @ self.loading.T) @ axes / (value + tau**2)
        pull = gap @ axes.T
        return self._with(
            posterior,
            c + pull @ correlated,
            e + self.e_sd**2 * pull,
            u + tau**2 * pull,
            effects + spread**2 * (pull @ self.loading),
        )

    def _mean(self, shift: SingleArmShift) -> Floats:
        return shift.mu + self.loading @ np.array([p.mu for p in self.effect_priors])

    def _covariance(self, shift: SingleArmShift) -> Floats:
        """Prior covariance (K, K) of s but for the spread of trials."""
        size = len(self.trials)
        effects = (self.loading * np.array([p.sd for p in self.effect_priors]) ** 2) @ self.loading.T
        return shift.covariance(size) + self.e_sd**2 * np.eye(size) + effects

    def _with(self, posterior: xr.Dataset, c: Floats, e: Floats, u: Floats, effects: Floats) -> xr.Dataset:
        changed = posterior.drop_vars([name for name in AUXILIARY if name in posterior]).copy()
        shift, fixed = posterior["shift"].copy(deep=True), posterior["effects"].copy(deep=True)
        for k, trial in enumerate(self.trials):
            shift.loc[{"spread": "tau_u", "trial": trial}] = _unstacked(posterior, u[:, k])
        for p, name in enumerate(self.effects):
            fixed.loc[{"effect": name}] = _unstacked(posterior, effects[:, p])
        by_trial = {"single_arm_trial": list(self.trials)}
        for name, values in (("c_sat", c), ("e_sat", e)):
            columns = [_unstacked(posterior, values[:, k]) for k in range(values.shape[1])]
            changed[name] = (
                xr.concat(columns, dim="single_arm_trial")
                .assign_coords(by_trial)
                .transpose(*posterior[name].dims)
            )
        changed["shift"], changed["effects"] = shift, fixed
        changed["Delta"] = weighted_sum(TARGET, fixed.transpose(..., "effect"))
        return changed


def departure(design: SurvivalDesign, priors: SurvivalPriors) -> Departure:
    """The departure of the single-arm trials of a network."""
    coefficient = effect_design(design)
    single = design.single_arm.astype(bool)
    randomised = ~single.any(axis=1)
    of_trial = [coefficient[single[:, k]] for k in range(single.shape[1])]
    own = [
        p
        for p in range(coefficient.shape[2])
        if not coefficient[randomised, :, p].any() and all(np.ptp(arms[:, :, p]) == 0 for arms in of_trial)
    ]
    names = tuple(FIXED_EFFECTS[p] for p in own)
    return Departure(
        trials=design.single_arm_trials,
        effects=names,
        loading=np.array([arms[0, 0, own] for arms in of_trial]).reshape(len(of_trial), len(own)),
        effect_priors=tuple(getattr(priors, name) for name in names),
        e_sd=priors.e_sat.sd,
    )


def _square_root(covariance: Floats) -> Floats:
    """Symmetric root; a covariance of zeros (c known) has one too."""
    value, axes = np.linalg.eigh(covariance)
    return np.asarray((axes * np.sqrt(np.maximum(value, 0.0))) @ axes.T)


def _rows(values: xr.DataArray, dim: str) -> Floats:
    """Draws in rows, (D, size of dim)."""
    return np.asarray(values.transpose("chain", "draw", dim).to_numpy()).reshape(-1, values.sizes[dim])


def _unstacked(posterior: xr.Dataset, values: Floats) -> xr.DataArray:
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    coords = {name: posterior[name] for name in ("chain", "draw")}
    return xr.DataArray(values.reshape(shape), dims=("chain", "draw"), coords=coords)
