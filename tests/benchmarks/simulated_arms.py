"""Simulate pairs of arms with known truth in the form that `reconstruction.py` takes.

    python tests/benchmarks/simulated_arms.py OUT [--pairs 22] [--seed 20261129]

Hazards rise, fall, are cured or seen at scans only. Both arms of a pair share one trial: patients arrive evenly or
ever faster, some are lost on the way (more in one arm than in the other), one day ends it. Habits of clicking and
noise of clicks and columns are those of the shared folder (both corners of a step of `BOTH_CORNERS` or more, at most
`MOST_CLICKS`; a column in five a row off). OUT gets inputs/ and truth/, without score.py.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from digitized.curve import Floats
from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk

SEED = 20261129
LEAST_PATIENTS, MOST_PATIENTS = 25, 700
BOTH_CORNERS = 0.015  # drop of S from which both corners of a step are clicked
MOST_CLICKS = 104
MEDIAN = (4.0, 20.0)  # months, of the reference arm
LOG_RATIO = (-0.25, 0.3)  # mean and SD of the log hazard ratio
SCANS = (1.38, 1.84)  # months: six and eight weeks
TIME_NOISE = 0.0016  # of the span
COLUMNS, ROWS = 640, 500  # pixels of a traced panel
ROW_NOISE = 0.38  # rows


@dataclass(frozen=True)
class _Trial:
    """What both arms of a pair share; times in months."""

    median: float
    shape: float
    cured: float
    scans: float
    recruitment: float
    faster: float
    cut_off: float


def _trial(rng: np.random.Generator) -> _Trial:
    median = float(np.exp(rng.uniform(*np.log(MEDIAN))))
    recruitment = median * rng.uniform(0.6, 2.5)
    return _Trial(
        median,
        shape=float(rng.uniform(0.8, 1.6)),
        cured=float(rng.choice([0.0, 0.0, 0.2])),
        scans=float(rng.choice([0.0, 0.0, *SCANS])),
        recruitment=recruitment,
        faster=float(rng.uniform(0.5, 1.0)),
        cut_off=recruitment + median * rng.uniform(0.2, 1.5),
    )


def _arm(trial: _Trial, n: int, ratio: float, lost: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Times and events (0 or 1), (n,) each, of an arm with hazard ratio `ratio` and a share `lost` by the cut-off."""
    died = trial.median * (rng.exponential(1.0, n) / (np.log(2) * ratio)) ** (1 / trial.shape)
    died[rng.random(n) < trial.cured] = np.inf
    if trial.scans:
        died = np.ceil(died / trial.scans) * trial.scans + rng.normal(0, 0.1, n)
    arrived = trial.recruitment * rng.random(n) ** trial.faster
    left = np.minimum(trial.cut_off - arrived, rng.exponential(-trial.cut_off / np.log1p(-lost), n))
    time = np.maximum(np.round(np.minimum(died, left), 3), 0.01)
    return time, (died <= left).astype(float)


def _clicks(time: Floats, event: Floats, sd: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The foot of every step, the head too of a high one, and the end of the curve, with noise."""
    km, end = kaplan_meier(time, event == 1), float(time.max())
    before = np.concatenate(([1.0], km.survival[:-1]))
    heads = (before - km.survival >= BOTH_CORNERS).astype(int)
    x = np.append(np.repeat(km.time, 1 + heads), end)
    y = np.append(np.repeat(km.survival, 1 + heads), km.survival[-1])
    y[(np.cumsum(1 + heads) - 2)[heads == 1]] = before[heads == 1]
    if x.size > MOST_CLICKS:
        kept = np.rint(np.linspace(0, x.size - 1, MOST_CLICKS)).astype(int)
        x, y = x[kept], y[kept]
    x = np.maximum(x + rng.normal(0, TIME_NOISE * end, x.size), 0.0)
    return np.append(0.0, x), np.append(1.0, np.clip(y + rng.normal(0, sd, y.size), 0, 1))


def _trace(time: Floats, event: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The curve at each pixel column, in whole rows of pixels of which some are off by one."""
    end = float(time.max())
    x = np.arange(0.0, end, end / COLUMNS)
    rows = np.rint(kaplan_meier(time, event == 1).at(x) * ROWS)
    return x, np.clip(rows + np.rint(rng.normal(0, ROW_NOISE, x.size)), 0, ROWS) / ROWS


def simulated(pairs: int, seed: int) -> dict[str, pd.DataFrame]:
    """The tables of the folder by file name."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[tuple[object, ...]]] = {
        name: [] for name in ("meta", "at_risk", "clicks", "trace", "censor_marks", "ipd", "hr")
    }
    for number in range(pairs):
        trial, figure = _trial(rng), f"own_{number:02d}"
        patients, lost, n = [], rng.uniform(0.02, 0.35, 2), 0
        for arm, ratio in (("0", 1.0), ("1", float(np.exp(rng.normal(*LOG_RATIO))))):
            n = n or int(np.exp(rng.uniform(*np.log((LEAST_PATIENTS, MOST_PATIENTS)))))
            time, event = _arm(trial, n, ratio, float(lost[int(arm)]), rng)
            patients.append((time, event))
            sd, every = float(rng.uniform(0.0021, 0.0049)), 3.0 if time.max() < 20 else 6.0
            grid = np.arange(0.0, time.max(), every)
            key = (figure, arm)
            rows["meta"].append(
                (*key, "own", n, int(event.sum()), every, time.max(), sd, "months", "simulated")
            )
            rows["at_risk"] += [(*key, t, c) for t, c in zip(grid, number_at_risk(time, grid), strict=True)]
            rows["clicks"] += [(*key, *xy) for xy in zip(*_clicks(time, event, sd, rng), strict=True)]
            rows["trace"] += [(*key, *xy) for xy in zip(*_trace(time, event, rng), strict=True)]
            rows["censor_marks"] += [(*key, t) for t in np.sort(time[event == 0])]
            rows["ipd"] += [(*key, t, int(e)) for t, e in zip(time, event, strict=True)]
        (t0, e0), (t1, e1) = patients
        fitted = cox_two_arms(t0, e0 == 1, t1, e1 == 1)
        rows["hr"].append((figure, "own", "0", "1", float(np.exp(fitted.log_hazard_ratio))))
    columns = {
        "meta": "figure arm set n events risk_every x_max click_sd units source",
        "at_risk": "figure arm time n_risk",
        "clicks": "figure arm time surv",
        "trace": "figure arm time surv",
        "censor_marks": "figure arm time",
        "ipd": "figure arm time event",
        "hr": "figure set arm_ref arm_exp hr",
    }
    return {name: pd.DataFrame(rows[name], columns=words.split()) for name, words in columns.items()}


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=22)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    for name, table in simulated(options.pairs, options.seed).items():
        place = options.folder / ("truth" if name in ("ipd", "hr") else "inputs")
        place.mkdir(parents=True, exist_ok=True)
        table.to_csv(place / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
