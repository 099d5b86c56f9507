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
