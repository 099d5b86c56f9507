"""A read curve beside the numbers printed for its arm: a wrong unit, scale or figure shows there.

Only what no honest reading explains is a fault. Between two points a curve may run anywhere, so a printed number
is held against all that the points allow, and then against a margin.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from digitized.choices import Unit
from digitized.curve import Floats
from trials.curves import file_of, own_rows, read_table
from trials.evidence import Trial
from trials.facts import Survival
from trials.file_facts import CurveFile, UnitName
from trials.patients import observation_window
from trials.question import Choice
from trials.selection import ChosenCurve, chosen_curve

# A median is contradicted beyond 15 % of it and one month; near 0.5 a hair decides where it lies.
MEDIAN_SHARE, MEDIAN_MONTHS, LEVEL_NOISE = 0.15, 1.0, 0.03
NOT_REACHED_ABOVE = 0.4
# A rate is contradicted beyond 0.10; where scans make a curve fall at once, half a month decides.
RATE_MARGIN, RATE_MONTHS = 0.10, 0.5
# A curve that leaves this many patients before a third of the median follow-up is cut short.
LEFT_AT_END, SHORT = 0.25, 1 / 3
# Beyond the window of observation, whose dates are months; or beyond the median follow-up, where no window is
# known: the longest follow-up of an early analysis is up to four times the median.
BEYOND_WINDOW, WINDOW_MONTHS, BEYOND_MEDIAN = 1.5, 2.0, 6.0


@dataclass(frozen=True)
class _Window:
    """What is known of how long an arm was followed, months."""

    median: float | None
    longest: float | None


def check_against_numbers(trial: Trial, choice: Choice, curve: CurveFile, arm: str) -> list[str]:
    """A sentence for each printed number of the arm that its curve contradicts; the curve itself is sound."""
    place = f"{trial.path.name}, trial {trial.id}, arm {arm}, endpoint {choice.endpoint}"
    points = own_rows(read_table(file_of(trial, curve.file), ("time", "survival"), place), curve.arm)
    points = points.sort_values(["time", "survival"], ascending=[True, False])
    time, survival = points["time"].to_numpy(dtype=float), points["survival"].to_numpy(dtype=float)
    chosen = chosen_curve(trial, arm, choice)
    follow_up: dict[str, float | None] = {row.quantity: row.value for row in chosen.follow_up}
    window = _Window(follow_up.get("follow_up_median"), observation_window(trial, choice, follow_up)[1])
    found = _contradictions(time * Unit(curve.unit).months, survival, chosen, window)
    if not found:
        return []
    fitting = [
        unit
        for unit in get_args(UnitName)
        if unit != curve.unit and not _contradictions(time * Unit(unit).months, survival, chosen, window)
    ]
    hint = (
        f"its unit is {curve.unit!r}, did you mean --unit {fitting[0]}?"
        if fitting
        else f"is it the curve of this arm, endpoint and cut-off, and is its unit {curve.unit!r} right (--unit)?"
    )
    return [f"{place}: {curve.file} {sentence}; {hint}" for sentence in found]


def _contradictions(time: Floats, survival: Floats, chosen: ChosenCurve, window: _Window) -> list[str]:
    sentences = [_of_number(time, survival, row) for row in chosen.numbers]
    return [sentence for sentence in (*sentences, _of_length(time, survival, window)) if sentence]


def _of_number(time: Floats, survival: Floats, row: Survival) -> str | None:
    if row.quantity == "median":
        return _of_median(time, survival, row)
    if row.quantity == "rate" and row.time is not None and row.value is not None:
        return _of_rate(time, survival, row.time, row.value)
    return None


def _of_median(time: Floats, survival: Floats, row: Survival) -> str | None:
    if row.not_reached:
        lowest = float(survival.min())
        if lowest >= NOT_REACHED_ABOVE:
            return None
        return f"falls to {lowest:.2f}, but has a median that was not reached; expected 0.5 or more"
    if row.value is None:
        return None
    above, below = time[survival > 0.5 + LEVEL_NOISE], time[survival < 0.5 - LEVEL_NOISE]
    earliest, latest = above.max(initial=0.0), below.min(initial=np.inf)
    earliest, latest = min(earliest, latest), max(earliest, latest)
    margin = max(MEDIAN_MONTHS, MEDIAN_SHARE * row.value)
    if earliest - margin <= row.value <= latest + margin:
        return None
    where = (
        f"is still above 0.5 at {earliest:.3g} months"
        if row.value < earliest
        else f"is below 0.5 from {latest:.3g} months on"
    )
    return f"{where}, but the printed median of {row.value:g} months is expected within {margin:.2g} months"


def _of_rate(time: Floats, survival: Floats, when: float, rate: float) -> str | None:
    before, after = survival[time <= when - RATE_MONTHS], survival[time >= when + RATE_MONTHS]
    highest, lowest = before.min(initial=1.0), after.max(initial=0.0)
    if lowest - RATE_MARGIN <= rate <= highest + RATE_MARGIN:
        return None
    found = lowest if rate < lowest else highest
    return f"shows {found:.2f}, but {rate:g} printed at {when:g} months is expected within {RATE_MARGIN:.2f}"


def _of_length(time: Floats, survival: Floats, window: _Window) -> str | None:
    end = float(time.max())
    limit = np.inf
    if window.longest is not None:
        limit = BEYOND_WINDOW * window.longest + WINDOW_MONTHS
    elif window.median is not None:
        limit = BEYOND_MEDIAN * window.median
    if end > limit:
        known = (
            f"the analysis observes at most {window.longest:.3g}"
            if window.longest is not None
            else f"the median follow-up is {window.median:g}"
        )
        return f"reaches {end:.3g} months, but {known}"
    if window.median is not None and end < SHORT * window.median and survival[-1] > LEFT_AT_END:
        return (
            f"ends at {end:.2g} months with survival {survival[-1]:.2f}, but the median follow-up is "
            f"{window.median:g} months; expected a third of it at least"
        )
    return None
