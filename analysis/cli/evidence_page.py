"""How the inventory looks in a terminal of 80 columns or more: one block a trial, one line an arm."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import fill

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trials.covariates import CovariateMix, covariate_mix
from trials.evidence import Evidence, Trial
from trials.inventory import AnalysisStatus, analysis_status, chosen_population, count_facts, grade_of
from trials.question import Choice

LEGEND = (
    "Grade of a curve: vector or raster, read from the published figure; summary, rebuilt from printed numbers; "
    "patients, given as data. Then events of n, and the median in months with its interval, or the response rate. "
    "One population, one cut-off and one assessor feed the models; [[choice]] in question.toml names them."
)
LABEL_WIDTH = 12
MIX_LEGEND = "Percent of patients; * assumed by this synthesis, nobody published it."


def show_page(evidence: Evidence, trials: Sequence[str], console: Console) -> None:
    """Print the question, a block for each of `trials`, who their patients are, and what contradicts."""
    chosen = [evidence[name] for name in trials]
    info = evidence.question.info
    facts = sum(count_facts(trial) for trial in evidence.trials)
    _say(console, f"{info.disease[:1].upper()}{info.disease[1:]}", style="bold")
    _say(console, info.text)
    _say(console, f"Index arm: {info.index_trial}, {info.index_arm}.")
    _say(console, f"{len(evidence.trials)} trials, {facts} facts, in {evidence.folder}")
    for required in evidence.question.required:
        _say(console, f"May not be left out: {required.trial}, because {required.reason}.")
    _heading(console, "Which analysis feeds the models", LEGEND)
    widths = _widths(evidence, chosen)
    for trial in chosen:
        _show_trial(evidence, trial, widths, console)
    if evidence.covariates:
        _heading(console, "Patients of each arm", MIX_LEGEND)
        console.print(_mix_table(evidence, chosen))
    _show_contradictions(chosen, console)
    if len(chosen) == len(evidence.trials):
        console.print()
        _say(console, f"Registered without results: {len(evidence.ongoing)} (see --json).")


def _say(console: Console, text: str, *, indent: int = 0, style: str = "") -> None:
    """A paragraph; lines after the first are set in a little further."""
    line = Text(text, style=style)
    for number, part in enumerate(line.wrap(console, console.width - indent - 2)):
        console.print(Padding(part, (0, 0, 0, indent + (2 if number else 0))))


def _heading(console: Console, title: str, legend: str) -> None:
    console.print()
    _say(console, title.upper(), style="bold")
    _say(console, legend, style="dim")


def _show_trial(evidence: Evidence, trial: Trial, widths: tuple[int, int], console: Console) -> None:
    role = evidence.question.role_of(trial.id)
    design = "randomised" if trial.info.randomised else "not randomised"
    parts = [role.role.replace("_", " "), *role.analyses, design, trial.info.blinding or ""]
    if role.needs_curve and _waits(evidence, trial):
        parts.append("joins when its curves are read")
    console.print()
    _say(console, f"{trial.id}: {', '.join(part for part in parts if part)}", style="bold")
    for arm in trial.arm:
        size = "n not published" if arm.n is None else f"n = {arm.n}"
        fate = "" if arm.reported else ", no result published"
        _say(console, f"{arm.id}: {' + '.join(arm.components) or 'none'}, {size}{fate}", indent=2)
    statuses = [analysis_status(trial, choice) for choice in evidence.choices(trial.id)]
    if not statuses:
        _say(console, f"no analysis of its curves is chosen; {role.reason}", indent=2)
    for (population, analysis), group in groupby(statuses, key=_analysis_of):
        same = list(group)
        cutoff = f", cut-off {same[0].cutoff}" if same[0].dated else ""
        _say(console, f"analysis {analysis} ({same[0].label}{cutoff}), population {population}", indent=2)
        console.print(Padding(_arms_table(same, widths), (0, 0, 0, 4)))
        for status in same:
            _show_notes(status, console)


def _analysis_of(status: AnalysisStatus) -> tuple[str, str]:
    return status.choice.population, status.choice.analysis


def _waits(evidence: Evidence, trial: Trial) -> bool:
    choices = [item for item in evidence.choices(trial.id) if item.endpoint != "ORR"]
    return any(grade_of(trial, arm, choice) == "summary" for choice in choices for arm in choice.arms)


def _assessed(choice: Choice) -> str:
    """The endpoint and who assessed it, where that is stated; death needs no assessor."""
    return choice.endpoint if choice.assessor is None else f"{choice.endpoint}, {choice.assessor}"


def _widths(evidence: Evidence, trials: Sequence[Trial]) -> tuple[int, int]:
    """Columns of the endpoint and of the arm, the same in every block."""
    choices = [choice for trial in trials for choice in evidence.choices(trial.id)]
    arms = [len(arm) for choice in choices for arm in choice.arms]
    return max((len(_assessed(choice)) for choice in choices), default=4), max(arms, default=4)


def _arms_table(statuses: Sequence[AnalysisStatus], widths: tuple[int, int]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    for width in (*widths, 8):
        table.add_column(width=width)
    table.add_column(justify="right", width=9, no_wrap=True)
    table.add_column(no_wrap=True)
    for status in statuses:
        for number, arm in enumerate(status.arms):
            events = "?" if arm.events is None else str(arm.events)
            table.add_row(
                "" if number else _assessed(status.choice),
                arm.arm,
                str(arm.grade or ""),
                f"{events} / {'?' if arm.n is None else arm.n}",
                f"{arm.median}, confirmed" if status.choice.confirmed else arm.median,
            )
    return table


def _show_notes(status: AnalysisStatus, console: Console) -> None:
    endpoint = status.choice.endpoint
    names = [name for arm in status.arms for name in arm.missing]
    if endpoint != "OS" and status.choice.assessor is None:
        names.append("assessor")
    missing = ", ".join(dict.fromkeys(names))
    if missing:
        _say(console, f"{endpoint} not published: {missing}", indent=4, style="dim")
    for kept in status.kept:
        _say(console, f"{endpoint} kept as a check: {kept}", indent=4)
    if status.choice.note:
        _say(console, f"{endpoint} note: {status.choice.note}", indent=4, style="dim")


def _mix_table(evidence: Evidence, trials: Sequence[Trial]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    for name in evidence.covariates:
        table.add_column(justify="left" if name == "pdl1" else "right", no_wrap=True)
    labels = (fill(evidence.covariate_labels[name], LABEL_WIDTH) for name in evidence.covariates)
    table.add_row("", *labels, style="bold")
    for trial in trials:
        table.add_row(trial.id)
        for arm in trial.arm:
            mix = covariate_mix(trial, arm.id, chosen_population(evidence, trial, arm.id))
            table.add_row(f"  {arm.id}", *(_share(mix, name) for name in evidence.covariates))
    return table


def _share(mix: CovariateMix, name: str) -> str:
    if name == "liver":
        return "-" if mix.liver is None else f"{100 * mix.liver.proportion:.0f}"
    if name == "pdl1":
        if mix.pdl1 is None:
            return "-"
        percent = f"{100 * mix.pdl1.high.proportion:.0f}"
        return (
            percent
            if mix.pdl1.scale == "exact"
            else f"{percent} ({mix.pdl1.scale} {mix.pdl1.cut:g}, {mix.pdl1.assay})"
        )
    share = mix.tp if name == "tp" else mix.asia
    return f"{100 * share:.0f}{'*' if name in mix.assumed else ''}"


def _show_contradictions(trials: Sequence[Trial], console: Console) -> None:
    if not any(trial.inconsistency for trial in trials):
        return
    _heading(console, "What the sources contradict", "As printed, then what that implies; both are kept.")
    for trial in trials:
        for item in trial.inconsistency:
            printed = item.printed if item.about == item.printed else f"{item.about}: {item.printed}"
            _say(console, f"{trial.id}. {printed}" + (f" -> {item.finding}" if item.finding else ""))
