"""Checks within one trial file: every reference resolves and no number is impossible."""

from collections.abc import Iterable
from itertools import pairwise

from trials.evidence import Trial
from trials.facts import Baseline, Effect, Row, Survival
from trials.file_checks import check_files
from trials.reading import Faults

SOURCED = (
    "size", "baseline", "survival", "at_risk", "effect", "prognostic", "response", "safety", "disposition",
    "exposure", "subsequent", "planning", "test", "historical", "inconsistency",
    "figure", "curve", "patients",
)  # fmt: skip
# A printed percentage and its count differ by rounding only.
ROUNDING = 1.0


def check_trial(trial: Trial, components: frozenset[str], endpoints: frozenset[str], faults: Faults) -> None:
    """Every fault of one trial."""
    here = f"{trial.path.name}, trial {trial.id}"
    _check_names(trial, here, components, faults)
    for table in SOURCED:
        for row in getattr(trial, table):
            _check_references(trial, f"{here}, {table}{named(row)}", row, endpoints, faults)
    for survival in trial.survival:
        _check_survival(f"{here}{named(survival)}", survival, faults)
    for effect in trial.effect:
        _check_effect(f"{here}{named(effect)}", effect, faults)
    for response in trial.response:
        place = f"{here}{named(response)}"
        _check_interval(place, response.percent, response.lower, response.upper, faults)
    for table in ("baseline", "response", "safety", "disposition", "subsequent"):
        for row in getattr(trial, table):
            _check_counts(f"{here}, {table}{named(row)}", row, faults)
    for baseline in trial.baseline:
        _check_covariate(f"{here}, baseline{named(baseline)}", baseline, trial.covariates, faults)
    _check_at_risk(trial, here, faults)
    _check_curves(trial, here, faults)
    check_files(trial, here, faults)


def named(row: Row) -> str:
    """Which row is meant: arm, endpoint, population, quantity and time, as far as it has them."""
    parts = []
    for key in ("id", "arm", "versus", "endpoint", "population", "quantity", "variable", "category", "event"):
        value = getattr(row, key, None)
        if value is not None and not (key == "population" and value == "all"):
            parts.append(f"{key} {value}")
    time = getattr(row, "time", None)
    if isinstance(time, float):
        parts.append(f"time {time:g}")
    return ", " + ", ".join(parts) if parts else ""


def _check_names(trial: Trial, here: str, components: frozenset[str], faults: Faults) -> None:
    for table in ("source", "analysis", "arm"):
        ids = [item.id for item in getattr(trial, table)]
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            faults.add(f"{here}: {table} {name!r} is given {ids.count(name)} times, expected once")
    for table in ("source", "arm"):
        if not getattr(trial, table):
            faults.add(f"{here}: no [[{table}]] is given, expected at least one")
    sources = [source.id for source in trial.source]
    for arm in trial.arm:
        for component in arm.components:
            if component not in components:
                faults.add(
                    f"{here}, arm {arm.id}: component {component!r} is not declared in question.toml; "
                    f"expected one of {', '.join(sorted(components))}"
                )
        if arm.n is not None and arm.source is None and not _size_is_sourced(trial, arm.id, arm.n):
            faults.add(f"{here}, arm {arm.id}: n = {arm.n} has no source; every number names its source")
        if arm.source is not None and arm.source not in sources:
            faults.add(f"{here}, arm {arm.id}: source {arm.source!r} does not exist; the file has {sources}")
    info = trial.info
    if info.n_randomised is not None and info.source is None:
        faults.add(f"{here}: n_randomised = {info.n_randomised} has no source; every number names its source")
    if info.source is not None and info.source not in sources:
        faults.add(f"{here}: source {info.source!r} does not exist; the file has {sources}")
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
    if cited is not None and cited not in sources:
        faults.add(f"{place}: source {cited!r} does not exist; the file has {sorted(sources)}")
    arms = [arm.id for arm in trial.arm]
    for key in ("arm", "versus"):
        arm = getattr(row, key, None)
        if arms and arm is not None and arm not in arms and not (key == "arm" and arm == "all"):
            faults.add(f"{place}: {key} {arm!r} is not an arm of the trial; expected one of {arms}")
    endpoint = getattr(row, "endpoint", None)
    if endpoint is not None and endpoint not in endpoints:
        faults.add(f"{place}: endpoint {endpoint!r} is not known; expected one of {sorted(endpoints)}")
    name = getattr(row, "analysis", None)
    if name is None:
        return
    analyses = {analysis.id: analysis for analysis in trial.analysis}
    if name not in analyses:
        faults.add(f"{place}: analysis {name!r} is not declared; expected one of {sorted(analyses)}")
    elif cited in sources:
        mine, theirs = analyses[name].data_cutoff, sources[cited].data_cutoff
        if mine is not None and theirs is not None and mine != theirs:
            faults.add(
                f"{place}: analysis {name!r} has data cut-off {mine}, but source {cited!r} has {theirs}; "
                "cut-offs are never mixed in one analysis"
            )


