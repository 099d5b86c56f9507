"""The index arm's n and events of the endpoints that a figure shows, for its caption."""

from collections.abc import Sequence

from analysis.figures.run_data import RunData


def shown_counts(run: RunData, endpoints: Sequence[str]) -> str:
    """n and events of the index arm for the endpoints shown, the trial and an equal n said once."""
    found = [run.index_counts(endpoint) for endpoint in endpoints]
    heads, counts = zip(*(sentence.split(", ", 1) for sentence in found), strict=True)
    return ", ".join([heads[0], *counts]) if len(set(heads)) == 1 else "; ".join(found)
