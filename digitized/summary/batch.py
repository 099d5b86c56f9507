"""Many figures in one call, and the tables that leave it."""

from collections.abc import Callable, Sequence

import joblib
import numpy as np
import pandas as pd

from digitized.curve import Agreement
from digitized.summary.quantities import FigureSummary
from digitized.summary.rebuild import SummaryReconstruction, rebuild

PARALLEL_FROM = 600  # arm draws below which starting worker processes costs more than it saves


def rebuild_all(
    figures: Sequence[FigureSummary], *, draws: int, seed: int, done: Callable[[], None] = lambda: None
) -> list[SummaryReconstruction]:
    """Rebuild each figure; `done` is called after each. Figures get seeds of their own, so results do not
    depend on the number of processes.
    """
    seeds = [int(part.generate_state(1)[0]) for part in np.random.SeedSequence(seed).spawn(len(figures))]
    work = sum(len(figure.arms) for figure in figures) * draws
    jobs = min(joblib.cpu_count(), len(figures)) if work >= PARALLEL_FROM else 1
    calls = (
        joblib.delayed(rebuild)(figure, draws=draws, seed=own)
        for figure, own in zip(figures, seeds, strict=True)
    )
    results = []
    for result in joblib.Parallel(n_jobs=jobs, return_as="generator")(calls):
        results.append(result)
        done()
    return results


def patient_frame(results: Sequence[SummaryReconstruction]) -> pd.DataFrame:
    """Pseudo-patients of all figures: figure, arm, draw, time, event (0 or 1)."""
    parts = [
        pd.DataFrame(
            {
                "figure": result.figure,
                "arm": arm,
                "draw": ipd.draw,
                "time": ipd.time.round(6),
                "event": ipd.event.astype(int),
            }
        )
        for result in results
        for arm, draws in result.patients.items()
        for ipd in draws
    ]
    return pd.concat(parts, ignore_index=True)


def agreement_rows(results: Sequence[SummaryReconstruction]) -> list[Agreement]:
    """Agreement of all figures in order, one a printed number: the draw farthest from it."""
    return [row for result in results for row in result.agreement]
