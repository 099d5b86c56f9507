"""What a reconstruction is asked and what it answers."""

from dataclasses import dataclass

from digitized.curve import Agreement, PseudoIPD


@dataclass(frozen=True)
class Constraints:
    """Published numbers to meet beside the points.

    Attributes
    ----------
    median : float or None
        Published median, in the curve's unit of time; infinite where it was not reached.
    landmarks : tuple of (time, survival)
        Published survival probabilities (0-1) at times.
    """

    median: float | None = None
    landmarks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Reconstruction:
    """Pseudo-patients of one arm, how they agree with the input, and what the reader must know.

    `ipd[0]` is the best single reconstruction, the others are plausible ones (draws 1, 2, ...).
    """

    ipd: tuple[PseudoIPD, ...]
    agreement: tuple[Agreement, ...]
    notes: tuple[str, ...] = ()


def arm_label(figure: str, arm: str) -> str:
    """An arm in messages."""
    return f"figure {figure}, arm {arm}" if figure else f"arm {arm}" if arm else "curve"
