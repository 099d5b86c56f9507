import numpy as np
import pytest

from digitized.curve import Grade, PseudoIPD
from trials.network import PdL1Share, Share, SurvivalArm

NETWORK_SEED = 20241101


def _arm(trial, arm, components, n, *, randomised, index=False, tp=1.0, asia=1.0, liver=None, pdl1=None):
    rng = np.random.default_rng([NETWORK_SEED, n])
    ipd = PseudoIPD(np.sort(rng.exponential(10, n)), np.ones(n, dtype=bool))
    return SurvivalArm(
        trial=trial,
        arm=arm,
        endpoint="OS",
        label=f"{trial} {arm}",
        components=frozenset(components),
        randomised=randomised,
        index=index,
        tp_share=tp,
        asia_share=asia,
        liver=liver,
        pdl1=pdl1,
        n=n,
        events=n,
        population="all",
        cutoff="",
        assessor="",
        source="simulated",
        grade=Grade.PATIENTS,
        published=(),
        ipd=(ipd,),
    )


@pytest.fixture
def template_arms():
    """Six randomised trials, one anlotinib single arm, one index arm: the shape of the base network."""
    arms = []
    for position, tp in enumerate((0.0, 0.0, 1.0, 1.0, 0.93, 0.55)):
        pdl1 = PdL1Share(Share(0.5, 250, 500), "CPS", 10, "22C3")
        for name, components in (("chemo", ["chemo"]), ("ici", ["chemo", "pd1"])):
            arms.append(
                _arm(
                    f"rct-{position}",
                    name,
                    components,
                    290 + position,
                    randomised=True,
                    tp=tp,
                    asia=0.7 if tp < 0.6 else 1.0,
                    liver=Share(0.24) if position == 2 else None,
                    pdl1=pdl1,
                )
            )
    arms.append(_arm("anlo", "anlo-chemo", ["chemo", "anlotinib"], 46, randomised=False))
    arms.append(
        _arm(
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
