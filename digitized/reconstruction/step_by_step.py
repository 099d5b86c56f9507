"""Draws of an arm with numbers at risk: among few patients, deaths and censorings one by one (`tabled_path`)."""

from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import PseudoIPD
from digitized.reconstruction.constrained import (
    DRAWS_A_SCENARIO,
    FIRST_SD,
    ConstrainedArm,
    Fit,
    monotone_counts,
    steps_at_end,
)
from digitized.reconstruction.noise import reading_sd, shared_error
from digitized.reconstruction.patients import assemble, in_intervals
from digitized.reconstruction.tabled_gaps import UNREAD, TabledGaps, tabled_gaps
from digitized.reconstruction.tabled_path import TabledPath, TabledPaths, suggestion, tabled_paths
from digitized.reconstruction.times import arrivals, smooth_times

MOST_PATIENTS = 200  # beyond, steps are too fine for paths to differ by them
FEWEST_RUNS, MOST_RUNS = 3, 4  # in all, and for each that is wanted
FAR_BEHIND = 8.0  # in log evidence: a run that has lost its way


@dataclass(frozen=True)
class _Run:
    """Paths followed under reading errors and times of the points that they share."""

    gaps: TabledGaps
    found: TabledPaths
    lost: bool = False


def plausible_patients(
    arm: ConstrainedArm, fit: Fit, count: int, rng: np.random.Generator
) -> list[PseudoIPD]:
    """Draw `count` plausible reconstructions; `DRAWS_A_SCENARIO` of them share errors of reading."""
    if count == 0 or arm.table.n > MOST_PATIENTS:
        return arm.draws(fit, count, rng)
    wanted = -(-count // DRAWS_A_SCENARIO)
    runs = sorted(_runs(arm, fit, wanted, rng), key=lambda run: run.lost)[:wanted]
    if not runs[-1].found.paths:
        return arm.draws(fit, count, rng)
    return [_patients(arm, fit, run, path, rng) for run in runs for path in run.found.paths][:count]


def _runs(arm: ConstrainedArm, fit: Fit, wanted: int, rng: np.random.Generator) -> list[_Run]:
    """Runs of which `wanted` are on the way, if so many can be found.

    All paths of a run may follow one early misjudgement; the readings to come then speak against it, and other runs
    show that they need not.
    """
    runs: list[_Run] = []
    while len(runs) < MOST_RUNS * wanted:
        runs.append(_followed(arm, fit, DRAWS_A_SCENARIO, rng))
        best = max(run.found.log_evidence for run in runs)
        runs = [replace(run, lost=run.found.log_evidence < best - FAR_BEHIND) for run in runs]
        if len(runs) >= FEWEST_RUNS and sum(not run.lost for run in runs) >= wanted:
            break
    return runs


def _followed(arm: ConstrainedArm, fit: Fit, count: int, rng: np.random.Generator) -> _Run:
    """Draw errors of reading and times of the points, and follow paths under them."""
    points, noise = arm.points, fit.noise
    drift = shared_error(points, fit.time, noise.survival, rng)
    sd = reading_sd(points, noise.survival)
    sd[0] = FIRST_SD
    time = fit.time
    if not points.traced:
        arrival = arrivals(monotone_counts(fit.counts).astype(float), points.time, noise.time)
        time = smooth_times(points.time, noise.time, arrival, fit.rate, rng)
    increments = fit.counts.model.increments.copy()
    if not steps_at_end(points.survival, noise):
        increments[arm.rest + 1 :, 1:] = 0.0  # nobody dies on the plateau at the end
    survival = np.clip(points.survival + drift, 0.0, 1.0)
    gaps = tabled_gaps(time, survival, sd, increments, arm.shape, traced=points.traced)
    found = tabled_paths(
        gaps,
        arm.table,
        suggestion(fit.intervals, fit.goal, open_end=points.traced),
        arm.events,
        count,
        rng,
        marked=arm.shape.marks is not None,
        open_end=points.traced,
    )
    return _Run(gaps, found)


def _patients(
    arm: ConstrainedArm, fit: Fit, run: _Run, path: TabledPath, rng: np.random.Generator
) -> PseudoIPD:
    counts = np.cumsum(path.deaths)
    arrival = arrivals(counts.astype(float), run.gaps.time, fit.noise.time)
    died = arm.died(counts, run.gaps.time, arrival, rng, run.gaps.sd == UNREAD)
    died = in_intervals(died, path.of_intervals, arm.shape)
    own = np.split(died, np.cumsum(path.of_intervals)[:-1])
    # The curve reached into the column after the last one that was read.
    unread = arm.points.column if arm.points.traced else 0.0
    shape = replace(arm.shape, end=arm.shape.end + rng.random() * unread)
    left = path.censored_between(run.gaps, arm.table)
    censored = tuple(
        shape.between(i, when, gone, rng) for i, (when, gone) in enumerate(zip(own, left, strict=True))
    )
    return assemble(died, path.of_intervals, censored, shape)
