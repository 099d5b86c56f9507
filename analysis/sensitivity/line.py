"""One line of sensitivity.csv, and the rule that words its conclusion."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from analysis.run.increment import summarise
from digitized.curve import Floats

HAZARD_RATIO = "HR"
ODDS_RATIO = "OR"
RMST_DIFFERENCE = "RMST_difference"


@dataclass(frozen=True)
class Line:
    """One variant of one analysis.

    Attributes
    ----------
    id, endpoint, population : str
    measure : str
        HR is exp(Delta), as in ladder.csv; HR_time_averaged is the ratio of marginal cumulative hazards.
    c_prior : str
    median, lower, upper, p_benefit : float
        95 % interval; `p_benefit` is the probability of being better than the line's null.
    conclusion : str
        By the rule of `verdict`, and whether the base case reads the same.
    variant : str
        What this line assumes.
    method : str
        How it was computed: run, importance weights, normal update, closed form or fit.
    """

    id: str
    endpoint: str
    population: str
    measure: str
    c_prior: str
    median: float
    lower: float
    upper: float
    p_benefit: float
    conclusion: str
    variant: str
    method: str


COLUMNS = tuple(field.name for field in fields(Line))


@dataclass(frozen=True)
class Heading:
    """What the lines of one analysis and endpoint have in common."""

    id: str
    endpoint: str
    population: str
    c_prior: str

    def ratio(
        self,
        log_ratio: Floats,
        variant: str,
        method: str,
        *,
        null: float = 1.0,
        c_prior: str | None = None,
        measure: str | None = None,
    ) -> Line:
        """Line of a hazard ratio (odds ratio for ORR) from draws (D,) of its log."""
        survival = self.endpoint != "ORR"
        numbers = summarise(np.exp(log_ratio), null=null, lower_is_better=survival)
        chosen = measure or (HAZARD_RATIO if survival else ODDS_RATIO)
        return self._line(numbers, variant, method, chosen, null, c_prior, lower_is_better=survival)

    def difference(self, draws: Floats, variant: str, method: str, measure: str) -> Line:
        """Line of a difference whose positive values are benefit, from draws (D,)."""
        numbers = summarise(draws, null=0.0, lower_is_better=False)
        return self._line(numbers, variant, method, measure, 0.0, None, lower_is_better=False)

    def summary(self, numbers: dict[str, float], variant: str, method: str, measure: str) -> Line:
        """Line of a difference that a table already summarises (median, lower, upper, p_benefit)."""
        return self._line(numbers, variant, method, measure, 0.0, None, lower_is_better=False)

    def _line(
        self,
        numbers: dict[str, float],
        variant: str,
        method: str,
        measure: str,
        null: float,
        c_prior: str | None,
        *,
        lower_is_better: bool,
    ) -> Line:
        low, high = numbers["lower"], numbers["upper"]
        worded = verdict(low, high, numbers["p_benefit"], null=null, lower_is_better=lower_is_better)
        return Line(
            id=self.id,
            endpoint=self.endpoint,
            population=self.population,
            measure=measure,
            c_prior=c_prior or self.c_prior,
            median=numbers["median"],
            lower=low,
            upper=high,
            p_benefit=numbers["p_benefit"],
            conclusion=worded,
            variant=variant,
            method=method,
        )


def verdict(lower: float, upper: float, p_benefit: float, *, null: float, lower_is_better: bool) -> str:
    """What a 95 % interval is compatible with; never more than that (METHODS section 10)."""
    if lower <= null <= upper:
        return (
            f"compatible with benefit and with no benefit: the interval holds {null:g} "
            f"(probability of benefit {p_benefit:.2f})"
        )
    benefit = upper < null if lower_is_better else lower > null
    word = "benefit" if benefit else "harm"
    return f"compatible with {word}: the interval excludes {null:g} (probability of benefit {p_benefit:.2f})"


def table(lines: Sequence[Line], reference: dict[tuple[str, str], str]) -> pd.DataFrame:
    """sensitivity.csv: the lines, each conclusion held against the base case's.

    Parameters
    ----------
    reference : mapping of (endpoint, measure) to the base case's verdict
    """
    rows = []
    for line in lines:
        row = asdict(line)
        base = reference.get((line.endpoint, line.measure))
        if base is not None:
            same = base.split(":")[0] == line.conclusion.split(":")[0]
            row["conclusion"] += "; as in the base case" if same else "; not as in the base case"
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))
