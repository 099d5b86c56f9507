"""Reference of the survival model with its M-spline baseline: survextrap's cetuximab vignette."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.validation.gold_number import GoldNumber
from digitized.curve import Floats, Grade, PseudoIPD
from models.baselines import MSpline
from models.fitting import Sampler, compile_model
from models.pointwise import leave_one_out, log_density
from models.prediction import CHEMO, MEAN_PD1, predict, rmst
from models.priors import HalfNormal, Normal, SurvivalPriors
from models.survival import SurvivalModel, SurvivalOptions, build_survival
from models.survival_predictor import FIXED_EFFECTS
from trials.covariates import TargetPopulation
from trials.network import PdL1Share, Share, SurvivalArm

SAMPLER = Sampler(draws=2000, tune=1000, chains=4, target_accept=0.95, seed=20241202)
HORIZON = 60.0  # months: five years, where the trial ends
NOBODY = TargetPopulation("trial", "the trial's patients", 0.0, 0.0, 1.0, 1.0, "")
# survextrap's prior: mean survival 25 years, 97.5 % below 100.
LEVEL = Normal(-math.log(25 * 12), math.log(4) / 1.96)
FIXED = Normal(0.0, 1e-4)


def survextrap_cetuximab(folder: Path) -> list[GoldNumber]:
    """Head and neck cancer, radiotherapy with and without cetuximab, proportional hazards, to five years.

    Same prior of the level and of the hazard ratio (97.5 % below 50); the spread of the spline's coefficients
    is HalfNormal(0.5) for their Gamma(2, 5), both of mean 0.4.
    """
    data = pd.read_csv(folder / "survextrap-cetux" / "cetux.csv")
    section = "survextrap 1.0.1, cetuximab vignette, M-spline, proportional hazards"
    arms = [_arm(data, "Control", ["chemo"]), replace(_arm(data, "Cetuximab", ["chemo", "pd1"]), index=True)]
    survival, posterior = _fitted(arms)
    effect = _rmst(survival, posterior)
    gain = effect.sel(arm=MEAN_PD1) - effect.sel(arm=CHEMO)
    density = np.hstack([log_density(survival, posterior, k, arm.ipd[0]) for k, arm in enumerate(arms)])
    # LOOIC is in years: a density per month is 1/12 of one per year.
    deaths = sum(arm.events for arm in arms)
    looic = -2 * (float(leave_one_out(density).elpd.sum()) + deaths * math.log(12))
    return [
        *_summary(section, "control: mean survival to 5 years", effect.sel(arm=CHEMO), (2.89, 2.64, 3.12)),
        *_summary(section, "gain to 5 years", gain, (0.31, -0.03, 0.62)),
        GoldNumber(section, "LOOIC", 1156, looic, 2),
    ]


def _arm(data: pd.DataFrame, treatment: str, components: list[str]) -> SurvivalArm:
    own = data[data["treat"] == treatment].sort_values("months", kind="stable")
    ipd = PseudoIPD(own["months"].to_numpy(dtype=float), own["d"].to_numpy() == 1)
    return SurvivalArm(
        trial="cetuximab",
        arm=treatment,
        endpoint="OS",
        label=treatment,
        components=frozenset(components),
        randomised=True,
        index=False,
        tp_share=1.0,
        asia_share=1.0,
        liver=Share(0.0),
        pdl1=PdL1Share(Share(0.0), "exact", 0, ""),
        n=ipd.n,
        events=ipd.events,
        population="all",
        cutoff="",
        assessor="",
        source="",
        grade=Grade.PATIENTS,
        published=(),
        ipd=(ipd,),
    )


def _fitted(arms: list[SurvivalArm]) -> tuple[SurvivalModel, xr.Dataset]:
    """One trial: its departures from a network are held at 0, its treatment is the partner."""
    held = {name: FIXED for name in FIXED_EFFECTS if name != "beta_ici"}
    priors = SurvivalPriors(
        log_h0=LEVEL,
        rw_sd=HalfNormal(0.5),
        tau_u=HalfNormal(1e-4),
        tau_ici=HalfNormal(1e-4),
        **held | {"beta_ici": Normal(0.0, math.log(50) / 1.96)},
    )
    died = np.concatenate([arm.ipd[0].time[arm.ipd[0].event] for arm in arms])
    # survextrap's knots for df = 6: five quantiles of the deaths, the last death among them.
    knots = tuple(float(knot) for knot in np.quantile(died, np.arange(1, 6) / 5))
    survival = build_survival(arms, priors, SurvivalOptions(baseline=MSpline(knots)))
    return survival, compile_model(survival.model).fit(SAMPLER).posterior


def _rmst(survival: SurvivalModel, posterior: xr.Dataset) -> xr.DataArray:
    """Restricted mean survival of the arms, years."""
    curves = predict(survival, posterior, NOBODY, np.arange(0, HORIZON + 0.25, 0.5))
    return rmst(curves, HORIZON) / 12


def _summary(section: str, name: str, draws: xr.DataArray, published: tuple[float, ...]) -> list[GoldNumber]:
    """Median and 95 % limits, years."""
    values: Floats = np.quantile(draws.to_numpy().ravel(), [0.5, 0.025, 0.975])
    return [
        GoldNumber(section, f"{name}, {part}", value, float(own), 0.05)
        for part, value, own in zip(("median", "2.5 %", "97.5 %"), published, values, strict=True)
    ]
