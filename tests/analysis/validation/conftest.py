import numpy as np
import pytest

from analysis.validation.unseen_arms import FittedDraws
from digitized.curve import PseudoIPD
from models.survival import build_survival
from models.survival_predictor import FIXED_EFFECTS
from trials.network import Share

SEED = 20241206


@pytest.fixture(scope="session")
def small_survival(survival_arm):
    """One randomised trial, one single arm with anlotinib, the index arm."""

    def arm(trial, name, components, n, **fields):
        rng = np.random.default_rng([SEED, n])
        time, censoring = rng.exponential(14.0, n), rng.uniform(8.0, 24.0, n)
        order = np.argsort(np.minimum(time, censoring))
        ipd = PseudoIPD(np.minimum(time, censoring)[order], (time <= censoring)[order])
        return survival_arm(trial, name, components, ipd, liver=Share(0.2), **fields)

    return build_survival(
        [
            arm("rct", "chemo", ["chemo"], 150),
            arm("rct", "ici", ["chemo", "pd1"], 151),
            arm("anlo", "anlo-chemo", ["chemo", "anlotinib"], 46, randomised=False),
            arm("index", "triple", ["chemo", "pdl1", "anlotinib"], 50, randomised=False, index=True),
        ]
    )


@pytest.fixture
def fitted(small_survival):
    """Draws of a fit that is certain: constant hazard of median 12, no effects, no spread between trials."""
    size, arms = 50, len(small_survival.arms)
    effects = np.zeros((size, len(FIXED_EFFECTS)))
    hazard = np.full((size, len(small_survival.baseline.knots) + 1), np.log(np.log(2) / 12))
    shares = np.tile([0.4, 0.4, 0.1, 0.1], (size, arms, 1))
    return FittedDraws(small_survival, hazard, effects, np.zeros((size, 2)), shares)
