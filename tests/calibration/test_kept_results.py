"""Kept validation results: unchanged since they were made, and each verdict follows from its value and limit."""

import hashlib
import json
from pathlib import Path

import pytest

from analysis.validation.verdict import Bounds, Verdict

KEPT = sorted(path.parent for path in Path(__file__).parent.glob("*/SHA256SUMS"))


def test_results_of_all_ten_checks_are_kept_from_one_run():
    (folder,) = KEPT
    kept = json.loads((folder / "verdicts.json").read_text())
    assert [verdict["id"] for verdict in kept] == [f"V{n}" for n in range(1, 11)]


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_every_file_has_the_hash_it_was_made_with(folder):
    listed = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert present - {"SHA256SUMS"} == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_every_verdict_follows_from_value_and_limit(folder):
    for kept in json.loads((folder / "verdicts.json").read_text()):
        value = {name: float("nan") if x is None else x for name, x in kept["value"].items()}
        limit = {name: Bounds(**bounds) for name, bounds in kept["limit"].items()}
        assert Verdict(kept["id"], value, limit, kept["sentence"]).as_json() == kept


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_the_record_names_what_made_them(folder):
    record = json.loads((folder / "record.json").read_text())
    assert record["command"].startswith("crosstrial validate")
    assert {
        "commit",
        "source_sha256",
        "evidence_sha256",
        "versions",
        "seed",
        "scale",
        "wall_time_seconds",
    } <= set(record)
