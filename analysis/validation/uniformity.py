"""Are ranks uniform? Two tests, because one sees posteriors that are off and another posteriors of a wrong width."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

# Family-wise level over all tests (Bonferroni).
LEVEL = 0.01


def location_p(ranks: Sequence[float]) -> float:
    """P value of the Kolmogorov-Smirnov test: sees ranks pushed to one end, a biased posterior."""
    return float(stats.kstest(np.asarray(ranks), "uniform").pvalue)


def width_p(ranks: Sequence[float]) -> float:
    """P value of the chi-squared test of Cook, Gelman & Rubin (2006), both tails.

    The squared normal scores of N uniform ranks add up to chi-squared on N. Posteriors that are too narrow push
    ranks to both ends and the sum up, too wide ones push it down; neither moves the mean, so that with 50 ranks
    the other test hardly ever sees them.
    """
    total = float(np.sum(stats.norm.ppf(np.asarray(ranks)) ** 2))
    law = stats.chi2(len(ranks))
    return float(min(1.0, 2 * min(law.cdf(total), law.sf(total))))


def uniformity(table: pd.DataFrame) -> pd.DataFrame:
    """Both p values for each endpoint and parameter of a table of ranks, a row a test."""
    rows = [
        {"endpoint": endpoint, "parameter": parameter, "test": name, "p_value": test(part["rank"].tolist())}
        for (endpoint, parameter), part in table.groupby(["endpoint", "parameter"], sort=False)
        for name, test in (("location", location_p), ("width", width_p))
    ]
    columns = ["endpoint", "parameter", "test", "p_value"]
    return pd.DataFrame(rows, columns=columns).astype({"p_value": float})


def adjusted(tests: pd.DataFrame) -> float:
    """The least p value times the number of tests; NaN where nothing could be tested."""
    return min(1.0, float(tests["p_value"].min()) * len(tests)) if len(tests) else float("nan")
