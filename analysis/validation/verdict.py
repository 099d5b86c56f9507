"""What a check says: a verdict that follows from its value and its limit, and from nothing else."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pandas as pd


class Outcome(StrEnum):
    """The three things a check can say."""

    PASSED = "passed"
    FAILED = "failed"
    INFORMATIONAL = "informational"


@dataclass(frozen=True)
class Bounds:
    """Closed interval that a value must lie in; None is unbounded."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value lies inside; a value that could not be computed (NaN) never does."""
        if math.isnan(value):
            return False
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)

    def as_json(self) -> dict[str, float]:
        """The bounds that exist."""
        named = {"at_least": self.at_least, "at_most": self.at_most}
        return {name: bound for name, bound in named.items() if bound is not None}


@dataclass(frozen=True)
class Verdict:
    """One line of the verdict table.

    Attributes
    ----------
    id : str
        V1 ... V10.
    value : mapping of str to float
        What was computed.
    limit : mapping of str to Bounds
        What some of the values must satisfy, by the same names; empty for an informational check.
    sentence : str
        The finding in words.
    """

    id: str
    value: Mapping[str, float]
    limit: Mapping[str, Bounds]
    sentence: str

    def __post_init__(self) -> None:
        missing = [name for name in self.limit if name not in self.value]
        if missing:
            raise ValueError(f"{self.id}: limits without a value: {missing}; the values are {[*self.value]}")

    @property
    def verdict(self) -> Outcome:
        """Passed when every limited value lies in its bounds, else failed; informational without limits."""
        if not self.limit:
            return Outcome.INFORMATIONAL
        return Outcome.FAILED if self.broken else Outcome.PASSED

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the values outside their bounds."""
        return tuple(name for name, bounds in self.limit.items() if not bounds.holds(self.value[name]))

    def as_json(self) -> dict[str, object]:
        """The five fields of ``crosstrial validate --json``; a value that could not be computed is null."""
        value = {name: float(x) if math.isfinite(x) else None for name, x in self.value.items()}
        limit = {name: bounds.as_json() for name, bounds in self.limit.items()}
        return {
            "id": self.id,
            "verdict": str(self.verdict),
            "value": value,
            "limit": limit,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class CheckResult:
    """A verdict with what it rests on.

    Attributes
    ----------
    verdict : Verdict
    table : DataFrame
        The check's table, also the data of its figure.
    draw : callable
        Draws the table onto a matplotlib figure.
    others : mapping of str to DataFrame
        Further tables, by file name.
    """

    verdict: Verdict
    table: pd.DataFrame
    draw: Callable[[Any, pd.DataFrame], None]
    others: Mapping[str, pd.DataFrame] = field(default_factory=dict)
