import numpy as np
import pytest
from scipy.special import expit

from models.fitting import Sampler, compile_model
from models.response import build_response
from models.response_categories import category_counts, category_probability
from trials.assembly import CATEGORIES
from trials.network import ResponseArm

SEED = 20241128
GAPS = np.array([2.5, 1.2, 0.6])


def _arm(name, components, n, counts=None, responders=None, *, randomised=True, index=False):
    return ResponseArm(
        trial="rct" if randomised else name,
        arm=name,
        label=name,
        components=frozenset(components),
        randomised=randomised,
        index=index,
        tp_share=1.0,
        asia_share=1.0,
        liver=None,
        pdl1=None,
        n=n,
        responders=responders if counts is None else counts[0] + counts[1],
        categories=None if counts is None else dict(zip(CATEGORIES, counts, strict=True)),
        confirmed=None,
        assessor="",
        source="",
    )


def _expected(log_odds, n):
    """Whole patients as near as possible to the model's shares."""
    counts = np.round(category_probability(np.array(log_odds), GAPS, np) * n).astype(int)
    counts[2] += n - counts.sum()
    return [int(count) for count in counts]


def _arms(log_odds, n=2000):
    chemo, ici, triple = log_odds
    return (
        _arm("chemo", ["chemo"], n, _expected(chemo, n)),
        _arm("ici", ["chemo", "pd1"], n, _expected(ici, n)),
        _arm("index", ["chemo", "pdl1", "anlotinib"], n, _expected(triple, n), randomised=False, index=True),
    )


def test_response_keeps_its_log_odds_whatever_the_thresholds():
    for log_odds in (-1.0, 0.0, 2.0):
        found = category_probability(np.array(log_odds), GAPS, np)
        assert found.sum() == pytest.approx(1)
        assert np.all(found > 0)
        assert found[:2].sum() == pytest.approx(expit(log_odds))


def test_better_odds_shift_every_cut_alike():
    low, high = (category_probability(np.array(value), GAPS, np).cumsum()[:4] for value in (0.0, 0.7))
    np.testing.assert_allclose(np.log(high / (1 - high)) - np.log(low / (1 - low)), 0.7)


def test_an_arm_with_categories_enters_once_and_the_others_by_their_responders():
    """Negative control: only the arm without categories reads `responders`."""
    arms = (
        *_arms((0.0, 0.5, 1.0), n=200)[:2],
        _arm("index", ["chemo", "pdl1", "anlotinib"], 50, None, 36, index=True),
    )
    model = build_response(arms, ordered=True).model
    density, point = model.compile_logp(mode="FAST_COMPILE"), model.initial_point()
    before = float(density(point))
    model.set_data("responders", np.array([0, 0, 36]))
    assert float(density(point)) == pytest.approx(before)
    model.set_data("responders", np.array([0, 0, 0]))
    assert float(density(point)) != pytest.approx(before)


def test_density_is_multinomial_where_categories_are_published():
    arms = _arms((0.0, 0.5, 1.0), n=100)
    model = build_response(arms, ordered=True).model
    density, point = model.compile_logp(mode="FAST_COMPILE"), model.initial_point()
    before = float(density(point))
    other = category_counts(arms)
    moved = other.copy()
    moved[0, 1] -= 20
    moved[0, 4] += 20
    model.set_data("categories", moved)
    gaps = np.exp(point["category_gap_log__"])
    intercept = float(point["intercept"])
    shares = category_probability(np.array(intercept), gaps, np)
    kernel = [float(np.sum(counts * np.log(shares))) for counts in (other[0], moved[0])]
    # At the initial point the first arm (TP, prior means of its PD-L1 terms 0) has the intercept alone.
    assert float(density(point)) - before == pytest.approx(kernel[1] - kernel[0])


@pytest.mark.slow
def test_odds_ratio_and_thresholds_are_recovered():
    sampler = Sampler(draws=500, tune=500, chains=2, target_accept=0.95, seed=SEED)
    fit = compile_model(build_response(_arms((0.0, 0.6, 1.1)), ordered=True).model).fit(sampler)
    gaps = fit.posterior["category_gap"].mean(("chain", "draw")).to_numpy()
    np.testing.assert_allclose(gaps, GAPS, atol=0.15)
    odds = fit.posterior["effects"].sel(effect="beta_ici") + fit.posterior["shift"].sel(
        spread="tau_ici", trial="rct"
    )
    high = fit.posterior["effects"].sel(effect="beta_pdl1_ici") / 2
    assert float((odds + high).mean()) == pytest.approx(0.6, abs=0.15)
