"""The slot of the index trial's second cohort (SA17): what its patients would be worth, by simulation.

Real patients enter through the evidence: a copy of the index trial's file with the cohort as a further arm,
given to `crosstrial run --evidence`; being in the same trial they share its u, c and e, which then cancel.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.sensitivity.base import BaseCase
from digitized.curve import PseudoIPD
from models.prediction import COMPARATOR, predict
from models.survival import SurvivalOptions, build_survival
from models.survival_design import Contrast
from models.survival_predictor import FIXED_EFFECTS
from trials import target_population
from trials.network import SurvivalArm

SIZE = 30
NAME = "cohort-2-simulated"
STEP = 0.1


def simulated_cohort(
    base: BaseCase, arms: Sequence[SurvivalArm], endpoint: str, contrast: Contrast
) -> SurvivalArm:
    """`SIZE` patients on the index trial's ICI and backbone without the added component.

    Their survival is the base case's posterior mean for that arm with the index trial's own u, c and e; they
    are followed as long as the index arm's censored patients.
    """
    own = [arm for arm in arms if arm.endpoint == endpoint]
    index = next(arm for arm in own if arm.index)
    posterior = base.posterior(endpoint)
    assert posterior is not None
    effects = xr.concat([posterior[name] for name in FIXED_EFFECTS], dim="effect")
    flattered = posterior["c_sat"] + posterior["e_sat"]
    shift = posterior["u"].sel(trial=index.trial, drop=True)
    shift = shift + flattered.sel(single_arm_trial=index.trial, drop=True)
    censored = np.sort(index.ipd[0].time[~index.ipd[0].event])
    times = np.arange(0.0, float(censored.max()) + 2 * STEP, STEP)
    population = target_population(base.evidence, base.population)
    drawn = posterior.assign(effects=effects)
    curves = predict(
        build_survival(own, options=SurvivalOptions(contrast=contrast)),
        drawn,
        population,
        times,
        log_shift=shift,
    )
    survival = curves.sel(arm=COMPARATOR).mean(("chain", "draw")).to_numpy()
    rng = np.random.default_rng([base.seed, *endpoint.encode()])
    event_time = np.interp(-rng.uniform(size=SIZE), -survival, times, right=np.inf)
    censoring = rng.choice(censored, SIZE)
    time = np.maximum(np.minimum(event_time, censoring), STEP / 10)
    order = np.argsort(time)
    ipd = PseudoIPD(time[order], (event_time <= censoring)[order])
    return replace(
        index,
        arm=NAME,
        label="second cohort, simulated",
        components=index.components - frozenset(base.evidence.question.contrast.added),
        index=False,
        n=SIZE,
        events=ipd.events,
        published=(),
        ipd=(ipd,),
        source="simulated",
    )
