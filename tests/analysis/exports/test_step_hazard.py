"""Piecewise-constant hazards: identities of survival and area, and general-population mortality."""

import numpy as np
import pytest

from analysis.exports.arms import with_background
from analysis.exports.life_table import read_life_table
from analysis.exports.step_hazard import StepHazard
from digitized.errors import InputError

STEPS = StepHazard(np.array([0.0, 3.0, 9.0]), np.array([[0.02, 0.1, 0.05], [0.0, 0.2, 0.01]]))


def test_a_constant_hazard_is_exponential():
    constant = StepHazard(np.array([0.0]), np.array([[0.05]]))
    assert constant.survival(np.array([0, 10.0])) == pytest.approx(np.array([[1, np.exp(-0.5)]]))
    assert constant.area(np.inf) == pytest.approx(20)
    assert constant.area(24) == pytest.approx((1 - np.exp(-1.2)) / 0.05)


@pytest.mark.parametrize("end", [2.0, 3.0, 20.0])
def test_area_is_the_integral_of_survival(end):
    grid = np.linspace(0, end, 200_001)
    assert STEPS.area(end) == pytest.approx(np.trapezoid(STEPS.survival(grid), grid, axis=-1), rel=1e-8)


def test_area_grows_to_the_mean():
    assert STEPS.area(1e5) == pytest.approx(STEPS.area(np.inf))


def test_nobody_survives_an_infinite_hazard():
    ended = StepHazard(np.array([0.0, 12.0, 24.0]), np.array([0.0, np.inf, 0.0]))
    assert list(ended.survival(np.array([12.0, 12.1, 30.0]))) == [1.0, 0.0, 0.0]
    assert ended.area(np.inf) == pytest.approx(12)


GENERAL = StepHazard(np.array([0.0, 6.0]), np.array([0.03, 0.06]))


def test_the_floor_lifts_only_hazards_below_it():
    joined = with_background(STEPS, GENERAL, "max", observed=9.0)
    assert list(joined.cuts) == [0, 3, 6, 9]
    assert joined.rate == pytest.approx(np.array([[0.03, 0.1, 0.1, 0.06], [0.03, 0.2, 0.2, 0.06]]))


def test_the_sum_begins_where_follow_up_ends():
    joined = with_background(STEPS, GENERAL, "sum", observed=12.0)
    assert joined.at(np.array([11.9])) == pytest.approx(np.array([[0.05], [0.01]]))
    assert joined.at(np.array([12.0])) == pytest.approx(np.array([[0.11], [0.07]]))


def life_table(path, rows, header="age,sex,qx"):
    path.write_text(header + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_probabilities_and_rates_give_the_same_cohort(tmp_path):
    ages = range(60, 71)
    probability = [f"{age},{sex},{0.01 * (age - 50)}" for age in ages for sex in ("male", "F")]
    rate = [f"{age},{sex},{-np.log1p(-0.01 * (age - 50))}" for age in ages for sex in ("men", "female")]
    one = read_life_table(life_table(tmp_path / "q.csv", probability), 60, 1.0, 120)
    other = read_life_table(life_table(tmp_path / "r.csv", rate, "age,sex,rate"), 60, 1.0, 120)
    assert one.hazard["male"] == pytest.approx(other.hazard["male"])
    survived = np.cumprod([1 - 0.01 * (age - 50) for age in range(60, 70)])
    assert one.cohort(60, 1.0).survival(12.0 * np.arange(1, 11)) == pytest.approx(survived)


def test_the_last_age_is_open_ended_and_may_be_certain_death(tmp_path):
    path = life_table(tmp_path / "q.csv", ["60,male,0.5", "61,male,1"])
    cohort = read_life_table(path, 60, 1.0, 24).cohort(60, 1.0)
    assert cohort.survival(np.array([12.0, 13.0, 36.0])) == pytest.approx([0.5, 0, 0])
    path = life_table(tmp_path / "r.csv", ["60,male,0.6", "61,male,0.6"], "age,sex,rate")
    cohort = read_life_table(path, 60, 1.0, 24).cohort(60, 1.0)
    assert cohort.survival(np.array([120.0])) == pytest.approx([np.exp(-6)])


def test_the_sexes_age_apart_and_birthdays_are_the_cohorts(tmp_path):
    rows = [f"{age},male,0.2\n{age},female,0" for age in (60, 61)] + ["62,male,0.5", "62,female,0"]
    cohort = read_life_table(life_table(tmp_path / "q.csv", rows), 60.5, 0.4, 24).cohort(60.5, 0.4)
    wanted = 0.4 * 0.8**1.5 * 0.5**0.5 + 0.6
    assert cohort.survival(np.array([24.0])) == pytest.approx([wanted])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("age,sex\n60,male\n", "neither qx nor rate"),
        ("age,sex,qx,rate\n60,male,.1,.1\n", "qx and rate; expected one"),
        ("years,sex,qx\n60,male,.1\n", "column age is missing"),
        ("age,sex,qx\n", "has no rows"),
        ("", "cannot be read as CSV"),
        ("age,sex,qx\n60,male,1.2\n", "line 2: qx 1.2; expected a probability"),
        ("age,sex,qx\n60,male,-0.1\n", "line 2: qx -0.1; expected a probability"),
        ("age,sex,rate\n60,male,inf\n", "line 2: rate inf; expected a rate"),
        ("age,sex,qx\n60,male,x\n", "line 2: qx x; expected"),
        ("age,sex,qx\n60.5,male,0.1\n", "line 2: age 60.5; expected a whole number"),
        ("age,sex,qx\n60,both,0.1\n", "line 2: sex both; expected male or female"),
        ("age,sex,qx\n60,male,.1\n60,male,.2\n", "male, age 60: more than one row"),
        ("age,sex,qx\n60,male,.1\n62,male,.2\n", "male, age 61: missing"),
        ("age,sex,qx\n60,male,.1\n61,male,.1\n", "no row for female"),
        ("age,sex,qx\n62,male,.1\n63,male,.1\n", "ages 62 to 63; expected 60 to 61"),
        ("age,sex,qx\n59,male,.1\n60,male,.1\n", "ages 59 to 60; expected 60 to 61"),
    ],
)
def test_bad_life_tables_are_refused_by_line(tmp_path, text, fault):
    path = tmp_path / "life.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        read_life_table(path, 60, 0.5, 24)


def test_every_fault_of_a_life_table_is_named_at_once(tmp_path):
    path = life_table(tmp_path / "life.csv", ["60,male,2", "sixty,male,.1", "61,other,.1"])
    with pytest.raises(InputError) as caught:
        read_life_table(path, 60, 0.5, 24)
    assert len(caught.value.faults) == 3
