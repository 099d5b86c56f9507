"""Tables of a run as the report prints them: fewer columns, named in words, each number as in its file."""

import math

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.report.risk_of_bias import risk_of_bias

INTERVAL = "median (95 %)"
C_PRIOR = "prior of c"

# Column of the file: heading in the report. Columns that are not named are left to the file.
COLUMNS: dict[str, dict[str, str]] = {
    "inventory": {"trial": "trial", "design": "design", "arms": "arms", "role": "role", "reason": "why"},
    "trials": {
        "trial": "trial", "registration": "registration", "phase": "phase", "design": "design",
        "blinding": "blinding", "region": "region", "n": "n", "enrolment_start": "from", "enrolment_end": "to",
    },
    "choices": {
        "trial": "trial", "endpoint": "endpoint", "analysis": "used", "population": "population",
        "assessor": "assessor", "kept_as_checks": "not used, kept as checks",
    },
    "sources": {"trial": "trial", "source": "source", "citation": "citation", "doi": "doi", "read_at": "read at"},
    "inconsistencies": {
        "trial": "trial", "about": "about", "printed": "printed", "finding": "finding", "source": "source",
    },
    "arms": {
        "trial": "trial", "arm": "arm", "endpoint": "endpoint", "grade": "grade", "assessor": "assessor",
        "cutoff": "cut-off", "n": "n", "events": "events", "median": "median, months", "s6": "S(6)", "s12": "S(12)",
        "s24": "S(24)", "rate_published": "ORR",
    },
    "increment": {
        "endpoint": "endpoint", "scenario": "scenario", "c_prior": C_PRIOR, "population": "population",
        "measure": "measure", "horizon_months": "horizon, months", INTERVAL: INTERVAL, "p_benefit": "P(benefit)",
    },
    "identified": {
        "endpoint": "endpoint", "scenario": "scenario", "c_prior": C_PRIOR, "quantity": "quantity",
        INTERVAL: INTERVAL, "p_benefit": "P(benefit)",
    },
    "covariates": {
        "trial": "trial", "arm": "arm", "n": "n", "liver": "liver metastases", "pdl1_high": "PD-L1 high",
        "pdl1_class": "PD-L1 class", "tp": "paclitaxel-platinum", "asia": "Asia", "assumed": "assumed",
    },
    "proportional_hazards": {"endpoint": "endpoint", "sentence": "verdict"},
    "e_values": {
        "endpoint": "endpoint", "scenario": "scenario", "c_prior": C_PRIOR, "hazard_ratio": "hazard ratio",
        "e_value": "E-value", "e_value_limit": "E-value of the limit",
    },
    "withdrawal": {
        "endpoint": "endpoint", "scenario": "scenario", "c_prior": C_PRIOR, "withdrawn": "left early",
        "p_benefit_kappa_1": "P, kappa 1", "p_benefit_kappa_1.5": "1.5", "p_benefit_kappa_2": "2",
        "p_benefit_kappa_3": "3", "p_benefit_kappa_inf": "inf", "kappa_at_0.95": "kappa at P .95",
        "kappa_at_0.8": ".80", "kappa_at_0.5": ".50",
    },
    "sensitivity": {
        "id": "id", "endpoint": "endpoint", "variant": "variant", "c_prior": C_PRIOR, "population": "population",
        "measure": "measure", INTERVAL: INTERVAL, "p_benefit": "P(benefit)", "conclusion": "conclusion",
    },
    "priors": {
        "endpoint": "endpoint", "scenario": "scenario", "c_prior": C_PRIOR, "parameter": "parameter",
        "prior": "prior", "prior_mean": "mean", "prior_sd": "sd", "posterior_mean": "posterior mean",
        "posterior_sd": "posterior sd", "contraction": "contraction",
    },
    "diagnostics": {
        "model": "fit", "rhat": "R-hat", "ess_bulk": "bulk ESS", "ess_tail": "tail ESS", "divergences": "divergences",
        "e_bfmi": "E-BFMI", "pareto_k": "Pareto k", "reconstruction_share": "share of reconstruction",
        "effective_events": "effective events", "faults": "faults",
    },
}  # fmt: skip


def shown(run: RunData, name: str) -> pd.DataFrame:
    """A table of the run with the report's columns and headings, every cell a text."""
    return displayed(run.table(name), name)


def displayed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Any table of the kind `name` with the report's columns and headings, every cell a text."""
    frame = table.copy()
    if {"median", "lower", "upper"} <= set(frame.columns):
        frame[INTERVAL] = [
            interval_text(*row) for row in frame[["median", "lower", "upper"]].itertuples(index=False)
        ]
    if name == "arms":
        for stem in ("median", "s6", "s12", "s24"):
            parts = [f"{stem}_{kind}" for kind in ("published", "rebuilt", "fitted")]
            if set(parts) <= set(frame.columns):
                frame[stem] = [_three(row) for row in frame[parts].itertuples(index=False)]
    columns = {name: heading for name, heading in COLUMNS[name].items() if name in frame.columns}
    return frame[list(columns)].rename(columns=columns).map(cell)


def interval_text(median: float, lower: float, upper: float) -> str:
    """``0.80 (0.46 to 1.4)``, three digits of each, as the files hold them."""
    return f"{cell(median)} ({cell(lower)} to {cell(upper)})"


def cell(value: object) -> str:
    """A value as the report prints it: three significant digits, nothing for what is missing."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return "" if value is None else str(value)


def bias_table(run: RunData) -> pd.DataFrame:
    """Domains of bias as a table of texts."""
    headings = ("trial", "tool", "domain", "judgement", "facts that bear on it")
    return pd.DataFrame(
        [(row.trial, row.tool, row.domain, row.judgement, row.facts) for row in risk_of_bias(run)],
        columns=headings,
    )


def diagnostics_summary(run: RunData) -> pd.DataFrame:
    """Worst diagnostics of each endpoint and prior over its fits, every cell a text."""
    table = run.table("diagnostics")
    if not {"endpoint", "ess_bulk", "c_prior"} <= set(table.columns):
        return displayed(table, "diagnostics")
    fits = table[table["rhat"].notna()]
    rows = [
        {
            "endpoint": endpoint,
            C_PRIOR: prior,
            "fits": len(group),
            "largest R-hat": group["rhat"].max(),
            "least ESS": group[["ess_bulk", "ess_tail"]].min(axis=None),
            "divergences": group["divergences"].sum(),
            "fits with a fault": int(group["faults"].notna().sum()),
        }
        for (endpoint, prior), group in fits.groupby(["endpoint", "c_prior"], sort=False)
    ]
    return pd.DataFrame(rows).map(cell)


def _three(row: tuple[float, ...]) -> str:
    """Published / rebuilt / fitted, nothing where none is known; a median that is not reached is infinite."""
    parts = ["NR" if math.isinf(value) else cell(value) or "-" for value in row]
    return "" if set(parts) == {"-"} else "\u202f/\u202f".join(parts)
