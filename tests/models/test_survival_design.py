"""Which arm carries which term: the table of METHODS section 4, row by row."""

import numpy as np
import pytest

from models.survival_design import Contrast, survival_design

TRIPLE = ["chemo", "pdl1", "anlotinib"]


@pytest.fixture
def terms(exponential_arm):
    """Names of the terms that each arm of a network carries, by "trial/arm"."""

    def found(*arms):
        made = [
            exponential_arm(trial, arm, components, 40, **fields) for trial, arm, components, fields in arms
        ]
        design = survival_design(made, Contrast())
        names = {
            "beta": design.ici,
            "bme_dev": design.index,
            "added": design.added,
            **{f"u[{trial}]": design.trial[:, j] for j, trial in enumerate(design.trials)},
            **{f"b[{trial}]": design.ici_trial[:, j] for j, trial in enumerate(design.trials)},
            **{f"c[{trial}]": design.single_arm[:, k] for k, trial in enumerate(design.single_arm_trials)},
        }
        coefficients = np.array(list(names.values()))
        assert set(np.unique(coefficients)) <= {0.0, 1.0}
        return {
            arm: {name for name, values in names.items() if values[row]}
            for row, arm in enumerate(design.arms)
        }

    return found


RANDOMISED = (("rct", "chemo", ["chemo"], {}), ("rct", "ici", ["chemo", "pd1"], {}))
SINGLE = {"randomised": False}


def test_each_arm_carries_the_terms_of_its_row(terms):
    found = terms(
        *RANDOMISED,
        ("anlo", "anlo-chemo", ["chemo", "anlotinib"], SINGLE),
        ("index", "triple", TRIPLE, SINGLE | {"index": True}),
    )
    assert found == {
        "rct/chemo": {"u[rct]"},
        "rct/ici": {"u[rct]", "beta", "b[rct]"},
        "anlo/anlo-chemo": {"u[anlo]", "added", "c[anlo]"},
        "index/triple": {"u[index]", "beta", "bme_dev", "added", "c[index]"},
    }


def test_the_ici_of_a_randomised_index_trial_departs_from_the_mean_once(terms):
    """Its departure is bme_dev, in both of its ICI arms; a b[index] beside it would be the same thing again."""
    found = terms(
        *RANDOMISED,
        ("index", "chemo", ["chemo"], {}),
        ("index", "ici", ["chemo", "pdl1"], {}),
        ("index", "triple", TRIPLE, {"index": True}),
    )
    assert found["index/chemo"] == {"u[index]"}
    assert found["index/ici"] == {"u[index]", "beta", "bme_dev"}
    assert found["index/triple"] == {"u[index]", "beta", "bme_dev", "added"}
    assert found["rct/ici"] == {"u[rct]", "beta", "b[rct]"}
