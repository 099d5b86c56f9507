"""Assembly of the network: grades, seeds, patient data, attached curves, and changed numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trials
from digitized.curve import Grade
from digitized.errors import EvidenceError, OutputError
from digitized.kaplan_meier import cox_two_arms, kaplan_meier
from trials.attach import Attachment, attach_curve, copy_evidence
from trials.network import SurvivalArm
from trials.selection import chosen_curve

PATIENTS = """
[[patients]]
arm = "triple"
endpoint = "OS"
population = "all"
analysis = "primary"
file = "patients.csv"
unit = "days"
source = "paper"
"""


def arm_of(evidence: trials.Evidence, name: str, draws: int = 1) -> SurvivalArm:
    return next(
        arm for arm in trials.network(evidence, draws=draws, seed=3).endpoint("OS") if arm.arm == name
    )


def curve_file(path: Path, scale: float = 100.0, rate: float = 0.06) -> Path:
    time = np.arange(0, 25, 0.5)
    pd.DataFrame({"arm": "both", "time": time, "survival": scale * np.exp(-rate * time)}).to_csv(
        path, index=False
    )
    return path


def test_published_numbers_come_with_each_arm(evidence_folder: Path) -> None:
    arm = arm_of(trials.load(evidence_folder), "both")
    assert arm.grade is Grade.SUMMARY
    assert (arm.cutoff, arm.population, arm.n) == ("2021-06", "all", 150)
    quantities = [(row.quantity, row.time, row.value) for row in arm.published]
    assert ("median", None, 13.0) in quantities
    assert ("at_risk", 12.0, 76.0) in quantities
    ratio = next(row for row in arm.published if row.quantity == "hazard_ratio")
    assert (ratio.value, ratio.versus, ratio.level) == (0.75, "alone", 0.95)
    assert 13.4 not in [row.value for row in arm.published], "the later cut-off is a check, never mixed in"


def test_draws_depend_on_the_seed_and_the_arm_only(evidence_folder: Path) -> None:
    evidence = trials.load(evidence_folder)
    whole = trials.network(evidence, draws=2, seed=11)
    alone = trials.network(evidence, draws=2, seed=11, trials=["pair"])
    other = trials.network(evidence, draws=2, seed=12, trials=["pair"])
    first = next(arm for arm in whole.survival if arm.trial == "pair").ipd[1].time
    np.testing.assert_array_equal(first, alone.survival[0].ipd[1].time)
    assert not np.array_equal(first, other.survival[0].ipd[1].time)


def test_patient_data_are_taken_as_they_are(evidence_folder: Path) -> None:
    days = np.array([30.4375, 60.875, 365.25, 400.0])
    pd.DataFrame({"time": days, "event": [1, 0, 1, 0]}).to_csv(evidence_folder / "patients.csv", index=False)
    solo = evidence_folder / "solo.toml"
    solo.write_text(solo.read_text(encoding="utf-8") + PATIENTS, encoding="utf-8")
    arm = arm_of(trials.load(evidence_folder), "triple", draws=2)
    assert arm.grade is Grade.PATIENTS
    np.testing.assert_allclose(arm.ipd[1].time, days / 30.4375)
    assert arm.ipd[0].event.tolist() == [True, False, True, False]


def test_an_attached_curve_raises_the_grade_and_is_followed(evidence_folder: Path, tmp_path: Path) -> None:
    evidence = attach_curve(
        evidence_folder,
        Attachment("pair", "both", "OS", curve_file(tmp_path / "read.csv"), reader="a reader"),
    )
    item = evidence["pair"].curve[0]
    assert item.reader == "a reader"
    assert item.attached is not None
    assert item.sha256 is not None
    arm = arm_of(trials.load(evidence_folder), "both")
    assert arm.grade is Grade.RASTER
    estimate = kaplan_meier(arm.ipd[0].time, arm.ipd[0].event)
    assert estimate.at(12.0) == pytest.approx(np.exp(-0.72), abs=0.02)
    assert arm_of(trials.load(evidence_folder), "alone").grade is Grade.SUMMARY


def test_attaching_twice_replaces_and_a_changed_file_is_noticed(
    evidence_folder: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        evidence = attach_curve(
            evidence_folder, Attachment("pair", "both", "OS", curve_file(tmp_path / "read.csv"))
        )
    assert len(evidence["pair"].curve) == 1
    (evidence_folder / evidence["pair"].curve[0].file).write_text(
        "time,survival\n0,1\n9,0.5\n", encoding="utf-8"
    )
    with pytest.raises(EvidenceError, match="changed since it was attached"):
        trials.load(evidence_folder)


@pytest.mark.parametrize(
    ("arm", "endpoint", "content", "says"),
    [
        ("both", "OS", "time,survival\n0,1\n-3,0.9\n", "negative times"),
        ("both", "OS", "time,alive\n0,1\n", "no column 'survival'"),
        ("both", "OS", "arm,time,survival\nx,0,1\ny,0,1\n", "expected 'both' among them"),
        ("neither", "OS", "time,survival\n0,1\n", "arm 'neither'"),
        ("both", "EFS", "time,survival\n0,1\n", "endpoint 'EFS'"),
    ],
)
def test_a_refused_curve_leaves_the_folder_untouched(
    evidence_folder: Path, tmp_path: Path, arm: str, endpoint: str, content: str, says: str
) -> None:
    before = {path: path.read_bytes() for path in evidence_folder.rglob("*") if path.is_file()}
    (tmp_path / "read.csv").write_text(content, encoding="utf-8")
    with pytest.raises(EvidenceError, match=says):
        attach_curve(evidence_folder, Attachment("pair", arm, endpoint, tmp_path / "read.csv"))
    assert {path: path.read_bytes() for path in evidence_folder.rglob("*") if path.is_file()} == before


def test_the_packaged_folder_is_copied_never_changed(tmp_path: Path) -> None:
    copy = copy_evidence(tmp_path / "mine")
    assert len(trials.load(copy).trials) == len(trials.load().trials)
    with pytest.raises(OutputError, match="not empty"):
        copy_evidence(tmp_path / "mine")
    folder = trials.load().folder
    with pytest.raises(EvidenceError, match="--copy"):
        attach_curve(folder, Attachment("pair", "both", "OS", tmp_path / "read.csv"))


def test_an_added_trial_may_bring_nothing_but_patients(evidence_folder: Path, tmp_path: Path) -> None:
    added = tmp_path / "cohort.toml"
    added.write_text(
        '[trial]\nid = "cohort"\nname = "Cohort"\nphase = "2"\ndesign = "single-arm"\nregion = "Atlantis"\n'
        'setting = "first line"\n\n[[source]]\nid = "data"\ncitation = "Patient data"\n\n[[arm]]\nid = "control"\n'
        'label = "Doxorubicin + primer"\ncomponents = ["doxo", "primer"]\nbackbone = "doxorubicin"\nn = 30\n'
        'source = "data"\n\n[[patients]]\narm = "control"\nendpoint = "OS"\npopulation = "all"\n'
        'file = "ipd.csv"\nsource = "data"\n',
        encoding="utf-8",
    )
    draws = [
        pd.DataFrame({"arm": "control", "draw": draw, "time": np.arange(1.0, 31.0) + draw, "event": 1})
        for draw in range(2)
    ]
    pd.concat(draws).to_csv(tmp_path / "ipd.csv", index=False)
    evidence = trials.load(evidence_folder, extra=(added,))
    arm = trials.network(evidence, draws=3, seed=1, trials=["cohort"]).endpoint("OS")[0]
    assert (arm.grade, arm.n, arm.events) == (Grade.PATIENTS, 30, 30)
    assert [ipd.time[0] for ipd in arm.ipd] == [1.0, 2.0, 1.0], "the draws of the file in turn"
    assert f"{tmp_path.name}/ipd.csv" in evidence.hashes, "named by its folder, as another may bear its name"


def test_a_what_if_moves_the_curve_and_marks_the_evidence(evidence_folder: Path) -> None:
    evidence = trials.load(evidence_folder)
    changed = trials.with_what_if(evidence, "solo/triple/OS/rate@12=0.66")
    assert changed.hypothetical == ("solo/triple/OS/rate@12=0.66",)
    assert not evidence.hypothetical
    survival = []
    for item in (evidence, changed):
        ipd = arm_of(item, "triple").ipd[0]
        survival.append(kaplan_meier(ipd.time, ipd.event).at(12.0))
    assert survival[0] == pytest.approx(0.58, abs=0.02)
    assert survival[1] == pytest.approx(0.66, abs=0.02)


def test_a_what_if_can_change_events_ratio_and_responders(evidence_folder: Path) -> None:
    evidence = trials.load(evidence_folder)
    assert arm_of(trials.with_what_if(evidence, "solo/triple/OS/events=30"), "triple").ipd[0].events == 30
    ratio = arm_of(trials.with_what_if(evidence, "pair/both/OS/hazard_ratio=0.9"), "both").published[-1]
    assert (ratio.value, ratio.lower) == (0.9, pytest.approx(0.57 * 0.9 / 0.75))
    responders = trials.with_what_if(evidence, "pair/both/ORR/responders=100")
    assert trials.network(responders, draws=1, seed=1, trials=["pair"]).response[0].responders == 100


def test_a_changed_ratio_or_size_reaches_the_patients_of_a_trial_with_curves() -> None:
    evidence = trials.load()
    changed = trials.with_what_if(evidence, "jupiter-06/tori-chemo/OS/hazard_ratio=0.9")
    pair = trials.network(changed, draws=1, seed=1, trials=["jupiter-06"]).endpoint("OS")
    assert [arm.grade for arm in pair] == [Grade.SUMMARY, Grade.SUMMARY], (
        "the figure shows what was published"
    )
    new, old = (arm.ipd[0] for arm in pair)
    rebuilt = cox_two_arms(old.time, old.event, new.time, new.event)
    assert rebuilt.hazard_ratio == pytest.approx(0.9, abs=0.05)
    smaller = trials.with_what_if(evidence, "escort-1st/camre-chemo/OS/n=280")
    assert smaller["escort-1st"].size_of("camre-chemo", "all") == 280


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("solo/triple/OS", "expected the form"),
        ("solo/triple/OS/rate=0.6", "needs a time"),
        ("solo/triple/OS/mode=3", "'mode' is not known"),
        ("duo/triple/OS/median=3", "no trial 'duo'"),
        ("solo/double/OS/median=3", "arm 'double'"),
        ("solo/triple/PFS/median=3", "no chosen analysis of 'PFS'"),
        ("solo/triple/OS/rate@12=1.6", "0 to 1"),
        ("solo/triple/OS/events=90", "90 events"),
        ("solo/triple/OS/events=20.5", "whole number of at least 0"),
        ("solo/triple/OS/n=0", "whole number of at least 1"),
        ("pair/both/ORR/responders=-3", "whole number of at least 0"),
        ("solo/triple/OS/median=1e400", "finite number"),
        ("sole/triple/OS/median=3", "did you mean 'solo'"),
        ("pair/both/OS/hazard_ratio=-1", "above 0"),
    ],
)
def test_an_impossible_what_if_is_refused(evidence_folder: Path, spec: str, says: str) -> None:
    with pytest.raises(EvidenceError, match=says):
        trials.with_what_if(trials.load(evidence_folder), spec)


def test_a_follow_up_printed_for_the_whole_trial_joins_one_of_the_chosen_population() -> None:
    evidence = trials.load()
    choice = next(
        item for item in evidence.question.choice if (item.trial, item.endpoint) == ("alter-e002", "OS")
    )
    trial = next(item for item in evidence.trials if item.id == "alter-e002")
    found = {row.quantity: row.value for row in chosen_curve(trial, "anlo-chemo", choice).follow_up}
    assert found == {"follow_up_median": 14.04, "max_follow_up": 38.0}
