"""Processes that fit models for a long time."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def renewed_workers() -> Iterator[None]:
    """For calls of joblib: a worker whose compiled models have grown large is begun anew, which joblib tells.

    No piece of work is lost by it and nothing is odd, so the user is not told.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
        yield
