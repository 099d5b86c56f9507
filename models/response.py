"""Component model of objective response (CR + PR), logistic, marginal over the PD-L1 mixture.

Log odds of arm a: intercept + u[j] + components + c (non-randomised trials), positive is benefit. Observed
responders are binomial; confirmed and unconfirmed responses are never pooled (`ResponseArm.confirmed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from scipy.special import expit
from scipy.stats import binomtest

from digitized.errors import InputError
from models.covariate_mix import PdL1Mapping, observed_pdl1, trial_mixes
from models.prediction import target_arms
from models.priors import HalfNormal, Normal, SingleArmShift
from models.response_categories import add_ordered_likelihood
from models.survival_design import Contrast
from models.survival_predictor import weighted_sum
from trials.covariates import TargetPopulation
from trials.network import ResponseArm

RESPONSE_NAIVE = SingleArmShift("naive", 0.0, 0.0)
RESPONSE_OPTIMISTIC = SingleArmShift("optimistic", 0.0, 0.20)
RESPONSE_BASE = SingleArmShift("base", 0.20, 0.35)
RESPONSE_PESSIMISTIC = SingleArmShift("pessimistic", 0.40, 0.40)

RESPONSE_EFFECTS = ("beta_ici", "bme_dev", "beta_pdl1", "beta_pdl1_ici", "beta_tp", "delta_anlo", "gamma")


@dataclass(frozen=True)
class ResponsePriors:
    """Default priors of the response model (METHODS section 5), log odds ratio scale; judgements, printed."""

    intercept: Normal = Normal(0.0, 1.5)
    tau_u: HalfNormal = HalfNormal(0.5)
    tau_ici: HalfNormal = HalfNormal(0.5)
    beta_ici: Normal = Normal(0.0, 0.5)
    bme_dev: Normal = Normal(0.0, 0.2)
    beta_pdl1: Normal = Normal(0.0, 0.2)
    beta_pdl1_ici: Normal = Normal(0.2, 0.2)
    beta_tp: Normal = Normal(0.9, 0.5)
    delta_anlo: Normal = Normal(0.0, 0.5)
    gamma: Normal = Normal(0.0, 0.3)
    e_sat: Normal = Normal(0.0, 0.1)

    def widened(self, factor: float) -> "ResponsePriors":
        """Every scale prior times `factor` (SA14)."""
        return replace(self, **{item.name: getattr(self, item.name).widened(factor) for item in fields(self)})

    @staticmethod
    def reason(name: str) -> str:
        """Why a parameter has its prior, on the odds ratio scale."""
        return RESPONSE_REASONS.get(name, "a judgement")


# METHODS section 5 calls them judgements and gives a reason for the backbone alone.
RESPONSE_REASONS = {
    "intercept": "log odds of response on chemotherapy at the reference mix; a judgement",
    "tau_u": "spread of trial baselines on the log odds, apart from that of the ICI effect; a judgement",
    "tau_ici": "spread of the ICI effect between agents on the log odds, apart from that of the baselines; a judgement",
    "beta_ici": "ICI on chemotherapy, as the hazard models' prior, on the log odds; positive is benefit",
    "bme_dev": "index trial's own partner minus the mean of the partners, on the log odds; a judgement",
    "beta_pdl1": "response by high PD-L1, as the hazard models' prior, on the log odds",
    "beta_pdl1_ici": "modification of the ICI effect on the log odds, high against low PD-L1; a judgement",
    "beta_tp": "paclitaxel- against fluoropyrimidine-platinum: chemotherapy responds in 52-62 against 27-29 %; without "
    "it the odds ratio is inflated from about 1.14 to 1.35",
    "delta_anlo": "added component on the backbone alone, odds ratio .38-2.66; a judgement",
    "gamma": "interaction of partner and added component, odds ratio .56-1.80; additive is 0",
    "e_sat": "residual of each single arm, as the hazard models' prior, on the log odds",
    "c_sat": "single-arm shift on the log odds ratio, positive flatters the single arm; a judgement",
}


@dataclass(frozen=True)
class ResponseModel:
    """A built response model with its arms."""

    arms: tuple[ResponseArm, ...]
    trials: tuple[str, ...]
    single_arm_trials: tuple[str, ...]
    priors: ResponsePriors
    contrast: Contrast
    model: pm.Model


def response_arms(arms: Sequence[ResponseArm], contrast: Contrast) -> tuple[ResponseArm, ...]:
    """The arms that the predictor covers and whose trial has a place in it."""
    return tuple(arm for arm in arms if contrast.covers(arm.components))


def build_response(
    arms: Sequence[ResponseArm],
    priors: ResponsePriors | None = None,
    contrast: Contrast | None = None,
    *,
    ordered: bool = False,
) -> ResponseModel:
    """Build the component model of objective response; nothing is sampled here.

    Parameters
    ----------
    ordered : bool
        Arms that publish all of CR, PR, SD, PD and NE enter by a cumulative logit, the others by their
        responders (`response_categories`); else all by their responders.

    Raises
    ------
    InputError
        If an arm has no place in the predictor, or no arm is the index arm.
    """
    told_apart = contrast or Contrast()
    faults = [
        f"{arm.trial}, arm {arm.arm}, ORR: components {sorted(arm.components)} have no place in the model"
        for arm in arms
        if not told_apart.covers(arm.components)
    ]
    if not any(arm.index for arm in arms):
        faults.append("ORR: no arm is the index arm of the question; expected one")
    if faults:
        raise InputError(faults)
    believed = priors or ResponsePriors()
    trials = tuple(dict.fromkeys(arm.trial for arm in arms))
    single = tuple(dict.fromkeys(arm.trial for arm in arms if not arm.randomised))
    index_trial = next(arm.trial for arm in arms if arm.index)
    membership = np.array([[arm.trial == trial for trial in trials] for arm in arms], dtype=float)
    ici = np.array([told_apart.partnered(arm.components) for arm in arms], dtype=float)
    own_ici = ici * np.array([arm.trial == index_trial for arm in arms])
    randomised = np.array([arm.randomised for arm in arms], dtype=float)
    single_arm = np.array([[arm.trial == trial for trial in single] for arm in arms], dtype=float)
    added = np.array([bool(arm.components & told_apart.added) for arm in arms], dtype=float)
    tp = np.array([arm.tp_share for arm in arms])
    coords = {
        "arm": [f"{arm.trial}/{arm.arm}" for arm in arms],
        "trial": list(trials),
        "single_arm_trial": list(single),
        "effect": list(RESPONSE_EFFECTS),
        "spread": ["tau_u", "tau_ici"],
    }
    design = response_design(ici, added, own_ici, tp)
    high = membership @ observed_pdl1(trial_mixes(arms), PdL1Mapping.UNMAPPED)
    with pm.Model(coords=coords) as model:
        responders = pm.Data("responders", np.array([arm.responders for arm in arms]), dims="arm")
        c_mu = pm.Data("c_mu", np.full(len(single), RESPONSE_BASE.mu), dims="single_arm_trial")
        c_sd = pm.Data("c_sd", RESPONSE_BASE.sd)
        c_correlation = pm.Data("c_correlation", RESPONSE_BASE.correlation)
        intercept = believed.intercept.random_variable("intercept")
        prior = [getattr(believed, name) for name in RESPONSE_EFFECTS]
        effects = pm.Normal("effects", [p.mu for p in prior], [p.sd for p in prior], dims="effect")
        tau = pm.HalfNormal("tau", [believed.tau_u.sd, believed.tau_ici.sd], dims="spread")
        shift_z = pm.Normal("shift_z", dims=("spread", "trial"))
        shift = pm.Deterministic("shift", tau[:, None] * shift_z, dims=("spread", "trial"))
        # The index trial's ICI departs from the mean by bme_dev alone, randomised or not.
        terms = np.hstack((membership, membership * ((ici - own_ici) * randomised)[:, None]))
        log_odds = intercept + weighted_sum(terms, shift.ravel())
        if single:
            z = pm.Normal("c_z", shape=len(single) + 1)
            shared, own = pt.sqrt(c_correlation) * z[0], pt.sqrt(1 - c_correlation) * z[1:]
            c_sat = pm.Deterministic("c_sat", c_mu + c_sd * (shared + own), dims="single_arm_trial")
            e_sat = believed.e_sat.random_variable("e_sat", dims="single_arm_trial")
            log_odds = log_odds + weighted_sum(single_arm, c_sat + e_sat)
        pm.Deterministic("Delta", weighted_sum(RESPONSE_TARGET, effects))
        by_class = log_odds[:, None] + weighted_sum(design, effects)
        if ordered:
            add_ordered_likelihood(arms, by_class, high, responders)
        else:
            rate = pt.sigmoid(by_class)
            probability = rate[:, 0] * (1 - high) + rate[:, 1] * high
            size = np.array([arm.n for arm in arms])
            pm.Binomial("response", n=size, p=probability, observed=responders, dims="arm")
    return ResponseModel(tuple(arms), trials, single, believed, told_apart, model)


def response_shift_data(shift: SingleArmShift, response: ResponseModel) -> dict[str, np.ndarray]:
    """Model data of a prior on c."""
    return {
        "c_mu": np.full(len(response.single_arm_trials), shift.mu),
        "c_sd": np.array(shift.sd),
        "c_correlation": np.array(shift.correlation),
    }


RESPONSE_TARGET = np.array([float(name in ("delta_anlo", "gamma")) for name in RESPONSE_EFFECTS])


def response_design(ici: np.ndarray, added: np.ndarray, own_ici: np.ndarray, tp: np.ndarray) -> np.ndarray:
    """Coefficients (A, 2, E) of the fixed effects for PD-L1 low and high; reference: TP, PD-L1 low.

    Parameters
    ----------
    ici, added, own_ici, tp : (A,) float
        Indicators of the ICI, of the added component, of the index trial's own ICI; share on TP.
    """
    high = np.array([0.0, 1.0])
    terms = {
        "beta_ici": ici[:, None],
        "bme_dev": own_ici[:, None],
        "beta_pdl1": high,
        "beta_pdl1_ici": high * ici[:, None],
        "beta_tp": tp[:, None] - 1,
        "delta_anlo": added[:, None],
        "gamma": (ici * added)[:, None],
    }
    return np.stack([np.broadcast_to(terms[name], (len(ici), 2)) for name in RESPONSE_EFFECTS], axis=-1)


def clopper_pearson(responders: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact binomial interval (Clopper & Pearson 1934) of a response rate."""
    interval = binomtest(responders, n).proportion_ci(level, method="exact")
    return float(interval.low), float(interval.high)


def predict_response(posterior: xr.Dataset, population: TargetPopulation) -> xr.DataArray:
    """Response rate of the five target arms in a population, trial terms at 0.

    Parameters
    ----------
    posterior : Dataset with dims (chain, draw, ...)
    population : TargetPopulation

    Returns
    -------
    DataArray with dims (chain, draw, arm), probabilities
    """
    arms = target_arms(population)
    design = response_design(arms.ici, arms.added, arms.index, arms.tp)
    effects = posterior["effects"].transpose("chain", "draw", ...).to_numpy()
    intercept = posterior["intercept"].transpose("chain", "draw").to_numpy()
    log_odds = intercept[..., None, None] + weighted_sum(design, effects[..., None, None, :])
    by_class = expit(log_odds)
    rate = by_class[..., 0] * (1 - population.pdl1_high) + by_class[..., 1] * population.pdl1_high
    return xr.DataArray(
        rate,
        dims=("chain", "draw", "arm"),
        coords={"chain": posterior["chain"], "draw": posterior["draw"], "arm": list(arms.names)},
    )
