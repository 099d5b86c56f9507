"""Broken files of a run end in one sentence that names the file, whichever command reads them."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.run_files import read_manifest, read_posterior, read_table
from analysis.sensitivity.base import BaseCase
from digitized.errors import InputError

RUNNER = CliRunner()
BINARY = bytes(range(128, 256))


@pytest.fixture
def run(made_run, tmp_path):
    """A copy that may be broken."""
    shutil.copytree(made_run, tmp_path / "run")
    return tmp_path / "run"


def refusal(*words):
    result = RUNNER.invoke(app, [str(word) for word in words])
    assert isinstance(result.exception, InputError), result.exception
    (sentence,) = result.exception.faults
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("command", ["plot", "report", "export", "sensitivity"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"endpoints": ["OS"', "not valid JSON"),
        (b"{}", "endpoints"),
        (b"[]", "expected the manifest of a run"),
        (BINARY, "not UTF-8 text"),
    ],
)
def test_a_broken_manifest_is_named(run, tmp_path, command, content, says):
    (run / "manifest.json").write_bytes(content)
    words = {
        "plot": ("plot", "ladder", "--run", run, "--out", tmp_path / "o"),
        "report": ("report", run),
        "export": ("export", run, "--out", tmp_path / "o"),
        "sensitivity": ("sensitivity", "SA05", "--run", run, "--out", tmp_path / "o"),
    }[command]
    sentence = refusal(*words)
    assert str(run / "manifest.json") in sentence
    assert says in sentence


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (BINARY, "not UTF-8 text"), (b'a,b\n"1,2\n1,2,3', "cannot be read as a table"),
     (b"endpoint,scenario\n", "has no rows")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["plot", "report"])
def test_a_broken_table_is_named(run, tmp_path, command, content, says):
    path = run / "tables" / "ladder.csv"
    path.write_bytes(content)
    words = (
        ("plot", "ladder", "--run", run, "--out", tmp_path / "o") if command == "plot" else ("report", run)
    )
    sentence = refusal(*words)
    assert str(path) in sentence
    assert says in sentence


@pytest.mark.parametrize("command", ["export", "assurance"])
def test_a_truncated_posterior_is_named(run, tmp_path, command):
    path = run / "posterior" / "OS_base.nc"
    path.write_bytes(path.read_bytes()[:5000])
    words = {
        "export": ("export", run, "--out", tmp_path / "o"),
        "assurance": ("design", "assurance", "--events", "400", "--run", run),
    }[command]
    sentence = refusal(*words)
    assert str(path) in sentence
    assert "cannot be read as NetCDF" in sentence
    with pytest.raises(InputError, match=r"OS_base\.nc: cannot be read as NetCDF"):
        BaseCase(run).draws("OS", "Delta")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (BINARY, "not UTF-8 text"), (b"id\nSA06\n", "no column endpoint")],
)
def test_a_broken_table_of_lines_is_named(run, tmp_path, content, says):
    path = tmp_path / "lines.csv"
    path.write_bytes(content)
    sentence = refusal("plot", "contribution", "--run", run, "--sensitivity", path, "--out", tmp_path / "o")
    assert str(path) in sentence
    assert says in sentence


def test_a_style_file_that_is_no_text_is_named(run, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(BINARY)
    sentence = refusal("plot", "ladder", "--run", run, "--style", path, "--out", tmp_path / "o")
    assert f"--style {path}: not UTF-8 text" in sentence


def test_the_readers_give_what_a_run_wrote(run):
    assert read_manifest(run) == json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert len(read_table(run / "tables" / "ladder.csv", columns=("endpoint", "median"))) > 1
    assert "Delta" in read_posterior(run / "posterior" / "OS_base.nc", variables=("Delta",))
    with pytest.raises(InputError, match="no variable other; it has"):
        read_posterior(run / "posterior" / "OS_base.nc", variables=("other",))
