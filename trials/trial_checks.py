"""Checks within one trial file: every reference resolves, dates are in order, and its rows and curves are sound."""

from trials.curve_checks import check_at_risk, check_best_responses, check_curves, check_effects
from trials.evidence import Trial
from trials.facts import Row, month_date
from trials.file_checks import check_files
from trials.reading import Faults, expected
from trials.row_checks import (
    COUNTED,
    check_counted,
    check_covariate,
    check_effect,
    check_response_limits,
    check_survival,
    named,
)

SOURCED = (
    "size", "baseline", "survival", "at_risk", "effect", "prognostic", "response", "safety", "disposition",
    "exposure", "subsequent", "planning", "test", "historical", "inconsistency",
    "figure", "curve", "patients",
)  # fmt: skip
# Populations that a person is in before being a patient of an arm.
BEFORE_ENROLMENT = ("screened", "planned")


def check_trial(trial: Trial, components: frozenset[str], endpoints: frozenset[str], faults: Faults) -> None:
    """Every fault of one trial."""
    here = f"{trial.path.name}, trial {trial.id}"
    _check_names(trial, here, components, faults)
    _check_dates(trial, here, faults)
    for table in SOURCED:
        for row in getattr(trial, table):
            place = f"{here}, {table}{named(row)}"
            _check_references(trial, place, row, endpoints, faults)
            _check_denominator(trial, place, row, faults)
    for survival in trial.survival:
        check_survival(f"{here}{named(survival)}", survival, faults)
    for effect in trial.effect:
        check_effect(f"{here}{named(effect)}", effect, faults)
    for response in trial.response:
        check_response_limits(f"{here}{named(response)}", response, faults)
    for table in COUNTED:
        for row in getattr(trial, table):
            check_counted(f"{here}, {table}{named(row)}", row, faults)
    for baseline in trial.baseline:
        check_covariate(f"{here}, baseline{named(baseline)}", baseline, trial.covariates, faults)
    _check_covariates_once(trial, here, faults)
    check_at_risk(trial, here, faults)
    check_curves(trial, here, faults)
    check_effects(trial, here, faults)
    check_best_responses(trial, here, faults)
    check_files(trial, here, faults)


def _check_names(trial: Trial, here: str, components: frozenset[str], faults: Faults) -> None:
    for table in ("source", "analysis", "arm"):
        ids = [item.id for item in getattr(trial, table)]
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            faults.add(f"{here}: {table} {name!r} is given {ids.count(name)} times, expected once")
    for table in ("source", "arm"):
        refused_rows = any((file, kind) == (trial.path.name, table) for file, kind, _ in faults.refused)
        if not getattr(trial, table) and not refused_rows:
            faults.add(f"{here}: no [[{table}]] is given, expected at least one")
    sources = [source.id for source in trial.source]
    refused = {name for file, table, name in faults.refused if (file, table) == (trial.path.name, "source")}
    for arm in trial.arm:
        for component in dict.fromkeys(arm.components):
            if components and component not in components:
                faults.add(
                    f"{here}, arm {arm.id}: component {component!r} is not declared in question.toml; "
                    f"{expected(component, sorted(components))}"
                )
            if arm.components.count(component) > 1:
                faults.add(f"{here}, arm {arm.id}: component {component!r} is given more than once")
        if arm.n is not None and arm.source is None and not _size_is_sourced(trial, arm.id, arm.n):
            faults.add(f"{here}, arm {arm.id}: n = {arm.n} has no source; every number names its source")
        if arm.source is not None and arm.source not in (*sources, *refused):
            faults.add(
                f"{here}, arm {arm.id}: source {arm.source!r} does not exist; {expected(arm.source, sources)}"
            )
    info = trial.info
    if info.n_randomised is not None and info.source is None:
        faults.add(f"{here}: n_randomised = {info.n_randomised} has no source; every number names its source")
    if info.source is not None and info.source not in (*sources, *refused):
        faults.add(f"{here}: source {info.source!r} does not exist; {expected(info.source, sources)}")
    sizes = [arm.n for arm in trial.arm if arm.n is not None]
    complete, total = len(sizes) == len(trial.arm), info.n_randomised
    if total is not None and (sum(sizes) > total or (complete and sum(sizes) != total)):
        faults.add(f"{here}: n_randomised is {total}, but the arms sum to {sum(sizes)}; expected the same")
    for source in trial.source:
        located = (source.doi, source.publisher_page, source.publisher_page_unknown)
        if source.kind == "mirror" and not any(located):
            faults.add(
                f"{here}, source {source.id}: a mirror needs the publisher's page or DOI beside it; "
                "expected doi or publisher_page (or publisher_page_unknown with how it was looked for)"
            )


