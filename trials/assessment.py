"""When progression was looked for: the scan plan of each trial, read from `assessment.csv` of the folder.

Columns: trial, weeks (between scans), later_weeks and changes_at_weeks (where the plan changes, both or
neither), basis (published, implied, assumed), source (an id of the trial's own file), note.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd

from digitized.errors import EvidenceError
from trials.evidence import Evidence

FILE = "assessment.csv"
COLUMNS = ("trial", "weeks", "later_weeks", "changes_at_weeks", "basis", "source", "note")
BASES = ("published", "implied", "assumed")


@dataclass(frozen=True)
class ScanPlan:
    """Weeks between the scans of one trial; `later_weeks` from week `changes_at_weeks` on, if it changes."""

    trial: str
    weeks: float
    later_weeks: float | None
    changes_at_weeks: float | None
    basis: str
    source: str
    note: str


def scan_plans(evidence: Evidence) -> tuple[ScanPlan, ...]:
    """The scan plans of an evidence folder, empty where it has none.

    Raises
    ------
    EvidenceError
        One sentence a fault: unknown trial or source, a trial twice, weeks that are no positive number.
    """
    path = evidence.folder / FILE
    if not path.exists():
        return ()
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise EvidenceError(
            f"{FILE}: cannot be read as a table ({reason}); expected {', '.join(COLUMNS)}"
        ) from None
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise EvidenceError(f"{FILE}: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    faults: list[str] = []
    plans = [_plan(row, number, faults) for number, row in enumerate(table.to_dict("records"), 2)]
    found = [plan for plan in plans if plan is not None]
    known = {trial.id: {source.id for source in trial.source} for trial in evidence.trials}
    seen: set[str] = set()
    for plan in found:
        if plan.trial in seen:
            faults.append(f"{FILE}, trial {plan.trial}: named twice; expected one row a trial")
        seen.add(plan.trial)
        if plan.trial not in known:
            faults.append(f"{FILE}, trial {plan.trial!r}: no such trial; the evidence has {', '.join(known)}")
        elif plan.source not in known[plan.trial]:
            listed = ", ".join(sorted(known[plan.trial]))
            faults.append(
                f"{FILE}, trial {plan.trial}: source {plan.source!r} does not exist; it has {listed}"
            )
    if faults:
        raise EvidenceError(faults)
    return tuple(found)


def _plan(row: dict[Hashable, str], number: int, faults: list[str]) -> ScanPlan | None:
    place = f"{FILE}, line {number}, trial {row['trial']!r}"
    before = len(faults)
    weeks = {name: _weeks(row[name], f"{place}, {name}", faults) for name in COLUMNS[1:4]}
    if weeks["weeks"] is None and len(faults) == before:
        faults.append(f"{place}: weeks is missing; expected the weeks between scans")
    if (weeks["later_weeks"] is None) != (weeks["changes_at_weeks"] is None):
        faults.append(f"{place}: expected both of later_weeks and changes_at_weeks, or neither")
    if row["basis"] not in BASES:
        faults.append(f"{place}: basis is {row['basis']!r}; expected one of {', '.join(BASES)}")
    if weeks["weeks"] is None or len(faults) > before:
        return None
    return ScanPlan(
        row["trial"],
        weeks["weeks"],
        weeks["later_weeks"],
        weeks["changes_at_weeks"],
        row["basis"],
        row["source"],
        row["note"],
    )


def _weeks(text: str, place: str, faults: list[str]) -> float | None:
    if not text.strip():
        return None
    number = pd.to_numeric(text, errors="coerce")
    if not 0 < number < float("inf"):
        faults.append(f"{place} is {text!r}; expected a positive number of weeks")
        return None
    return float(number)
