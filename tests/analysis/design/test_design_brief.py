"""The one-page brief: what it must say, from where, in three formats."""

import json
import math
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from typer.testing import CliRunner

from analysis.cli.app import app, main
from analysis.design.accrual import Period
from analysis.design.assurance import assurance
from analysis.design.brief import build_brief
from analysis.design.brief_figures import figure_data
from analysis.design.brief_page import Brief, BriefRequest, UnitCosts
from analysis.design.brief_sentences import adoption_limit
from analysis.design.brief_tables import harm_limits, harms_section
from analysis.design.evidence import Harm, background, index_events
from analysis.design.priors import NAMED
from analysis.design.rule import LogRankRule
from analysis.design.sample_size import TrialDesign
from analysis.design.value import AdoptionRule
from analysis.figures.run_data import RunData
from analysis.run.evidence_tables import evidence_tables
from digitized.errors import InputError
from trials import load
from trials.question import HarmInfo

SECOND = Path(__file__).parents[1] / "second_disease" / "evidence"
DESIGN = TrialDesign(0.75, 0.9, LogRankRule(), Period(24), 15.2, 0.03, 0.75)


@pytest.fixture(scope="module")
def named() -> Brief:
    return build_brief(BriefRequest(DESIGN, AdoptionRule(), UnitCosts()))


def test_the_page_says_what_it_must(named: Brief) -> None:
    text = named.text
    assert "compatible with" in text
    assert "proves" not in text
    assert "LEAP-014" in text
    assert "0.92" in text
    assert "678 patients" in text
    assert "508" in text
    assert all(f"{prior.name}: " in text for prior in named.priors)
    assert len(named.priors) >= 3
    assert "haemorrhage" in text
    assert "fistula" in text
    assert "2 of these 4 deaths" in text
    assert "no unit costs were given" in text
    assert "phase 2, 60 patients | 60" in text
    assert "cohort 2, 30 patients, not randomised | 30" in text


def test_harms_come_from_the_evidence() -> None:
    facts = background()
    deaths = next(harm for harm in facts.harms if "death" in harm.event)
    assert (deaths.count, deaths.n) == (4, 50)
    assert ("fatal bleeding or fistula", 2, 50) in facts.monitored
    assert facts.uncounted == ()
    tables = evidence_tables(load())["harms"]
    assert list(zip(tables["event"], tables["count"], tables["n"], strict=True)) == [
        ("bleeding any", 3, 50),
        ("esophageal fistula grade>=3", 2, 50),
        ("death due to AE", 4, 50),
    ]
    other = replace(
        facts,
        harms=(Harm("death due to AE", 1, 9, "one each: sepsis"),),
        watched=(*facts.watched, HarmInfo(name="thrombosis", words=("thrombo", "embol"))),
    )
    assert other.fatal_known == ""
    assert other.monitored == (("death due to AE", 1, 9),)
    assert other.uncounted == ("bleeding", "fistula", "thrombosis")
    assert "without a count: bleeding, fistula, thrombosis" in harms_section(other).paragraphs[0]


def own_question(folder: Path, harms: str, rows: str = "") -> Path:
    """The second disease with harms in its question and safety rows of the index arm in its index trial."""
    own = Path(shutil.copytree(SECOND, folder / "evidence"))
    question, index = own / "question.toml", own / "nova-triple.toml"
    text = question.read_text(encoding="utf-8")
    question.write_text(
        text.replace('excluded = "Nothing"', f'excluded = "Nothing"\n{harms}'), encoding="utf-8"
    )
    for event in filter(None, rows.split(";")):
        name, count = event.split("=")
        row = f'arm = "triple"\nevent = "{name}"\ncount = {count}\nn = 64\nsource = "simulation"\n'
        index.write_text(f"{index.read_text(encoding='utf-8')}\n[[safety]]\n{row}", encoding="utf-8")
    return own


def test_another_question_names_its_own_harms(tmp_path: Path) -> None:
    harms = 'harms = [{ name = "clots", words = ["Thrombo", "embolism"] }]'
    own = own_question(tmp_path, harms, "lung embolism=3;bleeding any=9;sepsis grade 5=1;rash=30")
    facts = background("OS", own)
    assert [(harm.event, harm.count) for harm in facts.harms] == [("lung embolism", 3), ("sepsis grade 5", 1)]
    assert list(evidence_tables(load(own))["harms"]["event"]) == ["lung embolism", "sepsis grade 5"]


def test_deaths_are_harms_where_the_question_names_none_and_no_harms_are_said(tmp_path: Path) -> None:
    facts = background("OS", own_question(tmp_path, "", "toxic death=2;rash=30"))
    assert [(harm.event, harm.count) for harm in facts.harms] == [("toxic death", 2)]
    section = harms_section(background("OS", SECOND))
    assert "No harms of the index arm are in the evidence" in section.paragraphs[0]
    assert section.table is None


def test_events_of_patient_data_are_counted() -> None:
    assert index_events("OS", SECOND) == int(pd.read_csv(SECOND / "nova-triple-os.csv")["event"].sum()) == 20
    assert index_events("EFS", SECOND) == 37
    with pytest.raises(
        InputError, match=r"nova-triple.toml: neither a number of PFS events nor patient data"
    ):
        index_events("PFS", SECOND)


@pytest.mark.parametrize("count", [0, 64])
def test_a_harm_of_nobody_or_everybody_pauses_nothing(count: int) -> None:
    assert all(events is None for _, events in harm_limits(count / 64))
    section = harms_section(replace(background(), harms=(Harm("death", count, 64, None),), watched=()))
    assert section.table is not None
    assert section.table.rows == ((f"death: above {count}/64", "-", "-", "-", "-", "-"),)
    assert "a dash: no number would show it" in section.paragraphs[0]


