"""The class benchmark weighs what its own publication implies, never another trial's number of events."""

from dataclasses import replace

import pytest

from analysis.class_benchmark import class_benchmark, implied_events
from trials import load
from trials.facts import Effect


def _effect(**limits):
    told = {"endpoint": "OS", "arm": "a", "versus": "b", "measure": "HR", "population": "all", "value": 0.92}
    return Effect(**told, source="s", **limits)


def test_a_printed_interval_gives_the_events_behind_it():
    # 4 / se^2 of 0.79-1.07: se = log(1.07 / 0.79) / 3.92 = 0.0774, 668 events.
    least, most = implied_events(_effect(lower=0.79, upper=1.07))
    assert least < 668 < most
    assert (least, most) == pytest.approx((668, 668), rel=0.1)


def test_without_an_interval_the_question_says_how_many_and_it_is_an_assumption():
    found = class_benchmark(load(None))
    assert (found.trial, found.events, found.assumed) == ("leap-014", (480, 640), True)


def test_an_interval_in_the_evidence_wins_over_the_assumption():
    evidence = load(None)
    known = evidence["leap-014"]
    effect = tuple(row.model_copy(update={"lower": 0.79, "upper": 1.07}) for row in known.effect)
    told = replace(
        evidence, trials=tuple(replace(t, effect=effect) if t.id == known.id else t for t in evidence.trials)
    )
    found = class_benchmark(told)
    assert not found.assumed
    assert 600 < found.events[0] < found.events[1] < 740
