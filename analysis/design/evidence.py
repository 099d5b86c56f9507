"""What the design takes from the published evidence: planned medians, events, harms, the class benchmark."""

import math
from dataclasses import dataclass
from pathlib import Path

import trials
from digitized.errors import InputError
from trials.given_patients import patients_of
from trials.question import HarmInfo


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
    backbone: str
    harms: tuple[Harm, ...]
    benchmarks: tuple[Benchmark, ...]
    watched: tuple[HarmInfo, ...] = ()

    @property
    def fatal_known(self) -> str:
        """How many of the deaths were of another harm that is watched for, where a note lists their causes."""
        for harm in self.harms:
            known = self._known_causes(harm)
            if known:
                return f"{len(known)} of these {harm.count} deaths were {' and '.join(known)}."
        return ""

    @property
    def monitored(self) -> tuple[tuple[str, int, int], ...]:
        """Harms with a pausing rule: name, patients in the index arm, size of the index arm."""
        rows = []
        for harm in self.harms:
            known = self._known_causes(harm)
            if known:
                kinds = [kind.name for kind in self.watched if any(kind.said_in(cause) for cause in known)]
                rows.append((f"fatal {' or '.join(kinds)}", len(known), harm.n))
            rows.append((harm.event, harm.count, harm.n))
        return tuple(rows)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Harms that the question names and of which the evidence counts no patient of the index arm."""
        said = [f"{harm.event} {harm.note or ''}" for harm in self.harms]
        return tuple(kind.name for kind in self.watched if not any(map(kind.said_in, said)))

    def _known_causes(self, harm: Harm) -> list[str]:
        return [cause for cause in _listed_causes(harm) if any(kind.said_in(cause) for kind in self.watched)]


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
    """Events of the index arm for an endpoint: the printed number, else those of its patient data.

    Raises
    ------
    InputError
        If the evidence has neither.
    """
    evidence = trials.load(folder)
    info = evidence.question.info
    index = evidence[info.index_trial]
    wanted = (info.index_arm, endpoint, "events", "all")
    for row in index.survival:
        if (row.arm, row.endpoint, row.quantity, row.population) == wanted and row.value is not None:
            return math.floor(row.value)
    for choice in evidence.choices(index.id):
        given = patients_of(index, info.index_arm, choice) if choice.endpoint == endpoint else None
        if given is not None:
            return given.ipd[0].events
    raise InputError(
        f"{index.path.name}: neither a number of {endpoint} events nor patient data of arm {info.index_arm}; "
        f"expected one of them"
    )


def background(endpoint: str = "OS", folder: Path | None = None) -> Background:
    """Everything a one-page brief quotes from the evidence."""
    evidence = trials.load(folder)
    info = evidence.question.info
    index = evidence[info.index_trial]
    size = index.size_of(info.index_arm, "all")
    harms = tuple(
        Harm(row.event, row.count, row.n, row.note)
        for row in index.safety
        if row.arm == info.index_arm
        and row.count is not None
        and row.n is not None
        and info.is_harm(row.event, row.note)
    )
    # The register of what became of patients may hold the deaths instead.
    harms += tuple(
        Harm(item.item, item.count, patients, item.note)
        for item in index.disposition
        if (patients := item.n or size) is not None
        and item.arm == info.index_arm
        and item.count is not None
        and info.is_harm(item.item, item.note)
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
    contrast, words = evidence.question.contrast, evidence.question.components
    return Background(
        question=info.text,
        disease=info.disease,
        index_name=index.info.name,
        index_n=size or 0,
        index_events=index_events(endpoint, folder),
        added=" + ".join(words[name].split(",")[0] for name in contrast.added),
        partner=" or ".join(words[name] for name in contrast.partner),
        backbone=" + ".join(words[name] for name in contrast.backbone),
        harms=harms,
        benchmarks=benchmarks,
        watched=info.harms,
    )
