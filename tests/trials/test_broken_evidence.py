"""Every kind of broken evidence gets one clear sentence: where, what was found, what was expected."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import trials
from digitized.errors import EvidenceError


@dataclass(frozen=True)
class Breakage:
    """Replace `old` by `new` in `file`; the sentence must hold every word of `says`."""

    file: str
    old: str
    new: str
    says: tuple[str, ...]


MEDIAN = "value = 14.0\nlower = 10.0\nupper = 18.0\nlevel = 0.95"
RATE = "time = 12\nvalue = 0.58"
RISK = "n = [150, 118, 76, 36, 10]"

BROKEN = {
    "unknown component": Breakage(
        "solo",
        '"primer", "blocker"]',
        '"primer", "placebomab"]',
        ("solo.toml", "arm triple", "'placebomab'", "blocker"),
    ),
    "negative time": Breakage(
        "solo", "time = 12", "time = -12", ("solo.toml", "triple", "OS", "time is -12", "at least 0")
    ),
    "rate above 1": Breakage(
        "solo",
        "value = 0.58\nlower = 0.45\nupper = 0.70",
        "value = 58.0",
        ("arm triple", "rate", "58", "0 to 1"),
    ),
    "interval without its value": Breakage(
        "solo", "lower = 10.0", "lower = 15.0", ("median", "lower limit 15", "14")
    ),
    "upper limit below": Breakage("solo", "upper = 18.0", "upper = 13.0", ("median", "upper limit 13", "14")),
    "limits swapped": Breakage(
        "solo",
        "lower = 10.0\nupper = 18.0",
        "lower = 18.0\nupper = 10.0",
        ("lower limit 18", "above upper limit 10"),
    ),
    "median beyond follow-up": Breakage(
        "solo", MEDIAN, "value = 40.0", ("solo.toml", "'triple'", "median of 40", "follow-up")
    ),
    "events above n": Breakage("solo", "value = 33", "value = 63", ("triple", "OS", "63 events", "n = 60")),
    "events above n of the arm": Breakage(
        "solo", "value = 33\nn = 60", "value = 63", ("triple", "OS", "63 events", "n = 60")
    ),
    "half an event": Breakage("solo", "value = 33", "value = 33.5", ("33.5", "whole number")),
    "at-risk counts that rise": Breakage(
        "pair",
        RISK,
        "n = [150, 118, 130, 36, 10]",
        ("pair.toml", "arm both", "rise from 118 at 6 to 130 at 12"),
    ),
    "at-risk counts without times": Breakage(
        "pair", RISK, "n = [150, 118, 76]", ("arm both", "3 numbers for 5 times")
    ),
    "at-risk times out of order": Breakage(
        "pair",
        f"time = [0, 6, 12, 18, 24]\n{RISK}",
        f"time = [0, 12, 6, 18, 24]\n{RISK}",
        ("arm both", "12 to 6"),
    ),
    "more at risk than patients": Breakage(
        "pair", RISK, "n = [190, 118, 76, 36, 10]", ("190 at risk", "n = 150")
    ),
    "two arms of one name": Breakage(
        "pair", 'id = "alone"', 'id = "both"', ("pair.toml", "arm 'both'", "2 times")
    ),
    "source that does not exist": Breakage(
        "solo",
        'level = 0.95\nsource = "paper"',
        'level = 0.95\nsource = "papyrus"',
        ("'papyrus'", "does not exist", "paper"),
    ),
    "number without a source": Breakage(
        "solo",
        'value = 33\nn = 60\nsource = "paper"',
        "value = 33\nn = 60",
        ("survival 3", "triple", "source is missing"),
    ),
    "arm size without a source": Breakage(
        "pair",
        'backbone = "doxorubicin"\nn = 150\nsource = "early"\n\n[[arm]]\nid = "alone"',
        'backbone = "doxorubicin"\nn = 149\n\n[[arm]]\nid = "alone"',
        ("arm both", "n = 149", "no source"),
    ),
    "two sources of one id": Breakage("pair", 'id = "late"', 'id = "early"', ("source 'early'", "2 times")),
    "mirror without its publisher": Breakage(
        "solo",
        'kind = "publisher"\ncitation = "A paper"\ndoi = "10.1/1"',
        'kind = "mirror"\ncitation = "A paper"',
        ("source paper", "mirror", "doi"),
    ),
    "unknown key": Breakage("solo", "count = 12", "number = 12", ("baseline 1", "'number'", "count")),
    "unknown table": Breakage("solo", "[[response]]", "[[answer]]", ("solo.toml", "[answer]", "response")),
    "share above 1": Breakage(
        "question", "liver = 0.2", "liver = 1.2", ("question.toml", "population", "1.2", "at most 1")
    ),
    "percent above 100": Breakage(
        "solo", "percent = 20.0", "percent = 120.0", ("percent is 120", "at most 100")
    ),
    "count above n": Breakage("solo", "count = 12", "count = 72", ("liver_metastases", "count 72", "n = 60")),
    "count against percent": Breakage(
        "solo", "percent = 20.0", "percent = 38.0", ("12 of 60 is 20.0 %", "38")
    ),
    "level out of range": Breakage(
        "solo", "upper = 18.0\nlevel = 0.95", "upper = 18.0\nlevel = 95", ("level is 95", "below 1")
    ),
    "interval without level": Breakage(
        "solo", "upper = 18.0\nlevel = 0.95", "upper = 18.0", ("median", "level")
    ),
    "text for a number": Breakage("solo", "value = 33", 'value = "many"', ("events", "'many'", "a number")),
    "unknown quantity": Breakage(
        "solo", 'quantity = "events"', 'quantity = "deaths"', ("'deaths'", "events")
    ),
    "unknown endpoint": Breakage(
        "solo",
        'endpoint = "OS"\npopulation = "all"\nanalysis = "primary"\nquantity = "events"',
        'endpoint = "EFS"\npopulation = "all"\nanalysis = "primary"\nquantity = "events"',
        ("triple", "'EFS'", "PFS"),
    ),
    "arm that does not exist": Breakage(
        "pair", 'arm = "alone"\ncategory', 'arm = "allone"\ncategory', ("response", "'allone'", "alone")
    ),
    "versus arm missing": Breakage(
        "pair", 'versus = "alone"', 'versus = "placebo"', ("effect", "versus 'placebo'", "alone")
    ),
    "versus itself": Breakage(
        "pair", 'versus = "alone"', 'versus = "both"', ("both", "compared with itself")
    ),
    "negative hazard ratio": Breakage(
        "pair", "value = 0.75", "value = -0.75", ("hazard ratio value is -0.75", "above 0")
    ),
    "zero hazard ratio": Breakage(
        "pair", "value = 0.75\nlower = 0.57", "value = 0\nlower = 0", ("hazard ratio value is 0", "above 0")
    ),
    "rate without time": Breakage("solo", RATE, "value = 0.58", ("rate", "time is missing")),
    "median without value": Breakage("solo", MEDIAN, "", ("median", "value is missing", "not_reached")),
    "analysis that is not declared": Breakage(
        "pair",
        'analysis = "first"\nquantity = "median"\nvalue = 13.0',
        'analysis = "fist"\nquantity = "median"\nvalue = 13.0',
        ("arm both", "'fist'", "first"),
    ),
    "mixed cut-offs by source": Breakage(
        "pair",
        'value = 13.4\nsource = "late"',
        'value = 13.4\nsource = "early"',
        ("second", "2023-06", "2021-06", "cut-offs"),
    ),
    "mixed cut-offs by value": Breakage(
        "pair",
        'analysis = "second"\nquantity = "median"\nvalue = 13.4\nsource = "late"',
        'analysis = "first"\nquantity = "median"\nvalue = 13.4\nsource = "early"',
        ("arm both", "median 13 and 13.4", "cut-off"),
    ),
    "rate that contradicts the median": Breakage(
        "solo",
        "value = 0.58\nlower = 0.45\nupper = 0.70",
        "value = 0.30",
        ("'triple'", "S(12) = 0.3", "median of 14"),
    ),
    "missing required trial": Breakage(
        "benchmark", "*", "", ("'benchmark'", "may not be left out", "test of the class")
    ),
    "missing file": Breakage("pair", "*", "", ("question.toml", "'pair'", "add the file")),
    "chosen analysis nowhere": Breakage(
        "question",
        'analysis = "first"\npopulation = "all"\narms = ["both", "alone"]\nkept',
        'analysis = "first"\npopulation = "men"\narms = ["both", "alone"]\nkept',
        ("choice of trial pair", "'men'", "nowhere"),
    ),
    "chosen analysis not declared": Breakage(
        "question",
        'endpoint = "OS"\nanalysis = "first"',
        'endpoint = "OS"\nanalysis = "zeroth"',
        ("pair", "'zeroth'", "first"),
    ),
    "chosen arm not reported": Breakage(
        "question",
        'arms = ["both", "alone"]\nkept',
        'arms = ["both", "third"]\nkept',
        ("pair", "'third'", "no published result"),
    ),
    "chosen arm unknown": Breakage(
        "question",
        'arms = ["both", "alone"]\nkept',
        'arms = ["both", "other"]\nkept',
        ("pair", "'other'", "alone"),
    ),
    "chosen twice": Breakage(
        "question",
        'endpoint = "ORR"\nanalysis = "first"',
        'endpoint = "OS"\nanalysis = "first"',
        ("pair", "chosen twice"),
    ),
    "kept analysis not declared": Breakage(
        "question", 'analysis = "second"', 'analysis = "third"', ("'third'", "second")
    ),
    "chosen trial unknown": Breakage(
        "question",
        'trial = "pair"\nendpoint = "ORR"',
        'trial = "pear"\nendpoint = "ORR"',
        ("pear", "no such trial"),
    ),
    "index arm unknown": Breakage(
        "question", 'index_arm = "triple"', 'index_arm = "quadruple"', ("'quadruple'", "triple")
    ),
    "contrast component unknown": Breakage(
        "question", 'added = ["blocker"]', 'added = ["blok"]', ("contrast", "'blok'", "blocker")
    ),
    "unknown role": Breakage(
        "question", 'role = "class_benchmark"', 'role = "decoration"', ("'decoration'", "base")
    ),
    "covariate without assay": Breakage(
        "solo", 'covariate = "liver"', 'covariate = "pdl1"', ("baseline", "pdl1 needs scale")
    ),
    "assumption without a reason": Breakage(
        "solo", 'covariate = "liver"', 'covariate = "liver"\nbasis = "assumed"', ("'assumed'", "note")
    ),
    "a date that is none": Breakage(
        "solo",
        'enrolment_end = "2021-01"',
        'enrolment_end = "spring 2021"',
        ("enrolment_end", "spring 2021", "YYYY-MM"),
    ),
    "an arm without patients": Breakage(
        "pair",
        'backbone = "doxorubicin"\nn = 150',
        'backbone = "doxorubicin"\nn = 0',
        ("pair.toml", "arm 1", "both", "n is 0", "at least 1"),
    ),
    "arms that do not sum to the trial": Breakage(
        "pair", 'phase = "3"', 'phase = "3"\nn_randomised = 200\nsource = "early"', ("200", "sum to 300")
    ),
    "more patients than the arm has": Breakage(
        "solo", "value = 33\nn = 60", "value = 33\nn = 600", ("events", "n is 600", "60 patients")
    ),
    "a fraction for a percentage": Breakage(
        "solo",
        "count = 30\nn = 60\npercent = 50.0",
        "n = 60\npercent = 0.5",
        ("triple", "ORR", "percent is 0.5", "50 for the fraction"),
    ),
    "a share as a fraction": Breakage(
        "solo", "count = 12\nn = 60\npercent = 20.0", "percent = 0.2", ("liver", "0.2", "20 for the fraction")
    ),
    "a row without a number": Breakage(
        "solo", "count = 30\nn = 60\npercent = 50.0", "n = 60", ("triple", "ORR", "no number", "percent")
    ),
    "enrolment that ends before it starts": Breakage(
        "solo",
        'enrolment_end = "2021-01"',
        'enrolment_end = "2019-01"',
        ("solo.toml", "enrolment_end 2019-01", "enrolment_start 2020-01"),
    ),
    "cut-off before enrolment": Breakage(
        "solo",
        'data_cutoff = "2022-01"',
        'data_cutoff = "2012-01"',
        ("analysis primary", "2012-01", "2020-01"),
    ),
    "limit and not estimable": Breakage(
        "solo", "upper = 18.0", "upper = 18.0\nupper_ne = true", ("median", "upper is 18", "one of the two")
    ),
    "value and not reached": Breakage(
        "solo", "value = 14.0", "value = 14.0\nnot_reached = true", ("median", "14", "one of the two")
    ),
    "one limit": Breakage("pair", "lower = 0.57\n", "", ("versus alone", "upper is given without lower")),
    "half an interval": Breakage("solo", "upper = 18.0\n", "", ("median", "lower is given without upper")),
    "not all at risk at the start": Breakage(
        "pair", RISK, "n = [140, 118, 76, 36, 10]", ("arm both", "140 at risk at time 0", "n = 150")
    ),
    "at risk against the median": Breakage(
        "pair",
        RISK,
        "n = [150, 148, 140, 136, 110]",
        ("arm both", "136 of 150 at risk at 18", "median of 13"),
    ),
    "no numbers at risk": Breakage(
        "pair", f"time = [0, 6, 12, 18, 24]\n{RISK}", "time = []\nn = []", ("arm both", "time is empty")
    ),
    "censored that fall": Breakage(
        "pair", RISK, f"{RISK}\ncensored = [0, 9, 4, 10, 10]", ("arm both", "fall from 9 at 6 to 4 at 12")
    ),
    "more censored than patients": Breakage(
        "pair", RISK, f"{RISK}\ncensored = [0, 90, 90, 90, 90]", ("118 at risk and 90 censored", "n = 150")
    ),
    "numbers at risk twice": Breakage(
        "pair",
        'arm = "alone"\nendpoint = "OS"\npopulation = "all"\nanalysis = "first"\ntime',
        'arm = "both"\nendpoint = "OS"\npopulation = "all"\nanalysis = "first"\ntime',
        ("arm both", "given twice"),
    ),
    "arm and versus swapped": Breakage(
        "pair",
        'arm = "both"\nversus = "alone"',
        'arm = "alone"\nversus = "both"',
        ("hazard ratio of 0.75", "13", "10", "swapped"),
    ),
    "two hazard ratios": Breakage(
        "pair",
        "[[effect]]",
        '[[effect]]\nendpoint = "OS"\narm = "both"\nversus = "alone"\nmeasure = "HR"\npopulation = "all"\n'
        'analysis = "first"\nvalue = 0.6\nsource = "early"\n\n[[effect]]',
        ("0.75 contradicts 0.6", "inconsistency"),
    ),
    "a risk difference in percent": Breakage(
        "pair",
        'measure = "HR"\npopulation = "all"\nanalysis = "first"\nvalue = 0.75\nlower = 0.57\nupper = 0.99',
        'measure = "RD"\npopulation = "all"\nanalysis = "first"\nvalue = 12.0\nlower = 3.0\nupper = 21.0',
        ("risk difference value is 12", "12 % is 0.12"),
    ),
    "a misspelt component": Breakage(
        "solo", '"primer", "blocker"]', '"primer", "blokcer"]', ("'blokcer'", "did you mean 'blocker'?")
    ),
    "a misspelt key": Breakage("solo", "count = 12", "cuont = 12", ("'cuont'", "did you mean 'count'?")),
    "a misspelt table": Breakage("solo", "[[response]]", "[[reponse]]", ("did you mean 'response'?",)),
    "a component twice": Breakage(
        "solo", '"primer", "blocker"]', '"primer", "primer"]', ("arm triple", "'primer'", "more than once")
    ),
    "a DOI that is none": Breakage("solo", 'doi = "10.1/1"', 'doi = "A Journal 1"', ("doi", "a DOI")),
    "a covariate twice": Breakage(
        "solo",
        "[[baseline]]",
        '[[baseline]]\narm = "triple"\nvariable = "liver"\npercent = 30.0\ncovariate = "liver"\n'
        'source = "paper"\n\n[[baseline]]',
        ("arm triple", "covariate liver", "2 times"),
    ),
    "best responses above n": Breakage(
        "solo",
        "[[response]]",
        '[[response]]\narm = "triple"\ncategory = "CR"\nanalysis = "primary"\ncount = 40\nn = 60\n'
        'source = "paper"\n\n[[response]]\narm = "triple"\ncategory = "PR"\nanalysis = "primary"\n'
        'count = 30\nn = 60\nsource = "paper"\n\n[[response]]',
        ("arm triple", "CR, PR sum to 70", "n = 60"),
    ),
    "no arm chosen": Breakage("question", 'arms = ["triple"]', "arms = []", ("solo", "OS", "arms is empty")),
    "an assessor that did not assess": Breakage(
        "question",
        'trial = "solo"\nendpoint = "OS"',
        'trial = "solo"\nendpoint = "OS"\nassessor = "IRB"',
        ("assessor is 'IRB'", "did you mean"),
    ),
    "no endpoint": Breakage("question", 'endpoints = ["OS", "PFS", "ORR"]', "endpoints = []", ("endpoints",)),
    "a reading that does not exist": Breakage(
        "pair",
        "[[effect]]",
        '[[figure]]\nendpoint = "OS"\npopulation = "all"\nanalysis = "first"\nreading = "readings/nothing"\n'
        'source = "early"\n\n[[effect]]',
        ("pair.toml", "figure, endpoint OS", "readings/nothing", "does not exist"),
    ),
    "invalid TOML": Breakage("solo", "[trial]", "[trial", ("solo.toml", "not valid TOML")),
    "no trial table": Breakage("solo", "[trial]", "[study]", ("solo.toml", "[trial] is missing")),
    "missing field of the trial": Breakage(
        "solo", 'region = "Atlantis"', "", ("solo.toml", "region is missing")
    ),
}


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(EvidenceError) as caught:
        trials.load(folder)
    return caught.value.faults


def break_it(folder: Path, breakage: Breakage) -> None:
    path = folder / f"{breakage.file}.toml"
    if breakage.old == "*":
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
