"""`crosstrial evidence` as a person meets it."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import trials
from analysis.cli.app import app
from digitized.errors import EvidenceError

CROSSTRIAL = (sys.executable, "-c", "from analysis.cli.app import main; main()")
RUNNER = CliRunner(env={"COLUMNS": "220"})


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*CROSSTRIAL, "evidence", *arguments), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("columns", [80, 120])
def test_the_inventory_is_a_page_that_fits_the_terminal(columns: int) -> None:
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(app, ["evidence"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    for words in (
        "WHICH ANALYSIS FEEDS THE MODELS",
        "analysis interim-2020 (Interim analysis (primary publication), cut-off",
        "135 / 298 15.3 (12.8-17.3)",
        "OS kept as a check: final: 214 and 250 deaths",
        "May not be left out",
    ):
        assert any(words in line for line in lines), words


def test_one_trial_can_be_looked_at() -> None:
    result = RUNNER.invoke(app, ["evidence", "escort-1st"])
    assert "camre-chemo" in result.stdout
    assert "tori-chemo" not in result.stdout
    unknown = RUNNER.invoke(app, ["evidence", "escort"])
    assert isinstance(unknown.exception, EvidenceError)
    assert "did you mean 'escort-1st'" in str(unknown.exception)


def test_json_is_nothing_but_json() -> None:
    result = RUNNER.invoke(app, ["evidence", "--json"])
    content = json.loads(result.stdout)
    records = {record["id"]: record for record in content["trials"]}
    assert "negative" in records["leap-014"]["required_because"]
    chosen = {item["endpoint"]: item for item in records["escort-1st"]["analyses"]}
    assert [arm["events"] for arm in chosen["OS"]["arms"]] == [135, 174]
    assert chosen["PFS"]["assessor"] == "IRC"
    assert records["benmelstobart-anlotinib"]["arms"][0]["mix"]["pdl1_high"]["assay"] == "SP263"


def test_check_names_every_fault_and_exits_2(tmp_path: Path) -> None:
    assert RUNNER.invoke(app, ["evidence", "--copy", str(tmp_path / "mine")]).exit_code == 0
    (tmp_path / "mine" / "leap-014.toml").unlink()
    path = tmp_path / "mine" / "jupiter-06.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("value = 0.66", "value = 66", 1), encoding="utf-8"
    )
    result = run("--evidence", str(tmp_path / "mine"), "--check")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "'leap-014' may not be left out" in result.stderr
    assert "value is 66, expected a probability from 0 to 1" in result.stderr


def test_a_sound_folder_passes_its_check() -> None:
    result = RUNNER.invoke(app, ["evidence", "--check"])
    assert result.exit_code == 0
    assert "no fault" in result.stdout


def test_attaching_raises_the_grade(tmp_path: Path) -> None:
    RUNNER.invoke(app, ["evidence", "--copy", str(tmp_path / "mine")])
    curve = tmp_path / "os.csv"
    curve.write_text(
        "time,survival\n" + "".join(f"{t},{0.955**t:.4f}\n" for t in range(31)), encoding="utf-8"
    )
    where = ("benmelstobart-anlotinib", "benm-anlo-chemo", "PFS", str(curve))
    refused = RUNNER.invoke(app, ["evidence", "--attach", *where])
    assert isinstance(refused.exception, EvidenceError), "the packaged folder is never changed"
    result = RUNNER.invoke(app, ["evidence", "--evidence", str(tmp_path / "mine"), "--attach", *where])
    assert result.exit_code == 0
    assert "raster" in result.stdout
    assert trials.load(tmp_path / "mine")["benmelstobart-anlotinib"].curve[0].endpoint == "PFS"


def test_the_documented_example_is_a_trial_that_can_be_added(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence-format.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert tomllib.loads(example)
    (tmp_path / "new-trial.toml").write_text(example, encoding="utf-8")
    evidence = trials.load(extra=(tmp_path / "new-trial.toml",))
    arms = trials.network(evidence, draws=1, seed=1, trials=["new-trial"]).endpoint("OS")
    assert [(arm.arm, arm.tp_share, arm.asia_share) for arm in arms] == [
        ("new-drug", 1.0, 1.0),
        ("control", 1.0, 1.0),
    ]
    assert arms[0].liver is not None
    assert arms[0].liver.proportion == pytest.approx(0.22)
