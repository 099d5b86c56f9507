"""The model scripts run as an assessor would run them (with few draws)."""

import pytest

from analysis.scripts import base_case, published_curves, single_arm_shift


@pytest.mark.e2e
def test_base_case_prints_the_prior_beside_the_increment(capsys):
    assert 0.3 < base_case.main(draws=100, tune=200) < 2.0
    printed = capsys.readouterr().out
    assert "c ~ N(log 0.86, 0.25)" in printed
    assert "set before the fit" in printed


@pytest.mark.e2e
def test_single_arm_shift_moves_the_answer_the_expected_way(capsys):
    medians = single_arm_shift.main(draws=100, tune=200)
    assert medians["c ~ N(log 0.65, 0.25)"] > medians["c ~ N(0, 0.25)"]
    assert "P(HR < 1)" in capsys.readouterr().out


def test_published_curves_draws_every_ici_arm(tmp_path):
    path = published_curves.main(tmp_path / "curves.svg")
    assert path.stat().st_size > 10_000
