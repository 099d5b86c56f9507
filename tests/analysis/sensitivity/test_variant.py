import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from analysis.sensitivity.variant import FitPlan, Variant, described, patients
from digitized.curve import PseudoIPD
from digitized.errors import InputError
from models.baselines import FAMILIES
from models.covariate_mix import OBSERVED_PDL1, PdL1Mapping
from models.fitting import Sampler
from models.priors import BASE, survival_priors
from models.survival import SurvivalOptions
from trials.network import PdL1Share, Share

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


@pytest.mark.parametrize("mapping", [PdL1Mapping.UNMAPPED, PdL1Mapping.ALL_LOW, PdL1Mapping.ALL_HIGH])
def test_readings_of_observed_pdl1_share_a_compilation_and_the_assay_map_has_its_own(mapping):
    options = SurvivalOptions(pdl1_mapping=mapping)
    assert Variant("OS", options=options).graph == Variant("OS", options=MAPPED_LOW).graph
    assert Variant("OS", options=options).graph != Variant("OS").graph


MAPPED_LOW = SurvivalOptions(pdl1_mapping=PdL1Mapping.ALL_LOW)


@pytest.fixture(scope="module")
def plan(survival_arm):
    def arm(trial, name, components, n=40, **fields):
        rng = np.random.default_rng([20241201, n])
        ipd = PseudoIPD(np.sort(rng.exponential(10, n)), np.ones(n, dtype=bool))
        pdl1 = PdL1Share(Share(0.5, 10, 20), "CPS", 10, "SP263")
        return survival_arm(trial, name, components, ipd, randomised=trial == "rct", pdl1=pdl1, **fields)

    arms = (
        arm("rct", "chemo", ["chemo"], 60),
        arm("rct", "ici", ["chemo", "pd1"], 50),
        arm("index", "triple", ["chemo", "pdl1", "anlotinib"], index=True),
    )
    cohort = arm("index", "cohort", ["chemo", "pdl1"], 30)
    return FitPlan(arms, {"cohort": (cohort,)}, 1, Sampler(), 1)


def _patients(plan, variant):
    survival = plan.model(variant)
    data = plan.data(survival, variant, 0)
    return {
        name: int(data["row_weight"][data["row_arm"] == position].sum())
        for position, name in enumerate(survival.design.arms)
    }


def test_a_further_arm_has_patients_only_where_it_joins(plan):
    assert _patients(plan, Variant("OS"))["index/cohort"] == 0
    assert _patients(plan, Variant("OS", further="cohort"))["index/cohort"] == 30
    assert Variant("OS").graph == Variant("OS", further="cohort").graph


def test_an_absent_arm_is_told_from_one_left_out(plan):
    """Stage two of the cut reads the single arms that a variant leaves out, never one it does not have."""
    arms = {arm.arm: arm for arm in plan.model(Variant("OS")).arms}
    assert plan.present(Variant("OS", without=("index",)), arms["triple"])
    assert not plan.present(Variant("OS", without=("index",)), arms["cohort"])
    assert plan.present(Variant("OS", further="cohort"), arms["cohort"])


def test_a_trial_left_out_keeps_its_place_without_patients(plan):
    found = _patients(plan, Variant("OS", without=("rct",)))
    assert found == {"rct/chemo": 0, "rct/ici": 0, "index/triple": 40, "index/cohort": 0}


def test_untested_patients_of_the_index_trial_are_those_of_its_own_arm(plan):
    """20 of 40 are untested; a further arm that is absent must not make them 20 of 70."""
    low = Variant("OS", options=MAPPED_LOW)
    shares = plan.data(plan.model(low), low, 0)[OBSERVED_PDL1]
    np.testing.assert_allclose(shares[-1], 0.5 * 0.5)


def test_a_later_clock_takes_the_first_weeks_and_may_not_take_everybody(plan):
    delayed = patients(plan.arms, Variant("OS", index_delay=2.0), 0)
    before = plan.arms[2].ipd[0].time
    np.testing.assert_allclose(delayed[2].time, before[before > 2] - 2)
    assert delayed[0].n == 60
    with pytest.raises(InputError, match="no patient is followed beyond"):
        patients(plan.arms, Variant("OS", index_delay=1e6), 0)
