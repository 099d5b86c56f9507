"""Posterior of Delta after adding single arms to a fit that has not seen them, by integration.

Given a draw of the randomised trials' fit, an added arm k enters the likelihood through one number, its
departure s_k = u + e + c + (deviation of its ICI) + delta + gamma: a sum of normal terms that still follow
their priors. For every draw the likelihood of s is tabulated, multiplied by the normal prior of s and summed
over a grid; Delta given s is normal. What remains to be weighted is the draw itself, by the likelihood of the
added arms with s integrated out (Rao-Blackwell): the posterior of NUTS on all arms in tenths of a second, which
is what error rates over hundreds of data sets need. Pareto k of those weights says when an arm contradicts the
draws too much to be added to them (Vehtari et al. 2024); V2 compares some data sets with NUTS.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import norm

from digitized.curve import Floats, PseudoIPD
from models.covariate_mix import stratum_proportions
from models.priors import SingleArmShift
from models.survival import SurvivalModel
from models.survival_predictor import FIXED_EFFECTS, effect_design, log_mixture_density, weighted_sum
from models.time_grid import grid_patients
from trials.network import SurvivalArm

# Effects that no randomised arm carries; the first acts in patients with liver metastases only, so that it
# is drawn with each draw, the others are part of the departure s.
LIVER_EFFECT = "beta_liver_anlo"
DEPARTURE_EFFECTS = ("bme_dev", "delta_anlo", "gamma")
SINGLE_ARM_EFFECTS = (LIVER_EFFECT, *DEPARTURE_EFFECTS)
TARGET = np.array([float(name in ("delta_anlo", "gamma")) for name in DEPARTURE_EFFECTS])
# Nodes of s: this far to both sides of its estimate and this far apart, in standard errors. The sum is the
# trapezoid rule, whose error for a normal integrand at such a step is below 1e-8 (Trefethen & Weideman 2014);
# quantiles of Delta ask besides that a step is not above 1.5 sd of Delta given s, .17 at least by default.
REACH, STEP = 7.0, 0.7
# Normal components kept of the mixture over draws and nodes, for quantiles.
COMPONENTS = 4000
# Draws whose grids are held at a time: bounds the memory.
CHUNK = 500


@dataclass(frozen=True)
class AddedArm:
    """One single arm to be added to a fit: the terms of `survival_predictor.ArmTerms`, one arm each.

    Attributes
    ----------
    trial : str
    ici, added, index, tp, asia : (1,) float
    proportion : (D, 4) float
        Draws of the mix of strata, with the rows of the fit.
    """

    trial: str
    ici: Floats
    added: Floats
    index: Floats
    tp: Floats
    asia: Floats
    proportion: Floats


@dataclass(frozen=True)
class FittedDraws:
    """Flat draws (D, ...) of a fit that has not seen the arms to be added."""

    survival: SurvivalModel
    baseline: Floats
    effects: Floats
    tau: Floats
    proportion: Floats

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.effects)


@dataclass(frozen=True)
class Increment:
    """Posterior of Delta: limits of the 95 % interval on the log scale, probability of benefit.

    `pareto_k` of 0.7 and above forbids its use, NaN where the draws are a fit's own; `effective` is the number
    of equally weighted draws it is worth.
    """

    median: float
    lower: float
    upper: float
    p_benefit: float
    mean: float
    sd: float
    pareto_k: float
    effective: float


@dataclass(frozen=True)
class Likelihoods:
    """Log likelihood of K added arms at the nodes of their departures s, for every draw of a fit.

    Attributes
    ----------
    arms : tuple of AddedArm
    node : (K, D, G) float
        Departures, on the log hazard scale.
    log_likelihood : (K, D, G) float
    """

    fitted: FittedDraws
    arms: tuple[AddedArm, ...]
    node: Floats
    log_likelihood: Floats


def fitted_draws(survival: SurvivalModel, posterior: xr.Dataset) -> FittedDraws:
    """Draws of a kept fit, chains side by side."""
    stacked = posterior.stack(sample=("chain", "draw"))

    def flat(name: str, *dims: str) -> Floats:
        return np.asarray(stacked[name].transpose("sample", *dims).to_numpy(), dtype=float)

    return FittedDraws(
        survival,
        flat(survival.baseline.parameter, "interval"),
        flat("effects", "effect"),
        flat("tau", "spread"),
        np.exp(flat("log_proportion", "arm", "stratum")),
    )


def arm_as_added(fitted: FittedDraws, position: int, *, added: bool, own_ici: bool) -> AddedArm:
    """An arm of the network as a single arm, with its own mix, backbone and region.

    Parameters
    ----------
    added : bool
        Whether it is taken to carry the added component.
    own_ici : bool
        Whether its ICI gets `bme_dev`, as that of the index arm does; else an ICI gets none.
    """
    design, arm = fitted.survival.design, fitted.survival.arms[position]
    ici = design.ici[position : position + 1]
    return AddedArm(
        trial=arm.trial,
        ici=ici,
        added=np.array([float(added)]),
        index=ici * float(own_ici),
        tp=design.tp[position : position + 1],
        asia=design.asia[position : position + 1],
        proportion=fitted.proportion[:, position],
    )


def arm_outside(fitted: FittedDraws, arm: SurvivalArm, rng: np.random.Generator) -> AddedArm:
    """An arm of a trial outside the network in the place of the index arm, its unpublished shares by default.

    Its ICI deviates from the mean like that of the index arm (`bme_dev`).
    """
    share = fitted.survival.priors.liver_share
    liver = (
        np.full(fitted.size, arm.liver.proportion) if arm.liver else rng.beta(share.a, share.b, fitted.size)
    )
    high = np.full(fitted.size, arm.pdl1.high.proportion if arm.pdl1 else 0.5)
    one = np.ones(1)
    return AddedArm(
        arm.trial,
        one,
        one,
        one,
        one * arm.tp_share,
        one * arm.asia_share,
        stratum_proportions(liver, high),
    )


def likelihoods(
    fitted: FittedDraws, arms: Sequence[tuple[AddedArm, PseudoIPD]], rng: np.random.Generator
) -> Likelihoods:
    """Tabulate the likelihood of each added arm over its departure s, once for all priors of c."""
    effects = fitted.effects.copy()
    effects[:, [FIXED_EFFECTS.index(name) for name in DEPARTURE_EFFECTS]] = 0.0
    liver = fitted.survival.priors.beta_liver_anlo
    effects[:, FIXED_EFFECTS.index(LIVER_EFFECT)] = rng.normal(liver.mu, liver.sd, fitted.size)
    tabulated = [_tabulate(fitted, arm, patients, effects) for arm, patients in arms]
    return Likelihoods(
        fitted,
        tuple(arm for arm, _ in arms),
        np.stack([node for node, _ in tabulated]),
        np.stack([log_likelihood for _, log_likelihood in tabulated]),
    )


def increment(table: Likelihoods, shift: SingleArmShift, rng: np.random.Generator) -> Increment:
    """Posterior of Delta given the fit and the patients of the added arms, c of their trials ~ `shift`."""
    fitted = table.fitted
    mean, variance, covariance, prior_variance = departure_prior(fitted, table.arms, shift)
    target_mean = float(_prior_means(fitted) @ TARGET)
    log_marginal = np.empty(fitted.size)
    weights, centres = [], []
    # Delta | s is normal: its mean is linear in s, its variance free of s.
    slope = np.linalg.solve(variance, np.broadcast_to(covariance, mean.shape)[..., None])[..., 0]
    spread = np.sqrt(prior_variance - slope @ covariance)
    for start in range(0, fitted.size, CHUNK):
        part = slice(start, start + CHUNK)
        log_joint, distance = _joint(table, part, mean[part], variance[part])
        log_marginal[part] = logsumexp(log_joint, axis=1)
        weights.append(np.exp(log_joint - log_marginal[part][:, None]))
        centres.append(target_mean + np.einsum("dk,dkg->dg", slope[part], distance))
    smoothed, k = array_stats.psislw(-log_marginal)
    draw_weight = np.exp(smoothed - logsumexp(smoothed))
    weight = np.concatenate(weights) * draw_weight[:, None]
    return _summary(weight, np.concatenate(centres), spread, float(k), draw_weight, rng)


def weigh(
    fitted: FittedDraws,
    arms: Sequence[tuple[AddedArm, PseudoIPD]],
    shift: SingleArmShift,
    rng: np.random.Generator,
) -> Increment:
    """`likelihoods` and `increment` in one call, for a single prior of c."""
    return increment(likelihoods(fitted, arms, rng), shift, rng)


def increment_of_fit(posterior: xr.Dataset) -> Increment:
    """The same summary of a fit that has seen the arms."""
    delta = posterior["Delta"].to_numpy().ravel()
    lower, median, upper = (float(x) for x in np.quantile(delta, [0.025, 0.5, 0.975]))
    return Increment(
        median,
        lower,
        upper,
        float(np.mean(delta < 0)),
        float(delta.mean()),
        float(delta.std()),
        float("nan"),
        float(posterior.attrs["least_ess_bulk"]),
    )


def departure_prior(
    fitted: FittedDraws, arms: Sequence[AddedArm], shift: SingleArmShift
) -> tuple[Floats, Floats, Floats, float]:
    """Normal prior of the departures s of K arms together with Delta, given each of D draws.

    Returns
    -------
    mean : (D, K)
    variance : (D, K, K)
    covariance : (K,)
        Of each s with Delta.
    prior_variance : float
        Of Delta.
    """
    priors, count = fitted.survival.priors, len(arms)
    columns = [FIXED_EFFECTS.index(name) for name in DEPARTURE_EFFECTS]
    # None of these effects depends on the stratum: the first stands for all four.
    terms = np.array([effect_design(arm)[0, 0, columns] for arm in arms])
    squares = np.array([getattr(priors, name).sd ** 2 for name in DEPARTURE_EFFECTS])
    same = np.array([[float(a.trial == b.trial) for b in arms] for a in arms])
    fixed = (terms * squares) @ terms.T
    fixed += shift.sd**2 * (shift.correlation + (1 - shift.correlation) * same) + priors.e_sat.sd**2 * same
    variance = fixed + fitted.tau[:, 0, None, None] ** 2 * same
    mean = terms @ _prior_means(fitted) + shift.mu + priors.e_sat.mu
    return (
        np.broadcast_to(mean, (fitted.size, count)),
        variance,
        (terms * squares) @ TARGET,
        float(squares @ TARGET),
    )


def _prior_means(fitted: FittedDraws) -> Floats:
    return np.array([getattr(fitted.survival.priors, name).mu for name in DEPARTURE_EFFECTS])


def _tabulate(
    fitted: FittedDraws, arm: AddedArm, patients: PseudoIPD, effects: Floats
) -> tuple[Floats, Floats]:
    """Nodes of s and log likelihood there, (D, G) each, about each draw's own estimate of s."""
    rows = grid_patients([patients], fitted.survival.grid)
    baseline = fitted.survival.baseline
    log_hazard = baseline.log_hazard(fitted.baseline, rows.time, np)
    cumulative = baseline.cumulative_hazard(fitted.baseline, rows.time, np)
    log_ratio = weighted_sum(effect_design(arm)[0], effects[:, None, :])
    of_draw = np.repeat(np.arange(fitted.size), len(rows.time))
    event = np.tile(rows.event, fitted.size)

    def log_likelihood(departure: Floats) -> Floats:
        # Each draw is an "arm" of the formula, each of its cells a patient.
        density = log_mixture_density(
            arm.proportion,
            log_ratio + departure[:, None],
            of_draw,
            log_hazard.ravel(),
            cumulative.ravel(),
            event,
            np,
        )
        return np.asarray(density.reshape(fitted.size, -1) @ rows.weight)

    # Events over those expected at s = 0 (the one-sample estimate), drawn to 0 as by a prior N(0, 1), so that
    # an arm of few events has its nodes where the prior is.
    ratio = np.exp(log_ratio)
    survival = np.einsum("ds,dsr->dr", arm.proportion, np.exp(-ratio[:, :, None] * cumulative[:, None, :]))
    estimate = np.log((patients.events + 0.5) / (-np.log(survival) @ rows.weight))
    precision = patients.events + 1.0
    offsets = np.arange(-REACH, REACH + STEP / 2, STEP) / np.sqrt(precision)
    node = (estimate * patients.events / precision)[:, None] + offsets
    return node, np.stack([log_likelihood(column) for column in node.T], axis=1)


