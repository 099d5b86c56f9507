"""One sensitivity: how far the answer moves with the prior on the single-arm shift c.

One wide fit is reweighted to every prior, so the whole table costs one fit. Run it with
`python analysis/scripts/single_arm_shift.py`.
"""

import math

import numpy as np

from analysis.reweighting import WIDE, reweight
from models.departure import departure
from models.fitting import Sampler, compile_model
from models.priors import SingleArmShift
from models.survival import build_survival, shift_data
from trials import load, network

ENDPOINT = "OS"
MEANS = (0.65, 0.74, 0.86, 1.0)
SDS = (0.15, 0.25, 0.30)


def main(draws: int = 500, tune: int = 500) -> dict[str, float]:
    """Print P(Delta < 1) for each prior of c; returns the medians by prior."""
    arms = network(load(), draws=1, seed=1).endpoint(ENDPOINT)
    survival = build_survival(arms)
    sampler = Sampler(draws=draws, tune=tune, chains=2, seed=1)
    fit = compile_model(survival.model).fit(sampler, shift_data(WIDE, survival.design))
    apart = departure(survival.design, survival.priors)

    medians: dict[str, float] = {}
    print(f"{ENDPOINT}: hazard ratio of adding anlotinib, by prior of c")
    for mean in MEANS:
        for sd in SDS:
            shift = SingleArmShift("grid", math.log(mean), sd)
            drawn = reweight(fit.posterior, apart, WIDE, shift, None, np.random.default_rng(1))
            ratio = np.exp(drawn.posterior["Delta"].to_numpy().ravel())
            lower, median, upper = np.quantile(ratio, [0.025, 0.5, 0.975])
            medians[shift.on_ratio_scale] = float(median)
            caution = "" if drawn.pareto_k < 0.7 else "  Pareto k too high: refit with this prior"
            print(
                f"{shift.on_ratio_scale:24s} {median:.2f} ({lower:.2f}-{upper:.2f}) "
                f"P(HR < 1) {np.mean(ratio < 1):.2f}{caution}"
            )
    return medians


if __name__ == "__main__":
    main()
