"""What a validation writes: verdicts, tables, figures with their data, the record of what ran, the report."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import analysis
import digitized
import models
import trials
from analysis.run.manifest import LIBRARIES
from analysis.validation.report import validation_report
from analysis.validation.study import Study
from analysis.validation.verdict import CheckResult
from digitized.output import replacing, write_text

# Inches; holds the 36 intervals of V2.
FIGURE = (9.0, 5.5)


def record(study: Study, command: str, seconds: float) -> dict[str, object]:
    """What ran: command, commit, source and evidence hashes, versions, seed, sizes, wall time."""
    return {
        "command": command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "source_sha256": source_digest(),
        "evidence_sha256": dict(study.evidence.hashes),
        "versions": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "machine": f"{platform.system()} {platform.machine()}, {study.workers.processes} processes"
        + (f", Dask at {study.workers.dask}" if study.workers.dask else ""),
        "seed": study.seed,
        "scale": asdict(study.scale),
        "wall_time_seconds": round(seconds, 1),
    }


def write(folder: Path, results: Sequence[CheckResult], described: dict[str, object]) -> None:
    """Write verdicts, the record, tables, their hashes (`sha256sum -c SHA256SUMS`), figures and the report."""
    from matplotlib.figure import Figure

    for result in results:
        name = result.verdict.id
        tables = {name: result.table} | {f"{name}_{other}": table for other, table in result.others.items()}
        for title, table in tables.items():
            write_text(folder / "tables" / f"{title}.csv", table.to_csv(index=False))
        figure = Figure(figsize=FIGURE, layout="constrained")
        if len(result.table):
            result.draw(figure, result.table)
        else:
            figure.text(0.5, 0.5, "nothing could be computed", ha="center")
        figure.suptitle(f"{name}: {result.verdict.verdict}")
        for suffix in ("svg", "png"):
            with replacing(folder / "figures" / f"{name}.{suffix}") as temporary:
                figure.savefig(temporary, dpi=120)
        write_text(folder / "figures" / f"{name}.csv", result.table.to_csv(index=False))
    verdicts = [result.verdict.as_json() for result in results]
    write_text(folder / "verdicts.json", json.dumps(verdicts, indent=1) + "\n")
    write_text(folder / "record.json", json.dumps(described, indent=1, default=str) + "\n")
    kept = [folder / "verdicts.json", folder / "record.json", *sorted((folder / "tables").glob("*.csv"))]
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in kept
    ]
    write_text(folder / "SHA256SUMS", "".join(lines))
    write_text(folder / "report.html", validation_report(folder, results, described))


def source_digest() -> str:
    """Hash of the product's own source."""
    digest = hashlib.sha256()
    for package in (digitized, trials, models, analysis):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def commit() -> str:
    """Commit of the source, "+ changes" where the working tree differs; "not a repository" without one."""
    root = Path(analysis.__path__[0]).parent
    try:
        head = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "not a repository"
    return f"{head} + changes" if changed else head


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip()
