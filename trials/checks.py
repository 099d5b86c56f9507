"""Checks across the rows of an evidence folder."""

from trials.evidence import Evidence
from trials.reading import Faults


def check_evidence(evidence: Evidence, faults: Faults) -> None:
    """Every fault of the folder as a whole."""
