"""Points and counts that cannot both be right: counts are met, the contradiction is named with arm and time."""

from dataclasses import replace

import numpy as np
import pytest

from digitized.curve import Curve
from digitized.errors import InputError
from digitized.kaplan_meier import number_at_risk
from digitized.reconstruction import reconstruct

TIME = np.array([0.0, 3, 3, 6, 6, 9, 9, 12, 12, 18])
SURVIVAL = np.array([1, 1, 0.9, 0.9, 0.75, 0.75, 0.6, 0.6, 0.5, 0.5])
CURVE = Curve(TIME, SURVIVAL, np.array([0.0, 5, 10, 15]), np.array([100, 90, 60, 48]), None, 100, 50)


def notes_of(**change):
    result = reconstruct(replace(CURVE, **change), figure="F", arm="A")
    return "\n".join(result.notes), result


def test_agreeing_inputs_are_not_accused():
    assert reconstruct(CURVE).notes == ()
    assert reconstruct(replace(CURVE, at_risk_time=np.empty(0), at_risk=np.empty(0, dtype=int))).notes == ()


@pytest.mark.parametrize("events", [3, 90])
def test_events_that_the_points_exclude_are_met_and_named(events):
    text, result = notes_of(events=events)
    assert f"figure F, arm A: {events} events contradict the points, which say about " in text
    assert result.ipd[0].events == events
    row = next(row for row in result.agreement if row.quantity == "rmse_to_points")
    assert row.met or "cannot both be right" in row.reason


def test_too_few_who_leave_are_named_with_their_time():
    text, result = notes_of(at_risk=np.array([100, 99, 97, 95]), events=None)
    assert "arm A, from time 5 to 10: the curve falls from 0.90 to 0.60, but only 2 of 99" in text
    np.testing.assert_array_equal(number_at_risk(result.ipd[0].time, CURVE.at_risk_time), [100, 99, 97, 95])


@pytest.mark.parametrize("n", [100, 900])
@pytest.mark.parametrize("draws", [1, 6])
def test_without_numbers_at_risk_more_events_than_the_curve_has_room_for_are_met_and_named(n, draws):
    bare = Curve(TIME[[0, -1]], np.array([1.0, 0.9]), n=n, events=n // 2)
    result = reconstruct(bare, draws=draws, arm="A")
    assert (
        f"{n // 2} events contradict the points: {n} patients and a curve that ends at 0.90"
        in result.notes[0]
    )
    assert {ipd.events for ipd in result.ipd} == {n // 2}


def test_patients_at_risk_beyond_the_points_ask_for_the_units():
    text, _ = notes_of(at_risk_time=30.4 * CURVE.at_risk_time)
    assert "the points end at 18, but 48 are at risk at 456" in text


def test_ticks_outside_the_curve_are_named_and_left_out():
    text, result = notes_of(censor_marks=np.array([-40.0, 99.0]))
    assert "2 of 2 censor ticks lie outside the curve, which ends at 18 (first: -40)" in text
    np.testing.assert_array_equal(result.ipd[0].time, reconstruct(CURVE).ipd[0].time)


def test_one_sentence_an_arm_however_many_points_are_impossible():
    with pytest.raises(InputError, match=r"lies outside 0-1 .and for 3 more of 10 points.") as caught:
        reconstruct(replace(CURVE, survival=1.3 * SURVIVAL), arm="A")
    assert len(caught.value.faults) == 1
