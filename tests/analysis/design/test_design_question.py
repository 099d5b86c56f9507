"""Designs for another question than the packaged one: nothing of the packaged disease may stand in them."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from analysis.cli.app import main
from analysis.design.accrual import Period
from analysis.design.brief import build_brief
from analysis.design.brief_page import Brief, BriefRequest, UnitCosts
from analysis.design.brief_sentences import adoption_limit, between
from analysis.design.priors import NAMED
from analysis.design.question import is_packaged, ladder_of, need_own
from analysis.design.rule import LogRankRule
from analysis.design.sample_size import TrialDesign
from analysis.design.value import AdoptionRule
from digitized.errors import InputError
from trials.loading import DEFAULT_FOLDER

SECOND = Path(__file__).parents[1] / "second_disease" / "evidence"
DESIGN = TrialDesign(0.75, 0.9, LogRankRule(), Period(24), 30.0, 0.02, 0.6)


@pytest.fixture(scope="module")
def second_run(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the second disease: it has no class benchmark."""
    folder = Path(shutil.copytree(run_folder, tmp_path_factory.mktemp("second") / "run"))
    (folder / "posterior" / "OS_leap_class.nc").unlink()
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told["question"] = {"id": "synthetic-second-disease"}
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def page(second_run: Path) -> Brief:
    return build_brief(BriefRequest(DESIGN, AdoptionRule(1.5, 30.0), UnitCosts(), "OS", second_run, SECOND))


def design(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["crosstrial", "design", *words.split()])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


def test_a_brief_speaks_of_its_own_question_only(page: Brief) -> None:
    assert [prior.name for prior in page.priors] == ["base", "pessimistic", "sceptical", "naive"]
    assert all(prior.draws is not None for prior in page.priors if prior.name != "sceptical")
    assert "when novatinib is added to CDK inhibitor plus endocrine therapy" in page.text
    assert "NOVA-202 (synthetic): one arm, n = 64, 20 OS events" in page.text
    assert "No harms of the index arm are in the evidence" in page.text
    for foreign in ("chemotherapy", "leap", "LEAP", "anlotinib", "oesophageal", "15.2"):
        assert foreign not in page.text


@pytest.mark.parametrize(
    ("words", "helps"),
    [
        ("brief --out {out} --evidence {second}", "give --run, --control-median and --dropout"),
        ("brief --out {out} --evidence {second} --run {run} --dropout 0.02", "give --control-median"),
        ("brief --out {out} --run {run}", "give --evidence with the folder of the run"),
        ("evsi --evidence {second}", "give --run and --control-median"),
        ("evsi --run {run}", "give --evidence with the folder of the run"),
        ("index-trial --evidence {second} --null-median 8 --median 12", "give --comparator-medians"),
        ("index-trial --evidence {second} --comparator-medians 9", "give --null-median and --median"),
    ],
)
def test_what_is_of_the_packaged_question_is_refused_in_one_sentence(
    words: str,
    helps: str,
    second_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "brief.html"
    code, _, error = design(monkeypatch, capsys, words.format(out=out, second=SECOND, run=second_run))
    assert code == 2
    assert helps in error
    assert len(error.strip().splitlines()) == 1
    assert not out.exists()


def test_commands_of_another_run_leave_the_named_rungs_out(
    second_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = f"evsi --evidence {SECOND} --run {second_run} --control-median 30 --events 150 --json"
    code, out, _ = design(monkeypatch, capsys, words)
    found = json.loads(out)
    assert code == 0
    assert list(found["ladder"]) == ["pessimistic"]
    assert found["next_steps"][1]["assumption"].startswith("20 events of the index arm")
    for words in (
        "assurance --events 200",
        "predictive-power --interim-hr .8 --interim-events 99 --final-events 200",
    ):
        code, out, error = design(monkeypatch, capsys, f"{words} --run {second_run} --json")
        assert list(json.loads(out)["ladder"]) == (["pessimistic"])
        assert "named prior" not in error
    words = f"index-trial --evidence {SECOND} --null-median 8 --median 12 --comparator-medians 9 --json"
    assert list(json.loads(design(monkeypatch, capsys, words)[1])["false_positive"]) == ["9"]


def test_a_copy_of_the_packaged_folder_keeps_its_priors_and_defaults(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "copy"))
    assert is_packaged(copy)
    need_own(copy, {"--run": None})
    assert [prior.name for prior in ladder_of(None, "OS", copy)] == ["base", "pessimistic", "leap-class"]
    question = copy / "question.toml"
    text = question.read_text(encoding="utf-8").replace('role = "class_benchmark"', 'role = "inventory"')
    question.write_text(text, encoding="utf-8")
    assert [prior.name for prior in ladder_of(None, "OS", copy)] == ["base", "pessimistic"]


def test_a_success_that_is_no_reason_to_adopt_is_explained() -> None:
    design = TrialDesign(0.75, 0.9, LogRankRule(), Period(24), 15.2, 0.03, 0.75)
    text = build_brief(BriefRequest(design, AdoptionRule(), UnitCosts())).text
    assert "Statistical success: log-rank" in text
    assert (
        "An observed hazard ratio between 0.79 and 0.84 is a statistical success but no reason to add" in text
    )
    adopt = AdoptionRule(1.5)
    assert "no reason to add the drug: significance alone does not show the 1.5 months" in between(
        0.79, 0.84, adopt
    )
    assert "between 0.84 and 0.90 favours adding the drug" in between(0.90, 0.84, adopt)
    assert between(0.841, 0.838, adopt) == ""
    with pytest.raises(InputError, match="give a smaller --gain"):
        adoption_limit(NAMED["base"], 400, LogRankRule(), AdoptionRule(1.5, 300.0))
