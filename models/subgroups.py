"""Published subgroup hazard ratios as likelihoods of a fit's draws.

Both halves of a split are told together, ICI + backbone against backbone alone, and replace the whole trial:
a trial whose patients are in the fit may not speak a second time through its subgroups.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from models.covariate_mix import assay_accuracy, stratum_proportions
from models.prediction import TargetArms
from models.survival_predictor import effect_design, weighted_sum
from trials.network import PdL1Share


@dataclass(frozen=True)
class Half:
    """One half of a split: its log hazard ratio and error, and its mix of liver metastases and PD-L1."""

    log_hazard_ratio: float
    standard_error: float
    liver: float
    pdl1_high: float


@dataclass(frozen=True)
class SubgroupPair:
    """Both halves of one split of one randomised trial."""

    trial: str
    endpoint: str
    split: str
    halves: tuple[Half, Half]
    tp: float
    asia: float


def latent_shares(observed: PdL1Share) -> tuple[float, float]:
    """Share of latent PD-L1-high among those observed high and among those observed low (Bayes).

    The latent share behind the observed one is taken at the assay's mean accuracy.
    """
    accuracy, high = assay_accuracy(observed), observed.high.proportion
    sensitivity = accuracy.sensitivity.mean if accuracy.sensitivity else 1.0
    specificity = accuracy.specificity.mean if accuracy.specificity else 1.0
    latent = float(np.clip((high + specificity - 1) / (sensitivity + specificity - 1), 0, 1))
    among_high = sensitivity * latent / (sensitivity * latent + (1 - specificity) * (1 - latent))
    among_low = (1 - sensitivity) * latent / ((1 - sensitivity) * latent + specificity * (1 - latent))
    return among_high, among_low


def implied_log_ratio(pair: SubgroupPair, effects: Floats) -> Floats:
    """Model-implied log hazard ratio (D, 2) of the ICI in each half, marginal over its strata at t = 0.

    Parameters
    ----------
    effects : (D, E) float, in the order of `survival_predictor.FIXED_EFFECTS`
    """
    both = np.ones(2)
    arms = TargetArms(
        ("ICI", "control"), np.array([1.0, 0.0]), 0 * both, 0 * both, pair.tp * both, pair.asia * both
    )
    ratio = np.exp(weighted_sum(effect_design(arms), effects[:, None, None, :]))
    found = []
    for half in pair.halves:
        shares = stratum_proportions(np.array(half.liver), np.array(half.pdl1_high))
        hazard = weighted_sum(shares, ratio)
        found.append(np.log(hazard[:, 0] / hazard[:, 1]))
    return np.stack(found, axis=-1)


def pair_log_likelihood(pair: SubgroupPair, effects: Floats, tau_ici: Floats) -> Floats:
    """Log likelihood (D,) of both halves, the trial's own departure b ~ N(0, tau_ici) integrated out.

    Parameters
    ----------
    effects : (D, E) float
        Draws of a fit without the trial's patients.
    tau_ici : (D,) float
    """
    residual = np.array([half.log_hazard_ratio for half in pair.halves]) - implied_log_ratio(pair, effects)
    # The halves share b: covariance tau^2 throughout, each half's own error on the diagonal.
    shared = tau_ici**2
    own = [shared + half.standard_error**2 for half in pair.halves]
    determinant = own[0] * own[1] - shared**2
    crossed = own[1] * residual[:, 0] ** 2 + own[0] * residual[:, 1] ** 2
    squared = (crossed - 2 * shared * residual[:, 0] * residual[:, 1]) / determinant
    return np.asarray(-0.5 * (squared + np.log(4 * np.pi**2 * determinant)))
