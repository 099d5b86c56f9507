"""The report's rules on a made run: what it must say, and that its numbers are the tables'."""

import html
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from docx import Document

from analysis.figures import draw, drawings
from analysis.figures.run_data import RunData
from analysis.report import write_report
from analysis.reweighting import log_shift_density
from digitized.errors import InputError
from models.priors import SingleArmShift


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


def test_docx_holds_the_ladder_and_every_figure(reported):
    document = Document(str(reported.folder / "report.docx"))
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert len(cells) == len(reported.table("ladder")) + 1
    assert all("c" in row[2] for row in cells[1:])
    assert len(document.inline_shapes) == len(list((reported.folder / "figures").glob("*.png")))


def explored(page):
    return json.loads(re.search(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)[1])


def test_embedded_draws_are_those_of_the_run(reported, page):
    ladder = reported.table("ladder").set_index(["endpoint", "scenario"])
    for panel in explored(page):
        assert panel["scenario"] == "pessimistic"
        row = ladder.loc[(panel["endpoint"], "pessimistic")]
        assert np.exp(np.median(panel["delta"])) == pytest.approx(row["median"], rel=1e-3)
        assert np.mean(np.array(panel["delta"]) < 0) == pytest.approx(row["p_benefit"])


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
