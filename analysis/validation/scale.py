"""How much validation a preset does; every count is printed with the results."""

from dataclasses import dataclass

from models.fitting import Sampler


@dataclass(frozen=True)
class ValidationScale:
    """Sizes of one preset.

    Attributes
    ----------
    name : str
    base, refit, calibration : Sampler
        Of the base fits (V7, V8, V10), of fits without some arms (V1-V3, V5), and of calibration fits (V4).
    data_sets : int
        Simulated pairs of single arms of each truth and endpoint (V2, V5).
    compared : int
        Of those data sets, how many are fitted by NUTS as well.
    prior_draws : int
        Of simulation-based calibration (V4).
    """

    name: str
    base: Sampler
    refit: Sampler
    calibration: Sampler
    data_sets: int
    compared: int
    prior_draws: int


SCALES = {
    # The smallest scale that walks every path, for the test suite; its verdicts say nothing.
    "smoke": ValidationScale(
        "smoke",
        Sampler(draws=50, tune=50, chains=2, target_accept=0.8),
        Sampler(draws=50, tune=50, chains=2, target_accept=0.8),
        Sampler(draws=50, tune=50, chains=2, target_accept=0.8),
        data_sets=4,
        compared=1,
        prior_draws=4,
    ),
    "ci": ValidationScale(
        "ci",
        Sampler(draws=1500, tune=1000, chains=4, target_accept=0.95),
        Sampler(draws=750, tune=500, chains=2, target_accept=0.95),
        Sampler(draws=250, tune=300, chains=2, target_accept=0.9),
        data_sets=200,
        compared=2,
        prior_draws=50,
    ),
    "full": ValidationScale(
        "full",
        Sampler(draws=1500, tune=1500, chains=4, target_accept=0.97),
        Sampler(draws=1500, tune=1000, chains=4, target_accept=0.97),
        Sampler(draws=600, tune=600, chains=2, target_accept=0.95),
        data_sets=600,
        compared=10,
        prior_draws=250,
    ),
}
USER_SCALES = ("ci", "full")
