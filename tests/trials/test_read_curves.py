"""A curve that is attached must be a survival curve, and fit the numbers printed for its arm."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trials
from digitized.errors import EvidenceError
from trials.attach import Attachment, attach_curve
from trials.file_facts import UnitName

TIMES = np.arange(0, 25, 0.5)


def table(folder: Path, time: np.ndarray, survival: np.ndarray) -> Path:
    path = folder / "read.csv"
    pd.DataFrame({"time": time, "survival": survival}).to_csv(path, index=False)
    return path


def attach(
    folder: Path, path: Path, unit: UnitName = "months", where: str = "pair both OS"
) -> trials.Evidence:
    trial, arm, endpoint = where.split()
    return attach_curve(folder, Attachment(trial, arm, endpoint, path, unit=unit))


def refusal(folder: Path, path: Path, unit: UnitName = "months", where: str = "pair both OS") -> str:
    before = {item: item.read_bytes() for item in folder.rglob("*") if item.is_file()}
    with pytest.raises(EvidenceError) as caught:
        attach(folder, path, unit, where)
    assert {item: item.read_bytes() for item in folder.rglob("*") if item.is_file()} == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("0,1\n24,.92\n6,.95\n12,.4\n", "times go from 24 back to 6"),
        ("0,1\n6,.95\n12,1.4\n", "survival 1.4"),
        ("0,1\n6,92\n12,55\n24,27\n", "mixes probabilities and percent: 1 at time 0, 92 at time 6"),
        ("0,100\n6,92\n12,.55\n24,.27\n", "mixes probabilities and percent: 92 at time 6, 0.55 at time 12"),
        ("0,0.02\n12,.5\n24,.92\n", "starts at 0.02 at time 0, expected 1"),
        ("0,60\n12,50\n24,30\n", "starts at 0.6 at time 0, expected 1"),
    ],
)
def test_what_is_no_survival_curve_is_refused_by_the_users_file(
    evidence_folder: Path, tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "read.csv"
    path.write_text(f"time,survival\n{content}", encoding="utf-8")
    sentence = refusal(evidence_folder, path)
    assert says in sentence
    assert "pair.toml" in sentence
    assert "arm both, endpoint OS" in sentence
    assert "read.csv" in sentence


@pytest.mark.parametrize("scale", [1.0, 1.004, 100.0, 100.4])
def test_probabilities_and_percent_are_stored_alike(
    evidence_folder: Path, tmp_path: Path, scale: float
) -> None:
    """Reading noise just above 1 is no percent."""
    path = table(tmp_path, TIMES, scale * np.exp(-0.055 * TIMES))
    evidence = attach(evidence_folder, path)
    stored = pd.read_csv(evidence_folder / evidence["pair"].curve[0].file)["survival"]
    assert stored.to_numpy() == pytest.approx(np.exp(-0.055 * TIMES), abs=0.005)
    assert stored.max() <= 1


def test_a_percent_curve_that_ends_near_0_is_percent(evidence_folder: Path, tmp_path: Path) -> None:
    """One low reading after a last long step is the floor of a curve, not a probability."""
    path = tmp_path / "read.csv"
    path.write_text("time,survival\n0,100\n8,70\n13,50\n20,25\n22,25\n22,0.4\n", encoding="utf-8")
    attach(evidence_folder, path)


@pytest.mark.parametrize(
    ("unit", "stretch", "meant"),
    [("days", 1.0, "months"), ("weeks", 1.0, "months"), ("months", 30.4375, "days")],
)
def test_a_wrong_unit_contradicts_the_median(
    evidence_folder: Path, tmp_path: Path, unit: UnitName, stretch: float, meant: str
) -> None:
    path = table(tmp_path, TIMES * stretch, np.exp(-0.055 * TIMES))
    sentence = refusal(evidence_folder, path, unit)
    for words in (
        "pair.toml, trial pair, arm both, endpoint OS", "read.csv", "median of 13 months", f"unit is {unit!r}",
        f"--unit {meant}",
    ):  # fmt: skip
        assert words in sentence, sentence


def test_a_curve_of_another_arm_contradicts_rates(evidence_folder: Path, tmp_path: Path) -> None:
    sentence = refusal(evidence_folder, table(tmp_path, TIMES, np.exp(-0.03 * TIMES)), where="solo triple OS")
    assert "0.58 printed at 12 months" in sentence
    assert "is it the curve of this arm, endpoint and cut-off" in sentence


def test_a_curve_is_not_observed_longer_than_its_trial(evidence_folder: Path, tmp_path: Path) -> None:
    time = np.arange(0, 60, 0.5)
    survival = np.maximum(np.exp(-0.0485 * time), 0.3)
    sentence = refusal(evidence_folder, table(tmp_path, time, survival), where="solo triple OS")
    assert "reaches 59.5 months, but the analysis observes at most 24" in sentence


def test_a_median_not_reached_is_contradicted_by_a_deep_curve(evidence_folder: Path, tmp_path: Path) -> None:
    solo = evidence_folder / "solo.toml"
    text = solo.read_text(encoding="utf-8")
    old = 'quantity = "median"\nvalue = 14.0\nlower = 10.0\nupper = 18.0\nlevel = 0.95\n'
    assert old in text
    solo.write_text(
        text.replace(old, 'quantity = "median"\nnot_reached = true\n').replace(
            "value = 0.58", "value = 0.62"
        ),
        encoding="utf-8",
    )
    attach(
        evidence_folder,
        table(tmp_path, TIMES, np.maximum(np.exp(-0.04 * TIMES), 0.5)),
        where="solo triple OS",
    )
    sentence = refusal(
        evidence_folder, table(tmp_path, TIMES, np.exp(-0.042 * TIMES)), where="solo triple OS"
    )
    assert "median that was not reached" in sentence


@pytest.mark.parametrize(
    "survival",
    [
        np.exp(-0.047 * TIMES),
        np.exp(-0.062 * TIMES),
        # A plateau at one half: the median is where a hair decides.
        np.where(TIMES < 8, 1 - 0.49 * TIMES / 8, np.where(TIMES < 19, 0.495, 0.2)),
    ],
)
def test_an_honest_reading_is_never_refused(
    evidence_folder: Path, tmp_path: Path, survival: np.ndarray
) -> None:
    attach(evidence_folder, table(tmp_path, TIMES, survival))


def test_a_sparse_reading_is_held_to_what_it_says(evidence_folder: Path, tmp_path: Path) -> None:
    path = table(tmp_path, np.array([0.0, 3, 6, 12, 24]), np.array([1, 0.92, 0.80, 0.55, 0.27]))
    attach(evidence_folder, path)
    assert "median of 13 months" in refusal(evidence_folder, path, "days")


def test_the_check_finds_a_contradiction_that_is_already_in_the_folder(
    evidence_folder: Path, tmp_path: Path
) -> None:
    attach(evidence_folder, table(tmp_path, TIMES, np.exp(-0.055 * TIMES)))
    pair = evidence_folder / "pair.toml"
    text = pair.read_text(encoding="utf-8")
    assert 'unit = "months"' in text
    pair.write_text(text.replace('unit = "months"', 'unit = "days"'), encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        trials.load(evidence_folder)
    assert "pair_both_OS.curves.csv" in str(caught.value)
    assert "median of 13 months" in str(caught.value)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("pear both OS", "no trial 'pear'; did you mean 'pair'?"),
        (
            "pair bath OS",
            "arm 'bath' is not in the chosen analysis; did you mean 'both'? expected one of both, alone",
        ),
        ("pair both PFS", "no survival analysis of endpoint 'PFS' is chosen; expected one of OS"),
    ],
)
def test_unknown_names_are_answered_in_words(
    evidence_folder: Path, tmp_path: Path, where: str, says: str
) -> None:
    sentence = refusal(evidence_folder, table(tmp_path, TIMES, np.exp(-0.055 * TIMES)), where=where)
    assert says in sentence
    assert "[" not in sentence.replace("[[choice]]", "")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("time,survival\n", "expected at least two points"),
        ("time,alive\n0,1\n", "found time, alive"),
        ("arm,time,survival\nx,0,1\ny,0,1\n", "the table holds arms x, y"),
    ],
)
def test_faults_of_the_table_are_said_in_words(
    evidence_folder: Path, tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "read.csv"
    path.write_text(content, encoding="utf-8")
    sentence = refusal(evidence_folder, path)
    assert says in sentence
    assert "['" not in sentence


def test_a_wrong_curve_in_the_folder_is_mended_by_attaching_the_right_one(
    evidence_folder: Path, tmp_path: Path
) -> None:
    path = table(tmp_path, TIMES, np.exp(-0.055 * TIMES))
    attach(evidence_folder, path)
    pair = evidence_folder / "pair.toml"
    pair.write_text(pair.read_text(encoding="utf-8").replace('"months"', '"days"'), encoding="utf-8")
    attach(evidence_folder, path)
    assert trials.load(evidence_folder)["pair"].curve[0].unit == "months"
