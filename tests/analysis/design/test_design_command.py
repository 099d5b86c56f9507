"""`crosstrial design`: stable JSON keys, the ladder beside the naive prior, refusals in one sentence."""

import json
import math
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis.cli.app import main
from analysis.design.assurance import assurance, p_hr_below_1
from analysis.design.borrowing import HybridDesign, borrowing_warning, rejection_probability
from analysis.design.priors import STANDARD_RUN, choose_prior, parse_prior, run_prior
from analysis.design.rule import LogRankRule
from digitized.errors import InputError


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["crosstrial", "design", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run(monkeypatch, *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_json_keys(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(monkeypatch, capsys, "events", "--hr", "0.7", "--power", "0.9", "--ratio", "2:1")
    assert found["events"] == 372
    assert found["events_exact"] == pytest.approx(371.68, abs=0.01)
    found = answer(monkeypatch, capsys, "sample-size", "--hr", "0.75")
    assert (found["n"], found["events"], round(found["readout_months"])) == (678, 508, 51)
    found = answer(monkeypatch, capsys, "predictive-power", "--interim-hr", ".75", "--interim-events", "200",
                   "--final-events", "400", "--prior", "flat")  # fmt: skip
    assert found["predictive_power"] == pytest.approx(0.82, abs=0.01)
    found = answer(monkeypatch, capsys, "evsi", "--prior", "base", "--events", "150,300,600", "--gain", "1.5")
    assert found["evpi"] > found["evsi"][2] > found["evsi"][1] > found["evsi"][0] > 0
    assert all(step["evsi"] < found["evpi"] for step in found["next_steps"])
    found = answer(monkeypatch, capsys, "index-trial")
    assert found["log_rank"]["enrolled"] == found["log_hr"]["enrolled"] == 48
    assert set(found) >= {"hazard_ratio", "p_event", "log_hr", "log_rank", "false_positive"}
    assert found["false_positive"]["7.3"] == pytest.approx(0.261, abs=0.003)
    found = answer(monkeypatch, capsys, "hybrid", "--tau", "0.1")
    assert "larger tau (0.16 keeps it)" in found["rows"][0]["warning"]
    assert "one-sided type I error 0.101 at drift 0.2, nominal 0.025" in found["rows"][0]["warning"]
    assert found["nominal_one_sided"] == 0.025


def test_the_events_of_looks_head_the_answer_and_are_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("events", "--hr", "0.7", "--ratio", "2:1", "--looks", "0.6,1", "--futility")
    found = answer(monkeypatch, capsys, *arguments)
    assert (found["events"], found["events_without_looks"]) == (388, 372)
    assert found["events_exact"] == pytest.approx(387.94, abs=0.01)
    assert found["sequential"]["events"] == [233, 388]
    # The boundary as a hazard ratio is at the whole events of the look: exp(-z (1 + r) / sqrt(r d)).
    bound = math.exp(-found["sequential"]["z"][0] * 3 / math.sqrt(2 * 233))
    assert found["sequential"]["hazard_ratio"][0] == pytest.approx(bound)
    assert run(monkeypatch, *arguments) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("388 events at most (387.94)")
    assert "  233 events: efficacy" in printed


def test_the_limit_of_the_type_i_error_is_relative_to_the_nominal_level() -> None:
    strict = HybridDesign(211, 120, external_arms=6, tau=0.15, alpha=0.01)
    error = rejection_probability(strict, 0.2)
    assert 0.02 < error < 0.05
    assert "nominal 0.01, is above 0.02" in str(borrowing_warning(strict))


def test_named_priors_say_that_the_kept_run_has_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = pd.read_csv(Path(__file__).parents[2] / "docs" / "standard_run" / "ladder.csv")
    rows = kept[kept["endpoint"] == "OS"]
    names = rows["scenario"].str.replace("_", "-")
    held = zip(names, rows["median"].round(2), rows["p_benefit"].round(2), strict=True)
    assert {name: (median, p) for name, median, p in held} == STANDARD_RUN
    assert run(monkeypatch, "assurance", "--events", "400") == 0
    said = capsys.readouterr().err
    assert "base 0.78 (0.83) and 0.82 (0.76)" in said
    assert "--run DIR" in said
    assert (
        run(monkeypatch, "simulate", "--events", "50", "--n", "80", "--prior", "base", "--trials", "100") == 0
    )
    assert "not posteriors of this program" in capsys.readouterr().err


def test_naive_is_never_quoted_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(monkeypatch, capsys, "assurance", "--events", "400,200", "--prior", "naive")
    assert found["assurance"] == pytest.approx([0.89, 0.78], abs=0.01)
    assert set(found["ladder"]) == {"base", "pessimistic", "leap-class"}
    assert found["p_hr_below_1"] > found["ladder"]["base"]["p_hr_below_1"]
    assert run(monkeypatch, "assurance", "--events", "400", "--prior", "naive") == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("naive", "base", "pessimistic", "leap-class", "P(HR < 1)"))


def test_draws_of_a_run(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prior = run_prior(run_folder, "leap-class")
    assert prior.draws is not None
    assert prior.probability_below(0.0) == pytest.approx(float((prior.draws < 0).mean()))
    normal = parse_prior(f"normal({prior.mu},{prior.sd})")
    assert assurance(prior, 300, LogRankRule()) == pytest.approx(
        assurance(normal, 300, LogRankRule()), abs=0.02
    )
    assert p_hr_below_1(prior) == pytest.approx(p_hr_below_1(normal), abs=0.03)
    after, conjugate = prior.posterior(-0.3, 0.02), normal.posterior(-0.3, 0.02)
    assert (after.mu, after.sd) == pytest.approx((conjugate.mu, conjugate.sd), abs=0.02)
    arguments = ("assurance", "--events", "300", "--prior", "base", "--run", str(run_folder))
    found = answer(monkeypatch, capsys, *arguments)
    assert "2000 draws" in found["prior"]
    assert "2000 draws" in found["ladder"]["leap-class"]["prior"]
    assert "2000 draws" in answer(monkeypatch, capsys, "evsi", "--run", str(run_folder))["prior"]
    with pytest.raises(InputError, match="the run has base, leap-class, naive, pessimistic"):
        run_prior(run_folder, "optimistic")
    with pytest.raises(InputError, match="no such run folder"):
        choose_prior("base", run_folder / "none")


def test_priors_as_calls() -> None:
    assert parse_prior("normal(log 0.9, 0.2)").mu == pytest.approx(-0.10536, abs=1e-5)
    assert parse_prior("normal(-0.1,0.2)").mu == -0.1
    assert parse_prior("LEAP_class").name == "leap-class"


@pytest.mark.parametrize(
    ("arguments", "helps"),
    [
        ("events --hr 1", "below 1, e.g. 0.75"),
        ("events --hr 0.7 --power 1", "power below 1"),
        ("events --hr 0.7 --power 90", "did you mean 0.9?"),
        ("events --hr 0.7 --alpha 0.6", "at most 0.5"),
        ("events --hr 0.7 --power 0.4 --looks 0.5,1 --futility", "a power above 0.5"),
        ("events --hr 0.7 --looks x", "e.g. 0.6,1"),
        ("index-trial --null-median 0", "null median 0: expected a number above 0"),
        ("events --hr 0.7 --ratio x", "1:1 or 2:1"),
        ("events --hr 0.7 --looks 0.5,0.4,1", "ascending"),
        ("sample-size --hr 0.7 --maturity 0.99", "give a maturity of 0.93 or less"),
        ("sample-size --hr 0.7 --dropout 10", "did you mean 0.1"),
        ("predictive-power --interim-hr .7 --interim-events 500 --final-events 400", "--interim-events 200"),
        ("assurance --events 200 --prior hopeful", "expected one of naive, base"),
        ("assurance --events 200 --prior normal(0,-1)", "expected above 0"),
        ("assurance --events many", "e.g. 200,400,600"),
        ("evsi --prior flat", "--prior reference"),
        ("evsi --step-maturity 2", "at most 1"),
        ("hybrid --tau 0", "above 0"),
        ("hybrid --drift nan", "e.g. 0,0.1,0.2"),
        ("sample-size --hr 0.7 --readout 3", "before month 24"),
        ("assurance --events 200 --prior sceptical --run .", "expected a run of OS"),
        ("simulate --events 500 --n 400 --hr 0.7", "more than 500"),
        ("simulate --events 300 --n 400", "give --hr, or --prior"),
        ("simulate --events 300 --n 400 --hr -1", "expected above 0"),
        ("simulate --events 300 --n 400 --hr 0.7 --effect gatekeeping --correlation 2", "from 0 to 1"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: str, helps: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments.split()) == 2
    error = capsys.readouterr().err.strip()
    assert helps in error
    assert len(error.splitlines()) == 1


def test_gatekeeping_draws_both_endpoints_from_the_run(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("simulate", "--run", str(run_folder), "--effect", "gatekeeping", "--events", "150",
                 "--n", "300", "--pfs-events", "180", "--trials", "200")  # fmt: skip
    found = answer(monkeypatch, capsys, *arguments)
    assert "(PFS, base)" in found["pfs"]
    assert "HR drawn from the prior" in found["pfs"]
    assert "(OS, base)" in found["os"]
    fixed = answer(monkeypatch, capsys, *arguments, "--pfs-hr", "0.5", "--pfs-median", "6.5")
    assert "exponential control, median 6.5 months; HR 0.5" in fixed["pfs"]
    assert fixed["power_pfs"] > found["power_pfs"]
    assert run(monkeypatch, *arguments, "--prior", "leap-class") == 2
    assert "give --pfs-hr" in capsys.readouterr().err
    assert run(monkeypatch, *arguments, "--looks", "0.5,1") == 2
    assert "leave out" in capsys.readouterr().err


def test_a_prior_that_the_run_lacks_is_said(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look = ("predictive-power", "--interim-hr", ".8", "--interim-events", "99", "--final-events", "200")
    for arguments in (("evsi", "--events", "150"), look):
        assert run(monkeypatch, *arguments, "--run", str(run_folder), "--endpoint", "PFS") == 0
        said = capsys.readouterr().err
        assert "leap-class is the named prior" in said
        assert "base is" not in said
        assert run(monkeypatch, *arguments) == 0
        assert "priors are the named ones" in capsys.readouterr().err
    arguments = ("simulate", "--run", str(run_folder), "--prior", "sceptical", "--events", "100", "--n", "200",
                 "--trials", "100")  # fmt: skip
    assert run(monkeypatch, *arguments) == 0
    assert "sceptical is no scenario" in capsys.readouterr().err


def test_patients_for_a_read_out_month(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for accrual in ((), ("--sites", "60", "--rate", "0.5", "--rate-cv", "0")):
        found = answer(monkeypatch, capsys, "sample-size", "--hr", "0.75", "--readout", "45", *accrual)
        assert found["events"] == 508
        assert found["n"] > 678
        assert 44.5 < found["readout_months"] <= 45
    assert run(monkeypatch, "sample-size", "--hr", "0.75", "--readout", "20", "--sites", "9") == 2
    assert "cannot come before month" in capsys.readouterr().err


def test_alpha_split_between_two_endpoints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(
        monkeypatch, capsys, "sample-size", "--hr", "0.75", "--pfs-hr", "0.7", "--pfs-share", "0.2"
    )
    assert (found["n"], found["events"]) == (found["os"]["n"], found["os"]["events"]) == (718, 538)
    # 4 (z_.995 + z_.9)^2 / log(.7)^2 = 467.9; the trial is as large as OS needs, PFS less mature.
    assert (found["pfs"]["events"], found["pfs"]["n"]) == (468, 718)
    assert "maturity 65%" in found["pfs"]["design"]
    assert "maturity 75%" in found["os"]["design"]
    assert found["pfs"]["alpha"] + found["os"]["alpha"] == pytest.approx(0.05)


def test_futility_in_a_simulation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("simulate", "--hr", "0.99", "--events", "200", "--n", "300", "--looks", "0.5,1",
                 "--trials", "300")  # fmt: skip
    never = answer(monkeypatch, capsys, *arguments)
    stops = answer(monkeypatch, capsys, *arguments, "--futility-beta", "0.1")
    assert never["futility_by_look"][0] == 0
    assert stops["futility_by_look"][0] > 0.3
    assert stops["mean_events"] < never["mean_events"]


def test_a_simulated_assurance_has_the_ladder_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("simulate", "--events", "200", "--n", "300", "--prior", "naive", "--trials", "300")
    found = answer(monkeypatch, capsys, *arguments)
    assert list(found["ladder"]) == ["base", "pessimistic", "leap-class"]
    assert found["power"] > found["ladder"]["base"]["power"] > found["ladder"]["leap-class"]["power"]
    gated = answer(monkeypatch, capsys, *arguments, "--effect", "gatekeeping", "--pfs-events", "220")
    assert gated["ladder"]["base"]["power_os"] < gated["power_os"] <= gated["power_pfs"]


def test_defaults_follow_the_endpoint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate = ("simulate", "--events", "100", "--n", "150", "--hr", "0.7", "--trials", "100")
    assert "median 15.2" in answer(monkeypatch, capsys, *simulate)["control"]
    assert "median 6.5" in answer(monkeypatch, capsys, *simulate, "--endpoint", "PFS")["control"]
    shorter = answer(monkeypatch, capsys, "evsi", "--endpoint", "PFS", "--prior", "naive")
    stated = answer(
        monkeypatch, capsys, "evsi", "--endpoint", "PFS", "--control-median", "6.5", "--prior", "naive"
    )
    assert shorter == stated


def test_sequential_plan_says_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(monkeypatch, capsys, "events", "--hr", "0.65", "--alpha", "0.1", "--looks", "0.4,0.7,1",
                   "--spending", "pocock", "--futility")["sequential"]  # fmt: skip
    # Alpha spent as by the trivariate normal distribution function of scipy, beta by simulation of 2e6 trials.
    assert found["z"] == pytest.approx([1.940543, 2.000825, 1.993183], abs=2e-6)
    assert found["futility_z"] == pytest.approx([0.5538, 1.2498, 1.9932], abs=2e-4)
    assert sum(found["success_probability"]) == pytest.approx(0.9, abs=1e-5)
    assert sum(found["futility_probability"]) == pytest.approx(0.1, abs=1e-5)
    assert found["expected_events_without_effect"] < found["expected_events"] < found["events"][-1]
    assert answer(monkeypatch, capsys, "events", "--hr", "0.7", "--ratio", "1:2")["rule"].count("1:2") == 1
