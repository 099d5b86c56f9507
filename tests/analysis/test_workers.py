import warnings

import pytest

from analysis.workers import renewed_workers


def test_only_the_news_of_a_renewed_worker_is_kept_back():
    with renewed_workers():
        warnings.warn(
            "A worker stopped while some jobs were given to the executor.", UserWarning, stacklevel=1
        )
        with pytest.raises(UserWarning, match="something else"):
            warnings.warn("something else", UserWarning, stacklevel=1)
