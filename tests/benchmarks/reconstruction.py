"""Score reconstruction from points on a folder of arms with known truth, beside the rivals' figures.

    python tests/benchmarks/reconstruction.py FOLDER [--sources] [--worst N] [--coverage STEP]
    python tests/benchmarks/reconstruction.py FOLDER --bands-only --coverage 1 --points trace --told "risk events"

FOLDER holds inputs/{meta,at_risk,clicks,trace,censor_marks}.csv, truth/{ipd,hr}.csv and score.py, whose
definitions are used. `--sources` also tells how far each source of information helps, `--coverage K` how
often 90 % bands of 100 draws hold the truth on every K-th pair (of each set of sources in `--told`, alone with
`--bands-only`), `--worst N` which arms have the largest error.
"""

import argparse
import importlib.util
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from digitized.curve import Curve, Floats
from digitized.kaplan_meier import cox_two_arms, kaplan_meier
from digitized.reconstruction import Constraints, Method, reconstruct
from digitized.reconstruction.batch import patient_frame, reconstruct_all
from digitized.reconstruction.pair import PublishedRatio
from digitized.reconstruction.published import Published
from digitized.reconstruction.tables import Reading, Sources, read_curves

# The rivals' figures on the shared folder, as its owner measured them.
IPDFROMKM = "IPDfromKM"
RIVALS = {
    ("clicks", "input alone"): "0.0058",
    ("clicks", IPDFROMKM): "0.0103  log HR 0.0203  events 16/84  at risk 0.0234  0.048 s",
    ("trace", "input alone"): "0.0032",
    ("trace", IPDFROMKM): "0.0043  log HR 0.0074  events 45/84",
}


def curves_of(folder: Path, points: str, sources: str) -> dict[tuple[str, str], Curve]:
    """Curves with the information named: any of "risk", "events", "marks" in `sources`."""
    inputs = folder / "inputs"
    table = read_curves(
        Sources(
            inputs / f"{points}.csv",
            inputs / "at_risk.csv" if "risk" in sources else None,
            inputs / "meta.csv",
            inputs / "censor_marks.csv" if "marks" in sources else None,
        ),
        Reading(),
    )
    if "events" in sources:
        return table.curves
    return {key: Curve(c.time, c.survival, c.at_risk_time, c.at_risk, c.censor_marks, c.n)
            for key, c in table.curves.items()}  # fmt: skip


def published_numbers(folder: Path) -> Published:
    """What papers print of the true patients: medians to 0.1, S(12) and S(24) to 0.001, hazard ratios to 0.01."""
    patients = pd.read_csv(folder / "truth/ipd.csv", dtype={"arm": str})
    constraints = {}
    for (figure, arm), own in patients.groupby(["figure", "arm"]):
        km = kaplan_meier(own.time, own.event)
        rates = tuple((t, round(float(km.at(t)), 3)) for t in (12.0, 24.0) if t < km.last)
        constraints[(str(figure), str(arm))] = Constraints(round(km.median, 1), rates)
    pairs = pd.read_csv(folder / "truth/hr.csv", dtype={"arm_ref": str, "arm_exp": str})
    ratios = (
        PublishedRatio(one.figure, one.arm_exp, one.arm_ref, round(one.hr, 2)) for one in pairs.itertuples()
    )
    return Published(constraints, tuple(ratios))


