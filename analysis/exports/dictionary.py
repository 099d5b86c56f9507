"""The data dictionary: every column of every exported table with its meaning, unit and scale."""

import re
from collections.abc import Mapping

import pandas as pd

from analysis.exports.tables import DIFFERENCE

# Column (a pattern where it is one of many): meaning, unit, scale.
COLUMNS: tuple[tuple[str, tuple[str, str, str]], ...] = (
    ("endpoint", ("OS: death from any cause; PFS: progression or death", "", "text")),
    ("scenario", ("rung of the ladder: which prior the single-arm shift c has", "", "text")),
    (
        "c_prior",
        ("prior of the single-arm shift c under which the row holds; quote no row without it", "log hazard ratio",
         "text"),
    ),
    ("population", ("covariate mix of the target population, see strata", "", "text")),
    ("arm", (f"triple, its comparator, or their {DIFFERENCE} (triple less comparator)", "", "text")),
    (
        "sample",
        ("posterior sample; equal numbers of one endpoint and scenario are the same sample in every table, so "
         "arms, populations and intervals stay correlated", "", "whole number"),
    ),
    (
        r"log_rate_\d+",
        ("hazard of the reference (chemotherapy alone, no liver metastases, PD-L1 low, paclitaxel-platinum, Asia) "
         "in interval {tail}, see intervals; the log rate of an arm and stratum is this plus its log_hr",
         "log(events per person-month)", "natural log"),
    ),
    (
        r"log_hr_\w+",
        ("hazard of the arm and stratum in the population relative to the reference, constant in time: {tail}",
         "log hazard ratio", "natural log"),
    ),
    (
        "Delta",
        ("what adding the component changes, under c_prior (exp(Delta) is the conditional hazard ratio of triple to "
         "comparator without liver metastases)", "log hazard ratio", "natural log"),
    ),
    (r"S_[\d.]+", ("survival of the arm at month {tail}, averaged over the strata", "probability", "0-1")),
    ("month", ("time since enrolment", "months", "0 or more")),
    ("horizon_months", ("end of the restricted mean; inf is the mean survival time", "months", "0 or more")),
    ("triple", ("area under the triple's survival to the horizon", "months", "0 or more")),
    ("comparator", ("area under the comparator's survival to the horizon", "months", "0 or more")),
    (DIFFERENCE, ("triple less comparator", "months", "any")),
    ("quantity", ("RMST: restricted mean survival time to the horizon; mean: mean survival time", "", "text")),
    ("mean", ("mean of the samples", "as the quantity", "as the quantity")),
    ("median", ("median of the samples", "as the quantity", "as the quantity")),
    ("lower", ("2.5 % quantile of the samples", "as the quantity", "as the quantity")),
    ("upper", ("97.5 % quantile of the samples", "as the quantity", "as the quantity")),
    ("sd", ("standard deviation of the samples", "as the quantity", "as the quantity")),
    ("p_benefit", ("share of samples with a difference above 0; for the difference only", "probability", "0-1")),
    ("observed_until_months", ("last follow-up of the index arm", "months", "0 or more")),
    ("area_observed", ("share of the area to the horizon that lies within follow-up", "share", "0-1")),
    ("area_extrapolated", ("1 less area_observed", "share", "0-1")),
    ("extrapolated", ("whether the time or horizon lies beyond follow-up", "", "true or false")),
    ("banner", ("what must stand beside the number; empty within follow-up", "", "text")),
    ("hypothetical", ("the published numbers that were changed; nothing here is a result", "", "text")),
    ("stratum", ("liver metastases by PD-L1 class (22C3 CPS 10)", "", "text")),
    ("share", ("share of the population in the stratum; the four add to 1", "share", "0-1")),
    ("liver_metastases", ("whether the stratum has liver metastases", "", "true or false")),
    ("pdl1_high", ("whether the stratum is PD-L1 high", "", "true or false")),
    ("interval", ("interval of constant hazard", "", "whole number")),
    ("start_months", ("left edge of the interval (the time vector of hesim's pwexp)", "months", "0 or more")),
    ("end_months", ("right edge of the interval; inf for the last", "months", "above 0")),
    ("hazard_per_month", ("general-population mortality in the month that begins at `month`", "deaths per "
                          "person-month", "0 or more")),
    ("survival", ("survival of the general-population cohort to `month`", "probability", "0-1")),
    ("item", ("what is recorded", "", "text")),
    ("value", ("as recorded", "", "text")),
    ("table", ("file or sheet", "", "text")),
    ("column", ("column of the table", "", "text")),
    ("meaning", ("what the column holds", "", "text")),
    ("unit", ("its unit", "", "text")),
    ("scale", ("its scale or range", "", "text")),
)  # fmt: skip


def data_dictionary(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each column of each table, this one included.

    Raises
    ------
    LookupError
        If a column has no description.
    """
    own = ["table", "column", "meaning", "unit", "scale"]
    listed = {name: list(table.columns) for name, table in tables.items()} | {"data_dictionary": own}
    rows = []
    for table, columns in listed.items():
        for column in columns:
            meaning, unit, scale = _described(column)
            rows.append({"table": table, "column": column, "meaning": meaning, "unit": unit, "scale": scale})
    return pd.DataFrame(rows, columns=own)


def _described(column: str) -> tuple[str, str, str]:
    for pattern, (meaning, unit, scale) in COLUMNS:
        if re.fullmatch(pattern, column):
            tail = column.removeprefix("log_rate_").removeprefix("log_hr_").removeprefix("S_")
            return meaning.replace("{tail}", tail.replace("_", " ")), unit, scale
    raise LookupError(f"exported column {column!r} has no description")
