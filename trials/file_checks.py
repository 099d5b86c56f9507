"""Checks of the curve and patient files that a trial file names."""

import numpy as np

from digitized.errors import EvidenceError
from trials.curves import file_of, own_rows, read_table
from trials.evidence import Trial
from trials.reading import Faults, sha256


def check_files(trial: Trial, here: str, faults: Faults) -> None:
    """Every named file exists, has its columns, holds possible numbers and is the one that was attached."""
    for curve in trial.curve:
        place = f"{here}, arm {curve.arm}, endpoint {curve.endpoint}"
        try:
            points = own_rows(read_table(file_of(trial, curve.file), ("time", "survival"), place), curve.arm)
            if points.empty:
                faults.add(f"{place}: {curve.file} has no row of arm {curve.arm!r}")
            if (points["time"] < 0).any():
                faults.add(f"{place}: {curve.file} holds negative times, expected 0 or later")
            outside = points.loc[(points["survival"] < 0) | (points["survival"] > 1), "survival"]
            if len(outside):
                faults.add(
                    f"{place}: {curve.file} holds survival {outside.iloc[0]:g}, "
                    "expected probabilities from 0 to 1"
                )
            if curve.sha256 is not None and sha256(file_of(trial, curve.file)) != curve.sha256:
                faults.add(f"{place}: {curve.file} has changed since it was attached (SHA-256 differs)")
            if curve.at_risk is not None:
                table = own_rows(
                    read_table(file_of(trial, curve.at_risk), ("time", "n_risk"), place), curve.arm
                )
                if np.any(np.diff(table.sort_values("time")["n_risk"]) > 0):
                    faults.add(f"{place}: numbers at risk rise in {curve.at_risk}")
        except EvidenceError as error:
            for sentence in error.faults:
                faults.add(sentence)
    for given in trial.patients:
        place = f"{here}, arm {given.arm}, endpoint {given.endpoint}"
        try:
            frame = read_table(file_of(trial, given.file), ("time", "event"), place)
            if (frame["time"] < 0).any():
                faults.add(f"{place}: {given.file} holds negative times, expected 0 or later")
            if not frame["event"].isin((0, 1)).all():
                faults.add(f"{place}: {given.file} holds values of event other than 0 and 1")
        except EvidenceError as error:
            for sentence in error.faults:
                faults.add(sentence)
