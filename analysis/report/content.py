"""What the report says, computed from the run's tables; templates only lay it out."""

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


def short_verdict(run: RunData, endpoint: str) -> str:
    """The verdict without the names of what it compares, for a note."""
    return index_verdict(run, endpoint).split("unadjusted: ")[-1]


def adjustment_sentence(run: RunData) -> str:
    """Where the two covariates that are mixed over pull: fewer metastases favour an arm, fewer marker-high do not."""
    if not {"liver", "pdl1"} <= set(run.covariates) or not present(run, "covariates"):
        return "Covariates are adjusted together; adjusting for one alone would be one-sided."
    table = run.table("covariates")
    index = table["trial"] == run.manifest["index"]["trial"]
    own, others = (table.loc[rows, ["liver", "pdl1_high"]].mean() for rows in (index, ~index))
    if own.isna().any() or others.isna().any():
        return "Covariates are adjusted together; adjusting for one alone would be one-sided."
    opposite = (own["liver"] < others["liver"]) == (own["pdl1_high"] < others["pdl1_high"])
    shares = ", ".join(
        f"{run.covariates[name]} {100 * own[column]:.3g} % in the index arm, {100 * others[column]:.3g} % elsewhere"
        for name, column in (("liver", "liver"), ("pdl1", "pdl1_high"))
    )
    return (
        f"Adjustments for {run.covariates['liver']} and {run.covariates['pdl1']} point in "
        f"{'opposite directions' if opposite else 'the same direction'} ({shares}); adjusting for one alone would be "
        "one-sided."
    )


def limits(run: RunData) -> list[str]:
    """What no reader should have to find out alone."""
    benchmark = run.manifest["class_benchmark"]
    sentences = [
        "The index arm is a single arm: delta and c separate only through the prior on c. Likely direction if c is "
        "misjudged: towards a benefit that is not there.",
        adjustment_sentence(run),
        'Curves of grade "summary" are rebuilt from printed numbers; their shape between anchors is modelled.',
        "PFS assessors and scan schedules differ between trials (see the arms table).",
        "No lifetime extrapolation: curves beyond the index trial's follow-up are marked.",
        "No systematic search, no registered protocol, no duplicate extraction, no patients' involvement; publication "
        "bias cannot be tested with one trial of the triple.",
        "Risk of bias is not judged here; the facts are listed by domain.",
    ]
    if benchmark and benchmark.get("assumed", True):
        low, high = benchmark["events"]
        sentences.insert(
            4,
            f"The class benchmark {benchmark['trial']} enters with an assumed {low:.0f}-{high:.0f} deaths, because no "
            "interval of its hazard ratio is published.",
        )
    return sentences


def shift_sentences(run: RunData) -> list[str]:
    """The prior of the single-arm shift c in every scenario, endpoint by endpoint."""
    return [
        f"{scenario['id']} ({scenario['title']}): "
        + "; ".join(f"{endpoint} {prior}" for endpoint, prior in scenario["c_prior"].items())
        for scenario in run.manifest["scenarios"]
    ]


def surrogates(run: RunData) -> str:
    """The run's survival endpoints that are not death itself, in words."""
    return " or ".join(name for name in run.survival_endpoints if name != "OS")


def sentence_case(text: str) -> str:
    """The text with its first letter in upper case, the rest as it is: OS stays OS."""
    return text[:1].upper() + text[1:]


def command(run: RunData) -> str:
    """The command that repeats the run."""
    return str(run.manifest.get("command", "not recorded: the run was made by an earlier version"))


def interval(median: float, lower: float, upper: float) -> str:
    """``0.80 (0.46-1.37)``."""
    return f"{median:.2f} ({lower:.2f}-{upper:.2f})"
