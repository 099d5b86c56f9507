"""The errors a user can meet, in one tree.

CrosstrialError                  root; the command line prints its message and exits with code 2
├── InputError                   one or more faults of what the user gave, collected and shown at once
│   ├── FigureRefused            a figure that cannot be read as a survival curve, with the reason
│   └── EvidenceError            faults of an evidence folder (trials/)
├── SamplingError                a posterior that may not be used (models/)
└── OutputError                  a folder or file that cannot be written
"""

from collections.abc import Sequence


class CrosstrialError(Exception):
    """Root of every error that crosstrial raises on purpose (see the tree in the module's docstring)."""


class InputError(CrosstrialError):
    """Faults of an input, all of them.

    Parameters
    ----------
    faults : str or sequence of str
        One clear sentence a fault, naming file, trial, arm, endpoint or field, what was found and what was
        expected.
    """

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults: tuple[str, ...] = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))


class FigureRefused(InputError):  # noqa: N818 - named for what happened to the figure
    """A figure that cannot be read as a survival curve; the sentence says why and what would help."""


class EvidenceError(InputError):
    """Faults of an evidence folder: every broken fact, not only the first."""


class SamplingError(CrosstrialError):
    """A fit whose diagnostics forbid using it."""


class OutputError(CrosstrialError):
    """A folder or a file that cannot be written."""
