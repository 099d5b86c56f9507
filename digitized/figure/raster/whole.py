"""How much of a line the traces found on it follow: a part of a histogram's outline falls as a curve does."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from digitized.figure.raster.curves import Trace
from digitized.figure.raster.trace import Path

#: Coverage from which a pixel belongs to a line.
_INK = 0.3


def followed(traces: Sequence[Trace]) -> float:
    """Share of the print that hangs together with the traces which they run along, 0-1; 0 without traces.

    Counted in pixels of the traces' inks, whichever trace runs there: the rims of a darker line look like a paler ink.
    Censor marks about a trace are along it, uprights down to the axis and what rises are not. Words and keys of a
    legend hang together with no trace.
    """
    along = together = 0
    near = np.zeros(traces[0].ink.coverage.shape, dtype=bool) if traces else np.empty(0, dtype=bool)
    for t in traces:
        _drawn(near, t.path, 6 * max(1.0, t.steps.stroke) + 4)
    for trace in {id(t.ink): t for t in traces}.values():
        printed = trace.ink.coverage > _INK
        own = [t for t in traces if t.ink is trace.ink]
        line = np.zeros_like(printed)
        for t in own:
            _drawn(line, t.path, 1)
        # What was masked of a line cuts it: pieces a few pixels apart hang together.
        parts, _ = ndimage.label(ndimage.binary_dilation(printed, iterations=2), np.ones((3, 3)))
        touched = np.unique(parts[line & printed])
        hanging = printed & np.isin(parts, touched[touched > 0])
        along += int((hanging & near).sum())
        together += int(hanging.sum())
    return along / together if together else 0.0


def _drawn(image: np.typing.NDArray[np.bool_], path: Path, reach: float) -> None:
    """Mark the rows of a path in every column, and `reach` rows beyond."""
    for i in range(path.row.size):
        top = max(0, int(path.before[i] - reach))
        image[top : int(path.row[i] + reach) + 1, path.first + i] = True
