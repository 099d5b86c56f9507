"""The base case of every endpoint: survival by `fits`, objective response here, each with its base prior of c."""

from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import xarray as xr

from analysis.model_source import models_digest
from analysis.run.fits import clean_fit
from analysis.validation.fits import base_fit
from analysis.validation.keyed_work import Task
from analysis.validation.study import ENDPOINTS, Study, arms_digest
from models.fitting import CompiledModel, Sampler, compile_model
from models.response import build_response
from trials.network import ResponseArm

RESPONSE = "ORR"
KEPT = ("intercept", "effects", "tau", "shift", "c_sat", "e_sat", "Delta")


@dataclass(frozen=True)
class ResponseFitTask:
    """NUTS on the objective response of every arm; a fit that misses a verdict is sampled again, longer."""

    arms: tuple[ResponseArm, ...]
    sampler: Sampler

    @property
    def name(self) -> str:
        """Readable part of the file name."""
        return f"fit-{RESPONSE}-all-base"

    @property
    def identity(self) -> object:
        """What decides the draws."""
        return [models_digest("response", "fitting"), arms_digest(self.arms), asdict(self.sampler)]

    def run(self) -> xr.Dataset:
        """Sample, and keep the draws with the diagnostics of the whole fit as attributes."""
        fit = clean_fit(compiled_response(self.arms), self.sampler, {}, insists=True)
        return fit.posterior[list(KEPT)].assign_attrs(asdict(fit.diagnostics))


def base_fits(study: Study) -> dict[str, xr.Dataset]:
    """Draws of the base case by endpoint, response last where the index trial reports it."""
    tasks: dict[str, Task] = {endpoint: base_fit(study, endpoint) for endpoint in ENDPOINTS}
    if study.response_arms:
        tasks[RESPONSE] = ResponseFitTask(study.response_arms, replace(study.scale.base, seed=study.seed))
    return dict(zip(tasks, study.results("base fits", [*tasks.values()]), strict=True))


_ARMS: dict[str, tuple[ResponseArm, ...]] = {}


def compiled_response(arms: tuple[ResponseArm, ...]) -> CompiledModel:
    """The compiled model of these arms, compiled once a process."""
    digest = arms_digest(arms)
    _ARMS[digest] = arms
    return _compiled(digest)


@lru_cache(maxsize=1)
def _compiled(digest: str) -> CompiledModel:
    return compile_model(build_response(_ARMS[digest]).model)
