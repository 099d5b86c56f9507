"""The route over tables: whatever scale, kind and unit a table is written in, and odd cells, it never crashes."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitized.choices import Kind, Scale, Unit
from digitized.errors import InputError
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct
from digitized.reconstruction.tables import Reading, Sources, read_curves

ODD_CELLS = ["", "nan", "-", "abc", "1e400", "-0.2", "7", "130", "50%", "0.5 %"]


def written(folder, clicks, at_risk, totals):
    """The tables of one arm as files."""
    sources = Sources(folder / "clicks.csv", folder / "at_risk.csv", folder / "totals.csv")
    rows = [f"a,{time},{value}" for time, value in clicks]
    sources.curves.write_text("\n".join(["arm,time,survival", *rows]))
    sources.at_risk.write_text("\n".join(["arm,time,n_risk", *(f"a,{t!r},{c}" for t, c in at_risk)]))
    sources.totals.write_text("\n".join(["arm,n,events", totals]))
    return sources


def patients(n, seed):
    """Times in months and events of simulated patients."""
    rng = np.random.default_rng(seed)
    return rng.exponential(12.0, n) + 0.1, rng.random(n) < 0.6


def told_in(unit, scale, kind, n, seed):
    """Points and numbers at risk as a table of that kind would hold them, and the survival they stand for."""
    time, event = patients(n, seed)
    km = kaplan_meier(time, event)
    when = np.concatenate(([0.0], km.time, [time.max()]))
    survival = km.at(when)
    value = (1.0 - survival if kind is Kind.INCIDENCE else survival) * (100 if scale is Scale.PERCENT else 1)
    grid = np.arange(0.0, time.max(), 6.0)
    clicks = [(repr(float(t)), repr(float(v))) for t, v in zip(when / unit.months, value, strict=True)]
    at_risk = list(zip((grid / unit.months).tolist(), number_at_risk(time, grid).tolist(), strict=True))
    return when, survival, clicks, at_risk, f"a,{n},{event.sum()}"


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 40),
    seed=st.integers(0, 10_000),
    unit=st.sampled_from(Unit),
    scale=st.sampled_from([Scale.PERCENT, Scale.PROBABILITY]),
    kind=st.sampled_from([Kind.INCIDENCE, Kind.SURVIVAL]),
    said=st.booleans(),
)
def test_every_way_of_writing_a_table_is_the_same_curve(n, seed, unit, scale, kind, said):
    when, survival, clicks, at_risk, totals = told_in(unit, scale, kind, n, seed)
    reading = Reading(scale, kind, unit) if said else Reading(unit=unit)
    with tempfile.TemporaryDirectory() as place:
        table = read_curves(written(Path(place), clicks, at_risk, totals), reading)
    curve = table.curves[("", "a")]
    np.testing.assert_allclose(curve.time, when, atol=1e-9)
    np.testing.assert_allclose(curve.survival, survival, atol=1e-9)
    ipd = reconstruct(curve).ipd[0]
    assert (ipd.n, ipd.events) == (curve.n, curve.events)
    np.testing.assert_array_equal(number_at_risk(ipd.time, curve.at_risk_time), curve.at_risk)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 25),
    seed=st.integers(0, 10_000),
    unit=st.sampled_from([None, *Unit]),
    scale=st.sampled_from(Scale),
    kind=st.sampled_from(Kind),
    cells=st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.sampled_from(ODD_CELLS)), max_size=3),
    written_as=st.sampled_from([Kind.INCIDENCE, Kind.SURVIVAL]),
)
def test_odd_cells_and_wrong_readings_get_patients_or_a_sentence(
    n, seed, unit, scale, kind, cells, written_as
):
    _, _, clicks, at_risk, totals = told_in(Unit.WEEKS, Scale.PERCENT, written_as, n, seed)
    for place, in_time, cell in cells:
        row = list(clicks[place % len(clicks)])
        row[0 if in_time else 1] = cell
        clicks[place % len(clicks)] = tuple(row)
    with tempfile.TemporaryDirectory() as place:
        sources = written(Path(place), clicks, at_risk, totals)
        try:
            curve = read_curves(sources, Reading(scale, kind, unit)).curves[("", "a")]
            ipd = reconstruct(curve).ipd[0]
        except InputError:
            return
    assert ipd.n == n
    assert np.all(np.isfinite(ipd.time))
    assert ipd.time.min() >= 0


@pytest.mark.parametrize("unit", Unit)
def test_a_unit_scales_times_of_points_and_numbers_at_risk_alike(unit, tmp_path):
    sources = written(tmp_path, [("0", "1"), ("3", "0.5"), ("4", "0.5")], [(0.0, 4), (2.0, 4)], "a,4,2")
    curve = read_curves(sources, Reading(unit=unit)).curves[("", "a")]
    np.testing.assert_allclose(curve.time, np.array([0, 3, 4]) * unit.months)
    np.testing.assert_allclose(curve.at_risk_time, np.array([0, 2]) * unit.months)
