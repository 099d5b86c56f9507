"""Base case: the increment of anlotinib in overall survival, one reconstruction of every trial.

Run it with `python analysis/scripts/base_case.py`, read it from top to bottom, change a line, run it again.
"""

import numpy as np

from analysis.run.increment import choose_horizon
from models.fitting import Sampler, compile_model
from models.prediction import COMPARATOR, TRIPLE, predict, rmst
from models.priors import BASE
from models.survival import build_survival, shift_data
from trials import load, network, target_population

DRAWS, TUNE = 500, 500


def main(draws: int = DRAWS, tune: int = TUNE) -> float:
    """Fit the base case and print the increment; returns the median hazard ratio."""
    # 1. What was published, and the patients rebuilt from it.
    evidence = load()
    arms = network(evidence, draws=1, seed=1).endpoint("OS")

    # 2. What is believed: the default priors, printed by `build_survival(...).priors`.
    survival = build_survival(arms)
    for name in ("delta_anlo", "gamma", "beta_ici"):
        print(f"{name:12s} {getattr(survival.priors, name)}")

    # 3. Fit under the base prior of the single-arm shift c.
    data = shift_data(BASE, survival.design)
    fit = compile_model(survival.model).fit(Sampler(draws=draws, tune=tune, chains=2, seed=1), data)
    print("diagnostics:", "; ".join(fit.diagnostics.faults()) or "none of them is at fault")

    # 4. The increment, with the prior of c on the same line.
    ratio = np.exp(fit.posterior["Delta"].to_numpy().ravel())
    lower, median, upper = np.quantile(ratio, [0.025, 0.5, 0.975])
    print(f"OS hazard ratio {median:.2f} ({lower:.2f}-{upper:.2f}), {BASE.on_ratio_scale}")

    # 5. The same on the scale of months, in the index trial's own covariate mix.
    horizon = choose_horizon(arms, "OS")
    times = np.round(np.arange(0, horizon.tau + 0.05, 0.1), 9)
    curves = predict(survival, fit.posterior, target_population(evidence, "index"), times)
    area = rmst(curves, horizon.tau)
    gain = (area.sel(arm=TRIPLE) - area.sel(arm=COMPARATOR)).to_numpy().ravel()
    lower, middle, upper = np.quantile(gain, [0.025, 0.5, 0.975])
    print(f"restricted mean to {horizon.tau:.0f} months: {middle:+.1f} months ({lower:+.1f} to {upper:+.1f})")
    print(horizon.rule)
    return float(median)


if __name__ == "__main__":
    main()
