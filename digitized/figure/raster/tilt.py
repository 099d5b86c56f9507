"""How far a scanned picture lies askew: the angle at which its print falls into the fewest rows."""

import numpy as np

from digitized.figure.raster.frames import Gray

#: Angles tried, degrees.
_ANGLES = np.arange(-5.0, 5.05, 0.1)
#: A picture is askew if its rows are this much sharper at another angle than as it is.
_SHARPER = 1.2


def tilt(gray: Gray, sharper: float = _SHARPER) -> float:
    """Angle in degrees by which level lines fall to the right; 0 where the picture is straight or says nothing.

    Parameters
    ----------
    gray : (H, W) float32
        Grey values 0-1.
    sharper : float
        How much sharper the rows must be at another angle than as they are.
    """
    rows, columns = np.nonzero(np.abs(np.diff(gray, axis=0)) > 0.15)
    if rows.size < 200:
        return 0.0
    keep = slice(None, None, max(1, rows.size // 40_000))
    rows, columns = rows[keep], columns[keep]
    middle = columns - 0.5 * gray.shape[1]
    sharpness = []
    for slope in np.tan(np.radians(_ANGLES)):
        counts = np.bincount(np.rint(rows - slope * middle).astype(np.int64) + gray.shape[1])
        sharpness.append(float((counts.astype(float) ** 2).sum()))
    best = int(np.argmax(sharpness))
    straight = sharpness[int(np.argmin(np.abs(_ANGLES)))]
    return float(round(_ANGLES[best], 1)) if sharpness[best] > sharper * straight else 0.0