def _joint(table: Likelihoods, part: slice, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Log of prior times likelihood on the product of the arms' nodes (d, G^K), and s - mean (d, K, G^K).

    The cell of the grid has one size for all draws, and so drops out of their weights.
    """
    count, grid = len(table.arms), table.node.shape[-1]
    places = np.indices((grid,) * count).reshape(count, -1)
    distance = np.stack([table.node[k, part][:, places[k]] for k in range(count)], axis=1) - mean[..., None]
    scaled = np.linalg.solve(np.linalg.cholesky(variance), distance)
    log_joint = -0.5 * np.sum(scaled**2, axis=1) - 0.5 * np.linalg.slogdet(variance)[1][:, None]
    for k in range(count):
        log_joint += table.log_likelihood[k, part][:, places[k]]
    return log_joint, distance


def _summary(
    weight: Floats,
    centre: Floats,
    spread: Floats,
    pareto_k: float,
    draw_weight: Floats,
    rng: np.random.Generator,
) -> Increment:
    """Mixture of normals N(centre (D, G), spread (D,)^2) with weights (D, G): moments, quantiles, P(Delta < 0)."""
    mean = float(np.sum(weight * centre))
    square = float(np.sum(weight * ((centre - mean) ** 2 + spread[:, None] ** 2)))
    points = (rng.uniform() + np.arange(COMPONENTS)) / COMPONENTS
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), points), weight.size - 1)
    centres, spreads = centre.ravel()[chosen], spread[chosen // weight.shape[1]]

    def below(value: float) -> float:
        return float(norm.cdf((value - centres) / spreads).mean())

    reach = 12 * np.sqrt(square)
    lower, median, upper = (
        float(brentq(lambda x, p=p: below(x) - p, mean - reach, mean + reach, xtol=1e-6))
        for p in (0.025, 0.5, 0.975)
    )
    effective = float(1 / np.sum(draw_weight**2))
    return Increment(median, lower, upper, below(0.0), mean, square**0.5, pareto_k, effective)
