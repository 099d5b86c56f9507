"""Which fits enter a pool, and that a posterior taken by pieces is the whole posterior."""

import numpy as np
import xarray as xr

from analysis.run.fits import pooled, without_divergent
from analysis.run.increment import PART_DRAWS, in_parts


def test_a_fit_that_still_diverges_is_left_out_of_the_pool():
    assert without_divergent([(0.0, "a"), (0.002, "b"), (0.001, "c")]) == {0: "a", 2: "c"}


def test_a_pool_of_nothing_but_divergent_fits_keeps_them_for_the_diagnostics_to_name():
    assert without_divergent([(0.01, "a"), (0.02, "b")]) == {0: "a", 1: "b"}


def test_the_pieces_of_a_posterior_are_all_of_its_draws_once():
    draws = xr.Dataset({"x": (("chain", "draw"), np.arange(24_000.0).reshape(8, 3000))})
    pieces = list(in_parts(draws))
    assert all(piece["x"].size <= PART_DRAWS for piece in pieces)
    assert sorted(np.concatenate([piece["x"].to_numpy().ravel() for piece in pieces])) == list(range(24_000))


def test_a_pool_keeps_the_number_of_each_reconstruction():
    part = xr.Dataset({"Delta": (("chain", "draw"), np.zeros((2, 3)))})
    found = pooled(without_divergent([(0.0, part), (0.5, part), (0.0, part)]))
    assert found["imputation"].to_numpy().tolist() == [0, 0, 2, 2]
    assert found["chain"].to_numpy().tolist() == [0, 1, 2, 3]
