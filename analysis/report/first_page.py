"""The first page of the report in words: the ladder at a glance, benchmark, harms, what the prior decides."""

from dataclasses import dataclass

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.figures.survival import headline_scenario
from analysis.report.content import interval, present, sentence_case, short_verdict


@dataclass(frozen=True)
class Rung:
    """One line of the ladder in words."""

    endpoint: str
    scenario: str
    c_prior: str
    estimate: str
    p_benefit: str
    p_below: str
    observed: str
    effective_events: str


def ladder_lines(run: RunData) -> list[Rung]:
    """Every Delta with its prior of c on the same line, and beside it exp(Delta + c), as observed."""
    identified = run.table("identified")
    lines = []
    for row in run.table("ladder").to_dict("records"):
        match = identified[
            (identified["endpoint"] == row["endpoint"])
            & (identified["scenario"] == row["scenario"])
            & (identified["quantity"] == "exp(Delta + c)")
        ].iloc[0]
        lines.append(
            Rung(
                endpoint=str(row["endpoint"]),
                scenario=str(row["scenario"]),
                c_prior=str(row["c_prior"]),
                estimate=interval(row["median"], row["lower"], row["upper"]),
                p_benefit=f"{row['p_benefit']:.2f}",
                p_below="" if pd.isna(row["p_hr_below_0_8"]) else f"{row['p_hr_below_0_8']:.2f}",
                observed=interval(match["median"], match["lower"], match["upper"]),
                effective_events=_effective_events(run, str(row["endpoint"]), str(row["scenario"])),
            )
        )
    return lines


def _effective_events(run: RunData, endpoint: str, scenario: str) -> str:
    """Events of a randomised 1:1 trial that would give Delta the same spread: 4 / its posterior variance."""
    table = run.table("diagnostics")
    if endpoint == "ORR" or "effective_events" not in table.columns:
        return ""
    found = table.loc[table["model"] == f"{endpoint}, pooled, {scenario}", "effective_events"]
    return f"{found.iloc[0]:.0f}" if len(found) else ""


@dataclass(frozen=True)
class Glance:
    """One endpoint of the first page's table: a cell for each scenario, None where it was not run."""

    endpoint: str
    measure: str
    cells: tuple[Rung | None, ...]


def at_a_glance(run: RunData) -> list[Glance]:
    """The ladder as a table of endpoints by scenarios, in the order of the manifest."""
    lines = {(line.endpoint, line.scenario): line for line in ladder_lines(run)}
    return [
        Glance(
            endpoint,
            "odds ratio, above 1 favours adding"
            if endpoint == "ORR"
            else "hazard ratio, below 1 favours adding",
            tuple(lines.get((endpoint, scenario["id"])) for scenario in run.manifest["scenarios"]),
        )
        for endpoint in run.manifest["endpoints"]
    ]


def restricted_mean_sentence(run: RunData, endpoint: str, scenario: str) -> str:
    """The primary summary measure in words, in the primary population; empty where it was not computed."""
    table, population = run.table("increment"), run.manifest["populations"][0]
    own = table[
        (table["endpoint"] == endpoint)
        & (table["scenario"] == scenario)
        & (table["population"] == population["id"])
        & (table["measure"] == "RMST_difference")
    ]
    if own.empty:
        return ""
    row = own.iloc[0]
    kind = {"OS": "survival", "PFS": "progression-free time"}.get(endpoint, f"time to {endpoint}")
    return (
        f" Restricted mean {kind} to {row['horizon_months']:g} months: {row['median']:+.1f} months "
        f"({row['lower']:+.1f} to {row['upper']:+.1f}) in the population {population['label']}."
    )


def summary_sentences(run: RunData) -> list[str]:
    """The first page in plain words."""
    sentences = []
    ladder = run.table("ladder")
    scenario = headline_scenario(run)
    for endpoint in run.manifest["endpoints"]:
        rows = ladder[ladder["endpoint"] == endpoint].set_index("scenario")
        if scenario not in rows.index:
            continue
        base = rows.loc[scenario]
        compatible = (
            "benefit, no effect and harm"
            if base["lower"] < 1 < base["upper"]
            else "an effect in one direction"
        )
        measure = "odds ratio" if endpoint == "ORR" else "hazard ratio"
        words = (
            f"{endpoint}: {measure} {interval(base['median'], base['lower'], base['upper'])} under "
            f"{base['c_prior']}: compatible with {compatible}; P(benefit) {base['p_benefit']:.2f}."
        )
        if "naive" in rows.index and scenario != "naive":
            naive = rows.loc["naive"]
            words += (
                f" If a single arm carried no shift at all ({naive['c_prior']}): "
                f"{interval(naive['median'], naive['lower'], naive['upper'])}, never to be quoted alone."
            )
        if endpoint != "ORR":
            words += restricted_mean_sentence(run, endpoint, scenario)
            words += f" Proportional hazards, unadjusted: {short_verdict(run, endpoint)}."
        sentences.append(words)
    return sentences


def benchmark_sentences(run: RunData) -> list[str]:
    """The trials that the question says may not be left out, with their results and the reason."""
    if not present(run, "required_trials"):
        return []
    rows = run.table("required_trials").drop_duplicates(["trial", "endpoint", "measure", "value"])
    sentences = []
    for row in rows.to_dict("records"):
        note = "" if pd.isna(row["note"]) else sentence_case(str(row["note"]).rstrip(".")) + "."
        limits = "" if pd.isna(row["lower"]) else f" ({row['lower']:.2f}-{row['upper']:.2f})"
        sentences.append(
            f"{row['trial']} ({row['comparison']}): {row['endpoint']} {row['measure']} {row['value']:.2f}{limits}. "
            f"{note} May not be left out because {row['reason']}."
        )
    return sentences


def harm_sentences(run: RunData) -> list[str]:
    """Harms of the index trial that stand beside any benefit."""
    if not present(run, "harms"):
        return []
    sentences = []
    for row in run.table("harms").sort_values("count", ascending=False, kind="stable").to_dict("records"):
        note = "" if pd.isna(row["note"]) else f" ({row['note']})"
        share = "" if pd.isna(row["percent"]) else f", {row['percent']:g} %"
        count = "" if pd.isna(row["count"]) else f" {row['count']:.0f} of {row['n']:.0f}{share}"
        sentences.append(f"{row['event']}:{count}{note}.")
    return sentences


def sampler_sentence(run: RunData) -> str:
    """How many fits miss a verdict on the sampler; empty where none does."""
    table = run.table("diagnostics")
    fits = table[table["rhat"].notna()]
    faulty = int(fits["faults"].notna().sum())
    return f"{faulty} of {len(fits)} fits miss a verdict on the sampler (see Diagnostics)." if faulty else ""


PARAMETERS = {
    "delta_anlo": "delta (added, on the backbone)",
    "gamma": "gamma (interaction with the partner)",
    "c_sat": "c (single-arm shift)",
    "Delta": "Delta (the increment)",
}


def weak_parameters(run: RunData) -> list[str]:
    """Parameters whose posterior is the prior's, contraction under 25 %: each with its endpoints."""
    priors = run.table("priors")
    rows = priors[
        (priors["scenario"] == headline_scenario(run))
        & priors["parameter"].isin(PARAMETERS)
        & (priors["contraction"] < 0.25)
    ]
    return [
        f"{PARAMETERS[str(name)]}: "
        + ", ".join(f"{e} {100 * c:.1f} %" for e, c in zip(own["endpoint"], own["contraction"], strict=True))
        for name, own in rows.groupby("parameter", sort=False)
    ]
