"""How far the patients rebuilt from a reading agree with every number printed in its figure (METHODS V6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from digitized.curve import Agreement, Curve, Grade, Provenance, PseudoIPD
from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk
from digitized.reconstruction import Constraints, reconstruct

READINGS = Path(__file__).parent / "readings"
#: Allowed absolute differences (months, probability, patients, hazard ratio) and share of the standard error.
MEDIAN, RATE, AT_RISK, HAZARD_RATIO, STANDARD_ERROR = 0.3, 0.015, 2.0, 0.03, 0.10


@dataclass(frozen=True)
class Printed:
    """Numbers printed in a figure: rows of `readings/printed.csv` of one trial and endpoint."""

    rows: pd.DataFrame

    def value(self, arm: str, quantity: str) -> float | None:
        """The arm's printed number of this kind, None if there is none."""
        found = self.rows[(self.rows["arm"] == arm) & (self.rows["quantity"] == quantity)]
        return float(found["value"].iloc[0]) if len(found) else None

    def rates(self, arm: str) -> tuple[tuple[float, float], ...]:
        """(months, probability) of the arm's printed landmark rates."""
        found = self.rows[(self.rows["arm"] == arm) & (self.rows["quantity"] == "rate")]
        return tuple(
            (float(t), float(v))
            for t, v in found[["time_months", "value"]].itertuples(index=False, name=None)
        )


def stored_readings(folder: Path = READINGS) -> tuple[str, ...]:
    """Stems of the readings in a folder: `<trial>_<endpoint>`."""
    return tuple(sorted(path.name.removesuffix(".curves.csv") for path in folder.glob("*.curves.csv")))


def printed_numbers(stem: str, folder: Path = READINGS) -> Printed:
    """What the figure of a reading prints beside its curves."""
    trial, endpoint = stem.split("_")
    table = pd.read_csv(folder / "printed.csv")
    own = (table["trial"].str.split(" ").str[0] == trial) & (table["endpoint"] == endpoint.upper())
    return Printed(table[own])


def load_reading(stem: str, folder: Path = READINGS) -> dict[str, Curve]:
    """Curves of a stored reading by arm, in months, with numbers at risk, marks and the printed events."""
    printed = printed_numbers(stem, folder)
    points = pd.read_csv(folder / f"{stem}.curves.csv")
    risk_file = folder / f"{stem}.at_risk.csv"
    risk = pd.read_csv(risk_file) if risk_file.exists() else pd.DataFrame(columns=["arm", "time", "n_risk"])
    marks = pd.read_csv(folder / f"{stem}.censor_marks.csv")
    curves: dict[str, Curve] = {}
    for name in points["arm"].unique():
        arm = str(name)
        own, table = points[points["arm"] == arm], risk[risk["arm"] == arm]
        events, n = printed.value(arm, "events"), printed.value(arm, "n")
        at_risk = table["n_risk"].to_numpy(dtype=np.int64)
        curves[arm] = Curve(
            own["time"].to_numpy(dtype=float),
            own["survival"].to_numpy(dtype=float),
            table["time"].to_numpy(dtype=float),
            at_risk,
            marks[marks["arm"] == arm]["time"].to_numpy(dtype=float),
            n=int(at_risk[0]) if at_risk.size else int(n) if n is not None else None,
            events=int(events) if events is not None else None,
            grade=Grade.RASTER,
            provenance=Provenance(source=stem, reader="crosstrial digitize"),
        )
    return curves


def accept(stem: str, curves: Mapping[str, Curve], printed: Printed) -> tuple[Agreement, ...]:
    """Every printed number against the patients rebuilt from the curves, the hazard ratio of the pair last.

    The printed median and landmark rates are not used in rebuilding: they test it. Totals of events are used,
    as they would be by anyone who has the figure.
    """
    lines: list[Agreement] = []
    ipd: dict[str, PseudoIPD] = {}
    for arm, curve in curves.items():
        ipd[arm] = reconstruct(curve, constraints=Constraints(), figure=stem, arm=arm).ipd[0]
        lines += _of_arm(stem, arm, curve, ipd[arm], printed)
    ratios = printed.rows[printed.rows["quantity"] == "hazard_ratio"]
    columns = ["arm", "versus", "value", "lower", "upper", "level"]
    for tested, reference, *numbers in ratios[columns].itertuples(index=False, name=None):
        value, lower, upper, level = (float(number) for number in numbers)
        new, old = ipd[str(tested)], ipd[str(reference)]
        cox = cox_two_arms(old.time, old.event, new.time, new.event)
        error = float(np.log(upper / lower)) / (2 * float(norm.ppf(0.5 + 0.5 * level)))
        pair = f"{tested} v {reference}"
        lines.append(Agreement(stem, pair, "hazard ratio", None, value, cox.hazard_ratio, HAZARD_RATIO))
        limit = STANDARD_ERROR * error
        lines.append(Agreement(stem, pair, "Cox s.e.", None, error, cox.standard_error, limit))
    return tuple(
        line if line.met else replace(line, reason=line.reason or "outside the limit") for line in lines
    )


def _of_arm(stem: str, arm: str, curve: Curve, ipd: PseudoIPD, printed: Printed) -> list[Agreement]:
    estimate = kaplan_meier(ipd.time, ipd.event)
    lines: list[Agreement] = []
    median = printed.value(arm, "median")
    if median is not None:
        lines.append(Agreement(stem, arm, "median", None, median, estimate.median, MEDIAN))
    for time, rate in printed.rates(arm):
        lines.append(Agreement(stem, arm, "rate", time, rate, float(estimate.at(time)), RATE))
    if curve.events is not None:
        lines.append(Agreement(stem, arm, "events", None, curve.events, ipd.events, 0.0))
    rebuilt = number_at_risk(ipd.time, curve.at_risk_time)
    for time, count, again in zip(curve.at_risk_time, curve.at_risk, rebuilt, strict=True):
        lines.append(Agreement(stem, arm, "at risk", float(time), float(count), float(again), AT_RISK))
    return lines
