"""What the report says, computed from the run's tables; templates only lay it out."""

from dataclasses import dataclass

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.figures.survival import headline_scenario

ESTIMANDS = (
    ("OS", "enrolment to death from any cause; treatment policy for new therapy and discontinuation",
     "difference in restricted mean survival to tau; marginal time-averaged hazard ratio; S(12), S(24)"),
    ("PFS", "enrolment to RECIST 1.1 progression or death; death is part of the endpoint",
     "difference in restricted mean to tau; hazard ratio; S(6), S(12)"),
    ("ORR", "confirmed complete or partial response; no post-baseline scan counts as non-response",
     "risk difference, odds ratio"),
)  # fmt: skip


def estimands(run: RunData) -> list[tuple[str, str, str]]:
    """Endpoint, definition and summary measures of the run's endpoints; another endpoint is its evidence's own."""
    known = {row[0]: row for row in ESTIMANDS}
    own = ("as the evidence defines it", "difference in restricted mean to tau; hazard ratio")
    return [known.get(endpoint, (endpoint, *own)) for endpoint in run.manifest["endpoints"]]


def present(run: RunData, name: str) -> bool:
    """Whether a table exists and has columns: a question without harms or sources leaves an empty file."""
    path = run.folder / "tables" / f"{name}.csv"
    return path.exists() and bool(path.read_text(encoding="utf-8").strip())


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
            )
        )
    return lines


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
        verdict = "" if endpoint == "ORR" else f" Verdict: {index_verdict(run, endpoint)}."
        sentences.append(words + verdict)
    return sentences


def benchmark_sentences(run: RunData) -> list[str]:
    """The trials that the question says may not be left out, with their results and the reason."""
    if not present(run, "required_trials"):
        return []
    rows = run.table("required_trials").drop_duplicates(["trial", "endpoint", "measure", "value"])
    sentences = []
    for row in rows.to_dict("records"):
        note = "" if pd.isna(row["note"]) else str(row["note"]).rstrip(".") + "."
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
    for row in run.table("harms").to_dict("records"):
        note = "" if pd.isna(row["note"]) else f" ({row['note']})"
        share = "" if pd.isna(row["percent"]) else f", {row['percent']:g} %"
        count = "" if pd.isna(row["count"]) else f" {row['count']:.0f} of {row['n']:.0f}{share}"
        sentences.append(f"{row['event']}:{count}{note}.")
    return sentences


def three_readings(run: RunData) -> list[dict[str, str]]:
    """Unadjusted beside adjusted beside bias-adjusted, one row a survival endpoint."""
    ladder = run.table("ladder")
    rows = []
    for raw in run.table("unadjusted").to_dict("records"):
        found = ladder[ladder["endpoint"] == raw["endpoint"]].set_index("scenario")
        row = {
            "endpoint": str(raw["endpoint"]),
            "unadjusted": interval(raw["hazard_ratio"], raw["lower"], raw["upper"]),
            "verdict": index_verdict(run, str(raw["endpoint"])),
        }
        for scenario, column in (("naive", "adjusted"), (headline_scenario(run), "bias_adjusted")):
            if scenario in found.index:
                rung = found.loc[scenario]
                row[column] = f"{interval(rung['median'], rung['lower'], rung['upper'])}, {rung['c_prior']}"
        rows.append(row)
    return rows


def index_verdict(run: RunData, endpoint: str) -> str:
    """The proportional-hazards verdict that stands beside an endpoint's hazard ratios."""
    table = run.table("proportional_hazards")
    return str(table[table["endpoint"] == endpoint]["sentence"].iloc[-1])


def limits(run: RunData) -> list[str]:
    """What no reader should have to find out alone."""
    benchmark = run.manifest["class_benchmark"]
    sentences = [
        "The index arm is a single arm: delta and c separate only through the prior on c. Likely direction if c is "
        "misjudged: towards a benefit that is not there.",
        "Liver and PD-L1 adjustments point in opposite directions; adjusting one alone would be one-sided.",
        'Curves of grade "summary" are rebuilt from printed numbers; their shape between anchors is modelled.',
        "PFS assessors and scan schedules differ between trials (see the arms table).",
        "No lifetime extrapolation: curves beyond the index trial's follow-up are marked.",
        "No systematic search, no registered protocol, no duplicate extraction, no patients' involvement; publication "
        "bias cannot be tested with one trial of the triple.",
        "Risk of bias is not judged here; the facts are listed by domain.",
    ]
    if benchmark:
        low, high = benchmark["events"]
        sentences.insert(
            4,
            f"The class benchmark {benchmark['trial']} enters with an assumed {low:.0f}-{high:.0f} deaths, because no "
            "interval of its hazard ratio is published.",
        )
    return sentences


def sentence_case(text: str) -> str:
    """The text with its first letter in upper case, the rest as it is: OS stays OS."""
    return text[:1].upper() + text[1:]


def command(run: RunData) -> str:
    """The command that made the run, as far as its manifest tells."""
    manifest = run.manifest
    words = [
        "crosstrial run",
        f"--preset {manifest['preset']}",
        f"--endpoints {','.join(manifest['endpoints'])}",
    ]
    words += [f"--scenarios {','.join(scenario['id'] for scenario in manifest['scenarios'])}"]
    words += [f"--what-if {change}" for change in manifest["hypothetical"]]
    return " ".join([*words, f"--seed {manifest['seed']}"])


def weak_parameters(run: RunData) -> list[str]:
    """Parameters whose posterior is the prior's: contraction under 25 %."""
    priors = run.table("priors")
    rows = priors[
        (priors["scenario"] == headline_scenario(run))
        & priors["parameter"].isin(["delta_anlo", "gamma", "c_sat", "Delta"])
        & (priors["contraction"] < 0.25)
    ]
    return [
        f"{row['parameter']} ({row['endpoint']}): {row['contraction']:.0%}" for row in rows.to_dict("records")
    ]


def interval(median: float, lower: float, upper: float) -> str:
    """``0.80 (0.46-1.37)``."""
    return f"{median:.2f} ({lower:.2f}-{upper:.2f})"
