import subprocess
import sys
from dataclasses import replace

from analysis.sensitivity.variant import Variant, described
from models.baselines import FAMILIES
from models.priors import BASE, survival_priors
from models.survival import SurvivalOptions

NAMED = "from analysis.sensitivity.variant import *; print(described(Variant('OS')))"


def test_a_variant_has_the_same_key_in_every_process():
    found = subprocess.run(
        [sys.executable, "-c", NAMED], capture_output=True, text=True, env={"PYTHONHASHSEED": "1"}
    )
    assert found.stdout.strip() == described(Variant("OS"))


def test_every_difference_is_another_key():
    variants = [
        Variant("OS"),
        Variant("PFS"),
        Variant("OS", replace(BASE, correlation=0.0)),
        Variant("OS", priors=survival_priors("OS").widened(2.0)),
        Variant("OS", without=("escort-1st",)),
        Variant("OS", index_delay=0.5),
        Variant("OS", further="cohort"),
        *(Variant("OS", options=SurvivalOptions(baseline=family)) for family in FAMILIES.values()),
    ]
    assert len({described(variant) for variant in variants}) == len(variants)


def test_only_the_graph_decides_the_compilation():
    assert Variant("OS").graph == Variant("OS", without=("escort-1st",), index_delay=0.5).graph
    assert Variant("OS").graph != Variant("OS", options=SurvivalOptions(baseline=FAMILIES["Weibull"])).graph
