"""Before anything is rebuilt: every fault of every arm, with the file that it is in."""

from collections.abc import Mapping
from pathlib import Path

from digitized.curve import Curve
from digitized.errors import InputError
from digitized.reconstruction.points import prepare
from digitized.reconstruction.result import arm_label
from digitized.reconstruction.risk_table import CountFiles, risk_table
from digitized.reconstruction.tables import Key, Sources


def require_sound(curves: Mapping[Key, Curve], sources: Sources, published: Path | None = None) -> None:
    """Raise when points, numbers at risk or totals of an arm are impossible.

    Parameters
    ----------
    curves : mapping
        Curves by (figure, arm), totals completed by published numbers.
    sources : Sources
        The files that they were read from.
    published : Path, optional
        The file of published numbers.

    Raises
    ------
    InputError
        The faults of all arms at once, each beginning with its file.
    """
    given = [str(path) for path in (sources.totals, published) if path is not None]
    totals = " and ".join(given) or str(sources.at_risk or sources.curves)
    files = CountFiles(str(sources.at_risk or totals), totals)
    faults: list[str] = []
    for key, curve in curves.items():
        label = arm_label(*key)
        try:
            prepare(curve, f"{sources.curves}, {label}", thin=False)
        except InputError as error:
            faults += error.faults
        try:
            risk_table(curve, label, files)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
