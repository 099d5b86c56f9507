"""From one figure's published summary to pseudo-patients of all its arms, drawn several times."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Agreement, PseudoIPD
from digitized.errors import InputError
from digitized.summary.agreement import Fitted, agreement_rows, out_of_reach
from digitized.summary.fit import Belief, believe
from digitized.summary.grid import Grid, make_grid
from digitized.summary.prior import anchor_count
from digitized.summary.quantities import FigureSummary, require_sound
from digitized.summary.realise import Patients, realised
from digitized.summary.shape import Shape

MOST_TRIES = 20  # of a draw, where whole patients found no arrangement that meets every printed number


@dataclass(frozen=True)
class SummaryReconstruction:
    """Pseudo-patients of one figure.

    Attributes
    ----------
    figure : str
    patients : dict of str to tuple of PseudoIPD
        By arm; draw 0 first, the best single reconstruction.
    agreement : tuple of Agreement
        Every printed quantity against the rebuilt one: the worst over the draws.
    notes : tuple of str
        What was assumed, one sentence each.
    """

    figure: str
    patients: dict[str, tuple[PseudoIPD, ...]]
    agreement: tuple[Agreement, ...]
    notes: tuple[str, ...]


def rebuild(
    summary: FigureSummary, *, draws: int = 1, seed: int, shape: Shape | None = None
) -> SummaryReconstruction:
    """Rebuild pseudo-patients of every arm of a figure from its published numbers.

    Parameters
    ----------
    summary : FigureSummary
    draws : int
        Number of reconstructions; draw 0 is the best single one, the others spread around it as the numbers
        allow.
    seed : int
        Draw k is the same for any number of draws above k.
    shape : Shape or None
        Pooled shape of arms of the same kind, for arms with a single anchor (`pooled_shape`).

    Raises
    ------
    InputError
        Every fault of the summary at once.
    """
    require_sound(summary)
    if shape is None and not any(arm.dated for arm in summary.arms):
        raise InputError(
            f"figure {summary.figure!r}: no published number has a time; expected a median, a rate, a number at "
            "risk or a follow-up"
        )
    grid = make_grid(summary)
    belief = believe(summary, grid, shape)
    fitted = belief.fitted()
    generator = np.random.default_rng(seed)
    collected: dict[str, list[PseudoIPD]] = {arm.arm: [] for arm in summary.arms}
    for index in range(draws):
        rng = np.random.default_rng(generator.integers(2**62))
        for name, ipd in _met(summary, belief, fitted, rng if index else None).items():
            collected[name].append(PseudoIPD(*ipd, index))
    patients = {name: tuple(items) for name, items in collected.items()}
    agreement = agreement_rows(summary, patients, fitted)
    notes = _notes(summary, grid, belief, shape)
    return SummaryReconstruction(summary.figure, patients, agreement, notes)


def _met(summary: FigureSummary, belief: Belief, fitted: Fitted, rng: np.random.Generator | None) -> Patients:
    """Patients by arm that meet every printed number within reach; of tries that all miss some, the first best."""
    tried: list[tuple[int, Patients]] = []
    while len(tried) < (1 if rng is None else MOST_TRIES) and not (tried and tried[-1][0] == 0):
        whole = realised(belief, rng)
        rows = agreement_rows(summary, {name: (PseudoIPD(*ipd),) for name, ipd in whole.items()}, fitted)
        tried.append((sum(not row.met and not out_of_reach(row, fitted) for row in rows), whole))
    return min(tried, key=lambda pair: pair[0])[1]


def _notes(summary: FigureSummary, grid: Grid, belief: Belief, shape: Shape | None) -> tuple[str, ...]:
    notes = [
        f"arm {name!r}: no maximum follow-up is published; observation is taken to end at {item.end:.3g}"
        for name, item in grid.horizons.items()
        if item.assumed
    ]
    if any(arm.follow_up_median is not None for arm in summary.arms):
        reading = (
            "the plain median of observed times" if belief.follow_up_is_plain else "reverse Kaplan-Meier"
        )
        notes.append(f"the median follow-up is read as {reading}, which fits the other numbers better")
    for arm in summary.arms:
        known = anchor_count(arm)
        if known < 2:
            points = "a single point" if known else "no point"
            source = "a smooth hazard" if shape is None else f"the pooled shape of {shape.arms} arms"
            notes.append(f"arm {arm.arm!r}: {points} of its curve is published; the rest is {source}")
    return tuple(notes)
