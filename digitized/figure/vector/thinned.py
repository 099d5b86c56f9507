"""Falls that a drawing program left out because they are closer together than it can show."""

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats

#: Fewer distances between falls than this do not tell a common unit of time.
_LEAST = 20
#: Mean cosine (1: exact) from which on the falls stand on a grid.
_ON_GRID = 0.8


def unthinned(points: Floats, slanted: npt.NDArray[np.bool_], eps: float) -> Floats:
    """Steps restored where a program drew one slanted piece for several falls.

    Matplotlib drops the levels between falls less than a ninth of a point apart, and draws one steep piece
    instead. Its height in units of the falls around it tells how many patients it stands for, and the unit of
    time of the other falls how many of them are likely to have fallen together.

    Parameters
    ----------
    points : (N, 2) array
        Corners from left to right.
    slanted : (N - 1,) bool
        Which pieces stand for falls and are not upright.
    eps : float
        Distance under which two coordinates are one.
    """
    if not slanted.any():
        return points
    move = np.abs(np.diff(points, axis=0))
    fall = move[:, 1] > eps
    upright = fall & ~slanted
    patients = _patients(move[:, 1], upright, fall)
    unit = _unit(points[:-1][upright, 0], float(move[slanted, 0].max())) if (patients > 2).any() else 0.0
    parts = [points[:1]]
    for k in range(len(move)):
        if slanted[k]:
            places = round(move[k, 0] / unit) + 1 if unit > 0 else np.inf
            parts.append(_falls(points[k], points[k + 1], int(patients[k]), places))
        parts.append(points[k + 1 : k + 2])
    return np.vstack(parts)


def _patients(height: Floats, upright: npt.NDArray[np.bool_], fall: npt.NDArray[np.bool_]) -> Floats:
    """How many patients each fall stands for (1 where nothing falls).

    The fall of one patient, S / n at risk, never shrinks along a curve: it stays as it is at a death and grows
    where patients are censored. So it is at least that of the falls before and at most every later fall; of the
    numbers that fit between, the least is the likeliest.
    """
    later = np.append(np.minimum.accumulate(np.where(upright, height, np.inf)[::-1])[::-1], np.inf)
    patients = np.ones(len(height))
    one = later[0]
    for k in np.flatnonzero(fall & np.isfinite(one)):
        most = np.floor(height[k] / one + 0.1)
        patients[k] = np.clip(np.ceil(height[k] / later[k + 1] - 0.1), min(most, 2.0), max(most, 1.0))
        one = max(one, min(height[k] / patients[k], later[k + 1]))
    return patients


def _unit(x: Floats, widest: float) -> float:
    """Distance of which all distances between falls are multiples (the days of a curve), 0 if none is seen.

    Only units that could lie within the widest slanted piece are looked for.
    """
    apart = np.diff(x)
    apart = apart[apart < 40 * widest]
    if apart.size < _LEAST:
        return 0.0
    per_length = np.arange(0.5 / widest, 12 / widest, 1 / (16 * apart.max()))
    agreement = np.cos(2 * np.pi * per_length[:, None] * apart).mean(axis=1)
    on_grid = np.flatnonzero(agreement > _ON_GRID)
    if not on_grid.size:
        return 0.0
    first = on_grid[(agreement[on_grid] >= agreement[np.minimum(on_grid + 1, agreement.size - 1)])][0]
    return float(1 / per_length[first])


def _falls(start: Floats, end: Floats, patients: int, places: float) -> Floats:
    """Corners between the ends of a slanted piece: one fall in its middle, or several from end to end.

    A fall at either end is sure; the other patients fell at any of the `places`, some of them together.
    """
    (x0, y0), (x1, y1) = start, end
    if patients < 2:
        middle = 0.5 * (x0 + x1)
        return np.array([[middle, y0], [middle, y1]])
    inner = patients - 2
    if np.isfinite(places):
        inner = round(max(0.0, places - 2) * (1 - (1 - 1 / places) ** inner))
    gone = np.floor(np.arange(1, inner + 2) * patients / (inner + 2))
    level = y0 + (y1 - y0) * gone / patients
    at = np.linspace(x0, x1, level.size + 1)
    return np.column_stack([np.repeat(at, 2)[1:-1], np.repeat(level, 2)])
