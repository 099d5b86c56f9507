"""Checks of the curve and patient files that a trial file names."""

from itertools import pairwise

import pandas as pd

from digitized.errors import EvidenceError
from trials.curves import file_of, own_rows, read_table
from trials.evidence import Trial
from trials.file_facts import CurveFile, Figure
from trials.given_patients import read_patients
from trials.reading import Faults, expected, sha256

# By how much survival may rise from one point to the next: the noise of a reading.
READING_NOISE = 0.05


def check_files(trial: Trial, here: str, faults: Faults) -> None:
    """Every named file exists, has its columns, holds possible numbers and is the one that was attached."""
    for curve in trial.curve:
        check_curve(trial, curve, f"{here}, arm {curve.arm}, endpoint {curve.endpoint}", faults)
    for figure in trial.figure:
        _check_figure(trial, figure, f"{here}, figure, endpoint {figure.endpoint}", faults)
    for given in trial.patients:
        try:
            read_patients(trial, given, f"{here}, arm {given.arm}, endpoint {given.endpoint}")
        except EvidenceError as error:
            for sentence in error.faults:
                faults.add(sentence)


def check_curve(trial: Trial, curve: CurveFile, place: str, faults: Faults) -> None:
    """The points of one arm, and the numbers at risk beside them."""
    try:
        table = read_table(file_of(trial, curve.file), ("time", "survival"), place)
        _check_points(own_rows(table, curve.arm), table, curve, place, faults)
        if curve.sha256 is not None and sha256(file_of(trial, curve.file)) != curve.sha256:
            faults.add(f"{place}: {curve.file} has changed since it was attached (SHA-256 differs)")
        if curve.at_risk is not None:
            risk = own_rows(read_table(file_of(trial, curve.at_risk), ("time", "n_risk"), place), curve.arm)
            if (risk.sort_values("time")["n_risk"].diff() > 0).any():
                faults.add(f"{place}: numbers at risk rise in {curve.at_risk}")
    except EvidenceError as error:
        for sentence in error.faults:
            faults.add(sentence)


def _check_points(
    points: pd.DataFrame, table: pd.DataFrame, curve: CurveFile, place: str, faults: Faults
) -> None:
    if len(points) < 2:
        arms = (
            f"; it has {', '.join(sorted(set(table['arm'].astype(str))))}" if "arm" in table.columns else ""
        )
        faults.add(
            f"{place}: {curve.file} has {len(points) or 'no'} row{'s'[: len(points) != 1]} of arm "
            f"{curve.arm!r}, expected at least two points{arms}"
        )
        return
    if (points["time"] < 0).any():
        faults.add(f"{place}: {curve.file} holds negative times, expected 0 or later")
    outside = points.loc[(points["survival"] < 0) | (points["survival"] > 1), "survival"]
    if len(outside):
        faults.add(
            f"{place}: {curve.file} holds survival {outside.iloc[0]:g}, expected probabilities from 0 to 1 "
            "(50 % is 0.5)"
        )
        return
    by_time = points.sort_values(["time", "survival"], ascending=[True, False])
    for (time, high), (later, low) in pairwise(zip(by_time["time"], by_time["survival"], strict=True)):
        if low > high + READING_NOISE:
            faults.add(
                f"{place}: survival rises from {high:g} at {time:g} to {low:g} at {later:g} in {curve.file}"
            )
            return


def _check_figure(trial: Trial, figure: Figure, place: str, faults: Faults) -> None:
    """A figure names a reading that exists, and arms that the trial has."""
    arms = [arm.id for arm in trial.arm]
    for arm in figure.arms:
        if arm not in arms:
            faults.add(
                f"{place}: arms names {arm!r}, which is not an arm of the trial; {expected(arm, arms)}"
            )
    path = file_of(trial, f"{figure.reading}.curves.csv")
    if not path.exists():
        faults.add(
            f"{place}: reading {figure.reading!r} does not exist, expected {path.name} in {path.parent}; "
            "without a reading leave the [[figure]] out"
        )
