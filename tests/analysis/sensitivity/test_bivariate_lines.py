import numpy as np
import pytest
import xarray as xr

from analysis.sensitivity.bivariate import applies, joint_lines


def _correlation(value):
    return xr.Dataset({"rho_pfs_os": (("chain", "draw"), np.full((2, 100), value))})


@pytest.fixture(scope="module")
def lines(base_case):
    return {rho: joint_lines(base_case, _correlation(rho)) for rho in (0.0, 0.9, -0.9)}


def _median(lines, endpoint):
    return next(line.median for line in lines if line.endpoint == endpoint)


def test_without_correlation_each_endpoint_keeps_its_answer(base_case, lines):
    for endpoint in ("OS", "PFS"):
        own = float(np.exp(np.median(base_case.draws(endpoint, "Delta"))))
        assert _median(lines[0.0], endpoint) == pytest.approx(own, rel=0.01)


def test_the_stronger_endpoint_pulls_the_other_and_pushes_it_where_they_are_opposed(lines):
    """PFS is the more favourable one in the made run."""
    assert _median(lines[0.9], "OS") < _median(lines[0.0], "OS") - 0.03
    assert _median(lines[-0.9], "OS") > _median(lines[0.0], "OS") + 0.03


def test_the_published_correlation_has_lines_of_its_own(base_case, lines):
    assert applies(base_case)
    published = [line for line in lines[0.0] if "published R2 0.436" in line.variant]
    assert [line.endpoint for line in published] == ["OS", "PFS"]
    assert all("rho 0.66" in line.variant for line in published)
    assert all(line.c_prior.startswith("c ~") for line in published)
