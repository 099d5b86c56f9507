"""Many figures and arms in one call."""

from collections.abc import Callable
from dataclasses import dataclass

import joblib
import pandas as pd

from digitized.choices import Method
from digitized.curve import Agreement, Curve
from digitized.errors import InputError
from digitized.reconstruction.pair import meet_ratios
from digitized.reconstruction.published import NOTHING_PUBLISHED, Published
from digitized.reconstruction.result import Constraints, Reconstruction
from digitized.reconstruction.single_arm import reconstruct
from digitized.reconstruction.tables import Key

PARALLEL_FROM = 2000  # arm draws below which starting worker processes costs more than it saves


@dataclass(frozen=True)
class _Task:
    """One arm to rebuild, perhaps more than once."""

    key: Key
    curve: Curve
    method: Method
    draws: int
    seed: int
    constraints: Constraints

    def rebuilt(self, tilt: float) -> Reconstruction:
        figure, arm = self.key
        return reconstruct(
            self.curve, method=self.method, draws=self.draws, seed=self.seed, constraints=self.constraints,
            tilt=tilt, figure=figure, arm=arm,
        )  # fmt: skip


@dataclass(frozen=True)
class _Outcome:
    key: Key
    result: Reconstruction | None
    faults: tuple[str, ...]


def reconstruct_all(
    curves: dict[Key, Curve],
    *,
    method: Method = Method.CONSTRAINED,
    draws: int = 1,
    seed: int = 1,
    published: Published = NOTHING_PUBLISHED,
    done: Callable[[], None] = lambda: None,
) -> dict[Key, Reconstruction]:
    """Rebuild each arm; `done` is called after each. An arm's draws do not depend on the others, unless a
    hazard ratio is published between them.

    Raises
    ------
    InputError
        The faults of all arms at once.
    """
    jobs = min(joblib.cpu_count(), len(curves)) if len(curves) * draws >= PARALLEL_FROM else 1
    tasks = {
        key: _Task(key, curve, method, draws, seed, published.constraints.get(key, Constraints()))
        for key, curve in curves.items()
    }
    calls = (joblib.delayed(_one)(task) for task in tasks.values())
    outcomes: list[_Outcome] = []
    for outcome in joblib.Parallel(n_jobs=jobs, return_as="generator")(calls):
        outcomes.append(outcome)
        done()
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    if faults:
        raise InputError(faults)
    results = {outcome.key: outcome.result for outcome in outcomes if outcome.result is not None}
    return meet_ratios(results, published.ratios, lambda key, tilt: tasks[key].rebuilt(tilt))


def _one(task: _Task) -> _Outcome:
    try:
        return _Outcome(task.key, task.rebuilt(0.0), ())
    except InputError as error:
        return _Outcome(task.key, None, error.faults)


def patient_frame(results: dict[Key, Reconstruction]) -> pd.DataFrame:
    """Pseudo-patients of all arms: figure, arm, draw, time, event (0 or 1)."""
    parts = [
        pd.DataFrame(
            {
                "figure": figure,
                "arm": arm,
                "draw": ipd.draw,
                "time": ipd.time.round(6),
                "event": ipd.event.astype(int),
            }
        )
        for (figure, arm), result in results.items()
        for ipd in result.ipd
    ]
    return pd.concat(parts, ignore_index=True)


def agreement_rows(results: dict[Key, Reconstruction]) -> list[Agreement]:
    """Agreement of all arms in order."""
    return [row for result in results.values() for row in result.agreement]
