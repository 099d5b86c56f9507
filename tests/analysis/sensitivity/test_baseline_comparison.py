from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.sensitivity.baseline_comparison import (
    Comparison,
    _rhat,
    last_supported,
    preference,
    reservation,
    with_verdicts,
)
from analysis.sensitivity.line import Heading
from digitized.curve import PseudoIPD


@pytest.mark.parametrize(
    ("difference", "error", "said"),
    [
        (0.0, 0.0, "best"),
        (-3.0, 2.0, "compatible with the best"),
        (-5.0, 2.0, "worse than the best"),
    ],
)
def test_a_difference_within_two_standard_errors_is_no_preference(difference, error, said):
    assert preference(difference, error) == said


def test_a_form_is_read_with_reservation_when_chains_or_trials_disagree():
    assert reservation(1.02, 0.1, 0.45) == ""
    assert "R-hat 1.50" in reservation(1.5, 0.1, 0.45)
    both = reservation(1.5, 0.74, 0.45)
    assert "R-hat" in both
    assert "tau_u 0.74" in both


def test_each_line_of_a_form_carries_what_leave_one_out_says_of_it():
    forms = pd.DataFrame(
        {"endpoint": ["OS"], "form": ["Weibull baseline"], "difference": [-43.2], "se_difference": [8.7]}
        | {"verdict": ["worse than the best"], "reservation": ["chains disagree (R-hat 1.50)"]}
    )
    empty = pd.DataFrame()
    heading = Heading("SA13", "OS", "index", "c = 0")
    draws = np.linspace(-1, 0.5, 100)
    lines = [heading.ratio(draws, name, "fit") for name in ("Weibull baseline, to 24 months", "base case")]
    first, second = with_verdicts(lines, Comparison(forms, empty, empty, empty))
    assert first.variant.endswith("PSIS-LOO -43 (se 9), worse than the best; chains disagree (R-hat 1.50)")
    assert second == lines[1]


def test_support_ends_where_ten_are_left_at_risk():
    times = [float(month) for month in range(1, 31)]
    assert last_supported(PseudoIPD(times, [True] * 30)) == 21.0
    assert last_supported(PseudoIPD(times[:4], [True] * 4)) == 1.0


def test_a_parameter_that_the_form_fixes_spoils_no_rhat():
    """Warnings are errors here: a constant's R-hat would be 0 / 0."""
    rng = np.random.default_rng(3)
    baseline = np.stack([rng.standard_normal((4, 100)), np.ones((4, 100))], axis=-1)
    posterior = xr.Dataset(
        {
            "Delta": (("chain", "draw"), rng.standard_normal((4, 100))),
            "baseline": (("chain", "draw", "parameter"), baseline),
            "tau": (("chain", "draw", "spread"), np.abs(rng.standard_normal((4, 100, 2)))),
        }
    )
    fit = SimpleNamespace(
        posterior=posterior, survival=SimpleNamespace(baseline=SimpleNamespace(parameter="baseline"))
    )
    assert 0.99 < _rhat(fit) < 1.1
