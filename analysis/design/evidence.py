"""What the design takes from the published evidence: planned medians, events, harms, the class benchmark."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import trials
from digitized.errors import InputError


@dataclass(frozen=True)
class Harm:
    """Patients with a harm in the index arm."""

    event: str
    count: int
    n: int
    note: str | None


@dataclass(frozen=True)
class Benchmark:
    """A randomised trial that the question says may not be left out."""

    name: str
    endpoint: str
    hazard_ratio: float
    lower: float | None
    upper: float | None
    note: str
    reason: str


# Deaths whose causes the index publication ties to the added drug's class.
_KNOWN_FATAL = re.compile(r"haemorrhage|hemorrhage|bleed|fistula", re.IGNORECASE)


def _listed_causes(harm: Harm) -> list[str]:
    """Causes of a note "one each: A, B, C", one patient a cause; empty when they are not listed so."""
    _, found, causes = (harm.note or "").partition("one each:")
    listed = [cause.strip() for cause in causes.split(",")] if found else []
    return listed if len(listed) == harm.count else []


@dataclass(frozen=True)
class Background:
    """Facts of the index trial and its class that a protocol must quote."""

    question: str
    disease: str
    index_name: str
    index_n: int
    index_events: int
    added: str
    partner: str
    harms: tuple[Harm, ...]
    benchmarks: tuple[Benchmark, ...]

    @property
    def fatal_known(self) -> str:
        """How many of the deaths from adverse events were a bleed or a fistula, where the note lists them."""
        for harm in self.harms:
            causes = _listed_causes(harm)
            known = [cause for cause in causes if _KNOWN_FATAL.search(cause)]
            if known:
                return f"{len(known)} of these {harm.count} deaths were {' and '.join(known)}."
        return ""

    @property
    def monitored(self) -> tuple[tuple[str, int, int], ...]:
        """Harms with a pausing rule: name, patients in the index arm, size of the index arm."""
        rows = []
        for harm in self.harms:
            known = [cause for cause in _listed_causes(harm) if _KNOWN_FATAL.search(cause)]
            if known:
                rows.append(("fatal bleeding or fistula", len(known), harm.n))
            rows.append((harm.event, harm.count, harm.n))
        return tuple(rows)


def planned_medians(folder: Path | None = None) -> tuple[float, float]:
    """Historical and expected median of the index trial's own calculation, months."""
    evidence = trials.load(folder)
    index = evidence[evidence.question.info.index_trial]
    values = {row.item: row.value for row in index.planning}
    wanted = ("historical control median PFS", "expected median PFS")
    missing = [item for item in wanted if item not in values]
    if missing:
        raise InputError(
            f"{index.path.name}: planning has no {' and no '.join(missing)}; give --null-median and --median"
        )
    return values[wanted[0]], values[wanted[1]]


def index_events(endpoint: str, folder: Path | None = None) -> int:
    """Events of the index arm for an endpoint."""
    evidence = trials.load(folder)
    info = evidence.question.info
    for row in evidence[info.index_trial].survival:
        if (row.arm, row.endpoint, row.quantity, row.population) == (
            info.index_arm,
            endpoint,
            "events",
            "all",
        ):
            return math.floor(row.value or 0)
    raise InputError(
        f"{info.index_trial}: no number of {endpoint} events of {info.index_arm} in the evidence"
    )


def background(endpoint: str = "OS", folder: Path | None = None) -> Background:
    """Everything a one-page brief quotes from the evidence."""
    evidence = trials.load(folder)
    info = evidence.question.info
    index = evidence[info.index_trial]
    size = index.size_of(info.index_arm, "all")
    words = ("bleeding", "fistula", "death due to AE")
    harms = tuple(
        Harm(row.event, row.count, row.n, row.note)
        for row in index.safety
        if row.arm == info.index_arm
        and row.count is not None
        and row.n is not None
        and any(word in row.event for word in words)
    )
    # The register of what became of patients may hold the deaths instead.
    harms += tuple(
        Harm(item.item, item.count, item.n or size or 0, item.note)
        for item in index.disposition
        if item.arm == info.index_arm and item.count is not None and any(word in item.item for word in words)
    )
    benchmarks = tuple(
        Benchmark(
            evidence[item.trial].info.name.split(" (")[0],
            effect.endpoint,
            effect.value,
            effect.lower,
            effect.upper,
            effect.note or "",
            item.reason,
        )
        for item in evidence.question.required
        for effect in evidence[item.trial].effect
        if effect.measure == "HR" and effect.population == "all"
    )
    # A trial that may not be left out is quoted on its own endpoint when it reports none of this one.
    same = {item.name for item in benchmarks if item.endpoint == endpoint}
    benchmarks = tuple(item for item in benchmarks if item.endpoint == endpoint or item.name not in same)
    contrast = evidence.question.contrast
    return Background(
        info.text,
        info.disease,
        index.info.name,
        size or 0,
        index_events(endpoint, folder),
        " + ".join(contrast.added),
        " or ".join(evidence.question.components[name] for name in contrast.partner),
        harms,
        benchmarks,
    )