def _check_survival(place: str, row: Survival, faults: Faults) -> None:
    if row.value is None and not row.not_reached:
        faults.add(f"{place}: value is missing, expected a number (or not_reached = true for a median)")
    if row.quantity == "rate":
        if row.time is None:
            faults.add(f"{place}: time is missing, expected the month that the rate refers to")
        for key, number in (("value", row.value), ("lower", row.lower), ("upper", row.upper)):
            if number is not None and not 0 <= number <= 1:
                faults.add(f"{place}: {key} is {number:g}, expected a probability from 0 to 1")
    elif row.value is not None and row.value < 0:
        faults.add(f"{place}: value is {row.value:g}, expected 0 or more")
    if row.quantity == "median" and row.value == 0:
        faults.add(f"{place}: value is 0, expected a time above 0")
    if row.quantity == "events" and row.value is not None:
        if row.value != int(row.value):
            faults.add(f"{place}: value is {row.value:g}, expected a whole number of events")
        if row.n is not None and row.value > row.n:
            faults.add(f"{place}: {row.value:g} events among n = {row.n} patients, expected at most {row.n}")
    _check_interval(place, row.value, row.lower, row.upper, faults)
    if (row.lower is not None or row.upper is not None) and row.level is None:
        faults.add(f"{place}: limits are given without level, expected the confidence level, e.g. 0.95")


def _check_effect(place: str, row: Effect, faults: Faults) -> None:
    if row.measure == "HR":
        for key, number in (("value", row.value), ("lower", row.lower), ("upper", row.upper)):
            if number is not None and number <= 0:
                faults.add(f"{place}: hazard ratio {key} is {number:g}, expected above 0")
    if row.arm == row.versus:
        faults.add(f"{place}: an arm cannot be compared with itself")
    _check_interval(place, row.value, row.lower, row.upper, faults)
    if (row.lower is not None or row.upper is not None) and row.level is None:
        faults.add(f"{place}: limits are given without level, expected the confidence level, e.g. 0.95")


def _check_interval(
    place: str, value: float | None, lower: float | None, upper: float | None, faults: Faults
) -> None:
    if lower is not None and upper is not None and lower > upper:
        faults.add(f"{place}: lower limit {lower:g} lies above upper limit {upper:g}")
    elif value is not None and lower is not None and lower > value:
        faults.add(f"{place}: lower limit {lower:g} does not hold the value {value:g}")
    elif value is not None and upper is not None and upper < value:
        faults.add(f"{place}: upper limit {upper:g} does not hold the value {value:g}")


def _check_counts(place: str, row: Row, faults: Faults) -> None:
    count, n, percent = (getattr(row, key, None) for key in ("count", "n", "percent"))
    if count is not None and n is not None and count > n:
        faults.add(f"{place}: count {count} is above n = {n}")
    elif count is not None and n and percent is not None and abs(100 * count / n - percent) > ROUNDING:
        faults.add(
            f"{place}: {count} of {n} is {100 * count / n:.1f} %, but percent is {percent:g}; "
            "keep the contradiction in an [[inconsistency]]"
        )


