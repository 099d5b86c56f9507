"""A sensitivity job: from a finished run to sensitivity.csv, its side tables and its figures."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from analysis.sensitivity import confounding, follow_up, prior_choices, single_arm_shift
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.catalogue import Analysis
from analysis.sensitivity.line import Line, table
from digitized.output import replacing

# Answered from the run's own draws and tables, without any fit.
CLOSED: dict[str, Callable[[BaseCase], list[Line]]] = {
    "SA01": single_arm_shift.naive,
    "SA02": single_arm_shift.ladder,
    "SA03": prior_choices.interaction,
    "SA09": follow_up.withdrawal,
    "SA10": follow_up.assessor,
    "SA12": follow_up.horizon,
    "SA15": single_arm_shift.class_benchmark,
    "SA16": prior_choices.concurrent_groups,
    "SA20": confounding.unmeasured,
    "SA21": prior_choices.borrowed_effect,
    "SA22": single_arm_shift.shifted_nulls,
}
SIDE_TABLES: dict[str, tuple[str, Callable[[BaseCase], pd.DataFrame]]] = {
    "SA02": ("tipping_surface", single_arm_shift.tipping_surface),
    "SA09": ("kappa_crossings", follow_up.kappa_crossings),
}


def run_analyses(analyses: Sequence[Analysis], base: BaseCase, out: Path) -> pd.DataFrame:
    """Answer the analyses and write `sensitivity.csv` and the side tables into `out`.

    Returns
    -------
    DataFrame
        The table written.

    Raises
    ------
    InputError
        If the run folder does not fit.
    OutputError
        If `out` cannot be written.
    """
    base.check()
    lines = [line for analysis in analyses for line in CLOSED[analysis.id](base)]
    answered = table(lines, base.verdicts())
    tables = {"sensitivity": answered}
    for analysis in analyses:
        if analysis.id in SIDE_TABLES:
            name, make = SIDE_TABLES[analysis.id]
            tables[name] = make(base)
    for name, content in tables.items():
        with replacing(out / f"{name}.csv") as temporary:
            content.to_csv(temporary, index=False)
    return answered
