import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.validation import published_design_numbers
from digitized.errors import InputError

RUNNER = CliRunner()
SECOND_DISEASE = Path(__file__).parents[1] / "second_disease" / "evidence"


def test_published_numbers_pass_and_the_folder_holds_everything(tmp_path):
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["validate", "V9", "--out", str(out), "--json"])
    assert done.exit_code == 0
    (verdict,) = json.loads(done.stdout)
    assert set(verdict) == {"id", "verdict", "value", "limit", "sentence"}
    assert verdict["verdict"] == "passed"
    assert json.loads((out / "verdicts.json").read_text()) == [verdict]
    record = json.loads((out / "record.json").read_text())
    assert record["command"].startswith("crosstrial validate V9")
    assert {"commit", "source_sha256", "evidence_sha256", "versions", "seed", "scale"} <= set(record)
    for name in ("tables/V9.csv", "figures/V9.svg", "figures/V9.png", "figures/V9.csv", "report.html"):
        assert (out / name).stat().st_size > 0
    assert "Sign-off" in (out / "report.html").read_text()


def test_a_failed_check_exits_1(tmp_path, monkeypatch):
    monkeypatch.setitem(published_design_numbers.HYBRID, 0.10, (99, 0.101, 0.081))
    done = RUNNER.invoke(app, ["validate", "V9", "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "failed" in done.stdout


def test_every_fault_of_a_request_is_told_before_any_work(tmp_path):
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["validate", "V11", "--preset", "huge", "--seed", "-1", "--out", str(out)])
    assert isinstance(done.exception, InputError)
    assert len(done.exception.faults) == 3
    assert not out.exists()


def test_a_cluster_that_does_not_answer_is_told_before_any_work(tmp_path):
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["validate", "V9", "--dask", "nonsense://x", "--out", str(out)])
    assert isinstance(done.exception, InputError)
    assert "no scheduler answers there" in str(done.exception)
    assert not out.exists()


def test_evidence_of_another_question_is_refused_for_checks_set_for_this_one(tmp_path):
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["validate", "V1", "V9", "--evidence", str(SECOND_DISEASE), "--out", str(out)])
    assert isinstance(done.exception, InputError)
    (fault,) = done.exception.faults
    assert "without PFS; V1: set for chemo + pd1/pdl1 + anlotinib" in fault
    assert not out.exists()


def test_out_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    done = RUNNER.invoke(app, ["validate", "V9", "--out", str(tmp_path / "file")])
    assert done.exception is not None
    assert "is a file" in str(done.exception)


@pytest.mark.slow
def test_smoke_scale_walks_every_check(tmp_path):
    """Its verdicts say nothing; that every check yields a verdict, a table and a figure does."""
    done = RUNNER.invoke(app, ["validate", "--preset", "smoke", "--out", str(tmp_path / "out"), "--json"])
    assert done.exit_code in (0, 1)
    assert [verdict["id"] for verdict in json.loads(done.stdout)] == [f"V{n}" for n in range(1, 11)]
