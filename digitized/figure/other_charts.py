"""Charts that look like survival curves and are none: told by the titles of their axes, and by their shape."""

import re
from collections.abc import Iterable

import numpy as np

from digitized.figure.reading import ArmReading, Axis

#: Words of an axis title, and what a chart with such a title shows.
_TITLES = (
    (re.compile(r"(?i)cumulative\s*hazard|nelson\W*aalen|\bhazard\s*(function|rate)"), "a cumulative hazard"),
    (re.compile(r"(?i)^\W*(1\s*\W\s*)?(sensitivity|specificity)\W*$|(true|false)\W*positive"), "a ROC curve"),
    (re.compile(r"^\W*(TPR|FPR)\W*$"), "a ROC curve"),
    (re.compile(r"(?i)^\W*(recall|precision)\W*$"), "a precision-recall curve"),
    (re.compile(r"(?i)^\W*((probability\s*)?density|(relative\s*)?frequency|counts?)\W*$"), "a histogram"),
    (
        re.compile(r"(?i)change\W*from\W*baseline|^\W*(log\W*)?(dose|concentration)\b"),
        "a change or a response",
    ),
    # An estimate printed under the axis of a survival plot goes on with its number.
    (
        re.compile(r"(?i)^\W*(log\W*)?(hazard|odds|risk)\W*ratio\W*(95\W*CI\W*|log\W*scale\W*)?$"),
        "a forest plot",
    ),
)

# Titles of an axis of time that does not name its unit.
_TIME = re.compile(r"(?i)\b(time|follow|since|after|duration)")


def other_chart(titles: Iterable[str], x_axis: Axis, *, rising: bool, unit: str) -> str:
    """Why a panel with falling or rising steps is no survival plot; "" if nothing speaks against it.

    Parameters
    ----------
    titles : iterable of str
        What is written beside the vertical and under the horizontal axis.
    x_axis : Axis
        The horizontal axis.
    rising : bool
        Whether its curves rise.
    unit : str
        Unit of time as found or given, "" if none.
    """
    for title in titles:
        for words, chart in _TITLES:
            if words.search(title):
                return f"an axis is titled {title.strip()!r}: {chart}, not a survival curve"
    if rising and not unit and not any(_TIME.search(title) for title in titles):
        longest = max((value for _, value in x_axis.ticks), default=0.0)
        like = "a ROC curve" if longest <= 1.0 else "a distribution of any measurement"
        return (
            f"its curves rise over an axis that names neither time nor a unit of it, as {like} does; "
            "if it is an axis of time (cumulative incidence), give --unit"
        )
    return ""


def even_steps(arms: Iterable[ArmReading]) -> list[str]:
    """A doubt for each arm whose steps are all of one width, as those of a histogram's outline or a life table are."""
    notes = []
    for arm in arms:
        falls = arm.time[1:][np.diff(arm.survival) < -1e-6]
        widths = np.diff(np.unique(falls))
        if widths.size >= 3 and np.ptp(widths) < 0.06 * float(np.median(widths)):
            notes.append(
                f"{arm.name}: all its steps are equally wide, as in a histogram or a life table; "
                "is it a Kaplan-Meier curve?"
            )
    return notes
