"""Reporting checklists: every row answered by a part of the report, or "not applicable because"."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

NOT_APPLICABLE = "not applicable because"


@dataclass(frozen=True)
class Row:
    """One item of a checklist, paraphrased.

    Attributes
    ----------
    number : str
        As the statement numbers it.
    item : str
    anchor : str
        Part of the report that answers it, without "#"; empty where it does not apply.
    remark : str
        What a reader finds there, or "not applicable because ..."; says "not done" where that is so.
    """

    number: str
    item: str
    anchor: str
    remark: str


@dataclass(frozen=True)
class Checklist:
    """A published checklist; `key` is its entry in `parts/references.bib`."""

    title: str
    citation: str
    key: str
    rows: tuple[Row, ...]


def checklists() -> tuple[Checklist, ...]:
    """PRISMA-NMA, BARG, the NICE real-world evidence framework and GRADE, as kept in `parts/checklists.toml`."""
    text = (files("analysis.report") / "parts" / "checklists.toml").read_text(encoding="utf-8")
    return tuple(
        Checklist(
            found["title"],
            found["citation"],
            found["key"],
            tuple(Row(*map(str, row)) for row in found["rows"]),
        )
        for found in tomllib.loads(text)["checklist"]
    )
