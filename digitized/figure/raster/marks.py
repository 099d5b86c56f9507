"""Censor marks along a followed curve: ticks, crosses, circles - found, not followed."""

import numpy as np

from digitized.curve import Floats
from digitized.figure.raster.colours import Coverage
from digitized.figure.raster.curves import Trace
from digitized.figure.raster.strokes import Steps, groups


def censor_columns(trace: Trace) -> Floats:
    """Columns (sub-pixel) of the censor marks on a curve; marks that merge into one blot count by its width.

    A mark is ink of the curve's colour above or below the stroke where the curve itself is flat. Where drops lie
    close together their own ink stands out too: if nothing stands out away from drops, there are no marks.
    """
    steps, coverage = trace.steps, trace.ink.coverage
    stroke = max(1.0, steps.stroke)
    first, last = int(np.ceil(steps.edge[0])), int(np.floor(steps.edge[-1]))
    columns = np.arange(first, min(last + round(3 * stroke) + 1, coverage.shape[1]))
    excess = np.array([_beyond(coverage, int(x), steps, stroke) for x in columns])
    if not excess.size or excess.max() < 0.8 * stroke:
        return np.empty(0)
    blots = groups(excess > max(0.6, 0.35 * float(np.quantile(excess[excess > 0.3], 0.9))))
    if not blots:
        return np.empty(0)
    widths = np.array([b - a + 1 for a, b in blots])
    single = max(1.0, float(np.quantile(widths, 0.3)))
    found: list[float] = []
    for (a, b), width in zip(blots, widths, strict=True):
        if width < 1.8 * single + 1:
            weight = excess[a : b + 1]
            found.append(columns[0] + float((np.arange(a, b + 1) * weight).sum() / weight.sum()))
            continue
        # Marks that overlap: their peaks where they can be told apart, else one for each mark's width.
        inner = excess[a : b + 1]
        peaks = [
            a + i
            for i in range(inner.size)
            if inner[i] >= inner[max(0, i - 1) : i + 2].max() and (i == 0 or inner[i] > inner[i - 1])
        ]
        even = columns[0] + a + single * (np.arange(max(1, round(width / single))) + 0.5) - 0.5
        found += (
            [float(columns[0] + p) for p in peaks]
            if len(peaks) > 1 and single < 4
            else [float(x) for x in even]
        )
    return np.array(found) if _any_away_from_drops(found, steps, 2 * stroke) else np.empty(0)


def _any_away_from_drops(columns: list[float], steps: Steps, distance: float) -> bool:
    drops = steps.edge[1:-1]
    return any(not drops.size or float(np.abs(drops - x).min()) > distance for x in columns)


def _beyond(coverage: Coverage, x: int, steps: Steps, stroke: float) -> float:
    """Ink in column x above and below the curve, as far as a mark reaches; that of drops beside it left out."""
    drops, near = steps.edge[1:-1], 0.5 * stroke + 1  # as far as the stroke of a drop reaches
    first, last = np.searchsorted(drops, (x - near, x + near))
    levels = steps.level[first : last + 1]
    top, bottom = float(levels.min()), float(levels.max())
    reach = 4 * stroke + 3
    above = coverage[max(0, int(top - reach)) : max(0, int(np.floor(top - 0.5 * stroke - 0.6)) + 1), x]
    below = coverage[int(np.ceil(bottom + 0.5 * stroke + 0.6)) : int(bottom + reach) + 1, x]
    return float(above.sum() + below.sum())
