"""What is drawn side by side: runs, scenarios and populations, one series each, and the arms asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.figures.survival import headline_scenario
from digitized.errors import InputError


@dataclass(frozen=True)
class Selection:
    """Scenarios, populations and arms to draw; empty means the headline scenario, the primary population, both arms."""

    scenarios: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was asked for."""
        return not (self.scenarios or self.populations or self.arms)


@dataclass(frozen=True)
class Series:
    """One line of a comparison: a run under one scenario in one population."""

    run: RunData
    name: str
    label: str
    scenario: str
    population: str

    def rows(self, table: str) -> pd.DataFrame:
        """Rows of the series in a table of its run."""
        found = self.run.table(table)
        return found[(found["scenario"] == self.scenario) & (found["population"] == self.population)]


def series_of(runs: Sequence[RunData], selection: Selection, most: int) -> list[Series]:
    """Every run under every scenario in every population that was asked for.

    Raises
    ------
    InputError
        If a run has no such scenario or population, or more series are asked for than can be told apart.
    """
    labels = run_labels([run.folder for run in runs])
    faults, found = [], []
    for run, name in zip(runs, labels, strict=True):
        scenarios = [item["id"] for item in run.manifest["scenarios"]]
        populations = [item["id"] for item in run.manifest["populations"]]
        asked = [item.replace("-", "_") for item in selection.scenarios] or [headline_scenario(run)]
        mixes = list(selection.populations) or populations[:1]
        for wanted, held, what in ((asked, scenarios, "scenario"), (mixes, populations, "population")):
            faults += [
                f"{run.folder}: has no {what} {item!r}; expected one of {', '.join(held)}"
                for item in wanted
                if item not in held
            ]
        for scenario in asked:
            for population in mixes:
                parts = (
                    [name] * (len(runs) > 1)
                    + [scenario] * (len(asked) > 1 or len(runs) == 1)
                    + [population] * (len(mixes) > 1)
                )
                found.append(Series(run, name, ", ".join(parts), scenario, population))
    if len(found) > most:
        faults.append(
            f"{len(found)} lines asked for (runs x scenarios x populations); expected at most {most} in one figure"
        )
    if faults:
        raise InputError(faults)
    return found


def run_labels(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of the folders' paths that tell them apart."""
    paths = [folder.resolve() for folder in folders]
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        labels = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(labels)) == len(labels):
            return labels
    raise InputError(f"--run: {folders[0]} is given twice; expected different folders")
