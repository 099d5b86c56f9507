"""Checklists, bibliography, risk of bias and priors, and what is refused or shown instead."""

import html
import json
import re
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.figures.run_data import RunData
from analysis.report import Attachments, write_report
from analysis.report.checklists import NOT_APPLICABLE, checklists
from analysis.report.html import render_html
from digitized.errors import InputError


def test_incomplete_runs_are_refused_by_name(made_run, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(made_run, folder)
    (folder / "tables" / "ladder.csv").unlink()
    with pytest.raises(InputError, match=r"ladder.csv: missing"):
        write_report(folder)
    assert not (folder / "report.html").exists()
    assert pd.read_csv(folder / "tables" / "identified.csv").shape[0] > 0


def test_every_checklist_row_has_an_anchor_or_a_reason(page):
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    numbers = {}
    for checklist in checklists():
        numbers[checklist.title] = [row.number for row in checklist.rows]
        for row in checklist.rows:
            if row.anchor:
                assert row.anchor in ids, (checklist.title, row.number)
                assert not row.remark.startswith(NOT_APPLICABLE)
            else:
                assert row.remark.startswith(f"{NOT_APPLICABLE} "), (checklist.title, row.number)
    prisma = numbers["PRISMA-NMA"]
    assert sorted(prisma) == sorted(
        [str(item) for item in range(1, 28)] + [f"S{item}" for item in range(1, 6)]
    )
    assert set(numbers) >= {"BARG", "GRADE"}


def test_checklist_citations_are_in_the_bibliography(reported):
    written = (reported.folder / "references.bib").read_text(encoding="utf-8")
    assert all(f"{{{checklist.key}," in written for checklist in checklists())


def test_bibliography_holds_every_source_once_and_every_key_that_methods_cite(reported):
    written = (reported.folder / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,]+),$", written, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert {f"{trial}-paper-2024" for trial in reported.table("sources")["trial"]} <= set(keys)
    assert written.count("{") == written.count("}")
    assert r"One A \& Two B, Journal 2024;1:1 (50 \%)" in written
    methods = (reported.folder / "methods.txt").read_text(encoding="utf-8")
    cited = set(re.findall(r"@([\w-]+)", methods))
    assert cited
    assert cited <= set(keys)


def test_methods_paragraph_is_the_manifests(reported):
    methods = (reported.folder / "methods.txt").read_text(encoding="utf-8")
    manifest = reported.manifest
    for scenario in manifest["scenarios"]:
        for prior in scenario["c_prior"].values():
            assert prior in methods
    for word in (
        f"seed {manifest['seed']}",
        "3 trials, 2 of them randomised",
        "2 chains of 200 draws",
        "PyMC 6.3",
    ):
        assert word in methods


def test_no_domain_of_bias_is_judged_and_each_has_its_facts(page):
    rows = next(rows for rows in page.section("bias", "ladder").tables() if "judgement" in rows[0])[1:]
    assert len(rows) == 2 * 5 + 7
    assert {row[3] for row in rows} == {"not assessed here"}
    tools = {(row[0], row[1]) for row in rows}
    assert tools == {("index-trial", "ROBINS-I"), ("rct-a", "RoB 2"), ("rct-b", "RoB 2")}
    facts = {(row[0], row[2][0]): row[4] for row in rows}
    assert "double-blind" in facts["rct-a", "2"]
    assert "blinding not in the evidence" in facts["rct-b", "2"]
    assert "also published, not used: later: no figure" in facts["rct-a", "5"]
    assert "1 contradictions" in facts["index-trial", "5"]


def test_priors_stand_as_call_interval_and_picture(page):
    rows = {row[0]: row for row in page.section("priors", "diagnostics").rows() if len(row) == 5}
    assert "Normal(0, 0.2)" in rows["gamma"][1]
    assert rows["gamma"][2] == "hazard ratio 0.68 to 1.48"
    assert rows["log_h0"][2] == "median 1.7 to 85 months"
    assert rows["liver_share"][2].startswith("share 0.1")
    assert all("<polyline" in row[3] for name, row in rows.items() if name != "Parameter")


def test_what_was_run_apart_is_shown_or_its_command_is(made_run, page, page_of, tmp_path):
    assert "No verdicts attached" in page
    assert "crosstrial sensitivity --all" in page
    verdicts = [{"id": "V9", "verdict": "failed", "sentence": "one number is off"}]
    (tmp_path / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")
    (tmp_path / "record.json").write_text(json.dumps({"evidence_sha256": {"a": "b"}}), encoding="utf-8")
    header = "id,endpoint,population,measure,c_prior,median,lower,upper,p_benefit,conclusion\n"
    (tmp_path / "sensitivity.csv").write_text(f'{header}SA01,OS,index,HR,c = 0,.7,.5,.9,.99,"as before"\n')
    shown = page_of(render_html(RunData(made_run), Attachments(tmp_path, tmp_path)))
    assert ["V9", "failed", "one number is off"] in [row for rows in shown.tables() for row in rows]
    assert "file hashes differ" in shown
    assert "0.7 (0.5 to 0.9)" in shown.section("sensitivity", "identifiability")


@pytest.mark.parametrize("option", ["sensitivity", "validation"])
def test_an_attached_folder_without_its_file_is_refused(made_run, tmp_path, option):
    with pytest.raises(InputError, match=f"--{option} {tmp_path}"):
        render_html(RunData(made_run), Attachments(**{option: tmp_path}))


def test_a_question_without_harms_sources_or_required_trials_still_has_a_report(made_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    for name in ("harms", "required_trials", "inconsistencies", "sources", "trials", "choices"):
        (folder / "tables" / f"{name}.csv").write_text("\n", encoding="utf-8")
    write_report(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "This run's folder holds no table of trial designs" in html.unescape(page)


def test_report_command_names_its_files(made_run, tmp_path, monkeypatch):
    # The session's drawn run has drawn every figure already.
    monkeypatch.setattr("analysis.figures.draw_all", lambda folder: None)
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    result = CliRunner().invoke(app, ["report", str(folder)])
    assert result.exit_code == 0
    for name in ("report.html", "report.docx", "methods.txt", "references.bib"):
        assert str(folder / name) in result.stdout
        assert (folder / name).exists()
