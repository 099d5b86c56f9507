"""Censoring that starts steeply at the end of the curve: no draw invents a death after it."""

import numpy as np
import pytest

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct

CUT_OFF = 24.0
RECRUITMENT = 1.0


def recruited_at_once(n, seed, *, traced):
    """Patients recruited within a month and followed to one day; their curve clicked or traced, and counts."""
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(40.0, n), rng.uniform(CUT_OFF - RECRUITMENT, CUT_OFF, n)
    time, event = np.minimum(died, left), died <= left
    km = kaplan_meier(time, event)
    if traced:
        when = np.arange(0.0, time.max(), CUT_OFF / 700)
        level = np.rint(km.at(when) / 0.002 + rng.normal(0, 0.4, when.size)) * 0.002
    else:
        corners = np.column_stack((np.concatenate(([1.0], km.survival[:-1])), km.survival)).ravel()
        when = np.concatenate(([0.0], np.repeat(km.time, 2), [time.max()]))
        level = np.concatenate(([1.0], corners, [km.survival[-1]]))
        when[1:] += rng.normal(0, 0.03, when.size - 1)
        level[1:] += rng.normal(0, 0.003, level.size - 1)
    grid = np.arange(0.0, time.max(), 6.0)
    counts = number_at_risk(time, grid)
    return km, Curve(when.clip(0), level.clip(0, 1), grid, counts, None, n, int(event.sum()))


@pytest.mark.parametrize(("n", "traced"), [(80, False), (200, False), (40, True), (80, True), (200, True)])
def test_no_draw_dies_after_the_last_step_among_the_few_who_stay(n, traced):
    for seed in range(2):
        truth, curve = recruited_at_once(n, seed, traced=traced)
        for ipd in reconstruct(curve, draws=11).ipd:
            rebuilt = kaplan_meier(ipd.time, ipd.event)
            assert rebuilt.time[-1] < truth.time[-1] + 0.3


@pytest.mark.parametrize("traced", [False, True])
def test_the_last_height_of_a_draw_is_as_near_as_it_was_read(traced):
    for seed in range(2):
        truth, curve = recruited_at_once(80, seed, traced=traced)
        ends = [
            kaplan_meier(ipd.time, ipd.event).survival[-1] for ipd in reconstruct(curve, draws=21).ipd[1:]
        ]
        assert np.mean(ends) == pytest.approx(truth.survival[-1], abs=0.02)
