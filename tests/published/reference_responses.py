"""References of the response model: RBesT's meta-analytic predictive prior, multinma's beta blockers."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.validation.gold_number import GoldNumber
from digitized.curve import Floats
from models.fitting import Sampler, compile_model
from models.priors import HalfNormal, Normal
from models.response import ResponsePriors, build_response
from trials.network import PdL1Share, ResponseArm, Share

SAMPLER = Sampler(draws=6000, tune=1500, chains=4, target_accept=0.95, seed=20241201)
# Trial effects or baselines held at 0.
NONE = HalfNormal(1e-4)


def arm(
    trial: str, components: Iterable[str], n: int, responders: int, *, index: bool = False
) -> ResponseArm:
    """A randomised arm without covariates; the index arm of n = 0 is a trial that is only predicted."""
    parts = frozenset(components)
    return ResponseArm(
        trial=trial,
        arm=" + ".join(sorted(parts)),
        label=trial,
        components=parts,
        randomised=True,
        index=index,
        tp_share=1.0,
        asia_share=1.0,
        liver=None,
        pdl1=PdL1Share(Share(0.0), "exact", 0, ""),
        n=n,
        responders=responders,
        categories=None,
        confirmed=None,
        assessor="",
        source="",
    )


NEW = arm("new", ["chemo"], 0, 0, index=True)


def rbest_ankylosing_spondylitis(folder: Path) -> list[GoldNumber]:
    """Eight historical placebo arms: trial baselines of the response model, and the rate of a new trial.

    RBesT prints its own Monte Carlo error away; where its tail differs from quadrature (sd of tau), the
    quadrature is the reference.
    """
    data = pd.read_csv(folder / "rbest-map" / "AS.csv")
    arms = [arm(row.study, ["chemo"], row.n, row.r) for row in data.itertuples()]
    published = {
        1.0: ("tau ~ HalfNormal(1)", (0.3786, 0.2104, 0.258, 0.0842, 0.112, 0.251, 0.459)),
        0.5: ("tau ~ HalfNormal(0.5)", (0.3312, 0.176, 0.257, 0.0794, 0.119, 0.2484, 0.440)),
    }
    names = ("tau, mean", "tau, sd", "rate, mean", "rate, sd", "rate, 2.5 %", "rate, median", "rate, 97.5 %")
    tolerances = (0.004, 0.006, 0.004, 0.006, 0.015, 0.015, 0.015)
    found = []
    for scale, (title, expected) in published.items():
        priors = ResponsePriors(intercept=Normal(0, 2), tau_u=HalfNormal(scale), tau_ici=NONE)
        drawn = compile_model(build_response([*arms, NEW], priors).model).fit(SAMPLER).posterior
        tau = drawn["tau"].sel(spread="tau_u").to_numpy().ravel()
        shift = drawn["shift"].sel(spread="tau_u", trial="new")
        rate = expit((drawn["intercept"] + shift).to_numpy().ravel())
        computed = (tau.mean(), tau.std(), rate.mean(), rate.std(), *np.quantile(rate, [0.025, 0.5, 0.975]))
        section = f"RBesT 1.8-2, gMAP, ankylosing spondylitis, {title}"
        found += [
            GoldNumber(section, name, value, float(own), tolerance)
            for name, value, own, tolerance in zip(names, expected, computed, tolerances, strict=True)
        ]
    return found


def multinma_blocker(folder: Path) -> list[GoldNumber]:
    """Beta blockers after infarction, 22 trials: log odds ratio of death with common and random effects.

    multinma gives every trial a vague baseline of its own; here baselines are exchangeable with a vague
    spread, which moves nothing beyond the two printed decimals.
    """
    data = pd.read_csv(folder / "multinma-blocker" / "blocker.csv")
    arms = [
        arm(f"trial {row.studyn}", ["chemo"] if row.trtn == 1 else ["chemo", "pd1"], row.n, row.r)
        for row in data.itertuples()
    ]
    wide = {"intercept": Normal(0, 10), "tau_u": HalfNormal(5), "beta_ici": Normal(0, 10)}
    section = "multinma 0.8, NICE DSU TSD 2, beta blockers"
    common, _ = _blocker_draws(arms, ResponsePriors(**wide, tau_ici=NONE))
    random, tau = _blocker_draws(arms, ResponsePriors(**wide, tau_ici=HalfNormal(5)))
    return [
        *_summary(section, "common effect: d", common, (-0.26, 0.05, -0.36, -0.16)),
        *_summary(section, "random effects: d", random, (-0.25, 0.07, -0.38, -0.12)),
        *_summary(section, "random effects: tau", tau, (0.13, 0.08, 0.01, 0.31)),
    ]


def _blocker_draws(arms: list[ResponseArm], priors: ResponsePriors) -> tuple[Floats, Floats]:
    drawn = compile_model(build_response([*arms, NEW], priors).model).fit(SAMPLER).posterior
    effect = drawn["effects"].sel(effect="beta_ici").to_numpy().ravel()
    return effect, drawn["tau"].sel(spread="tau_ici").to_numpy().ravel()


def _summary(section: str, name: str, draws: Floats, published: tuple[float, ...]) -> list[GoldNumber]:
    """Mean, sd and 95 % limits; printed to two decimals, of which the limits carry Monte Carlo error twice."""
    computed = (draws.mean(), draws.std(), *np.quantile(draws, [0.025, 0.975]))
    parts = ("mean", "sd", "2.5 %", "97.5 %")
    return [
        GoldNumber(section, f"{name}, {part}", value, float(own), tolerance)
        for part, value, own, tolerance in zip(
            parts, published, computed, (0.01, 0.01, 0.02, 0.02), strict=True
        )
    ]
