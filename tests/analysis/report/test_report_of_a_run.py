"""The report's rules on a made run: what it must say, and that its numbers are the tables'."""

import html
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from docx import Document
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.figures import draw, drawings
from analysis.figures.run_data import RunData
from analysis.report import Attachments, write_report
from analysis.report.checklists import NOT_APPLICABLE, checklists
from analysis.report.content import adjustment_sentence
from analysis.report.first_page import ladder_lines
from analysis.report.html import render_html
from analysis.report.tables import interval_text
from analysis.report.trial_facts import add_trial_facts
from analysis.reweighting import log_shift_density
from digitized.errors import InputError
from models.covariate_mix import stratum_proportions
from models.priors import SingleArmShift
from trials import load


@pytest.fixture(scope="module")
def reported(drawn_run):
    return RunData(drawn_run)


@pytest.fixture(scope="module")
def page(reported):
    return html.unescape((reported.folder / "report.html").read_text(encoding="utf-8"))


def test_every_anchor_exists(page):
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    wanted = set(re.findall(r'href="#([^"]+)"', page))
    assert {"ladder", "priors", "checklists", "limits"} <= wanted | ids
    assert wanted <= ids


def test_identifiers_are_used_once(page):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_figure_of_the_run_is_in_the_report_with_its_caption(reported, page):
    for caption in (reported.folder / "figures").glob("*.txt"):
        assert html.unescape(caption.read_text(encoding="utf-8").strip()) in page
    assert page.count("<figure>") == len(list((reported.folder / "figures").glob("*.svg")))


def test_every_ladder_line_has_its_prior_and_its_numbers(reported, page):
    for row in reported.table("ladder").to_dict("records"):
        line = re.search(rf"<tr><td>{row['endpoint']}</td><td>{row['scenario']}</td>.*?</tr>", page)
        assert row["c_prior"] in line[0]
        assert f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})" in line[0]


def test_no_hazard_ratio_in_the_summary_without_prior_and_verdict(page):
    summary = page[page.index('id="summary"') : page.index('id="question"')]
    sentences = [item for item in re.findall(r"<li>(.*?)</li>", summary) if "hazard ratio" in item]
    assert sentences
    for sentence in sentences:
        assert "c ~ N(" in sentence
        assert "proportional hazards" in sentence
        assert "compatible with" in sentence


def test_required_trial_and_harms_stand_beside_any_benefit(page):
    summary = page[page.index('id="summary"') : page.index('id="question"')]
    assert "class-trial (tki v ici): OS HR 0.92" in summary
    assert "it is the randomised test" in summary
    assert "death due to AE: 4 of 50, 8 %" in summary
    assert "fistula: 2 of 50, 4 % (one grade 5)" in summary
    assert "PFS is not survival benefit" in summary


def test_certainty_horizon_rule_and_the_index_trials_counts_are_said(reported, page, word):
    summary = section(page, "summary", "question")
    words = " ".join(paragraph.text for paragraph in word.paragraphs)
    for text in (summary, words):
        assert "usually very low for the added component" in text
        assert "n = 50, 19 events (OS), 23 events (PFS)" in text
    for horizon in reported.manifest["horizons"].values():
        assert horizon["rule"] in section(page, "estimands", "populations")
    for caption in (reported.folder / "figures").glob("*.txt"):
        assert "n = 50" in caption.read_text(encoding="utf-8"), caption.name


