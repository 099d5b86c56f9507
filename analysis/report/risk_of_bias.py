"""Risk of bias: the domains of RoB 2 and ROBINS-I with the facts that bear on each, and no judgement.

RoB 2: Sterne et al., BMJ 2019;366:l4898. ROBINS-I: Sterne et al., BMJ 2016;355:i4919. A judgement is a
reader's, made from the papers with the tools' signalling questions; published numbers alone do not carry it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.report.content import present

NOT_ASSESSED = "not assessed here"
NOTHING = "nothing in the evidence bears on it"


@dataclass(frozen=True)
class Domain:
    """One domain of one trial: its judgement (never guessed) and the facts that bear on it."""

    trial: str
    tool: str
    domain: str
    judgement: str
    facts: str


def risk_of_bias(run: RunData) -> list[Domain]:
    """Every domain of every trial that feeds the models."""
    facts = _Facts(run)
    return [
        Domain(trial, tool, domain, NOT_ASSESSED, "; ".join(filter(None, described(facts, trial))) or NOTHING)
        for trial in facts.trials
        for tool, domains in ((("RoB 2", ROB2) if facts.randomised(trial) else ("ROBINS-I", ROBINS_I)),)
        for domain, described in domains
    ]


class _Facts:
    """Rows of the run's tables by trial."""

    def __init__(self, run: RunData) -> None:
        self.run = run
        self.inventory = run.table("inventory").set_index("trial")
        self.arms = run.table("arms")
        self.tables = {
            name: run.table(name) if present(run, name) else None
            for name in ("trials", "choices", "covariates", "inconsistencies")
        }
        self.trials = [trial for trial in self.inventory.index if trial in set(self.arms["trial"])]

    def randomised(self, trial: str) -> bool:
        return bool(self.inventory.loc[trial, "design"] == "randomised")

    def rows(self, name: str, trial: str) -> list[dict[str, Any]]:
        table = self.arms if name == "arms" else self.tables[name]
        if table is None:
            return []
        return [
            {str(k): v for k, v in row.items()} for row in table[table["trial"] == trial].to_dict("records")
        ]

    def field(self, trial: str, name: str, words: str = "{}") -> str:
        """A field of the table of trials in words, or nothing."""
        found = self.rows("trials", trial)
        value = found[0].get(name) if found else None
        return "" if value is None or pd.isna(value) or value == "" else words.format(value)

    def blinding(self, trial: str) -> str:
        """Blinding as a field, else as the words of the design say it."""
        design = self.field(trial, "design")
        said = design if any(word in design for word in ("blind", "open-label", "open label")) else ""
        return self.field(trial, "blinding") or said or "blinding not in the evidence"

    def balance(self, trial: str) -> str:
        """Liver metastases and PD-L1 of each arm."""
        shares = []
        for row in self.rows("covariates", trial):
            parts = [
                f"{words} {100 * row[name]:.0f} %" if pd.notna(row[name]) else f"{words} unpublished"
                for name, words in (("liver", "liver"), ("pdl1_high", "PD-L1 high"))
            ]
            shares.append(f"{row['arm']}: {', '.join(parts)}")
        return "; ".join(shares)

    def assessors(self, trial: str) -> str:
        """Who assessed each endpoint that needs an assessor."""
        found = {
            f"{row['endpoint']} by {row['assessor']}"
            for row in self.rows("arms", trial)
            if pd.notna(row.get("assessor")) and row["endpoint"] != "OS"
        }
        return "; ".join(sorted(found)).replace("by not stated", "assessor not stated")

    def populations(self, trial: str) -> str:
        """Which patients each endpoint counts."""
        found = {
            f"{row['endpoint']}: {row['population']}"
            for row in self.rows("choices", trial)
            if pd.notna(row["population"])
        }
        return "analysed population " + ", ".join(sorted(found)) if found else ""

    def counts(self, trial: str) -> str:
        """n and events of each arm and survival endpoint."""
        return "; ".join(
            f"{row['arm']} {row['endpoint']}: {row['events']:.0f} events in {row['n']:.0f}"
            for row in self.rows("arms", trial)
            if row["endpoint"] != "ORR"
        )

    def reported(self, trial: str) -> str:
        """Which analysis is used, and which are kept as checks."""
        rows = self.rows("choices", trial)
        used = sorted({f"{row['endpoint']} from {row['analysis']}" for row in rows})
        kept = sorted({str(row["kept_as_checks"]) for row in rows if pd.notna(row["kept_as_checks"])})
        return "; ".join(
            filter(None, (", ".join(used), *(f"also published, not used: {one}" for one in kept)))
        )

    def contradictions(self, trial: str) -> str:
        """Number of contradictions between printed numbers."""
        count = len(self.rows("inconsistencies", trial))
        return f"{count} contradictions between printed numbers (see Contradictions)" if count else ""


Described = Callable[[_Facts, str], tuple[str, ...]]

ROB2: tuple[tuple[str, Described], ...] = (
    (
        "1 Randomisation process",
        lambda f, t: (
            f.field(t, "design"),
            f.field(t, "stratification", "stratified by {}"),
            f.balance(t),
        ),
    ),
    (
        "2 Deviations from intended interventions",
        lambda f, t: (f.blinding(t), f.populations(t)),
    ),
    ("3 Missing outcome data", lambda f, t: (f.counts(t), f.contradictions(t))),
    (
        "4 Measurement of the outcome",
        lambda f, t: (
            "OS needs no assessor",
            f.assessors(t),
            f.blinding(t),
        ),
    ),
    (
        "5 Selection of the reported result",
        lambda f, t: (
            f.field(t, "registration", "registered as {}"),
            f.field(t, "primary_endpoints", "primary endpoints {}"),
            f.reported(t),
        ),
    ),
)
ROBINS_I: tuple[tuple[str, Described], ...] = (
    (
        "1 Confounding",
        lambda f, t: (
            "no concurrent control: compared with arms of other trials",
            f.balance(t),
            "the prior of c stands for the rest (see the ladder)",
        ),
    ),
    (
        "2 Selection of participants",
        lambda f, t: (f.field(t, "setting"), f.field(t, "region"), f.field(t, "enrolment_start", "from {}")),
    ),
    (
        "3 Classification of interventions",
        lambda f, t: (f.field(t, "design"), f"arms: {f.inventory.loc[t, 'arms']!s}"),
    ),
    ("4 Deviations from intended interventions", lambda f, t: (f.populations(t),)),
    ("5 Missing data", lambda f, t: (f.counts(t), f.contradictions(t))),
    (
        "6 Measurement of outcomes",
        lambda f, t: ("OS needs no assessor", f.assessors(t), "open treatment: a single arm has no blinding"),
    ),
    (
        "7 Selection of the reported result",
        lambda f, t: (
            f.field(t, "registration", "registered as {}"),
            f.field(t, "primary_endpoints", "primary endpoints {}"),
            f.reported(t),
        ),
    ),
)
