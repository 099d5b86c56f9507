"""`crosstrial summary-ipd`: tables in, patients and agreement out, and clear sentences for bad input."""

from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from analysis.cli import summary_ipd
from digitized.errors import InputError
from digitized.summary import read_summary

TABLE = """figure,arm,quantity,time,value,lower,upper,level,versus
one,treated,n,,120,,,,
one,treated,events,,70,,,,
one,treated,median,,13.0,10.5,17.1,,
one,treated,rate,12,53,43,61,95,
one,treated,hazard_ratio,,0.66,0.48,0.90,,
one,control,n,,118,,,,
one,control,events,,88,,,,
one,control,median,,9.0,7.5,11.0,,
two,single,n,,40,,,,
two,single,median,,NR,8.0,,,
two,single,events,,12,,,,
two,single,max_follow_up,,24,,,,
two,single,hazard_ratio,,0.5,0.3,0.8,,absent
"""


def run(*arguments: str):
    app = typer.Typer()
    summary_ipd.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["summary-ipd", *arguments])


def test_two_figures_in_one_call(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TABLE)
    out = tmp_path / "ipd.csv"
    result = run(str(tmp_path / "s.csv"), "--draws", "2", "--seed", "3", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "percentages" in result.stderr
    assert "absent" in result.stderr
    patients = pd.read_csv(out)
    assert list(patients.columns) == ["figure", "arm", "draw", "time", "event"]
    counted = patients.groupby(["figure", "arm", "draw"]).event.agg(["size", "sum"])
    assert counted.loc[("one", "treated", 1)].tolist() == [120, 70]
    assert counted.loc[("two", "single", 0)].tolist() == [40, 12]
    agreement = pd.read_csv(tmp_path / "ipd.agreement.csv")
    assert agreement.met.all()
    assert {"hazard_ratio", "hazard_ratio_se", "rate", "median"} <= set(agreement.quantity)


def test_reference_is_the_only_arm_without_a_ratio_or_versus(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "arm,quantity,value,versus\na,n,20,\nb,n,20,\nc,n,20,\na,hazard_ratio,0.8,c\nb,hazard_ratio,0.7,\n"
    )
    ratios = read_summary(path).figures[0].hazard_ratios
    assert {(ratio.arm, ratio.versus) for ratio in ratios} == {("a", "c"), ("b", "c")}
    path.write_text("arm,quantity,value,versus\na,n,20,\nb,n,20,\nc,n,20,\na,hazard_ratio,0.8,\n")
    with pytest.raises(InputError, match="could refer to any of"):
        read_summary(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("arm,quantity,value\n", "no rows"),
        ("arm,value\na,1\n", "'quantity' is missing"),
        ("arm,quantity,value,colour\na,n,1,red\n", "'colour' is not known"),
        ("arm,quantity,value\na,events,3\n", "n is missing"),
        ("arm,quantity,value\na,n,ten\n", "'ten', expected a number"),
        ("arm,quantity,value\na,n,10.5\n", "whole number"),
        ("arm,quantity,value\na,n,10\na,rate,0.5\n", "time is missing"),
        ("arm,quantity,value\na,n,10\na,hazard,0.5\n", "expected one of"),
        ("arm,quantity,value\na,n,10\na,n,11\n", "2 times"),
        ("arm,quantity,time,value\na,n,,10\na,rate,6,0.4\na,rate,12,0.6\n", "rises"),
        ("arm,quantity,time,value\na,n,,10\na,at_risk,0,10\na,at_risk,6,4\na,at_risk,9,5\n", "rises"),
        ("arm,quantity,time,value\na,n,,10\na,rate,6,140\n", "expected 0 to 1"),
        ("arm,quantity,value,lower,upper\na,n,10,,\na,median,5,6,8\n", "does not hold"),
    ],
)
def test_bad_tables_get_a_sentence_and_write_nothing(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    (tmp_path / "ipd.csv").write_text("earlier")
    result = run(str(tmp_path / "s.csv"), "--out", str(tmp_path / "ipd.csv"))
    assert isinstance(result.exception, InputError)
    assert expected in str(result.exception)
    assert (tmp_path / "ipd.csv").read_text() == "earlier"


def test_missing_file_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_summary(tmp_path / "absent.csv")
    (tmp_path / "latin.csv").write_bytes("arm,quantity,value\nbras é,n,10\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read_summary(tmp_path / "latin.csv")


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ("6,0.8 12,1.4", "0.8 (line 3) and 1.4 (line 4)"),
        ("6,0.8 12,55", "0.8 (line 3) and 55 (line 4)"),
        ("6,80 12,0.55", "0.55 (line 4) and 80 (line 3)"),
    ],
)
def test_rates_of_mixed_scale_are_named_as_they_were_typed(tmp_path: Path, rates: str, says: str) -> None:
    path = tmp_path / "s.csv"
    lines = "".join(f"A,rate,{rate}\n" for rate in rates.split())
    path.write_text(f"arm,quantity,time,value\nA,n,,100\n{lines}")
    with pytest.raises(InputError) as refused:
        read_summary(path)
    (sentence,) = refused.value.faults
    assert sentence.startswith("s.csv: figure 's', arm 'A': rates mix probabilities and percent")
    assert says in sentence


def test_a_low_rate_in_percent_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("arm,quantity,time,value\nA,n,,100\nA,rate,6,24\nA,rate,12,6\nA,rate,24,0.8\n")
    (figure,) = read_summary(path).figures
    assert figure.arms[0].rates[-1].estimate.value == pytest.approx(0.008)
