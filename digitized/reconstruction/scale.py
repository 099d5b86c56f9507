"""What the numbers of a table of points mean: percent or probability, survival or incidence, unit of
time.
"""

import numpy as np

from digitized.choices import Kind, Scale
from digitized.curve import Floats

NEAR_NOTHING = 0.1
RISE = 0.02  # beyond reading noise: survival never rises


def to_survival(time: Floats, values: Floats, scale: Scale, kind: Kind) -> tuple[Floats, tuple[str, ...]]:
    """Survival probabilities of one arm in file order, and what was assumed."""
    notes = []
    if scale is Scale.AUTO:
        scale = Scale.PERCENT if np.nanmax(values, initial=0.0) > 1.5 else Scale.PROBABILITY
        if scale is Scale.PERCENT:
            notes.append("values above 1.5: read as percent")
    if scale is Scale.PERCENT:
        values = values / 100.0
    if kind is Kind.AUTO:
        kind = Kind.INCIDENCE if _rises(time, values) else Kind.SURVIVAL
        if kind is Kind.INCIDENCE:
            notes.append("values start near 0 or rise: read as cumulative incidence, survival = 1 - value")
    return (1.0 - values if kind is Kind.INCIDENCE else values), tuple(notes)


def _rises(time: Floats, values: Floats) -> bool:
    """Whether values lie near 0 at time 0, or end higher than they start; in order of time, not of the file."""
    first, last = (float(np.nanmean(values[time == end])) for end in (np.nanmin(time), np.nanmax(time)))
    starts_at_nothing = bool(np.nanmin(time) <= 0.0 and first <= NEAR_NOTHING)
    return starts_at_nothing or last > first + RISE
