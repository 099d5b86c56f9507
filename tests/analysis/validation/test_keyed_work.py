import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import xarray as xr

from analysis.validation.keyed_work import KeyedFolder, Workers
from analysis.validation.running_loop import running_loop
from digitized.errors import InputError


@dataclass(frozen=True)
class StandIn:
    """A cheap stand-in for a fit: sleeps, and logs who begins and who ends, so that a test can count."""

    number: int
    log: Path
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return f"stand-in-{self.number:02d}"

    @property
    def identity(self) -> object:
        return [self.number]

    def run(self) -> xr.Dataset:
        self._note("begins")
        time.sleep(self.seconds)
        self._note("ends")
        return xr.Dataset({"square": ("x", [float(self.number**2)])})

    def _note(self, what: str) -> None:
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {what} {self.number}\n")


def noted(log: Path) -> list[tuple[int, str, int]]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [(int(pid), what, int(number)) for pid, what, number in map(str.split, lines)]


def ended(log: Path) -> list[int]:
    return sorted(number for _, what, number in noted(log) if what == "ends")


def test_results_come_in_order_and_nothing_runs_twice(tmp_path):
    log = tmp_path / "log"
    folder = KeyedFolder(tmp_path / "work")
    folder.results([StandIn(n, log) for n in (3, 1)], Workers())
    seen = []
    results = folder.results(
        [StandIn(n, log) for n in range(5)], Workers(), lambda done, total: seen.append((done, total))
    )
    assert [float(result["square"][0]) for result in results] == [0.0, 1.0, 4.0, 9.0, 16.0]
    assert ended(log) == [0, 1, 2, 3, 4]
    assert seen == [(2, 5), (3, 5), (4, 5), (5, 5)]


def test_interrupted_work_resumes(tmp_path):
    log = tmp_path / "log"
    folder = KeyedFolder(tmp_path / "work")

    @dataclass(frozen=True)
    class Broken(StandIn):
        def run(self):
            raise KeyboardInterrupt

    tasks = [StandIn(n, log) for n in range(4)]
    with pytest.raises(KeyboardInterrupt):
        folder.results([tasks[0], Broken(9, log)], Workers())
    before = ended(log)
    folder.results(tasks, Workers())
    assert ended(log) == [0, 1, 2, 3]
    assert set(before) <= {0}


def test_a_changed_identity_is_another_file(tmp_path):
    folder = KeyedFolder(tmp_path)
    assert folder.path(StandIn(1, tmp_path)) == folder.path(StandIn(1, tmp_path / "elsewhere"))
    assert folder.path(StandIn(1, tmp_path)) != folder.path(StandIn(2, tmp_path))


def test_address_without_scheduler_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"--dask nonsense://x: no scheduler answers there"):
        KeyedFolder(tmp_path).results([StandIn(1, tmp_path / "log")], Workers(dask="nonsense://x"))


def test_a_refused_address_leaves_no_client_behind(tmp_path):
    """Writing a netCDF file asks the process's default cluster for a lock: there must be none."""
    with pytest.raises(InputError):
        Workers(dask="nonsense://x").require()
    (result,) = KeyedFolder(tmp_path).results([StandIn(3, tmp_path / "log")], Workers())
    assert float(result["square"][0]) == 9.0


# The killed worker's connections are closed by the operating system: distributed warns of each.
@pytest.mark.filterwarnings("ignore")
def test_dask_cluster_of_two_survives_the_death_of_one(tmp_path):
    """The victim is killed in the middle of a piece, when half of the results are kept."""
    import cloudpickle
    from distributed import Client, LocalCluster

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    log, size = tmp_path / "log", 12
    tasks = [StandIn(n, log, seconds=0.5) for n in range(size)]
    folder = KeyedFolder(tmp_path / "work")
    lost: list[int] = []
    with (
        running_loop() as loop,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, loop=loop) as cluster,
    ):
        with Client(cluster, loop=loop) as client:
            victim = next(iter(client.run(os.getpid).values()))

        def kill_half_way():
            while len(list(folder.folder.glob("stand-in*.nc"))) < size // 2:
                time.sleep(0.02)
            seen = len(noted(log))
            begun: list[int] = []
            while not begun:
                time.sleep(0.02)
                begun = [
                    number for pid, what, number in noted(log)[seen:] if (pid, what) == (victim, "begins")
                ]
            os.kill(victim, signal.SIGKILL)
            lost.append(begun[-1])

        killer = threading.Thread(target=kill_half_way, daemon=True)
        killer.start()
        results = folder.results(tasks, Workers(dask=cluster.scheduler_address))
        killer.join()
    assert [float(result["square"][0]) for result in results] == [float(n**2) for n in range(size)]
    assert ended(log) == list(range(size))
    begun = sorted(number for _, what, number in noted(log) if what == "begins")
    assert begun == sorted([*range(size), *lost])
