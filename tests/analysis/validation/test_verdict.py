import math

import pytest

from analysis.validation.verdict import Bounds, Outcome, Verdict


def test_verdict_follows_from_value_and_limit_alone():
    limit = {"coverage": Bounds(at_least=0.85, at_most=1.0)}
    assert Verdict("V1", {"coverage": 0.9}, limit, "says failed").verdict is Outcome.PASSED
    assert Verdict("V1", {"coverage": 0.84}, limit, "says passed").verdict is Outcome.FAILED
    assert Verdict("V1", {"coverage": 0.2}, {}, "").verdict is Outcome.INFORMATIONAL


def test_value_that_could_not_be_computed_fails():
    verdict = Verdict("V7", {"R-hat": math.nan, "ESS": 900.0}, {"R-hat": Bounds(at_most=1.01)}, "")
    assert verdict.verdict is Outcome.FAILED
    assert verdict.broken == ("R-hat",)
    assert verdict.as_json()["value"] == {"R-hat": None, "ESS": 900.0}


def test_bounds_are_closed():
    assert Bounds(at_most=0).holds(0.0)
    assert not Bounds(at_most=0).holds(1.0)
    assert Bounds().holds(1e9)


def test_limit_without_a_value_is_refused():
    with pytest.raises(ValueError, match="limits without a value"):
        Verdict("V1", {"a": 1.0}, {"b": Bounds(at_most=1)}, "")


def test_json_has_the_five_fields():
    verdict = Verdict("V9", {"off": 0.0}, {"off": Bounds(at_most=0)}, "all met")
    assert verdict.as_json() == {
        "id": "V9",
        "verdict": "passed",
        "value": {"off": 0.0},
        "limit": {"off": {"at_most": 0}},
        "sentence": "all met",
    }