def measure(folder: Path, points: str, sources: str, method: Method = Method.CONSTRAINED) -> dict[str, float]:
    """Scores of all arms together, with the median of CPU seconds a curve."""
    spec = importlib.util.spec_from_file_location("benchmark_score", folder / "score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"{folder}: no score.py")
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    results, seconds = {}, []
    curves = curves_of(folder, points, sources)
    if "published" in sources:
        began = time.process_time()
        results = reconstruct_all(curves, published=published_numbers(folder))
        seconds = [(time.process_time() - began) / len(curves)]
        curves = {}
    for (figure, arm), curve in curves.items():
        began = time.process_time()
        results[(figure, arm)] = reconstruct(curve, method=method, figure=figure, arm=arm)
        seconds.append(time.process_time() - began)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "ipd.csv"
        patient_frame(results).to_csv(path, index=False)
        scores = scorer.score(str(path), str(folder))["ALL"]
    return scores | {"seconds": float(np.median(seconds))}


def worst(folder: Path, points: str, count: int) -> pd.DataFrame:
    """Arms with the largest RMSE of S(t), beside that of the points alone (running minimum)."""
    patients = pd.read_csv(folder / "truth/ipd.csv", dtype={"arm": str})
    rows = []
    curves = curves_of(folder, points, "risk events")
    for (figure, arm), own in patients.groupby(["figure", "arm"]):
        true, curve = kaplan_meier(own.time, own.event), curves[(figure, arm)]
        grid = np.linspace(0, true.last, 501)[1:]
        one = reconstruct(curve).ipd[0]
        order = np.lexsort((-curve.survival, curve.time))
        lowest = np.minimum.accumulate(curve.survival[order])
        alone = lowest[np.maximum(np.searchsorted(curve.time[order], grid, side="right") - 1, 0)]
        gaps = (kaplan_meier(one.time, one.event).at(grid) - true.at(grid), alone - true.at(grid))
        at = grid[int(np.argmax(np.abs(gaps[0])))]
        errors = [float(np.sqrt(np.mean(gap**2))) for gap in gaps]
        rows.append((figure, arm, len(own), *errors, float(np.abs(gaps[0]).max()), at / true.last))
    columns = ["figure", "arm", "n", "rmse", "points alone", "largest gap", "at (share of time)"]
    return pd.DataFrame(rows, columns=columns).nlargest(count, "rmse")


def coverage(
    folder: Path, points: str, step: int, draws: int = 101, sources: str = "risk events"
) -> dict[str, Floats]:
    """Of every truth, the share inside 90 % bands of the draws: S(t) over 100 times, median, log hazard ratio."""
    patients = pd.read_csv(folder / "truth/ipd.csv", dtype={"arm": str})
    truth = dict(iter(patients.groupby(["figure", "arm"])))
    pairs = pd.read_csv(folder / "truth/hr.csv", dtype={"arm_ref": str, "arm_exp": str}).iloc[::step]
    curves = curves_of(folder, points, sources)
    hits: dict[str, list[float]] = {"S": [], "median": [], "log HR": []}
    for pair in pairs.itertuples():
        rebuilt = []
        for arm in (pair.arm_ref, pair.arm_exp):
            ipd = reconstruct(curves[(pair.figure, arm)], draws=draws, figure=pair.figure, arm=arm).ipd[1:]
            rebuilt.append(ipd)
            true = kaplan_meier(truth[(pair.figure, arm)].time, truth[(pair.figure, arm)].event)
            grid = np.linspace(0, true.last, 101)[1:]
            kms = [kaplan_meier(one.time, one.event) for one in ipd]
            low, high = np.quantile([km.at(grid) for km in kms], [0.05, 0.95], axis=0)
            hits["S"].append(float(np.mean((true.at(grid) >= low - 1e-9) & (true.at(grid) <= high + 1e-9))))
            if np.isfinite(true.median):
                ends = np.quantile([km.median for km in kms], [0.05, 0.95], method="inverted_cdf")
                hits["median"].append(float(ends[0] - 1e-9 <= true.median <= ends[1] + 1e-9))
        ratios = [
            cox_two_arms(a.time, a.event, b.time, b.event).log_hazard_ratio
            for a, b in zip(*rebuilt, strict=True)
        ]
        low, high = np.quantile(ratios, [0.05, 0.95])
        hits["log HR"].append(float(low <= np.log(pair.hr) <= high))
    return {name: np.array(values) for name, values in hits.items()}


def show(name: str, row: dict[str, float]) -> None:
    """One line of a table."""
    print(
        f"  {name:28s} RMSE {row['rmse']:.4f}  log HR {row['loghr_mae']:.4f}"
        f"  events {row['events_exact']}/{row['arms']}"
        f"  at risk {row['at_risk_rmse']:.4f}  failures {row['arms'] - row['ok']}  {row['seconds']:.3f} s"
    )


def show_bands(folder: Path, points: str, step: int, told: list[str]) -> None:
    """One line a set of sources: how often bands hold, and of how many."""
    for sources in told:
        held = coverage(folder, points, step, sources=sources)
        words = "  ".join(f"{name} {np.mean(own):.3f} of {own.size}" for name, own in held.items())
        print(f"  90 % bands hold (told: n, {sources})  {words}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sources", action="store_true")
    parser.add_argument("--coverage", type=int, default=0)
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--points", choices=("clicks", "trace"), action="append")
    parser.add_argument("--told", action="append", help='beside n: any of "risk", "events", "marks", "none"')
    parser.add_argument("--bands-only", action="store_true")
    options = parser.parse_args()
    for points in options.points or ("clicks", "trace"):
        print(points)
        if not options.bands_only:
            for rival in ("input alone", "IPDfromKM"):
                print(f"  {rival:28s} RMSE {RIVALS[(points, rival)]}  (on the shared folder)")
            show("crosstrial --method guyot", measure(options.folder, points, "risk events", Method.GUYOT))
            show("crosstrial", measure(options.folder, points, "risk events"))
            show("crosstrial + censor marks", measure(options.folder, points, "risk events marks"))
        if options.sources:
            for sources in ("none", "events", "risk", "risk events", "risk marks", "risk events marks",
                            "published", "risk events published"):  # fmt: skip
                show(f"told: n, {sources}", measure(options.folder, points, sources))
        if options.worst:
            print(worst(options.folder, points, options.worst).round(4).to_string(index=False))
        if options.coverage:
            show_bands(options.folder, points, options.coverage, options.told or ["risk events", "events"])


if __name__ == "__main__":
    main()
