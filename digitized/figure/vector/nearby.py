"""Which points lie near which: a search along x, light enough to need no numerical library beyond numpy."""

import numpy as np

from digitized.curve import Floats


def nearby(of: Floats, among: Floats, reach: float) -> list[list[int]]:
    """For each of (N, 2) points, which of the (M, 2) others lie within `reach` of it, across plus down."""
    order = np.argsort(among[:, 0], kind="stable")
    across = among[order, 0]
    first = np.searchsorted(across, of[:, 0] - reach, side="left")
    last = np.searchsorted(across, of[:, 0] + reach, side="right")
    found = []
    for point, a, b in zip(of, first, last, strict=True):
        some = order[a:b]
        close = np.abs(among[some] - point).sum(axis=1) <= reach
        found.append(sorted(int(k) for k in some[close]))
    return found
