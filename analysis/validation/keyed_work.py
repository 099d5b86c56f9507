"""Many independent pieces of work as one function mapped by joblib, each result a keyed file.

A result that exists is never computed again: an interrupted run resumes, and two machines that see the same
folder share the work. Locally joblib's loky processes do it; on a cluster the same call runs on Dask, which
gives the pieces of a lost worker to the others.
"""

import asyncio
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import xarray as xr
from joblib import Parallel, delayed, parallel_config

from analysis.validation.running_loop import running_loop
from analysis.workers import renewed_workers
from digitized.errors import InputError
from digitized.output import replacing


class Task(Protocol):
    """One piece of work: what identifies it, and how it is done."""

    @property
    def name(self) -> str:
        """Readable part of the file name."""

    @property
    def identity(self) -> object:
        """Everything that decides the result, as plain JSON data."""

    def run(self) -> xr.Dataset:
        """Do the work."""


@dataclass(frozen=True)
class Workers:
    """Who works: `processes` on this machine, or the Dask cluster at `dask` ("tcp://host:port")."""

    processes: int = 1
    dask: str | None = None

    def map(
        self,
        function: Callable[..., None],
        arguments: Sequence[tuple[object, ...]],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `function` with each of `arguments`, in any order; `done` is told of each that has ended.

        Raises
        ------
        InputError
            If a cluster is named that cannot be reached.
        """
        with self._backend() as jobs, renewed_workers():
            work = Parallel(n_jobs=jobs, return_as="generator_unordered")
            for _ in work(delayed(function)(*given) for given in arguments):
                done()

    def require(self) -> None:
        """Refuse a cluster that does not answer, before any work is begun.

        Raises
        ------
        InputError
            If a cluster is named that cannot be reached.
        """
        with self._backend():
            pass

    @contextmanager
    def _backend(self) -> Iterator[int]:
        if self.dask is None:
            yield self.processes
            return
        from distributed import Client
        from distributed.core import connect

        async def answers(address: str) -> None:
            await (await connect(address, timeout=30)).close()

        try:
            # Asked before there is a client: one that cannot connect is left half open, and warns when collected.
            asyncio.run(answers(self.dask))
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"--dask {self.dask}: no scheduler answers there ({type(error).__name__}); "
                "expected the address that `dask scheduler` prints, e.g. tcp://127.0.0.1:8786"
            ) from error
        with (
            running_loop() as loop,
            Client(self.dask, timeout="30s", set_as_default=False, loop=loop) as client,
            parallel_config(backend="dask", client=client),
        ):
            yield -1


@dataclass(frozen=True)
class KeyedFolder:
    """A folder of results named by what they were computed from."""

    folder: Path

    def path(self, task: Task) -> Path:
        """File of a task's result."""
        described = json.dumps(task.identity, sort_keys=True, default=str)
        key = hashlib.sha256(described.encode()).hexdigest()[:16]
        return self.folder / f"{task.name}-{key}.nc"

    def results(
        self,
        tasks: Sequence[Task],
        workers: Workers,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[xr.Dataset]:
        """Results of all tasks in order; only the missing ones are computed.

        `progress` is told how many of how many exist, before the work and after each piece.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        paths = [self.path(task) for task in tasks]
        missing = [pair for pair in zip(tasks, paths, strict=True) if not pair[1].exists()]
        finished = len(tasks) - len(missing)
        progress(finished, len(tasks))

        def one_more() -> None:
            nonlocal finished
            finished += 1
            progress(finished, len(tasks))

        if missing:
            # Machines that share the folder begin at different places, and each skips what another has done.
            start = random.randrange(len(missing))
            order = missing[start:] + missing[:start]
            workers.map(do, order, one_more)
        return [read(path) for path in paths]


def do(task: Task, path: Path) -> None:
    """Compute and keep one result, unless another process has done so meanwhile."""
    if path.exists():
        return
    result = task.run()
    with replacing(path) as temporary:
        result.to_netcdf(temporary, engine="h5netcdf")


def read(path: Path) -> xr.Dataset:
    """A kept result, read into memory."""
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        return dataset.load()
