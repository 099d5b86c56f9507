"""The base survival model in Stan: the data that `survival_model.stan` takes, and what a run of it costs.

PyStan compiles and samples in processes of its own, so CPU seconds are those of this process and its children.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import arviz as az
import numpy as np
import xarray as xr

from models.covariate_mix import DEFAULT_PDL1_SHARE, assay_accuracy, trial_mixes
from models.fitting import Sampler
from models.priors import BASE
from models.survival import SurvivalModel
from models.survival_predictor import FIXED_EFFECTS, effect_design

CODE = Path(__file__).with_name("survival_model.stan")


@dataclass(frozen=True)
class StanRun:
    """Draws with dims (chain, draw, ...), and gradients taken, warm-up included."""

    posterior: xr.Dataset
    gradients: float

    @property
    def least_ess(self) -> float:
        """Least bulk effective sample size over all named parameters that vary."""
        moving = [
            name
            for name in self.posterior
            if float(self.posterior[name].std(["chain", "draw"]).min()) > 1e-10
        ]
        table = az.summary(self.posterior[moving], kind="diagnostics", round_to="none").astype(float)
        return float(table["ess_bulk"].min())


def cpu_seconds() -> float:
    """CPU seconds of this process and all its descendants, those that have ended included."""
    found: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended meanwhile.
        found[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    family = {os.getpid()}
    while grown := {pid for pid, (parent, _) in found.items() if parent in family} - family:
        family |= grown
    return sum(found[pid][1] for pid in family if pid in found)


def stan_data(survival: SurvivalModel, rows: dict[str, np.ndarray]) -> dict[str, object]:
    """Data of the Stan program for the same arms, priors and rows as the PyMC model."""
    design, priors = survival.design, survival.priors
    mixes = trial_mixes(survival.arms)
    unknown = [position for position, mix in enumerate(mixes) if mix.liver is None]
    informed = [position for position, mix in enumerate(mixes) if mix.pdl1 is not None]
    own = {mixes[position].trial: column for column, position in enumerate(informed)}
    source = np.zeros((len(mixes), len(informed)))
    for position, mix in enumerate(mixes):
        column = own.get(mix.trial if mix.pdl1 else mix.borrows_pdl1_from or "")
        if column is not None:
            source[position, column] = 1.0
    published = [mixes[position].pdl1 for position in informed]
    names = [f"{pdl1.assay} {pdl1.scale} {pdl1.cut}" for pdl1 in published]
    accuracies = {name: assay_accuracy(pdl1) for name, pdl1 in zip(names, published, strict=True)}
    inexact = [name for name, accuracy in accuracies.items() if accuracy.sensitivity]
    assay = np.array([[float(name == other) for other in inexact] for name in names])
    believed = [getattr(priors, name) for name in FIXED_EFFECTS]
    left = np.array([0.0, *survival.baseline.knots])
    return {
        "A": len(design.arms),
        "J": len(design.trials),
        "K": len(design.single_arm_trials),
        "E": len(FIXED_EFFECTS),
        "M": len(survival.baseline.knots),
        "R": rows["row_arm"].size,
        "U": len(unknown),
        "P": len(informed),
        "S": len(inexact),
        "design": effect_design(design),
        "trial": design.trial,
        "ici_trial": design.ici_trial,
        "single_arm": design.single_arm,
        "arm": rows["row_arm"] + 1,
        "interval": np.searchsorted(left[1:], rows["row_time"], side="left") + 1,
        "event": rows["row_event"],
        "time": rows["row_time"],
        "weight": rows["row_weight"],
        "left": left,
        "effect_mean": [prior.mu for prior in believed],
        "effect_sd": [prior.sd for prior in believed],
        "spread_sd": [priors.tau_u.sd, priors.tau_ici.sd],
        "log_h0_prior": [priors.log_h0.mu, priors.log_h0.sd],
        "liver_prior": [priors.liver_share.a, priors.liver_share.b],
        "rw_prior": priors.rw_sd.sd,
        "e_prior": priors.e_sat.sd,
        "c_mean": BASE.mu,
        "c_sd": BASE.sd,
        "c_correlation": BASE.correlation,
        "liver_known": [mix.liver.proportion if mix.liver else 0.0 for mix in mixes],
        "pdl1_default": DEFAULT_PDL1_SHARE * (1 - source.sum(axis=1)),
        "liver_unknown": np.eye(len(mixes))[:, unknown],
        "pdl1_source": source,
        "high": [_high(pdl1) for pdl1 in published],
        "tested": [pdl1.high.n or 0 for pdl1 in published],
        "assay": assay,
        "exact": 1 - assay.sum(axis=1),
        "sensitivity_prior": [
            [beta.a, beta.b] for beta in (accuracies[name].sensitivity for name in inexact)
        ],
        "specificity_prior": [
            [beta.a, beta.b] for beta in (accuracies[name].specificity for name in inexact)
        ],
    }


def _high(pdl1) -> int:
    share = pdl1.high
    return share.count if share.count is not None else round(share.proportion * (share.n or 0))


def compiled_by_stan(data: dict[str, object], seed: int):
    """The Stan model with its data; the program is compiled once and found again by its code."""
    import stan

    as_lists = {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in data.items()
    }
    return stan.build(CODE.read_text(), data=as_lists, random_seed=seed)


def sampled_by_stan(model, sampler: Sampler) -> StanRun:
    """One run at the sampler's settings."""
    fit = model.sample(
        num_chains=sampler.chains,
        num_samples=sampler.draws,
        num_warmup=sampler.tune,
        delta=sampler.target_accept,
        save_warmup=True,
    )
    # (columns, draws with warm-up, chains)
    columns = list(fit.sample_and_sampler_param_names) + list(fit.constrained_param_names)
    draws = fit._draws
    gradients = float(draws[columns.index("n_leapfrog__")].sum())
    kept = draws[:, sampler.tune :, :]
    named = {
        name: (("chain", "draw"), kept[position].T)
        for position, name in enumerate(columns)
        if not name.endswith("__")
    }
    return StanRun(xr.Dataset(named), gradients)
