"""Target populations of a run: those of the question, or a user's own covariate mix in a small file."""

import tomllib
from pathlib import Path

from analysis.run.request import RunRequest
from digitized.errors import InputError
from trials import target_population
from trials.covariates import TargetPopulation
from trials.evidence import Evidence

SHARES = ("liver", "pdl1_high", "tp", "asia")


def target_populations(evidence: Evidence, request: RunRequest) -> list[TargetPopulation]:
    """Primary population first; the user's own, where given, is primary.

    Raises
    ------
    InputError
        If a name is not a population of the question or the user's file is faulty.
    """
    known = [info.id for info in evidence.question.population]
    wanted = request.populations or tuple(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InputError(
            [
                f"--population {name!r}: no such population or file; the question has {', '.join(known)}, "
                f"and a file has the shares {', '.join(SHARES)}"
                for name in unknown
            ]
        )
    populations = [target_population(evidence, name) for name in wanted]
    if request.population_file is not None:
        populations.insert(0, read_population(request.population_file))
    return populations


def read_population(path: Path) -> TargetPopulation:
    """A covariate mix from a TOML file: `liver`, `pdl1_high`, `tp`, `asia` (0-1), optional `id` and `label`.

    A share may be a table of levels, e.g. ``liver = {yes = 0.2, no = 0.8}``, which must sum to 1; the first
    level is the one meant.

    Raises
    ------
    InputError
        One sentence a fault.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a population file") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not a TOML file ({error}); expected shares {', '.join(SHARES)}") from error
    faults = [
        f"{path}: field {name!r} is not known; expected {', '.join((*SHARES, 'id', 'label', 'note'))}"
        for name in content
        if name not in (*SHARES, "id", "label", "note")
    ]
    shares: dict[str, float] = {}
    for name in SHARES:
        value = content.get(name)
        if isinstance(value, dict):
            total = sum(share for share in value.values() if isinstance(share, int | float))
            if abs(total - 1) > 1e-6:
                faults.append(f"{path}, {name}: the shares of its levels sum to {total:g}; expected 1")
            value = next(iter(value.values()), None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            faults.append(f"{path}, {name}: found {value!r}; expected a share between 0 and 1")
        elif not 0 <= value <= 1:
            faults.append(f"{path}, {name}: share {value:g}; expected between 0 and 1 (14 % is 0.14)")
        else:
            shares[name] = float(value)
    if faults:
        raise InputError(faults)
    name = str(content.get("id", path.stem))
    label, note = str(content.get("label", name)), str(content.get("note", "given by the user"))
    return TargetPopulation(name, label, note=note, **shares)
