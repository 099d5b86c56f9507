"""One path of counts into patients."""

import numpy as np

from digitized.curve import Floats, Ints, PseudoIPD
from digitized.reconstruction.censoring import CensoringShape


def assemble(died: Floats, deaths: Ints, censored: tuple[Floats, ...], shape: CensoringShape) -> PseudoIPD:
    """Patients from times of death and censoring; deaths on the wrong side of an edge are moved to it.

    Parameters
    ----------
    died : (D,) float
        Times of death, ascending.
    deaths : (R,) int
        Deaths each interval must hold, summing to D.
    censored : tuple of (c_i,) float
        Times of censoring in each interval.
    """
    died = in_intervals(died, deaths, shape)
    late = np.concatenate(censored)
    time = np.concatenate((died, late))
    event = np.arange(time.size) < died.size
    order = np.lexsort((~event, time))
    return PseudoIPD(time[order], event[order])


def in_intervals(died: Floats, deaths: Ints, shape: CensoringShape) -> Floats:
    """Times of death with those on the wrong side of an edge moved to it; arguments as of `assemble`."""
    interval = shape.table.interval_of(died)
    if np.array_equal(np.bincount(interval, minlength=deaths.size), deaths):
        return died
    return _move(died, interval, deaths, shape)


def _move(died: Floats, interval: Ints, fitted: Ints, shape: CensoringShape) -> Floats:
    """Deaths moved over the borders of intervals so that each holds the number fitted."""
    target = np.repeat(np.arange(fitted.size), fitted)
    out = died[: target.size].copy()
    for k, place in enumerate(target):
        start, stop = shape.edges(int(place))
        if interval[k] != place:
            out[k] = start if interval[k] < place else start + 0.999 * (stop - start)
    return np.sort(out)
