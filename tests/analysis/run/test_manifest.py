"""The command in the manifest repeats the run, and a hypothetical run is marked in every table."""

import shlex
from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.run.folder import marked
from analysis.run.manifest import command
from analysis.run.request import PRESETS, RunRequest
from analysis.scenarios import choose_scenarios
from models.priors import SingleArmShift


def test_the_command_of_the_manifest_asks_for_the_same_run(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        "analysis.run.pipeline.run", lambda request, console: asked.append(request) or tmp_path
    )
    monkeypatch.setattr("analysis.run.console.show_summary", lambda folder, console: None)
    mix = tmp_path / "my mix.toml"
    mix.write_text("", encoding="utf-8")
    request = RunRequest(
        Path("runs/latest"),
        PRESETS["smoke"],
        ("OS", "ORR"),
        choose_scenarios(("base", "leap_class"), SingleArmShift("user", -0.1053605156578263, 0.2)),
        population_file=mix,
        what_if=("checkmate-648/nivo-chemo/OS/rate@12=0.6",),
        seed=5,
    )
    words = shlex.split(command(request))
    assert words[:2] == ["crosstrial", "run"]
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == 0, result.output
    assert asked == [request]


def test_the_command_names_evidence_and_added_files():
    scenarios = choose_scenarios(("base",), None)
    request = RunRequest(
        Path("out"),
        PRESETS["quick"],
        ("OS",),
        scenarios,
        ("phase3",),
        None,
        Path("other"),
        (Path("a.toml"), Path("b.toml")),
    )
    words = "--population phase3 --evidence other --add a.toml --add b.toml"
    assert (
        command(request)
        == f"crosstrial run --preset quick --endpoints OS --scenarios base {words} --seed 20241107"
    )


def test_only_a_hypothetical_table_is_marked():
    table = pd.DataFrame({"a": [1, 2]})
    assert list(marked(table, "").columns) == ["a"]
    assert set(marked(table, "x=1")["hypothetical"]) == {"x=1"}
