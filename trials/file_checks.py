"""Checks of the curve and patient files that a trial file names."""

from itertools import pairwise

import numpy as np
import pandas as pd

from digitized.errors import EvidenceError
from trials.curves import file_of, own_rows, read_table
from trials.evidence import Trial
from trials.file_facts import CurveFile, Figure
from trials.given_patients import read_patients
from trials.reading import Faults, expected, sha256

# By how much survival may rise from one point to the next: the noise of a reading.
READING_NOISE = 0.05
# By how much of the curve's length a click may lie before the one made earlier.
OUT_OF_ORDER = 0.05
# A curve starts at 1; what lies within a pixel of its start counts as time 0.
LEAST_START, AT_ONCE = 0.9, 0.005


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
    for sentence in point_faults(points, curve.file):
        faults.add(f"{place}: {sentence}")


def point_faults(points: pd.DataFrame, file: str) -> list[str]:
    """Why points (time, survival) are no survival curve: order, start, range, rise."""
    faults: list[str] = []
    if points.empty:
        return faults
    time, survival = points["time"].to_numpy(dtype=float), points["survival"].to_numpy(dtype=float)
    if (time < 0).any():
        faults.append(f"{file} holds negative times, expected 0 or later")
    for before, after in pairwise(time):
        if before - after > OUT_OF_ORDER * float(np.ptp(time)):
            faults.append(
                f"times go from {before:g} back to {after:g} in {file}, expected points along the curve"
            )
            break
    outside = survival[(survival < 0) | (survival > 1)]
    if outside.size:
        faults.append(
            f"{file} holds survival {outside[0]:g}, expected probabilities from 0 to 1 (50 % is 0.5)"
        )
        return faults
    first = survival[time <= time.min() + AT_ONCE * float(np.ptp(time))].max()
    if time.min() <= 0 and first < LEAST_START:
        faults.append(f"{file} starts at {first:g} at time 0, expected 1")
        return faults
    by_time = points.sort_values(["time", "survival"], ascending=[True, False])
    for (time_before, high), (later, low) in pairwise(zip(by_time["time"], by_time["survival"], strict=True)):
        if low > high + READING_NOISE:
            faults.append(
                f"survival rises from {high:g} at {time_before:g} to {low:g} at {later:g} in {file}"
            )
            break
    return faults


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
