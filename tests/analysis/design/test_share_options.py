"""A share given as a percentage is answered with the share; a number that is no percentage is not."""

import pytest
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.design.checks import power_faults
from digitized.errors import InputError

RUNNER = CliRunner()


@pytest.mark.parametrize(("given", "says"), [("75", "did you mean 0.75?"), ("1.2", "at most 1")])
def test_a_maturity_above_1(given, says):
    result = RUNNER.invoke(app, ["design", "sample-size", "--hr", "0.7", "--maturity", given])
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)
    assert "0.012" not in str(result.exception)


def test_a_power_above_1():
    assert "did you mean 0.8?" in power_faults(80, 0.05)[0]
    (sentence,) = power_faults(1.2, 0.05)
    assert "did you mean" not in sentence
    assert "below 1" in sentence