def test_pausing_needs_more_events_for_a_higher_reference() -> None:
    low, high = harm_limits(0.04), harm_limits(0.20)
    assert all(a[1] and b[1] and a[1] < b[1] for a, b in zip(low, high, strict=True))
    assert all(events and events / n > 0.04 for n, events in low)


def test_adoption_limit_has_no_expected_gain() -> None:
    rule, adopt = LogRankRule(), AdoptionRule()
    limit = adoption_limit(NAMED["base"], 508, rule, adopt)
    theta, weight = NAMED["base"].posterior(math.log(limit), rule.variance(508)).nodes()
    assert weight @ adopt.net_gain(theta) == pytest.approx(0.0, abs=0.01)
    assert adoption_limit(NAMED["sceptical"], 508, rule, adopt) < limit


def test_costs_follow_the_users_unit_costs() -> None:
    costs = UnitCosts(patient=10.0, site=100.0, month=7.0, sites=3)
    assert costs.total(50, 10) == 500 + 300 + 70
    assert costs.total(5, 10, share=0.1) == 50 + 100 + 70
    assert UnitCosts().total(50, 10) is None
    page = build_brief(BriefRequest(DESIGN, AdoptionRule(), UnitCosts(patient=1000.0)))
    assert "678,000" in page.text


def test_figures_draw_the_operating_characteristics(named: Brief) -> None:
    data = figure_data(named)
    assert data.assurance[0, 2] == pytest.approx(assurance(NAMED["base"], 200, DESIGN.rule))
    assert np.all(data.assurance < data.cap[:, None] + 1e-9)
    assert np.all(data.evsi < data.evpi[:, None] + 1e-6)
    assert np.all(np.diff(data.control, axis=1) <= 1e-12)
    month = int(np.argmin(np.abs(data.months - 15.2)))
    assert data.control[1, month] == pytest.approx(0.5, abs=0.03)
    assert data.experimental[1, month] > data.control[1, month]
    # The experimental band is wider: its hazard ratio is uncertain.
    assert np.ptp(data.experimental[:, month]) > np.ptp(data.control[:, month])


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["crosstrial", "design", "brief", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@pytest.mark.parametrize("ending", ["html", "docx", "pdf"])
def test_each_format_from_a_run(
    ending: str, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / f"brief.{ending}"
    assert (
        command(monkeypatch, "--run", str(run_folder), "--out", str(out), "--cost-per-patient", "1000") == 0
    )
    if ending == "html":
        text = out.read_text(encoding="utf-8")
        assert "<svg" in text
        assert "src=" not in text
        assert "<link" not in text
    elif ending == "pdf":
        with pypdfium2.PdfDocument(out) as pages:
            assert len(pages) == 1
            text = pages[0].get_textpage().get_text_bounded()
    else:
        import docx
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        document = docx.Document(str(out))
        text = "\n".join(item.text for item in document.paragraphs)
        text += "".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
        assert len(document.inline_shapes) == 1
        # Numbers stand to the right of a wide first column, so that a row is one line and the page one page.
        for table in document.tables:
            widths = [cell.width.cm for cell in table.rows[1].cells]
            assert sum(widths) <= 18.3
            assert widths[0] >= 2 * max(widths[1:])
            assert table.rows[1].cells[1].paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert "LEAP-014" in text
    assert "compatible with" in text
    assert "2000 posterior draws" in text
    assert "678,000" in text


def test_a_brief_of_pfs_takes_the_runs_rungs_and_still_quotes_the_class(run_folder: Path) -> None:
    design = TrialDesign(0.7, 0.9, LogRankRule(), Period(24), 6.5, 0.10, 0.75)
    request = BriefRequest(design, AdoptionRule(1.5, 6.5), UnitCosts(), "PFS", run_folder)
    page = build_brief(request)
    assert [prior.name for prior in page.priors] == ["base", "pessimistic", "sceptical", "naive"]
    assert "LEAP-014, randomised: OS hazard ratio 0.92" in page.text
    assert "progression-free survival" in page.text
    with pytest.raises(InputError, match="needs --run"):
        build_brief(BriefRequest(design, AdoptionRule(1.5, 6.5), UnitCosts(), "PFS"))


def test_refusals_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, helps in (
        (["--out", str(tmp_path / "brief.txt")], ".html, .docx, .pdf"),
        (["--out", str(tmp_path / "brief.pdf"), "--hr", "1"], "below 1"),
        (["--out", str(tmp_path / "brief.pdf"), "--run", str(tmp_path / "none")], "no such run folder"),
        (["--out", str(tmp_path / "brief.pdf"), "--cost-per-site", "-3"], "at least 0"),
    ):
        assert command(monkeypatch, *arguments) == 2
        assert helps in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("manifest", [{"preset": "smoke"}, {"hypothetical": ["a/b/OS/rate@12=0.9"]}])
def test_a_brief_and_an_assurance_of_a_run_that_may_not_be_quoted_say_so(run_folder, tmp_path, manifest):
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | manifest
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    marks = RunData(folder).marks
    assert len(marks) == 1
    words = ["design", "assurance", "--run", str(folder), "--events", "200"]
    assert marks[0] in CliRunner().invoke(app, words).stdout
    assert json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)["marks"] == list(marks)
    page = tmp_path / "brief.html"
    assert (
        CliRunner().invoke(app, ["design", "brief", "--run", str(folder), "--out", str(page)]).exit_code == 0
    )
    assert marks[0].split(" (")[0] in page.read_text(encoding="utf-8")
