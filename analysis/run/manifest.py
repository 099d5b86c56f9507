"""manifest.json: everything that is needed to reproduce a run and to judge it."""

import platform
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd

from analysis.run.request import RunRequest
from analysis.run.results import EndpointResults
from analysis.scenarios import USER
from models.priors import SingleArmShift
from models.response import ResponseModel
from models.survival import ClassBenchmark
from trials.covariates import TargetPopulation
from trials.evidence import Evidence

LIBRARIES = (
    "crosstrial",
    "pymc",
    "pytensor",
    "nutpie",
    "arviz",
    "numpy",
    "scipy",
    "pandas",
    "xarray",
    "numba",
)


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run when its tables are made; wall time in seconds."""

    request: RunRequest
    evidence: Evidence
    populations: list[TargetPopulation]
    results: tuple[EndpointResults, ...]
    benchmark: ClassBenchmark | None
    wall_time: float


def manifest(facts: RunFacts, tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """The manifest as plain data."""
    request, question = facts.request, facts.evidence.question
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command(request),
        "hypothetical": list(facts.evidence.hypothetical),
        "question": {"id": question.info.id, "disease": question.info.disease, "text": question.info.text}
        | {"searched": question.info.searched, "excluded": question.info.excluded},
        "index": {"trial": question.info.index_trial, "arm": question.info.index_arm},
        "components": {
            part: [question.components[name] for name in getattr(question.contrast, part)]
            for part in ("backbone", "partner", "added")
        },
        "component_labels": dict(question.components),
        "covariates": facts.evidence.covariate_labels,
        "required_trials": [{"trial": r.trial, "reason": r.reason} for r in question.required],
        "preset": request.preset.name,
        "imputations": request.preset.imputations,
        "sampler": asdict(request.preset.sampler),
        "seed": request.seed,
        "endpoints": list(request.endpoints),
        "scenarios": [_scenario(s, request) for s in request.scenarios],
        "populations": [asdict(population) for population in facts.populations],
        "horizons": {r.endpoint: asdict(r.horizon) for r in facts.results if r.horizon},
        "priors": {r.endpoint: _priors(r) for r in facts.results},
        "class_benchmark": asdict(facts.benchmark) if facts.benchmark else None,
        "evidence_folder": facts.evidence.folder.name,
        "evidence_sha256": dict(facts.evidence.hashes),
        "versions": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "wall_time_seconds": round(facts.wall_time, 1),
        "rows": {name: len(table) for name, table in tables.items()},
    }


def command(request: RunRequest) -> str:
    """The command that repeats the run; where it writes is left to whoever repeats it."""
    rungs = [scenario.id for scenario in request.scenarios if scenario.id != USER]
    options: list[tuple[str, object]] = [
        ("preset", request.preset.name),
        ("endpoints", ",".join(request.endpoints)),
        ("scenarios", ",".join(rungs)),
        *(("c-prior", _as_call(s.survival_shift)) for s in request.scenarios if s.id == USER),
        *(("population", name) for name in (*request.populations, request.population_file) if name),
        *(("evidence", folder) for folder in (request.evidence,) if folder),
        *(("add", path) for path in request.extra),
        *(("what-if", change) for change in request.what_if),
        ("seed", request.seed),
    ]
    return shlex.join(
        ["crosstrial", "run", *(part for name, value in options for part in (f"--{name}", str(value)))]
    )


def _as_call(shift: SingleArmShift) -> str:
    return f"normal({shift.mu!r},{shift.sd!r})"


def _scenario(scenario: object, request: RunRequest) -> dict[str, object]:
    found = next(s for s in request.scenarios if s is scenario)
    return {
        "id": found.id,
        "title": found.title,
        "class_benchmark": found.class_benchmark,
        "c_prior": {
            endpoint: found.c_prior(endpoint) for endpoint in request.endpoints if found.applies_to(endpoint)
        },
        "shift": {endpoint: asdict(found.shift(endpoint)) for endpoint in request.endpoints},
    }


def _priors(result: EndpointResults) -> dict[str, dict[str, str]]:
    scale = "log odds ratio" if isinstance(result.model, ResponseModel) else "log hazard ratio"
    priors = result.model.priors
    return {
        field.name: {
            "prior": str(getattr(priors, field.name)),
            "scale": scale,
            "reason": priors.reason(field.name),
        }
        for field in fields(priors)
    }
