"""Are hazards proportional? The verdict that stands beside every hazard ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import stats

from digitized.curve import PseudoIPD
from digitized.kaplan_meier import cox_two_arms
from models.survival_design import Contrast
from trials.network import SurvivalArm


@dataclass(frozen=True)
class ProportionalHazards:
    """Early against late hazard ratio of one comparison.

    Attributes
    ----------
    comparison : str
    split : float
        Months; the median event time of the reference arm.
    early, late : float
        Cox hazard ratios before and after the split.
    p_value : float
        Two-sided, of their difference on the log scale.
    """

    comparison: str
    split: float
    early: float
    late: float
    p_value: float

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        numbers = f"hazard ratio {self.early:.2f} before and {self.late:.2f} after {self.split:.1f} months"
        verdict = (
            "hazards are not proportional: the single ratio is an average over follow-up"
            if self.p_value < 0.05
            else "compatible with proportional hazards"
        )
        return f"{self.comparison}: {numbers} (p = {self.p_value:.2g}); {verdict}"


def early_against_late(comparison: str, reference: PseudoIPD, experimental: PseudoIPD) -> ProportionalHazards:
    """Cox hazard ratios before and after the median event time of the reference, compared."""
    split = float(np.median(reference.time[reference.event]))
    early = cox_two_arms(*_until(reference, split), *_until(experimental, split))
    late = cox_two_arms(*_after(reference, split), *_after(experimental, split))
    z = (late.log_hazard_ratio - early.log_hazard_ratio) / np.hypot(early.standard_error, late.standard_error)
    p_value = float(2 * stats.norm.sf(abs(z)))
    return ProportionalHazards(comparison, split, early.hazard_ratio, late.hazard_ratio, p_value)


def verdicts(arms: Sequence[SurvivalArm], contrast: Contrast) -> list[ProportionalHazards]:
    """Each randomised pair, and the index arm against all randomised arms of the partner pooled (unadjusted)."""
    found = []
    trials = dict.fromkeys(arm.trial for arm in arms if arm.randomised)
    for trial in trials:
        members = [arm for arm in arms if arm.trial == trial]
        controls = [arm for arm in members if not contrast.partnered(arm.components)]
        for control, arm in product(controls, members):
            if contrast.partnered(arm.components):
                name = f"{trial}, {arm.arm} v {control.arm}"
                found.append(early_against_late(name, control.ipd[0], arm.ipd[0]))
    index = [arm for arm in arms if arm.index]
    joined = _pooled_partner(arms, contrast)
    if index and joined:
        name = f"{index[0].trial} v pooled arms of partner + backbone, unadjusted"
        found.append(early_against_late(name, joined, index[0].ipd[0]))
    return found


def unadjusted_hazard_ratio(arms: Sequence[SurvivalArm], contrast: Contrast) -> tuple[float, float, float]:
    """Crude Cox hazard ratio (value, lower, upper) of the index arm to the pooled randomised arms of the partner.

    Not numbers where no randomised arm carries the partner.
    """
    index = next(arm.ipd[0] for arm in arms if arm.index)
    joined = _pooled_partner(arms, contrast)
    if joined is None:
        return np.nan, np.nan, np.nan
    estimate = cox_two_arms(joined.time, joined.event, index.time, index.event)
    margin = float(stats.norm.ppf(0.975)) * estimate.standard_error
    centre = estimate.log_hazard_ratio
    return float(np.exp(centre)), float(np.exp(centre - margin)), float(np.exp(centre + margin))


def _pooled_partner(arms: Sequence[SurvivalArm], contrast: Contrast) -> PseudoIPD | None:
    pooled = [arm.ipd[0] for arm in arms if arm.randomised and contrast.partnered(arm.components)]
    if not pooled:
        return None
    return PseudoIPD(
        np.concatenate([ipd.time for ipd in pooled]), np.concatenate([ipd.event for ipd in pooled])
    )


def _until(ipd: PseudoIPD, split: float) -> tuple[np.ndarray, np.ndarray]:
    return np.minimum(ipd.time, split), ipd.event & (ipd.time <= split)


def _after(ipd: PseudoIPD, split: float) -> tuple[np.ndarray, np.ndarray]:
    remaining = ipd.time > split
    return ipd.time[remaining], ipd.event[remaining]
