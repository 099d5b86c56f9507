"""V6: the patients that the models see against every number published of their arms."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.validation import drawing
from analysis.validation.study import Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk
from trials.network import Published, SurvivalArm

# METHODS sections 3 and 8: months, S(12) as a probability, hazard ratio, share of the printed Cox standard
# error, patients, events.
LIMITS = {
    "median": 0.3,
    "S(12)": 0.015,
    "hazard_ratio": 0.03,
    "standard_error": 0.10,
    "at_risk": 2.0,
    "events": 0.0,
}
COLUMNS = (
    *("endpoint", "trial", "arm", "grade", "quantity", "time"),
    *("published", "rebuilt", "error", "limit"),
)


def agreement(arms: Sequence[SurvivalArm]) -> pd.DataFrame:
    """Every published number of every arm beside the rebuilt one (draw 0); intervals as standard errors."""
    rows = []
    for arm in arms:
        for number in arm.published:
            if number.quantity == "hazard_ratio":
                rows += _pair(arm, arms, number)
            else:
                rebuilt = _rebuilt(arm, number)
                rows.append(_row(arm, _kind(number), number.time, number.value, rebuilt))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    arm: SurvivalArm, kind: str, time: float | None, published: float, rebuilt: float, unit: float = 1.0
) -> dict[str, object]:
    return {
        "endpoint": arm.endpoint,
        "trial": arm.trial,
        "arm": arm.arm,
        "grade": str(arm.grade),
        "quantity": kind,
        "time": np.nan if time is None else time,
        "published": published,
        "rebuilt": rebuilt,
        "error": _difference(published, rebuilt) / unit,
        "limit": LIMITS.get(kind, np.nan),
    }


def check(study: Study) -> CheckResult:
    """V6: every published number of the base network."""
    table = agreement(study.network.survival)
    return CheckResult(verdict_of(table), table, drawing.reconstruction_errors)


def verdict_of(table: pd.DataFrame) -> Verdict:
    """The largest error of each kind within its limit; landmarks other than 12 months are shown only."""
    # Rounded, so that 14.9 - 14.6 is 0.3; NaN where a number could not be compared at all.
    largest = table.groupby("quantity")["error"].apply(
        lambda errors: round(float(errors.abs().max(skipna=False)), 9)
    )
    # Only what was published can be met; that nothing was published at all is no pass.
    value = {kind: float(largest[kind]) for kind in LIMITS if kind in largest}
    limit = {kind: Bounds(at_most=LIMITS[kind]) for kind in value} | {"numbers": Bounds(at_least=1)}
    limited = table.dropna(subset=["limit"])
    misses = limited[~(limited["error"].abs().round(9) <= limited["limit"])]
    value |= {"numbers": float(len(limited)), "outside": float(len(misses))}
    named = "; ".join(_miss(row) for row in misses.to_dict("records"))
    sentence = (
        f"{len(limited) - len(misses)} of {len(limited)} published numbers are met by the rebuilt patients"
        f"{f'; outside: {named}' if named else ''}."
    )
    return Verdict("V6", value, limit, sentence)


def _miss(row: dict[Hashable, Any]) -> str:
    when = "" if np.isnan(row["time"]) else f" at {row['time']:g}"
    found = f"{row['rebuilt']:.3g}, published {row['published']:.3g}"
    return f"{row['trial']} {row['arm']} {row['endpoint']} {row['quantity']}{when}: {found}"


def _kind(number: Published) -> str:
    if number.quantity == "rate":
        return "S(12)" if number.time == 12 else f"S({number.time:g})"
    return number.quantity


def _rebuilt(arm: SurvivalArm, number: Published) -> float:
    patients = arm.ipd[0]
    estimate = kaplan_meier(patients.time, patients.event)
    if number.quantity == "median":
        return estimate.median
    if number.quantity == "events":
        return float(patients.events)
    if number.time is None:
        return float("nan")
    if number.quantity == "at_risk":
        return float(number_at_risk(patients.time, [number.time])[0])
    return float(estimate.at(number.time))


def _pair(arm: SurvivalArm, arms: Sequence[SurvivalArm], number: Published) -> list[dict[str, object]]:
    """Hazard ratio and, where its interval is printed, its standard error as a share of the printed one."""
    partner = next(
        (a for a in arms if (a.trial, a.endpoint, a.arm) == (arm.trial, arm.endpoint, number.versus)), None
    )
    if partner is None:
        return [_row(arm, number.quantity, None, number.value, float("nan"))]
    control, tested = partner.ipd[0], arm.ipd[0]
    cox = cox_two_arms(control.time, control.event, tested.time, tested.event)
    rows = [_row(arm, number.quantity, None, number.value, cox.hazard_ratio)]
    if number.lower is not None and number.upper is not None and number.level is not None:
        width = np.log(number.upper / number.lower)
        printed = float(width / (2 * stats.norm.ppf(0.5 + number.level / 2)))
        rows.append(_row(arm, "standard_error", None, printed, cox.standard_error, unit=printed))
    return rows


def _difference(published: float, rebuilt: float) -> float:
    """Rebuilt minus published; 0 where both medians were not reached."""
    return 0.0 if rebuilt == published else rebuilt - published
