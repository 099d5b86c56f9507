"""`crosstrial reconstruct`: files in, files out, inputs as people have them, refusals."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.cli.app import app
from digitized.errors import InputError

RUN = CliRunner()
TIME = [0, 2, 2, 4, 4, 7, 7, 12]
SURVIVAL = [1, 1, 0.9, 0.9, 0.8, 0.8, 0.7, 0.7]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"arm": "A", "time": TIME, "survival": SURVIVAL}).to_csv("f.curves.csv", index=False)
    pd.DataFrame({"arm": "A", "time": [0, 6, 12], "n_risk": [10, 8, 7]}).to_csv("f.at_risk.csv", index=False)
    pd.DataFrame({"arm": ["A"], "n": [10], "events": [3], "note": ["x"]}).to_csv("totals.csv", index=False)
    return tmp_path


def run(*words):
    result = RUN.invoke(app, ["reconstruct", *words])
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def patients(name="ipd.csv"):
    return pd.read_csv(name, keep_default_na=False)


def test_writes_patients_and_agreement(folder):
    run(
        "f.curves.csv",
        "--at-risk",
        "f.at_risk.csv",
        "--totals",
        "totals.csv",
        "--draws",
        "3",
        "--out",
        "o.csv",
    )
    table = patients("o.csv")
    assert list(table.columns) == ["figure", "arm", "draw", "time", "event"]
    assert table.groupby("draw").size().tolist() == [10, 10, 10]
    assert table.groupby("draw")["event"].sum().tolist() == [3, 3, 3]
    agreement = pd.read_csv("o.agreement.csv")
    assert agreement["met"].all()
    assert {"n", "events", "at_risk"} <= set(agreement["quantity"])


@pytest.mark.parametrize(
    "change", ["percent", "incidence", "percent incidence", "surv", "shuffled", "figure"]
)
def test_inputs_people_have_give_the_same_patients(folder, change):
    base = ["--at-risk", "f.at_risk.csv", "--totals", "totals.csv"]
    run("f.curves.csv", *base)
    wanted = patients()
    frame = pd.read_csv("f.curves.csv").astype({"survival": float})
    if "incidence" in change:
        frame["survival"] = 1 - frame["survival"]
    if "percent" in change:
        frame["survival"] *= 100
    if change == "surv":
        frame = frame.rename(columns={"survival": "surv"})
    if change == "shuffled":
        frame = frame.sample(frac=1, random_state=4)
    if change == "figure":
        frame.insert(0, "figure", "F")
        for name in ("f.at_risk.csv", "totals.csv"):
            pd.read_csv(name).assign(figure="F").to_csv(name, index=False)
    frame.to_csv("changed.csv", index=False)
    result = run("changed.csv", *base)
    got = patients()
    assert np.allclose(got["time"], wanted["time"], atol=0.05)
    assert got["event"].tolist() == wanted["event"].tolist()
    if change in ("percent", "incidence"):
        assert "read as" in result.output


def test_unit_scales_every_time(folder):
    base = ["f.curves.csv", "--at-risk", "f.at_risk.csv", "--totals", "totals.csv"]
    run(*base)
    plain = patients()
    run(*base, "--unit", "years")
    assert np.allclose(patients()["time"], 12 * plain["time"], atol=1e-4)


def test_all_faults_at_once_and_nothing_written(folder):
    pd.DataFrame({"arm": "A", "time": [0, 6, 12], "n_risk": [10, 11, 12]}).to_csv("bad.csv", index=False)
    with pytest.raises(InputError) as caught:
        run("f.curves.csv", "--at-risk", "bad.csv", "--totals", "totals.csv", "--out", "new/o.csv")
    assert len(caught.value.faults) >= 2
    assert all("arm A" in fault for fault in caught.value.faults)
    assert not (folder / "new").exists()


def test_unreadable_cells_are_named(folder):
    (folder / "odd.csv").write_text("arm,time,survival\nA,0,1\nA,x,0.9\nA,3,y\n")
    with pytest.raises(InputError) as caught:
        run("odd.csv", "--totals", "totals.csv")
    assert any("line 3" in fault and "'x'" in fault for fault in caught.value.faults)
    assert any("line 4" in fault and "'y'" in fault for fault in caught.value.faults)


def published_rows(*rows):
    columns = ["arm", "quantity", "time", "value", "versus"]
    pd.DataFrame(rows, columns=columns).to_csv("published.csv", index=False)


def test_published_numbers_fill_steer_and_are_held_against(folder):
    published_rows(("A", "events", "", 3, ""), ("A", "rate", 9, 70, ""), ("A", "median", "", "NR", ""))
    result = run("f.curves.csv", "--at-risk", "f.at_risk.csv", "--published", "published.csv")
    assert patients()["event"].sum() == 3
    assert "rates are read as percentages" in result.output
    agreement = pd.read_csv("ipd.agreement.csv").set_index("quantity")
    assert agreement.loc[["events", "rate", "median"], "met"].all()


def test_published_hazard_ratio_of_a_pair_is_checked_and_contradictions_are_named(folder):
    both = [pd.read_csv("f.curves.csv").assign(arm=arm) for arm in "AB"]
    pd.concat(both).to_csv("two.csv", index=False)
    pd.DataFrame({"arm": ["A", "B"], "n": [40, 40]}).to_csv("totals.csv", index=False)
    published_rows(("A", "hazard_ratio", "", 0.2, "B"), ("C", "n", "", 9, ""))
    result = run("two.csv", "--totals", "totals.csv", "--published", "published.csv", "--draws", "2")
    assert "0.2 contradicts the curves" in result.output
    assert "'C' is not among the curves" in result.output
    published_rows(("A", "n", "", 41, ""), ("B", "events", "", 50, ""))
    with pytest.raises(InputError) as caught:
        run("two.csv", "--totals", "totals.csv", "--published", "published.csv")
    assert "50 events" in "\n".join(caught.value.faults)


def test_numbers_censored_beside_the_numbers_at_risk_are_used(folder):
    table = pd.read_csv("f.at_risk.csv").assign(n_censored=[0, 0, 0])
    table.to_csv("with_censored.csv", index=False)
    run("f.curves.csv", "--at-risk", "with_censored.csv")
    agreement = pd.read_csv("ipd.agreement.csv")
    assert agreement.loc[agreement["quantity"] == "censored", "target"].tolist() == [0, 0]
    assert agreement["met"].all()
    table["n_censored"] = [0, 4, 1]
    table.to_csv("with_censored.csv", index=False)
    with pytest.raises(InputError, match="number censored falls from 4 to 1"):
        run("f.curves.csv", "--at-risk", "with_censored.csv")


@pytest.mark.parametrize(
    ("points", "totals", "died"),
    [
        ([(0, 1), (5, 1)], (1, ""), 0),  # one patient, censored
        ([(0, 1), (5, 1), (5, 0)], (1, 1), 1),  # one patient, dead at the end
        ([(0, 1), (30, 1)], (25, 0), 0),  # all censored
        ([(0, 1), (2, 0.75), (4, 0.5), (6, 0.25), (8, 0)], (4, 4), 4),  # none censored, last point at 0
        ([(1, 0.9), (2, 0.8), (2, 0.8), (1.5, 0.85)], (20, ""), 4),  # no (0, 1), unsorted, doubled, no table
        ([(0, 1)], (3, ""), 0),  # nothing but the start
    ],
)
def test_bare_inputs_are_rebuilt(folder, points, totals, died):
    pd.DataFrame([("A", *point) for point in points], columns=["arm", "time", "surv"]).to_csv(
        "bare.csv", index=False
    )
    pd.DataFrame([("A", *totals)], columns=["arm", "n", "events"]).to_csv("few.csv", index=False)
    run("bare.csv", "--totals", "few.csv", "--draws", "3")
    table = patients()
    assert table.groupby("draw").size().tolist() == [totals[0]] * 3
    assert table[table["draw"] == 0]["event"].sum() == died


@pytest.mark.parametrize(
    ("unit", "months"), [("days", 12 / 365.25), ("weeks", 7 * 12 / 365.25), ("years", 12)]
)
def test_units_scale_points_tables_ticks_and_published_times(folder, unit, months):
    pd.DataFrame({"arm": "A", "time": [5.0, 9.0]}).to_csv("ticks.csv", index=False)
    published_rows(("A", "rate", 5, 0.8, ""))
    words = ["f.curves.csv", "--at-risk", "f.at_risk.csv", "--censor-marks", "ticks.csv"]
    words += ["--published", "published.csv"]
    run(*words)
    plain = patients()
    run(*words, "--unit", unit)
    assert np.allclose(patients()["time"], months * plain["time"], atol=2e-4 * months + 1e-5)
    agreement = pd.read_csv("ipd.agreement.csv").set_index("quantity")
    assert agreement.loc["rate", "time"] == pytest.approx(5 * months)


def test_points_beyond_the_last_number_at_risk_and_ticks_alone(folder):
    pd.DataFrame({"arm": "A", "time": [0, 3], "n_risk": [10, 9]}).to_csv("short.csv", index=False)
    run("f.curves.csv", "--at-risk", "short.csv", "--totals", "totals.csv")
    assert patients()["event"].sum() == 3
    assert patients()["time"].max() == pytest.approx(12)
    pd.DataFrame({"arm": "A", "time": [9.0, 10.0, 11.0]}).to_csv("ticks.csv", index=False)
    run("f.curves.csv", "--totals", "totals.csv", "--censor-marks", "ticks.csv", "--draws", "2")
    assert patients().groupby("draw")["event"].sum().tolist() == [3, 3]


def test_cumulative_incidence_that_starts_late_is_told_by_the_option(folder):
    pd.DataFrame({"arm": "A", "time": [4, 7], "survival": [20, 30]}).to_csv("late.csv", index=False)
    run("late.csv", "--totals", "totals.csv", "--kind", "incidence", "--scale", "percent")
    table = patients()
    assert table["event"].sum() == 3
    assert table.loc[table["event"] == 1, "time"].max() <= 7


@pytest.mark.parametrize("kind", ["survival", "incidence", "all censored"])
def test_survival_or_incidence_is_told_by_time_not_by_the_order_of_the_file(folder, kind):
    base = ["--at-risk", "f.at_risk.csv", "--totals", "totals.csv"]
    frame = pd.read_csv("f.curves.csv").astype({"survival": float})
    if kind == "all censored":
        frame["survival"] = 1.0
        pd.DataFrame({"arm": ["A"], "n": [10], "events": [0]}).to_csv("totals.csv", index=False)
    frame.to_csv("straight.csv", index=False)
    run("straight.csv", *base)
    wanted = patients()
    if kind != "survival":
        frame["survival"] = 1 - frame["survival"]
    frame.iloc[::-1].to_csv("backwards.csv", index=False)
    run("backwards.csv", *base)
    got = patients()
    assert got["event"].tolist() == wanted["event"].tolist()
    assert np.allclose(got["time"], wanted["time"], atol=0.05)


def test_tables_saved_with_semicolons_and_decimal_commas(folder):
    base = ["--at-risk", "f.at_risk.csv", "--totals", "totals.csv"]
    run("f.curves.csv", *base)
    wanted = patients()
    pd.read_csv("f.curves.csv").to_csv("euro.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig")
    run("euro.csv", *base)
    assert patients().equals(wanted)


def test_totals_may_hold_events_only_and_a_column_of_rubbish_is_two_sentences(folder):
    pd.DataFrame({"arm": ["A"], "n": [""], "events": [3]}).to_csv("totals.csv", index=False)
    run("f.curves.csv", "--at-risk", "f.at_risk.csv", "--totals", "totals.csv")
    assert patients()["event"].sum() == 3
    pd.DataFrame({"arm": "A", "time": ["x"] * 40, "survival": 0.9}).to_csv("odd.csv", index=False)
    with pytest.raises(InputError, match="37 more lines") as caught:
        run("odd.csv", "--totals", "totals.csv")
    assert len(caught.value.faults) == 4


def test_two_points_and_impossible_events_are_rebuilt(folder):
    pd.DataFrame({"arm": "A", "time": [0, 2], "survival": [1, 0.88]}).to_csv("two.csv", index=False)
    pd.DataFrame({"arm": ["A"], "n": [80], "events": [62]}).to_csv("totals.csv", index=False)
    result = run("two.csv", "--totals", "totals.csv", "--draws", "3")
    assert patients().groupby("draw")["event"].sum().tolist() == [62, 62, 62]
    assert "62 events contradict the points" in result.output


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ("A,0,1\nA,6,100\nA,12,50\n", "mixes probabilities and percent: 1 at time 0, 100 at time 6"),
        (
            "A,0,100\nA,6,80\nA,12,.55\nA,24,.4\n",
            "mixes probabilities and percent: 80 at time 6, 0.55 at time 12",
        ),
        (
            "A,0,0.1\nA,6,0.9\nA,12,0.4\n",
            "time 6: 0.9 after 0.1 at time 0, but 0.4 at time 12 after 0.9 at time 6",
        ),
        ("A,0,100\nA,6,40\nA,12,90\n", "time 12: 90 after 40 at time 6"),
    ],
)
def test_neither_survival_nor_incidence_is_refused(folder, points, says):
    (folder / "mixed.csv").write_text(f"arm,time,survival\n{points}", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        run("mixed.csv", "--totals", "totals.csv")
    (sentence,) = refused.value.faults
    assert sentence.startswith("mixed.csv, arm A")
    assert says in sentence


@pytest.mark.parametrize(
    ("points", "options"),
    [
        # Clicks of an upright, slightly out of order; steps back within the noise of a reading.
        ("A,0,1\nA,3,.98\nA,3.1,.5\nA,3.05,.72\nA,6,.52\nA,9,.44\n", ()),
        ("A,0,1\nA,6,80\nA,12,90\n", ("--scale", "percent", "--kind", "incidence")),
        ("A,0,0\nA,6,35\nA,12,30\n", ()),
    ],
)
def test_what_an_honest_reading_may_look_like_is_read(folder, points, options):
    (folder / "honest.csv").write_text(f"arm,time,survival\n{points}", encoding="utf-8")
    run("honest.csv", "--totals", "totals.csv", *options)


def test_faults_name_the_file_that_they_are_in(folder):
    (folder / "t.csv").write_text("arm,n,events\nA,10,20\n", encoding="utf-8")
    (folder / "r.csv").write_text("arm,time,n_risk\nA,0,10\nA,6,5\nA,9,7\n", encoding="utf-8")
    (folder / "c.csv").write_text("arm,time,survival\nA,0,1\nA,5,-0.4\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        run("c.csv", "--totals", "t.csv", "--at-risk", "r.csv")
    assert refused.value.faults == (
        "c.csv, arm A, time 5: survival -0.4 lies outside 0-1",
        "r.csv, arm A, time 9: number at risk rises from 5 to 7; it can only fall",
        "t.csv, arm A: 20 events but only 10 patients",
    )
    with pytest.raises(InputError, match=r"^f\.curves\.csv, arm A: number of patients unknown"):
        run("f.curves.csv")
