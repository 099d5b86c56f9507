"""A made run's report, as page and as document."""

import html
import json
import re

import pytest
from docx import Document

from analysis.figures.run_data import RunData


class Page(str):
    """The text of a report's page and what tests look for in it."""

    def section(self, first, last):
        return Page(self[self.index(f'id="{first}"') : self.index(f'id="{last}"')])

    def rows(self):
        return [
            re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
            for row in re.findall(r"<tr.*?</tr>", self, re.DOTALL)
        ]

    def tables(self):
        return [Page(found).rows() for found in re.findall(r"<table.*?</table>", self, re.DOTALL)]

    def explored(self):
        return json.loads(re.search(r'id="explorer-data">(.*?)</script>', self, re.DOTALL)[1])


@pytest.fixture(scope="session")
def page_of():
    """Makes a page of a report's HTML."""
    return lambda text: Page(html.unescape(text))


@pytest.fixture(scope="session")
def reported(drawn_run):
    return RunData(drawn_run)


@pytest.fixture(scope="session")
def page(reported, page_of):
    return page_of((reported.folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def word(reported):
    return Document(str(reported.folder / "report.docx"))


@pytest.fixture(scope="session")
def word_table(word):
    """Finds the table of the document whose header begins with two words."""

    def find(first, second):
        tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
        return next(table for table in tables if table[0][:2] == [first, second])

    return find
