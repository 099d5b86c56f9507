"""Score summary reconstruction against patients with known truth.

    python tests/benchmarks/summary_ipd.py FOLDER [--draws 100] [--arms]

FOLDER holds truth/ipd.csv (figure, arm, time, event) and truth/hr.csv (figure, arm_ref, arm_exp, hr, lo,
hi). Of each arm only a summary is kept: n, events, median with its log-log interval, median and maximum
follow-up, S at 12 and 24 where 10 or more are at risk, and the pair's hazard ratio with interval. Printed:
RMSE of the draws' mean S(t) where 10 or more are at risk beside that of a Weibull curve through the same
anchors (ratio of means: at most 0.55), and the share of times that the draws' 90 % band covers (82-97 %).
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.stats import norm

from digitized.curve import Floats
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.summary import ArmSummary, Estimate, FigureSummary, HazardRatio, Rate, rebuild

LANDMARKS = (12.0, 24.0)
AT_RISK = 10


def summarise(name: str, times: Floats, event: np.ndarray) -> ArmSummary:
    """What a paper would print of one arm."""
    curve = kaplan_meier(times, event)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(curve.events / (curve.at_risk * (curve.at_risk - curve.events)))
        middle = np.log(-np.log(curve.survival))
        half = norm.ppf(0.975) * np.sqrt(greenwood) / -np.log(curve.survival)
    limits = []
    for band in (middle + half, middle - half):
        below = np.flatnonzero(band >= math.log(math.log(2)))
        limits.append(float(curve.time[below[0]]) if below.size else None)
    follow_up = kaplan_meier(times, ~event).median
    rates = tuple(
        Rate(t, Estimate(float(curve.at(t)))) for t in LANDMARKS if number_at_risk(times, t) >= AT_RISK
    )
    return ArmSummary(
        name,
        len(times),
        int(event.sum()),
        Estimate(curve.median, limits[0], limits[1]),
        rates,
        (),
        follow_up if math.isfinite(follow_up) else None,
        float(times.max()),
    )


def weibull(arm: ArmSummary) -> Callable[[Floats], Floats]:
    """Least-squares Weibull curve through median and landmarks; exponential through a single point."""
    points = [(rate.time, rate.estimate.value) for rate in arm.rates if 0 < rate.estimate.value < 1]
    if arm.median is not None and math.isfinite(arm.median.value):
        points.append((arm.median.value, 0.5))
    if not points:
        points = [(0.6 * (arm.max_follow_up or 1.0), 1 - (arm.events or 0) / arm.n)]
    t, s = np.array(points).T
    if len(t) == 1:
        return lambda x: np.asarray(s[0] ** (x / t[0]))
    fit = least_squares(
        lambda p: np.exp(-np.exp(p[0]) * (t / t.mean()) ** np.exp(p[1])) - s, [math.log(0.7), 0.0]
    )
    return lambda x: np.asarray(np.exp(-np.exp(fit.x[0]) * (x / t.mean()) ** np.exp(fit.x[1])))


def score(folder: Path, draws: int) -> pd.DataFrame:
    """One row an arm."""
    truth = pd.read_csv(folder / "truth/ipd.csv", dtype={"arm": str})
    rows = []
    for pair in pd.read_csv(folder / "truth/hr.csv", dtype={"arm_ref": str, "arm_exp": str}).itertuples():
        real = {}
        for name in (pair.arm_ref, pair.arm_exp):
            own = truth[(truth.figure == pair.figure) & (truth.arm == name)]
            real[name] = (own.time.to_numpy(float), own.event.to_numpy() == 1)
        arms = tuple(summarise(name, *patients) for name, patients in real.items())
        ratio = HazardRatio(pair.arm_exp, pair.arm_ref, Estimate(pair.hr, pair.lo, pair.hi))
        start = time.process_time()
        result = rebuild(FigureSummary(pair.figure, arms, (ratio,)), draws=draws + 1, seed=20261123)
        seconds = time.process_time() - start
        for arm in arms:
            times, event = real[arm.arm]
            grid = np.linspace(0, times.max(), 501)[1:]
            grid = grid[number_at_risk(times, grid) >= AT_RISK]
            survival = kaplan_meier(times, event).at(grid)
            curves = np.array(
                [kaplan_meier(ipd.time, ipd.event).at(grid) for ipd in result.patients[arm.arm]]
            )
            low, high = np.quantile(curves[1:], [0.05, 0.95], axis=0)
            rows.append(
                {
                    "set": pair.set,
                    "figure": pair.figure,
                    "arm": arm.arm,
                    "n": arm.n,
                    "rmse": float(np.sqrt(np.mean((curves[1:].mean(axis=0) - survival) ** 2))),
                    "rmse_draw_0": float(np.sqrt(np.mean((curves[0] - survival) ** 2))),
                    "rmse_weibull": float(np.sqrt(np.mean((weibull(arm)(grid) - survival) ** 2))),
                    "coverage": float(np.mean((survival >= low - 1e-9) & (survival <= high + 1e-9))),
                    "missed": sum(not row.met for row in result.agreement if row.arm == arm.arm),
                    "seconds_pair": seconds,
                }
            )
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--arms", action="store_true", help="one row an arm as well")
    options = parser.parse_args()
    table = score(options.folder, options.draws)
    if options.arms:
        print(table.round(4).to_string(index=False))
    numbers = ["rmse", "rmse_draw_0", "rmse_weibull", "coverage", "missed", "seconds_pair"]
    means = pd.concat((table.groupby("set")[numbers].mean(), table[numbers].mean().to_frame("ALL").T))
    means["ratio"] = means.rmse / means.rmse_weibull
    print(means.round(4).to_string())


if __name__ == "__main__":
    main()
