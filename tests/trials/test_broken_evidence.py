"""Every kind of broken evidence gets one clear sentence: where, what was found, what was expected."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

import trials
from digitized.errors import EvidenceError


@dataclass(frozen=True)
class Breakage:
    """In `file`, `old` becomes `new`, or without them the file goes; the sentence holds every word of `says`."""

    file: str
    says: list[str]
    old: str | None = None
    new: str = ""


def breakages() -> dict[str, Breakage]:
    text = Path(__file__).with_name("breakages.toml").read_text(encoding="utf-8")
    return {name: Breakage(**case) for name, case in tomllib.loads(text).items()}


BROKEN = breakages()


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(EvidenceError) as caught:
        trials.load(folder)
    return caught.value.faults


def break_it(folder: Path, breakage: Breakage) -> None:
    path = folder / f"{breakage.file}.toml"
    if breakage.old is None:
        path.unlink()
        return
    text = path.read_text(encoding="utf-8")
    assert breakage.old in text, "the test must change the file"
    path.write_text(text.replace(breakage.old, breakage.new, 1), encoding="utf-8")


@pytest.mark.parametrize("breakage", BROKEN.values(), ids=BROKEN.keys())
def test_one_clear_sentence_for_each_fault(evidence_folder: Path, breakage: Breakage) -> None:
    break_it(evidence_folder, breakage)
    faults = faults_of(evidence_folder)
    fitting = [fault for fault in faults if all(word in fault for word in breakage.says)]
    assert fitting, f"expected {breakage.says} in one of\n" + "\n".join(faults)
    assert all("\n" not in fault for fault in faults)


def test_all_faults_of_all_files_are_collected_at_once(evidence_folder: Path) -> None:
    chosen = (
        "unknown component",
        "at-risk counts that rise",
        "share above 1",
        "number without a source",
        "unknown key",
    )
    for name in chosen:
        break_it(evidence_folder, BROKEN[name])
    faults = faults_of(evidence_folder)
    # The broken population is refused, everything else is still checked.
    for name in chosen:
        assert any(all(word in fault for word in BROKEN[name].says) for fault in faults), name


def test_an_empty_file_is_named(evidence_folder: Path) -> None:
    (evidence_folder / "solo.toml").write_text("", encoding="utf-8")
    assert any("solo.toml: the file is empty" in fault for fault in faults_of(evidence_folder))


def test_a_wrong_encoding_is_named(evidence_folder: Path) -> None:
    path = evidence_folder / "solo.toml"
    path.write_bytes(path.read_text(encoding="utf-8").replace("Atlantis", "Érié").encode("latin-1"))
    assert any("solo.toml: not UTF-8" in fault for fault in faults_of(evidence_folder))


def test_a_folder_in_place_of_a_file_hides_no_other_fault(evidence_folder: Path) -> None:
    (evidence_folder / "solo.toml").unlink()
    (evidence_folder / "solo.toml").mkdir()
    break_it(evidence_folder, BROKEN["at-risk counts that rise"])
    faults = faults_of(evidence_folder)
    assert any("solo.toml: cannot be read" in fault for fault in faults)
    assert any("numbers at risk rise" in fault for fault in faults)
    # What refers to the refused file is not said to be missing.
    assert not any("'solo'" in fault for fault in faults), faults


def test_a_trial_id_used_twice_is_named(evidence_folder: Path) -> None:
    (evidence_folder / "copy.toml").write_bytes((evidence_folder / "solo.toml").read_bytes())
    assert any("'solo' is already used by copy.toml" in fault for fault in faults_of(evidence_folder))


def test_a_missing_folder_and_a_missing_question_are_named(tmp_path: Path) -> None:
    assert "no such evidence folder" in faults_of(tmp_path / "nowhere")[0]
    (tmp_path / "empty").mkdir()
    assert "question.toml: no such file" in faults_of(tmp_path / "empty")[0]


def test_a_missing_extra_file_is_named(evidence_folder: Path) -> None:
    with pytest.raises(EvidenceError, match=r"extra\.toml: no such file"):
        trials.load(evidence_folder, extra=(evidence_folder / "extra.toml",))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("time,event\n1.0,1\n-2.0,0\n", "negative times"),
        ("time,event\n1.0,2\n", "other than 0 and 1"),
        ("time,status\n1.0,1\n", "no column 'event'"),
        ("time,event\n", "no patient of arm 'triple'"),
        ("arm,time,event\nother,1.0,1\n", "it has other"),
        ("figure,time,event\na,1.0,1\nb,1.0,1\n", "figures a, b"),
        ("time,event\n" + "1.0,1\n" * 61, "61 patients"),
        ("time,event\n400,1\n", "is unit 'months' right"),
        ("time,event\ninf,1\n", "expected a finite number"),
        ("", "is empty"),
        (None, "does not exist"),
    ],
)
def test_faults_of_patient_data(evidence_folder: Path, content: str | None, says: str) -> None:
    solo = evidence_folder / "solo.toml"
    solo.write_text(
        solo.read_text(encoding="utf-8")
        + '\n[[patients]]\narm = "triple"\nendpoint = "OS"\npopulation = "all"\nanalysis = "primary"\n'
        + 'file = "patients.csv"\nsource = "paper"\n',
        encoding="utf-8",
    )
    if content is not None:
        (evidence_folder / "patients.csv").write_text(content, encoding="utf-8")
    faults = faults_of(evidence_folder)
    assert any(says in fault and "arm triple" in fault for fault in faults), faults
