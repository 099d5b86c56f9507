"""The report's rules on a made run: what it must say, and that its numbers are the tables'."""

import html
import json
import re
import shutil

import pandas as pd
import pytest
from docx import Document

from analysis.figures import draw, drawings
from analysis.figures.run_data import RunData
from analysis.report import write_report
from analysis.report.content import adjustment_sentence
from analysis.report.first_page import ladder_lines
from analysis.report.tables import interval_text


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
    summary = page.section("summary", "question")
    words = " ".join(paragraph.text for paragraph in word.paragraphs)
    for text in (summary, words):
        assert "usually very low for the added component" in text
        assert "n = 50, 19 events (OS), 23 events (PFS)" in text
    for horizon in reported.manifest["horizons"].values():
        assert horizon["rule"] in page.section("estimands", "populations")
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


def test_the_summary_says_the_restricted_mean_with_its_horizon(reported, page):
    summary = page.section("summary", "question")
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


def test_every_table_of_scenarios_has_the_prior_of_c(page):
    found = [rows for rows in page.tables() if rows and any(head.lower() == "scenario" for head in rows[0])]
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
    text = page.section(first, last)
    for row in reported.table(name).to_dict("records"):
        if name == "required_trials":
            assert f"{row['value']:.2f}" in text
        else:
            assert interval_text(row["median"], row["lower"], row["upper"]) in text


def test_the_summary_is_one_printed_page_by_itself(page):
    assert page.index('<header class="page">') < page.index('id="summary"') < page.index("</header>")
    assert page.index("</header>") < page.index('id="question"')
    assert ".page { break-after: page; }" in page
