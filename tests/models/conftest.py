import numpy as np
import pytest

from digitized.curve import PseudoIPD
from trials.network import PdL1Share, Share

NETWORK_SEED = 20241101


@pytest.fixture
def exponential_arm(survival_arm):
    """Make an arm of n patients who all have their event, mean 10 months."""

    def make(trial, arm, components, n, **fields):
        rng = np.random.default_rng([NETWORK_SEED, n])
        ipd = PseudoIPD(np.sort(rng.exponential(10, n)), np.ones(n, dtype=bool))
        return survival_arm(trial, arm, components, ipd, **fields)

    return make


@pytest.fixture
def template_arms(exponential_arm):
    """Six randomised trials, one anlotinib single arm, one index arm: the shape of the base network."""
    arms = []
    for position, tp in enumerate((0.0, 0.0, 1.0, 1.0, 0.93, 0.55)):
        pdl1 = PdL1Share(Share(0.5, 250, 500), "CPS", 10, "22C3")
        for name, components in (("chemo", ["chemo"]), ("ici", ["chemo", "pd1"])):
            arms.append(
                exponential_arm(
                    f"rct-{position}",
                    name,
                    components,
                    290 + position,
                    tp_share=tp,
                    asia_share=0.7 if tp < 0.6 else 1.0,
                    liver=Share(0.24) if position == 2 else None,
                    pdl1=pdl1,
                )
            )
    arms.append(exponential_arm("anlo", "anlo-chemo", ["chemo", "anlotinib"], 46, randomised=False))
    arms.append(
        exponential_arm(
            "index",
            "triple",
            ["chemo", "pdl1", "anlotinib"],
            50,
            randomised=False,
            index=True,
            liver=Share(0.14, 7, 50),
            pdl1=PdL1Share(Share(4 / 38, 4, 38), "CPS", 10, "SP263"),
        )
    )
    return tuple(arms)
