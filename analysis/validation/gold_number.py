"""One published number beside what the product computes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GoldNumber:
    """One published number and what the product computes."""

    section: str
    quantity: str
    expected: float
    computed: float
    tolerance: float

    @property
    def met(self) -> bool:
        """Whether the computed number lies within the tolerance."""
        return abs(self.computed - self.expected) <= self.tolerance + 1e-12
