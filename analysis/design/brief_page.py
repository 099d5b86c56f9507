"""What a brief is made of: the request, the user's unit costs, and the page as sections with tables."""

import math
from dataclasses import dataclass
from pathlib import Path

from analysis.design.checks import refuse
from analysis.design.priors import DesignPrior
from analysis.design.sample_size import Plan, TrialDesign
from analysis.design.value import AdoptionRule


@dataclass(frozen=True)
class UnitCosts:
    """The user's own unit costs, in one currency; None where not given.

    `sites` is the number of sites of the trial asked for; a smaller or larger study has them in proportion.
    """

    patient: float | None = None
    site: float | None = None
    month: float | None = None
    sites: int = 40
    currency: str = ""

    def __post_init__(self) -> None:
        given = {"cost per patient": self.patient, "cost per site": self.site, "cost per month": self.month}
        faults = [
            f"{name} {value:g}: expected at least 0"
            for name, value in given.items()
            if value is not None and not 0 <= value < math.inf
        ]
        if self.sites < 1:
            faults.append(f"{self.sites} sites: expected at least 1")
        refuse(faults)

    @property
    def given(self) -> dict[str, float]:
        """The unit costs that were given, by what they are of."""
        every = {"patient": self.patient, "site": self.site, "month": self.month}
        return {name: value for name, value in every.items() if value is not None}

    def total(self, patients: int, months: int, share: float = 1.0) -> float | None:
        """Cost of a study with `share` of the sites (at least one); None when no unit cost is given."""
        if not self.given:
            return None
        counts = {"patient": patients, "site": max(1, math.ceil(self.sites * share)), "month": months}
        return sum(value * counts[name] for name, value in self.given.items())


@dataclass(frozen=True)
class BriefRequest:
    """What the brief is about: the trial, the priors' source, the adoption rule, the unit costs."""

    design: TrialDesign
    adoption: AdoptionRule
    costs: UnitCosts
    endpoint: str = "OS"
    run: Path | None = None
    evidence: Path | None = None


@dataclass(frozen=True)
class Table:
    """A small table, all cells as text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A titled part of the brief."""

    title: str
    paragraphs: tuple[str, ...]
    table: Table | None = None


@dataclass(frozen=True)
class Brief:
    """The page: title, sections (the first is the claim), and what its figures draw."""

    title: str
    sections: tuple[Section, ...]
    priors: tuple[DesignPrior, ...]
    request: BriefRequest
    plan: Plan

    @property
    def text(self) -> str:
        """Everything that is said, as plain text."""
        parts = [self.title]
        for section in self.sections:
            parts += [section.title, *section.paragraphs]
            if section.table:
                parts += [" | ".join(row) for row in (section.table.head, *section.table.rows)]
        return "\n".join(parts)
