"""Patient data that an evidence file brings with it: real patients, or pseudo-patients in several draws."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from digitized.choices import Unit
from digitized.curve import PseudoIPD
from digitized.errors import EvidenceError
from trials.curves import file_of, of_choice, own_rows, read_table
from trials.evidence import Trial
from trials.file_facts import PatientFile
from trials.question import Choice


@dataclass(frozen=True)
class GivenPatients:
    """Patient data of one arm: one set where they are known, one a draw where they were rebuilt."""

    source: str
    ipd: tuple[PseudoIPD, ...]


def patients_of(trial: Trial, arm: str, choice: Choice) -> GivenPatients | None:
    """Patient data of an arm, where its evidence file names a CSV."""
    item = of_choice(trial.patients, arm, choice)
    if item is None:
        return None
    place = f"{trial.path.name}, trial {trial.id}, arm {arm}, endpoint {choice.endpoint}"
    return GivenPatients(item.source, read_patients(trial, item, place))


def read_patients(trial: Trial, item: PatientFile, place: str) -> tuple[PseudoIPD, ...]:
    """The patients of a CSV with columns `time` and `event`, in months.

    A column `arm` may separate several arms, and a column `draw` several reconstructions of the same patients:
    so the files of `crosstrial reconstruct` and `crosstrial summary-ipd` can be named as they are.

    Raises
    ------
    EvidenceError
        One sentence a fault, beginning with `place`.
    """
    table = read_table(file_of(trial, item.file), ("time", "event"), place)
    frame = own_rows(table, item.arm)
    faults = []
    if frame.empty:
        arms = sorted(set(table["arm"].astype(str))) if "arm" in table.columns else []
        faults.append(
            f"{place}: {item.file} has no patient of arm {item.arm!r}"
            + (f"; it has {', '.join(arms)}" if arms else ", expected rows below the header")
        )
    if "figure" in frame.columns and frame["figure"].nunique() > 1:
        names = ", ".join(sorted(set(frame["figure"].astype(str))))
        faults.append(f"{place}: {item.file} holds figures {names}, expected the patients of one")
    if (frame["time"] < 0).any():
        faults.append(f"{place}: {item.file} holds negative times, expected 0 or later")
    if not frame["event"].isin((0, 1)).all():
        faults.append(f"{place}: {item.file} holds values of event other than 0 and 1")
    several = "draw" in frame.columns and not frame.empty
    draws = [part for _, part in frame.groupby("draw")] if several else [frame]
    size = trial.size_of(item.arm, item.population) if item.arm in [arm.id for arm in trial.arm] else None
    largest = max(map(len, draws))
    # Fewer are possible (data of some patients only), more are not.
    if size is not None and largest > size:
        faults.append(
            f"{place}: {item.file} holds {largest} patients, but population {item.population!r} of the arm has "
            f"{size}; expected at most {size} (several reconstructions are told apart by a column draw)"
        )
    if faults:
        raise EvidenceError(faults)
    return tuple(_sorted(part, item, draw) for draw, part in enumerate(draws))


def _sorted(frame: pd.DataFrame, item: PatientFile, draw: int) -> PseudoIPD:
    """Patients by time, events before censorings at the same time."""
    time = frame["time"].to_numpy(dtype=float) * Unit(item.unit).months
    event = frame["event"].to_numpy(dtype=float)
    order = np.lexsort((1 - event, time))
    return PseudoIPD(time[order], event[order].astype(bool), draw)
