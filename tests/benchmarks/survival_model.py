"""Cost of the base survival model: by grid cell against by patient, by size, and against NumPyro and Stan.

    python tests/benchmarks/survival_model.py [--draws 300] [--repeats 3] [--numpyro] [--stan] [--endpoint OS]

Every row samples the same model of the shipped evidence with the same number of draws. Times
are CPU seconds (other work on the machine does not count), effective sample sizes the least over all named
parameters, and each number is the median over seeds. `--numpyro` needs numpyro and jax on the path; it runs
the same PyMC model through JAX. `--stan` needs pystan and a C++ compiler; the same model is written in Stan in
`survival_model.stan`.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from statistics import median

import arviz as az
import numpy as np
import pymc as pm
from survival_model_stan import compiled_by_stan, cpu_seconds, sampled_by_stan, stan_data

from digitized.curve import PseudoIPD
from models.fitting import CompiledModel, Sampler, compile_model
from models.survival import SurvivalModel, build_survival, patient_data
from models.time_grid import GriddedPatients
from trials import load, network

SEEDS = 20241130
TARGET_ACCEPT = 0.95
# One after the other on one core.
CHAINS = 2
SMALL, LARGE = 5_000, 500_000


@dataclass(frozen=True)
class Cost:
    """One way to sample the model: likelihood rows, CPU seconds to compile and sample, least ESS."""

    name: str
    patients: int
    rows: int
    compiling: float
    sampling: float
    steps: float
    ess: float

    @property
    def row(self) -> str:
        """A line of a Markdown table."""
        per_step = 1000 * self.sampling / self.steps if self.steps else float("nan")
        return (
            f"| {self.name} | {self.patients:,} | {self.rows:,} | {self.compiling:.0f} | {self.sampling:.1f} "
            f"| {per_step:.2f} | {self.ess:.0f} | {self.ess / self.sampling:.1f} |"
        )


HEADER = (
    "| Way | Patients | Rows | Compile, CPU s | Sample, CPU s | ms a gradient | Least ESS | ESS/s |\n"
    "|---|---|---|---|---|---|---|---|"
)


def enlarged(draws: list[PseudoIPD], total: int) -> list[PseudoIPD]:
    """The same curves with about `total` patients in all, drawn with replacement and jittered by a day."""
    rng = np.random.default_rng(SEEDS)
    size = sum(ipd.n for ipd in draws)
    found = []
    for ipd in draws:
        chosen = np.sort(rng.integers(0, ipd.n, max(10, round(ipd.n * total / size))))
        time_ = np.maximum(0.01, ipd.time[chosen] + rng.uniform(-1, 1, chosen.size) / 30.4)
        order = np.argsort(time_)
        found.append(PseudoIPD(np.minimum(time_[order], ipd.time.max()), ipd.event[chosen][order]))
    return found


def by_patient(draws: list[PseudoIPD]) -> dict[str, np.ndarray]:
    """Model data with a row for every patient instead of every cell: the same model, written per patient."""
    arm = np.concatenate([np.full(ipd.n, position) for position, ipd in enumerate(draws)])
    time_ = np.concatenate([ipd.time for ipd in draws])
    event = np.concatenate([ipd.event for ipd in draws]).astype(np.int64)
    rows = GriddedPatients(arm, time_, event, np.ones(arm.size))
    return {"row_arm": rows.arm, "row_time": rows.time, "row_event": rows.event, "row_weight": rows.weight}


def sampled(
    name: str,
    compiled: CompiledModel,
    compiling: float,
    data: dict[str, np.ndarray],
    sampler: Sampler,
    repeats: int,
) -> Cost:
    """Median cost of sampling compiled data."""
    seconds, steps, ess = [], [], []
    for repeat in range(repeats):
        start = time.process_time()
        fit = compiled.fit(replace(sampler, seed=SEEDS + repeat), data)
        seconds.append(time.process_time() - start)
        taken = fit.tree["sample_stats"]["n_steps"].to_numpy().mean()
        steps.append(float(taken) * (sampler.draws + sampler.tune) * sampler.chains)
        ess.append(fit.diagnostics.least_ess_bulk)
        delta = fit.posterior["Delta"]
        print(f"{name}: Delta {float(delta.mean()):.3f} (sd {float(delta.std()):.3f})", file=sys.stderr)
    patients = int(data["row_weight"].sum())
    return Cost(name, patients, data["row_arm"].size, compiling, median(seconds), median(steps), median(ess))


def by_numpyro(survival: SurvivalModel, sampler: Sampler, repeats: int) -> Cost:
    """The same PyMC model through NumPyro; compilation is the time of a second run of two draws."""
    from pymc.sampling.jax import sample_numpyro_nuts

    def run(draws: int, tune: int, seed: int) -> tuple[float, float]:
        start = time.process_time()
        with survival.model:
            tree = sample_numpyro_nuts(
                draws=draws,
                tune=tune,
                chains=CHAINS,
                chain_method="sequential",
                target_accept=TARGET_ACCEPT,
                random_seed=seed,
                progressbar=False,
                compute_convergence_checks=False,
            )
        seconds = time.process_time() - start
        if draws < 10:
            return seconds, float("nan")
        posterior = tree["posterior"].to_dataset()
        moving = [name for name in posterior if float(posterior[name].std(["chain", "draw"]).min()) > 0]
        summary = az.summary(posterior[moving], kind="diagnostics", round_to="none").astype(float)
        return seconds, float(summary["ess_bulk"].min())

    # The first call also traces and imports; JAX compiles anew at every call, which the second one times.
    run(2, 2, SEEDS)
    compiling = run(2, 2, SEEDS)[0]
    runs = [run(sampler.draws, sampler.tune, SEEDS + repeat) for repeat in range(repeats)]
    data = survival.model["row_weight"].get_value()
    return Cost(
        "grid, NumPyro",
        int(data.sum()),
        data.size,
        compiling,
        median(seconds - compiling for seconds, _ in runs),
        0.0,
        median(ess for _, ess in runs),
    )


def by_stan(
    survival: SurvivalModel, name: str, data: dict[str, np.ndarray], sampler: Sampler, repeats: int
) -> Cost:
    """The same model in Stan on the same rows; the program is compiled before the first row of the table only."""
    start = cpu_seconds()
    seconds, gradients, ess = [], [], []
    compiling = 0.0
    for repeat in range(repeats):
        model = compiled_by_stan(stan_data(survival, data), SEEDS + repeat)
        if repeat == 0:
            compiling = cpu_seconds() - start
        start = cpu_seconds()
        run = sampled_by_stan(model, sampler)
        seconds.append(cpu_seconds() - start)
        gradients.append(run.gradients)
        ess.append(run.least_ess)
        delta = run.posterior["Delta"]
        print(f"{name}: Delta {float(delta.mean()):.3f} (sd {float(delta.std()):.3f})", file=sys.stderr)
    patients = int(data["row_weight"].sum())
    return Cost(
        name, patients, data["row_arm"].size, compiling, median(seconds), median(gradients), median(ess)
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--endpoint", default="OS")
    parser.add_argument("--numpyro", action="store_true")
    parser.add_argument("--stan", action="store_true")
    asked = parser.parse_args()
    arms = [
        arm
        for arm in network(load(), draws=1, seed=SEEDS).survival
        if arm.endpoint == asked.endpoint and "chemo" in arm.components and "ctla4" not in arm.components
    ]
    sampler = Sampler(draws=asked.draws, tune=asked.draws, chains=CHAINS, target_accept=TARGET_ACCEPT)
    survival = build_survival(arms)
    start = time.process_time()
    compiled = compile_model(survival.model)
    compiling = time.process_time() - start
    own = [arm.ipd[0] for arm in arms]
    print(
        f"{asked.endpoint}, {asked.draws} draws after {asked.draws} of warm-up, {CHAINS} chains, PyMC {pm.__version__}"
    )
    print(HEADER)
    small, large = enlarged(own, SMALL), enlarged(own, LARGE)
    for name, data in {
        "grid": patient_data(survival, own),
        "per patient": by_patient(own),
        "grid, more patients": patient_data(survival, small),
        "grid, a hundred times as many": patient_data(survival, large),
    }.items():
        print(sampled(name, compiled, compiling, data, sampler, asked.repeats).row, flush=True)
    if asked.numpyro:
        print(by_numpyro(survival, sampler, asked.repeats).row, flush=True)
    if asked.stan:
        for name, data in (
            ("grid, Stan", patient_data(survival, own)),
            ("per patient, Stan", by_patient(own)),
        ):
            print(by_stan(survival, name, data, sampler, asked.repeats).row, flush=True)


if __name__ == "__main__":
    main()
