import pytest

from analysis.safety import UNNAMED, Harm, harm_of, safety_arms, safety_table
from models.survival_design import Contrast
from trials import load


@pytest.fixture(scope="module")
def evidence():
    return load()


@pytest.mark.parametrize(
    ("event", "harm"),
    [
        ("TRAE grade>=3", Harm("TRAE", "grade>=3")),
        ("TEAE grade>=3", Harm("TEAE", "grade>=3")),
        ("TRAE grade 3-4", Harm("TRAE", "grade 3-4")),
        ("AE leading to discontinuation", Harm("AE", "discontinuation")),
        ("discontinuation of any drug", Harm(UNNAMED, "discontinuation of any drug")),
        ("Leukopenia: TRAE grade>=3", None),
        ("TRAE any grade", None),
        ("death due to AE", None),
    ],
)
def test_a_harm_is_told_by_its_definition_and_kind(event, harm):
    assert harm_of(event) == harm


def test_definitions_are_never_pooled(evidence):
    """JUPITER-06 prints both: two rows an arm, each against its own control."""
    table = safety_table(evidence)
    own = table[(table["trial"] == "jupiter-06") & (table["kind"] == "grade>=3")]
    treated = own[own["arm"] == "tori-chemo"].set_index("definition")
    assert treated.loc["TEAE", "percent"] == 73.2
    assert treated.loc["TRAE", "percent"] == 64.6
    assert treated.loc["TEAE", "difference"] == pytest.approx(3.2)
    assert treated.loc["TRAE", "difference"] == pytest.approx(8.6)


def test_the_index_arm_stands_first_without_a_control_of_its_own(evidence):
    first = safety_table(evidence).iloc[0]
    assert first["index"]
    assert first["difference"] is None or first["difference"] != first["difference"]
    assert first["lower"] < first["percent"] < first["upper"]


def test_an_assumed_denominator_is_said(evidence):
    table = safety_table(evidence).set_index(["trial", "arm", "definition", "kind"])
    assert table.loc[("keynote-590", "pembro-chemo", "TRAE", "grade>=3"), "n_is"] == "printed"
    assert table.loc[("jupiter-06", "tori-chemo", "TRAE", "grade>=3"), "n_is"] == "of the arm, assumed"


def test_modelled_arms_print_one_definition_and_lie_in_the_predictor(evidence):
    arms = safety_arms(evidence, Contrast())
    counts = {(arm.trial, arm.arm): (arm.responders, arm.n) for arm in arms}
    assert counts["benmelstobart-anlotinib", "benm-anlo-chemo"] == (37, 50)
    assert counts["keynote-590", "chemo"] == (250, 370)
    assert ("checkmate-648", "nivo-ipi") not in counts
    assert ("rationale-306", "tisle-chemo") not in counts
    assert sum(arm.index for arm in arms) == 1
