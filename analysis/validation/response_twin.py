"""The classical twins of the response model: Woolf's log odds ratios, pooled by random effects."""

from collections.abc import Sequence

import numpy as np

from analysis.validation.random_effects import Pooled, reml
from trials.network import ResponseArm


def log_odds(arm: ResponseArm) -> tuple[float, float]:
    """Log odds of response of one arm and its variance (Woolf 1955)."""
    failures = arm.n - arm.responders
    return float(np.log(arm.responders / failures)), 1 / arm.responders + 1 / failures


def ici_against_chemo(arms: Sequence[ResponseArm]) -> Pooled:
    """Log odds ratio of ICI + chemotherapy to chemotherapy within each randomised trial that reports both."""
    by_trial: dict[str, list[ResponseArm]] = {}
    for arm in arms:
        if arm.randomised:
            by_trial.setdefault(arm.trial, []).append(arm)
    pairs = [
        sorted(pair, key=lambda arm: len(arm.components)) for pair in by_trial.values() if len(pair) == 2
    ]
    odds = np.array([[log_odds(control), log_odds(tested)] for control, tested in pairs])
    return reml(odds[:, 1, 0] - odds[:, 0, 0], np.sqrt(odds[:, :, 1].sum(axis=1)))


def index_against_ici(arms: Sequence[ResponseArm]) -> tuple[float, float]:
    """Crude log odds ratio of the index arm to a new trial's ICI arm, with its standard error (tau included)."""
    index, variance = log_odds(next(arm for arm in arms if arm.index))
    others = np.array([log_odds(arm) for arm in arms if arm.randomised and len(arm.components) > 1])
    pooled = reml(others[:, 0], np.sqrt(others[:, 1]))
    return index - pooled.estimate, float(np.sqrt(pooled.standard_error**2 + pooled.tau**2 + variance))
