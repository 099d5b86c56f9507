"""How much of an untrusted file is read before it is refused: bytes, elements, depth, pixels."""

from pathlib import Path

from digitized.errors import FigureRefused

MAX_BYTES = 60_000_000
MAX_UNPACKED_BYTES = 80_000_000
MAX_ELEMENTS = 400_000
MAX_POINTS = 3_000_000
MAX_DEPTH = 100
MAX_PIXELS = 60_000_000


class TooMuch(FigureRefused):
    """A file that asks for more work than any figure needs."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path.name}: {what}; such a file is not read (it may be made to exhaust the computer)"
        )
