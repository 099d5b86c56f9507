"""Nobody leaves before the end: a drop at the very end finds all survivors at risk."""

import numpy as np
import pytest

from digitized.curve import Curve, Grade, Provenance
from digitized.kaplan_meier import kaplan_meier
from digitized.reconstruction import reconstruct
from digitized.reconstruction.assumed_risk import (
    by_law,
    expected_events,
    stretch_for_events,
    stretched,
    typical_law,
)

TIME = np.array([0.0, 6.0, 6.0, 12.0, 12.0])
SURVIVAL = np.array([1.0, 1.0, 0.7, 0.7, 0.4])


def test_as_many_events_as_the_curve_falls_leave_nobody_to_be_censored_early():
    stretch = stretch_for_events(TIME, SURVIVAL, 100, 60, typical_law)
    assert np.isinf(stretch)
    nobody = stretched(typical_law, stretch)
    risk = by_law(TIME, SURVIVAL, 100, nobody)
    assert expected_events(TIME, SURVIVAL, 100, nobody)[0] == pytest.approx(60)
    assert risk.at_risk == pytest.approx([100, 100, 70, 70, 40])
    assert not risk.leaving.any()


def test_the_exact_curve_is_met_with_its_events():
    curve = Curve(
        time=TIME,
        survival=SURVIVAL,
        at_risk_time=np.empty(0),
        at_risk=np.empty(0, dtype=np.int64),
        n=100,
        events=60,
        grade=Grade.VECTOR,
        provenance=Provenance("drawn", "", "", ""),
    )
    found = reconstruct(curve)
    ipd = found.ipd[0]
    assert (ipd.n, ipd.events) == (100, 60)
    assert kaplan_meier(ipd.time, ipd.event).at([5.0, 9.0, 12.5]) == pytest.approx([1.0, 0.7, 0.4], abs=0.02)
