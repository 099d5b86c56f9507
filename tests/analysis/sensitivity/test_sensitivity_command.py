import json
import subprocess
import sys

import pytest

from analysis.sensitivity.catalogue import CATALOGUE, IDS, choose
from digitized.errors import InputError

CROSSTRIAL = [sys.executable, "-c", "from analysis.cli.app import main; main()"]


def _run(*arguments):
    return subprocess.run([*CROSSTRIAL, "sensitivity", *arguments], capture_output=True, text=True)


def test_ids_are_sa01_to_sa23():
    assert tuple(f"SA{number:02d}" for number in range(1, 24)) == IDS


def test_list_as_json_says_id_title_and_changes_and_nothing_else():
    found = _run("--list", "--json")
    assert found.returncode == 0
    listed = json.loads(found.stdout)
    assert [set(row) for row in listed] == [{"id", "title", "changes"}] * len(CATALOGUE)
    assert all(row["title"] and row["changes"] for row in listed)


def test_unknown_id_is_one_sentence_naming_the_known_ones():
    found = _run("SA05", "SA99")
    assert found.returncode == 2
    assert found.stdout == ""
    assert len(found.stderr.strip().splitlines()) == 1
    assert "SA99" in found.stderr
    assert all(known in found.stderr for known in IDS)


def test_every_fault_is_said_at_once(tmp_path):
    found = _run("SA99", "--all", "--preset", "grand", "--run", str(tmp_path / "none"))
    assert found.returncode == 2
    lines = found.stderr.strip().splitlines()
    assert len(lines) == 3
    assert all(word in found.stderr for word in ("SA99", "grand", "none"))


def test_a_list_can_be_of_some():
    found = _run("--list", "--json", "sa05", "SA13")
    assert [row["id"] for row in json.loads(found.stdout)] == ["SA05", "SA13"]


@pytest.mark.parametrize(("names", "everything"), [((), False), (("SA01",), True)])
def test_contradicting_or_missing_choices_are_refused(names, everything):
    with pytest.raises(InputError):
        choose(names, everything=everything)


def test_choice_keeps_the_catalogues_order_and_takes_lower_case():
    assert [analysis.id for analysis in choose(("sa13", "SA05"), everything=False)] == ["SA05", "SA13"]


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    found = _run("SA01", "--run", str(tmp_path), "--out", str(tmp_path / "out"))
    assert found.returncode == 2
    assert "manifest.json" in found.stderr
    assert not (tmp_path / "out").exists()