def _size_is_sourced(trial: Trial, arm: str, n: int) -> bool:
    """Whether the file's only source, or a sourced row of the arm with that n, vouches for a size."""
    tables = (trial.baseline, trial.survival, trial.response, trial.safety)
    return len(trial.source) == 1 or any(row.arm == arm and row.n == n for table in tables for row in table)


def _check_references(trial: Trial, place: str, row: Row, endpoints: frozenset[str], faults: Faults) -> None:
    sources = {source.id: source for source in trial.source}
    cited = getattr(row, "source", None)
    file = trial.path.name
    if cited is not None and cited not in sources and (file, "source", cited) not in faults.refused:
        faults.add(f"{place}: source {cited!r} does not exist; {expected(cited, sorted(sources))}")
    arms = [arm.id for arm in trial.arm]
    for key in ("arm", "versus"):
        arm = getattr(row, key, None)
        known = arm in arms or (key == "arm" and arm == "all") or (file, "arm", arm) in faults.refused
        if arms and arm is not None and not known:
            faults.add(f"{place}: {key} {arm!r} is not an arm of the trial; {expected(arm, arms)}")
    endpoint = getattr(row, "endpoint", None)
    if endpoint is not None and endpoint not in endpoints:
        faults.add(f"{place}: endpoint {endpoint!r} is not known; {expected(endpoint, sorted(endpoints))}")
    name = getattr(row, "analysis", None)
    if name is None or (file, "analysis", name) in faults.refused:
        return
    analyses = {analysis.id: analysis for analysis in trial.analysis}
    if name not in analyses:
        faults.add(f"{place}: analysis {name!r} is not declared; {expected(name, sorted(analyses))}")
    elif cited in sources:
        mine, theirs = analyses[name].data_cutoff, sources[cited].data_cutoff
        if mine is not None and theirs is not None and mine != theirs:
            faults.add(
                f"{place}: analysis {name!r} has data cut-off {mine}, but source {cited!r} has {theirs}; "
                "cut-offs are never mixed in one analysis"
            )


def _check_denominator(trial: Trial, place: str, row: Row, faults: Faults) -> None:
    """No row counts more patients than its arm has."""
    n, name, population = (getattr(row, key, None) for key in ("n", "arm", "population"))
    sizes = {arm.id: arm.n for arm in trial.arm}
    whole = sizes.get(name) if isinstance(name, str) else None
    assumed = [source.id for source in trial.source if source.kind == "assumption"]
    if population in BEFORE_ENROLMENT or getattr(row, "source", None) in assumed:
        return
    if isinstance(n, int) and whole is not None and n > whole:
        faults.add(f"{place}: n is {n}, but arm {name} has {whole} patients; expected at most {whole}")


def _check_dates(trial: Trial, here: str, faults: Faults) -> None:
    """Enrolment ends after it starts, and no data are cut off before it starts."""
    info = trial.info
    if info.enrolment_start is None:
        return
    start = month_date(info.enrolment_start)
    if info.enrolment_end is not None and month_date(info.enrolment_end) < start:
        faults.add(
            f"{here}: enrolment_end {info.enrolment_end} lies before enrolment_start {info.enrolment_start}"
        )
    for analysis in trial.analysis:
        if analysis.data_cutoff is not None and month_date(analysis.data_cutoff) < start:
            faults.add(
                f"{here}, analysis {analysis.id}: data_cutoff {analysis.data_cutoff} lies before "
                f"enrolment_start {info.enrolment_start}"
            )


def _check_covariates_once(trial: Trial, here: str, faults: Faults) -> None:
    """One row tells the share of a covariate in an arm and population."""
    told = [(row.arm, row.population, row.covariate) for row in trial.baseline if row.covariate is not None]
    for arm, population, covariate in dict.fromkeys(told):
        times = told.count((arm, population, covariate))
        if times > 1:
            faults.add(
                f"{here}, baseline, arm {arm}, population {population}: covariate {covariate} is given "
                f"{times} times, expected one row"
            )
