"""The validation matrix: which checks exist, in order, and running some of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.validation import (
    calibration,
    class_benchmark,
    contraction,
    false_increment,
    fit_quality,
    leave_one_out,
    published_numbers,
    reconstruction,
    recovery,
    sampler,
)
from analysis.validation.study import Study
from analysis.validation.verdict import CheckResult
from digitized.errors import InputError


@dataclass(frozen=True)
class Check:
    """One row of METHODS section 8; `any_question` where other evidence than that of the shipped question will do."""

    id: str
    title: str
    run: Callable[[Study], CheckResult]
    any_question: bool = False


CHECKS = (
    Check("V1", "leave one trial out", leave_one_out.check),
    Check("V2", "false increments and power", false_increment.check),
    Check("V3", "randomised class benchmark", class_benchmark.check),
    Check("V4", "simulation-based calibration", calibration.check),
    Check("V5", "recovery", recovery.check),
    Check("V6", "reconstruction", reconstruction.check, any_question=True),
    Check("V7", "sampler", sampler.check),
    Check("V8", "fit", fit_quality.check),
    Check("V9", "published numbers", published_numbers.check, any_question=True),
    Check("V10", "contraction", contraction.check),
)


def choose(names: Sequence[str]) -> tuple[Check, ...]:
    """The named checks in the matrix's order, all of them when none is named.

    Raises
    ------
    InputError
        Naming the checks that do not exist.
    """
    known = [check.id for check in CHECKS]
    wanted = [name.strip().upper() for name in names]
    unknown = [name for name, upper in zip(names, wanted, strict=True) if upper not in known]
    if unknown:
        raise InputError(
            [f"validate: {name!r} is not a check; expected some of {', '.join(known)}" for name in unknown]
        )
    return tuple(check for check in CHECKS if not wanted or check.id in wanted)


def run_checks(checks: Sequence[Check], study: Study) -> list[CheckResult]:
    """Results of the checks in order."""
    return [check.run(study) for check in checks]