def test_adjustments_are_said_to_point_as_the_covariates_do(made_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    shares = {"trial": ["index-trial", "rct-a"], "arm": ["x", "y"], "liver": [0.14, 0.2]}
    for high, says in ((0.5, "opposite directions"), (0.05, "the same direction")):
        pd.DataFrame({**shares, "pdl1_high": [0.1, high]}).to_csv(
            folder / "tables" / "covariates.csv", index=False
        )
        assert says in adjustment_sentence(RunData(folder))
    pd.DataFrame({**shares, "pdl1_high": [0.1, None]}).to_csv(
        folder / "tables" / "covariates.csv", index=False
    )
    assert "adjusted together" in adjustment_sentence(RunData(folder))


@pytest.mark.parametrize("word", ["proves", "shows that", "probability best", "superior", "best treatment"])
def test_words_that_no_report_says(page, word):
    assert word not in page


def test_a_hypothetical_run_says_so_on_page_and_figures(made_run, tmp_path):
    folder = tmp_path / "what-if"
    shutil.copytree(made_run, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["hypothetical"] = ["rct-a/ici-chemo/OS/rate@12=0.60"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    run = RunData(folder)
    for name in ("ladder", "network", "hazards"):
        draw(run, name, drawings(run)[name], folder / "figures")
    write_report(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.index("HYPOTHETICAL") < page.index('id="summary"')
    for caption in (folder / "figures").glob("*.txt"):
        assert caption.read_text(encoding="utf-8").startswith("HYPOTHETICAL")
    words = "\n".join(paragraph.text for paragraph in Document(str(folder / "report.docx")).paragraphs)
    assert "HYPOTHETICAL" in words


@pytest.fixture(scope="module")
def word(reported):
    return Document(str(reported.folder / "report.docx"))


def word_table(word, first, second):
    """The table whose header begins with two words."""
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    return next(table for table in tables if table[0][:2] == [first, second])


def test_docx_holds_the_ladder_and_every_figure_with_its_caption(reported, word):
    cells = word_table(word, "Endpoint", "Scenario")
    assert len(cells) == len(reported.table("ladder")) + 1
    assert all(row[2].startswith("c ") for row in cells[1:])
    pictures = list((reported.folder / "figures").glob("*.png"))
    assert len(word.inline_shapes) == len(pictures)
    captions = [paragraph.text for paragraph in word.paragraphs if paragraph.style.name == "Caption"]
    wanted = [picture.with_suffix(".txt").read_text(encoding="utf-8").strip() for picture in pictures]
    assert sorted(captions) == sorted(wanted)


def test_docx_has_the_sections_of_the_page(word):
    headings = [paragraph.text for paragraph in word.paragraphs if paragraph.style.name == "Heading 1"]
    assert headings == [
        "Summary",
        "Question and estimands",
        "Evidence",
        "The ladder",
        "Figures",
        "What could overturn it",
        "Identifiability",
        "Validation",
        "Limits",
        "Checklists",
        "Appendix",
    ]


def test_docx_tables_are_those_of_the_page(reported, word, page):
    assert len(word_table(word, "trial", "tool")) == 1 + 2 * 5 + 7
    for row in word_table(word, "endpoint", "scenario")[1:]:
        assert row[2].startswith("c ")
        assert row[6] in page
    found = [table.rows[0].cells[0].text for table in word.tables].count("No.")
    assert found == len(checklists())
    assert all(table.rows[0]._tr.trPr is not None for table in word.tables)


def test_docx_says_what_the_summary_says(page, word):
    words = {paragraph.text for paragraph in word.paragraphs}
    summary = section(page, "summary", "question")
    sentences = [item for item in re.findall(r"<li>(.*?)</li>", summary) if "hazard ratio" in item]
    assert set(sentences) <= words
    assert "Proportional hazards, OS:" in " ".join(words)


def explored(page):
    return json.loads(re.search(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)[1])


def test_embedded_draws_are_those_of_the_run(reported, page):
    ladder = reported.table("ladder").set_index(["endpoint", "scenario"])
    for panel in explored(page):
        assert panel["scenario"] == "pessimistic"
        row = ladder.loc[(panel["endpoint"], "pessimistic")]
        assert np.exp(np.median(panel["delta"])) == pytest.approx(row["median"], rel=1e-3)
        assert np.mean(np.array(panel["delta"]) < 0) == pytest.approx(row["p_benefit"])


def test_embedded_curves_give_the_restricted_mean_of_the_table(reported, page):
    increment = reported.table("increment").set_index(["endpoint", "scenario", "measure"])
    for panel in explored(page):
        share = stratum_proportions(np.array(panel["liver"]), np.array(panel["pdl1"]))
        times = np.array(panel["times"])
        triple, comparator = (
            np.einsum("s,dst->dt", share, np.array(panel[arm]) / panel["scale"])
            for arm in ("triple", "comparator")
        )
        upto = times <= panel["tau"]
        gain = np.trapezoid((triple - comparator)[:, upto], times[upto])
        row = increment.loc[(panel["endpoint"], panel["scenario"], "RMST_difference")]
        # Thousandths of survival on a grid of 1.5 months against exact curves on one of half a month.
        assert np.quantile(gain, [0.025, 0.5, 0.975]) == pytest.approx(
            [row["lower"], row["median"], row["upper"]], abs=0.02
        )


def test_the_first_page_has_the_ladder_with_the_prior_in_every_cell(reported, page, word):
    rows = rows_of(section(page, "summary", "question"))
    found = {row[0].split("<br>")[0]: row[1:] for row in rows[1:]}
    for line in reported.table("ladder").to_dict("records"):
        position = list(reported.table("ladder")["scenario"].unique()).index(line["scenario"])
        cell = found[line["endpoint"]][position]
        assert f"{line['median']:.2f} ({line['lower']:.2f}-{line['upper']:.2f})" in cell
        assert f"P {line['p_benefit']:.2f}" in cell
        assert line["c_prior"] in cell
    in_word = word_table(word, "exp(Delta), median (95 %), P(benefit)", "naive")
    assert len(in_word) == len(rows)
    assert all(" c " in cell for row in in_word[1:] for cell in row[1:])


def test_the_summary_says_the_restricted_mean_with_its_horizon(reported, page):
    summary = section(page, "summary", "question")
    increment = reported.table("increment")
    own = increment[(increment["measure"] == "RMST_difference") & (increment["scenario"] == "base")]
    for row in own.to_dict("records"):
        assert (
            f"to 24 months: {row['median']:+.1f} months ({row['lower']:+.1f} to {row['upper']:+.1f})"
            in summary
        )
    assert "Restricted mean progression-free time" in summary


def test_effective_events_stand_on_the_ladder(made_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    pooled = {"model": ["OS, pooled, base"], "rhat": [1.001], "effective_events": [51.4], "faults": [""]}
    pd.DataFrame(pooled).to_csv(folder / "tables" / "diagnostics.csv", index=False)
    lines = {(line.endpoint, line.scenario): line for line in ladder_lines(RunData(folder))}
    assert lines["OS", "base"].effective_events == "51"
    assert lines["PFS", "base"].effective_events == ""


def test_reweighted_draws_answer_like_the_run_of_that_prior(reported, page):
    ladder = reported.table("ladder").set_index(["endpoint", "scenario"])
    for panel in explored(page):
        fitted = SingleArmShift("fitted", panel["mu"], panel["sd"], panel["correlation"])
        wanted = SingleArmShift("base", float(np.log(0.86)), 0.25, panel["correlation"])
        c = np.array(panel["c"])
        weight = np.exp(log_shift_density(c, wanted) - log_shift_density(c, fitted))
        benefit = np.average(np.array(panel["delta"]) < 0, weights=weight)
        expected = ladder.loc[(panel["endpoint"], "base"), "p_benefit"]
        assert benefit == pytest.approx(expected, abs=0.06)


def test_incomplete_runs_are_refused_by_name(made_run, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(made_run, folder)
    (folder / "tables" / "ladder.csv").unlink()
    with pytest.raises(InputError, match=r"ladder.csv: missing"):
        write_report(folder)
    assert not (folder / "report.html").exists()
    assert pd.read_csv(folder / "tables" / "identified.csv").shape[0] > 0


def section(page, first, last):
    return page[page.index(f'id="{first}"') : page.index(f'id="{last}"')]


def rows_of(text):
    return [
        re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    ]


def tables_of(page):
    return [rows_of(found) for found in re.findall(r"<table.*?</table>", page, re.DOTALL)]


def test_every_table_of_scenarios_has_the_prior_of_c(page):
    found = [rows for rows in tables_of(page) if rows and any(head.lower() == "scenario" for head in rows[0])]
    assert len(found) >= 3
    for rows in found:
        position = [head.lower() for head in rows[0]].index("prior of c")
        assert all(row[position].startswith("c ") for row in rows[1:])


def test_every_part_with_hazard_ratios_has_the_proportional_hazards_verdict(page):
    parts = re.split(r'(?=<h2 id=")', page)
    bearing = [
        part for part in parts if re.search(r"exp\(Delta\)|[Hh]azard ratio|>HR<", part.split("<script")[0])
    ]
    named = {re.match(r'<h2 id="(\w+)"', part)[1] for part in bearing if part.startswith("<h2")}
    assert {"ladder", "sensitivity", "identifiability"} <= named
    for part in bearing:
        name = re.match(r'<h2 id="(\w+)"', part)
        if name and name[1] not in ("question", "limits", "checklists", "appendix"):
            assert "compatible with proportional hazards" in part, name[1]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("increment", "increments", "survival"),
        ("identified", "identifiability", "validation"),
        ("required_trials", "summary", "question"),
    ],
)
def test_numbers_are_the_tables(reported, page, name, first, last):
    text = section(page, first, last)
    for row in reported.table(name).to_dict("records"):
        if name == "required_trials":
            assert f"{row['value']:.2f}" in text
        else:
            assert interval_text(row["median"], row["lower"], row["upper"]) in text


def test_the_summary_is_one_printed_page_by_itself(page):
    assert page.index('<header class="page">') < page.index('id="summary"') < page.index("</header>")
    assert page.index("</header>") < page.index('id="question"')
    assert ".page { break-after: page; }" in page


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
    rows = next(rows for rows in tables_of(section(page, "bias", "ladder")) if "judgement" in rows[0])[1:]
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
    rows = {row[0]: row for row in rows_of(section(page, "priors", "diagnostics")) if len(row) == 5}
    assert "Normal(0, 0.2)" in rows["gamma"][1]
    assert rows["gamma"][2] == "hazard ratio 0.68 to 1.48"
    assert rows["log_h0"][2] == "median 1.7 to 85 months"
    assert rows["liver_share"][2].startswith("share 0.1")
    assert all("<polyline" in row[3] for name, row in rows.items() if name != "Parameter")


def test_what_was_run_apart_is_shown_or_its_command_is(made_run, page, tmp_path):
    assert "No verdicts attached" in page
    assert "crosstrial sensitivity --all" in page
    verdicts = [{"id": "V9", "verdict": "failed", "sentence": "one number is off"}]
    (tmp_path / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")
    (tmp_path / "record.json").write_text(json.dumps({"evidence_sha256": {"a": "b"}}), encoding="utf-8")
    header = "id,endpoint,population,measure,c_prior,median,lower,upper,p_benefit,conclusion\n"
    (tmp_path / "sensitivity.csv").write_text(f'{header}SA01,OS,index,HR,c = 0,.7,.5,.9,.99,"as before"\n')
    shown = html.unescape(render_html(RunData(made_run), Attachments(tmp_path, tmp_path)))
    assert ["V9", "failed", "one number is off"] in [row for rows in tables_of(shown) for row in rows]
    assert "file hashes differ" in shown
    assert "0.7 (0.5 to 0.9)" in section(shown, "sensitivity", "identifiability")


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


def test_trial_facts_come_only_from_the_evidence_of_the_run(made_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    table = folder / "tables" / "trials.csv"
    table.unlink()
    assert not add_trial_facts(folder, None)
    assert not table.exists()
    evidence = load(None)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["evidence_sha256"] = dict(evidence.hashes)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert add_trial_facts(folder, None)
    rows = pd.read_csv(table).set_index("trial")
    assert list(rows.index) == [trial.id for trial in evidence.trials]
    assert rows.loc["orient-15", "blinding"] == "double-blind"
    assert rows.loc["benmelstobart-anlotinib", "n"] == 50
    assert pd.isna(rows.loc["benmelstobart-anlotinib", "blinding"])


def test_report_command_names_its_files_and_what_is_missing(made_run, tmp_path, monkeypatch):
    # The session's drawn run has drawn every figure already.
    monkeypatch.setattr("analysis.figures.draw_all", lambda folder: None)
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    (folder / "tables" / "trials.csv").unlink()
    result = CliRunner().invoke(app, ["report", str(folder)])
    assert result.exit_code == 0
    for name in ("report.html", "report.docx", "methods.txt", "references.bib"):
        assert str(folder / name) in result.stdout
        assert (folder / name).exists()
    assert "name it with --evidence" in result.stderr
