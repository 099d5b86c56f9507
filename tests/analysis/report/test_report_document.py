"""The document says what the page says."""

import re

from analysis.report.checklists import checklists


def test_docx_holds_the_ladder_and_every_figure_with_its_caption(reported, word, word_table):
    cells = word_table("Endpoint", "Scenario")
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


def test_docx_tables_are_those_of_the_page(reported, word, page, word_table):
    assert len(word_table("trial", "tool")) == 1 + 2 * 5 + 7
    for row in word_table("endpoint", "scenario")[1:]:
        assert row[2].startswith("c ")
        assert row[6] in page
    found = [table.rows[0].cells[0].text for table in word.tables].count("No.")
    assert found == len(checklists())
    assert all(table.rows[0]._tr.trPr is not None for table in word.tables)


def test_docx_says_what_the_summary_says(page, word):
    words = {paragraph.text for paragraph in word.paragraphs}
    summary = page.section("summary", "question")
    sentences = [item for item in re.findall(r"<li>(.*?)</li>", summary) if "hazard ratio" in item]
    assert set(sentences) <= words
    assert "Proportional hazards, OS:" in " ".join(words)


def test_the_first_page_has_the_ladder_with_the_prior_in_every_cell(reported, page, word_table):
    rows = page.section("summary", "question").rows()
    found = {row[0].split("<br>")[0]: row[1:] for row in rows[1:]}
    for line in reported.table("ladder").to_dict("records"):
        position = list(reported.table("ladder")["scenario"].unique()).index(line["scenario"])
        cell = found[line["endpoint"]][position]
        assert f"{line['median']:.2f} ({line['lower']:.2f}-{line['upper']:.2f})" in cell
        assert f"P {line['p_benefit']:.2f}" in cell
        assert line["c_prior"] in cell
    in_word = word_table("exp(Delta), median (95 %), P(benefit)", "naive")
    assert len(in_word) == len(rows)
    assert all(" c " in cell for row in in_word[1:] for cell in row[1:])
