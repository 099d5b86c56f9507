"""From the arms of a network to the arrays of the survival model: who carries which term, in which mix.

Reference cell of every term: paclitaxel-platinum backbone, in Asia, free of liver metastases, PD-L1 low.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.errors import InputError
from trials.network import SurvivalArm

PD1 = frozenset({"pd1", "pdl1"})


@dataclass(frozen=True)
class Contrast:
    """Which components the model tells apart: backbone, its partner (the ICI), and what is added."""

    backbone: frozenset[str] = frozenset({"chemo"})
    partner: frozenset[str] = PD1
    added: frozenset[str] = frozenset({"anlotinib"})

    def covers(self, components: frozenset[str]) -> bool:
        """Whether an arm of these components has a place in the predictor (it must carry the backbone)."""
        return self.backbone <= components and components <= self.backbone | self.partner | self.added

    def partnered(self, components: frozenset[str]) -> bool:
        """Whether an arm of these components carries the partner."""
        return bool(components & self.partner)


@dataclass(frozen=True)
class SurvivalDesign:
    """Design of A arms in J trials, K of which are single-arm; all arrays are model data.

    Attributes
    ----------
    arms : tuple of str
        "trial/arm", in row order.
    trials, single_arm_trials : tuple of str
    trial : (A, J) float
        Membership, multiplies u.
    ici, added : (A,) float
        Indicators of the partner (ICI) and of the added component.
    ici_trial : (A, J) float
        ICI arms of randomised trials, multiplies b.
    index : (A,) float
        The index trial's ICI arms, multiplies bme_dev.
    single_arm : (A, K) float
        Multiplies c_sat and e_sat.
    tp, asia : (A,) float
        Shares of arm on paclitaxel-platinum and in Asia.
    """

    arms: tuple[str, ...]
    trials: tuple[str, ...]
    single_arm_trials: tuple[str, ...]
    trial: Floats
    ici: Floats
    added: Floats
    ici_trial: Floats
    index: Floats
    single_arm: Floats
    tp: Floats
    asia: Floats


def survival_design(arms: Sequence[SurvivalArm], contrast: Contrast) -> SurvivalDesign:
    """Arrays of the arms that the contrast covers.

    Raises
    ------
    InputError
        If an arm's components have no place in the predictor, or no arm is the index arm.
    """
    faults = [
        f"{arm.trial}, arm {arm.arm}: components {sorted(arm.components)} have no place in the model; "
        f"expected {sorted(contrast.backbone)} with any of {sorted(contrast.partner | contrast.added)}"
        for arm in arms
        if not contrast.covers(arm.components)
    ]
    if not any(arm.index for arm in arms):
        faults.append("no arm is the index arm of the question; expected one")
    if faults:
        raise InputError(faults)
    trials = tuple(dict.fromkeys(arm.trial for arm in arms))
    single = tuple(dict.fromkeys(arm.trial for arm in arms if not arm.randomised))
    index_trials = {arm.trial for arm in arms if arm.index}
    membership = np.array([[arm.trial == trial for trial in trials] for arm in arms], dtype=float)
    ici = np.array([contrast.partnered(arm.components) for arm in arms], dtype=float)
    randomised = np.array([arm.randomised for arm in arms], dtype=float)
    in_index_trial = np.array([arm.trial in index_trials for arm in arms], dtype=float)
    return SurvivalDesign(
        arms=tuple(f"{arm.trial}/{arm.arm}" for arm in arms),
        trials=trials,
        single_arm_trials=single,
        trial=membership,
        ici=ici,
        added=np.array([bool(arm.components & contrast.added) for arm in arms], dtype=float),
        ici_trial=membership * (ici * randomised * (1 - in_index_trial))[:, None],
        index=ici * in_index_trial,
        single_arm=np.array([[arm.trial == trial for trial in single] for arm in arms], dtype=float),
        tp=np.array([arm.tp_share for arm in arms]),
        asia=np.array([arm.asia_share for arm in arms]),
    )