def _check_covariate(place: str, row: Baseline, known: tuple[str, ...], faults: Faults) -> None:
    if row.covariate is None:
        return
    if row.percent is None and not (row.count is not None and row.n):
        faults.add(f"{place}: covariate {row.covariate} needs percent, or count and n")
    if row.covariate not in known:
        faults.add(
            f"{place}: the question has no covariate {row.covariate}; expected one of {', '.join(known) or 'none'}, "
            "or its meaning in the question's [covariates]"
        )
    if row.covariate == "pdl1" and row.scale != "exact":
        for key in ("scale", "cut", "assay"):
            if getattr(row, key) is None:
                faults.add(f"{place}: covariate pdl1 needs {key}")
    if row.basis != "published" and row.note is None:
        faults.add(f"{place}: basis {row.basis!r} needs a note that says why")


def _check_at_risk(trial: Trial, here: str, faults: Faults) -> None:
    for row in trial.at_risk:
        place = f"{here}, at_risk{named(row)}"
        for key in ("n", "censored"):
            series = getattr(row, key)
            if series is not None and len(series) != len(row.time):
                faults.add(f"{place}: {key} has {len(series)} numbers for {len(row.time)} times")
        for before, after in pairwise(row.time):
            if after <= before:
                faults.add(f"{place}: times go from {before:g} to {after:g}, expected increasing times")
        for (time, high), (later, low) in pairwise(zip(row.time, row.n, strict=False)):
            if low > high:
                faults.add(f"{place}: numbers at risk rise from {high} at {time:g} to {low} at {later:g}")
        try:
            size = trial.size_of(row.arm, row.population)
        except KeyError:
            continue
        if size is not None and row.n and max(row.n) > size:
            faults.add(f"{place}: {max(row.n)} at risk among n = {size}, expected at most {size}")


def _check_curves(trial: Trial, here: str, faults: Faults) -> None:
    """Numbers of one curve must fit each other: events, medians and rates of one analysis."""
    curves: dict[tuple[object, ...], list[Survival]] = {}
    for row in trial.survival:
        key = (row.arm, row.endpoint, row.population, row.analysis, row.assessor, row.confirmed)
        curves.setdefault(key, []).append(row)
    for rows in curves.values():
        place = f"{here}, arm {rows[0].arm}, endpoint {rows[0].endpoint}, population {rows[0].population}"
        for quantity in ("events", "median"):
            values = sorted({row.value for row in rows if row.quantity == quantity and row.value is not None})
            if len(values) > 1:
                faults.add(
                    f"{place}: analysis {rows[0].analysis!r} has {quantity} "
                    f"{' and '.join(f'{value:g}' for value in values)}; one cut-off has one value, "
                    "expected an analysis of its own for each cut-off"
                )
        rates = sorted({(row.time, row.value) for row in rows if _is_rate(row)})
        for (time, high), (later, low) in pairwise(rates):
            if low is not None and high is not None and low > high:
                faults.add(
                    f"{place}: survival rises from {high:g} at {time:g} to {low:g} at {later:g} months in "
                    f"analysis {rows[0].analysis!r}"
                )
        _check_sizes(trial, place, rows, faults)


def _is_rate(row: Survival) -> bool:
    return row.quantity == "rate" and row.time is not None and row.value is not None


def _check_sizes(trial: Trial, place: str, rows: Iterable[Survival], faults: Faults) -> None:
    for row in rows:
        if row.quantity != "events" or row.value is None:
            continue
        try:
            size = trial.size_of(row.arm, row.population)
        except KeyError:
            continue
        if size is not None and row.value > size and row.n is None:
            faults.add(f"{place}: {row.value:g} events among n = {size} patients, expected at most {size}")
