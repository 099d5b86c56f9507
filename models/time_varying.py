"""An effect of the added component that changes over follow-up: non-proportional hazards."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from models.baseline import Baseline


@dataclass(frozen=True)
class TimeVaryingEffect:
    """Log hazard ratio of the added component that steps at `knots` (months).

    `delta_anlo` (and gamma) hold in the first segment; later segments depart from it by a random walk whose
    steps are Normal(0, `step_sd`): 0.3 lets the hazard ratio move by about 80 % a segment.
    """

    knots: tuple[float, ...] = (3.0, 6.0, 12.0)
    step_sd: float = 0.3
    parameter: str = "Delta_change"

    def variables(self) -> Any:
        """Add the steps to the model in context; returns departures (K + 1,) from the first segment."""
        pm.modelcontext(None).add_coord("delta_knot", list(self.knots))
        pm.modelcontext(None).add_coord("delta_segment", [0.0, *self.knots])
        steps = pm.Normal("Delta_step", 0.0, self.step_sd, dims="delta_knot")
        walk = np.tri(len(self.knots) + 1, len(self.knots), -1)
        return pm.Deterministic(self.parameter, pt.sum(walk * steps, axis=-1), dims="delta_segment")

    def log_ratio(self, change: Any, time: Any, xp: Any) -> Any:
        """Departure at `time` (last axis); an event at a knot belongs to the segment it ends."""
        return change[..., xp.sum(time[:, None] > np.array(self.knots), axis=-1)]

    def cumulative_hazard(self, change: Any, baseline: Baseline, parameters: Any, time: Any, xp: Any) -> Any:
        """Cumulative hazard at `time` of an arm with the departures, at delta_anlo = gamma = 0."""
        ratio = xp.exp(change)
        reached = [baseline.cumulative_hazard(parameters, xp.minimum(time, knot), xp) for knot in self.knots]
        reached.append(baseline.cumulative_hazard(parameters, time, xp))
        total = ratio[..., 0, None] * reached[0]
        for segment in range(1, len(reached)):
            total = total + ratio[..., segment, None] * (reached[segment] - reached[segment - 1])
        return total
