"""Numbers, axis calibration and tables of numbers at risk from texts alone."""

import numpy as np
import pytest

from digitized.figure.axes import as_proportion, calibrate_axis
from digitized.figure.reading import Axis
from digitized.figure.risk_table import match_rows, read_risk_table
from digitized.figure.text import Text, parse_number

X_AXIS = Axis(-6.0, 0.06, tuple((100 + 100 * k, 6.0 * k) for k in range(6)))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.75", 0.75), (".75", 0.75), ("0·75", 0.75), ("0,75", 0.75), ("75%", 75), ("75 %", 75), ("−3", -3),
        ("1,024", 1024), ("1 024", 1024), ("0,250", 0.25), ("100", 100), ("12 months", None), ("1.2.3", None),
        ("", None), ("p = 0.01", None), ("-", None),
    ],
)  # fmt: skip
def test_numbers(text: str, number: float | None):
    assert parse_number(text) == number


def label(text: str, x: float, y: float = 0.0) -> Text:
    wide = 6.0 * len(text)
    return Text(text, x - 0.5 * wide, y - 4, wide, 8.0)


def test_an_axis_survives_wrong_and_missing_labels():
    labels = [label(str(6 * k), 100 + 50 * k + 0.4) for k in (0, 1, 2, 4, 6)] + [
        label("7", 250),
        label("x", 5),
    ]
    axis = calibrate_axis(labels, along="x", ticks=[100 + 50 * k for k in range(8)])
    assert axis is not None
    assert axis.on_ticks
    assert axis.confidence < 1  # one number did not fit
    np.testing.assert_allclose(axis.value(np.array([100.0, 450.0])), [0, 42], atol=1e-9)
    bare = calibrate_axis(labels, along="x")
    assert bare is not None
    assert not bare.on_ticks
    assert calibrate_axis(labels[:1], along="x") is None


def test_survival_axis_in_percent_and_its_direction():
    labels = [label(f"{25 * k}%", 0, 300 - 50 * k) for k in range(5)]
    axis = calibrate_axis(labels, along="y")
    assert axis is not None
    np.testing.assert_allclose(as_proportion(axis).value(np.array([300.0, 100.0])), [0, 1], atol=1e-9)
    upside_down = [label(f"{25 * k}%", 0, 100 + 50 * k) for k in range(5)]
    assert calibrate_axis(upside_down, along="y") is None


def table_row(name: str, y: float, counts: list[str], shift: float = 0.0) -> list[Text]:
    cells = [label(c, 100 + 100 * k + shift, y) for k, c in enumerate(counts)]
    return [label(name, 40, y), *cells] if name else cells


def test_rows_with_events_in_brackets_and_other_rows():
    texts = [
        label("Number at risk (events)", 60, 300),
        *table_row("Arm 1", 312, ["1,020 (0)", "800 (12)", "500 (99)", "90 (120)", "4 (130)"]),
        *table_row("Arm 2", 324, ["99", "80", "50", "9", "0"]),
        label("Number censored", 60, 336),
        *table_row("Arm 1", 348, ["0", "2", "3", "4", "5"]),
        *table_row("", 372, ["0", "6", "12", "18", "24"]),
        label("Months", 300, 384),
    ]
    rows = read_risk_table(texts, X_AXIS, top=290)
    assert [r.label for r in rows] == ["Arm 1", "Arm 2"]
    assert rows[0].at_risk.tolist() == [1020, 800, 500, 90, 4]
    assert rows[0].time.tolist() == [0, 6, 12, 18, 24]
    matched = match_rows(rows, ["Arm 2", "Arm 1"])
    assert [r.label for r in matched if r] == ["Arm 2", "Arm 1"]


def test_a_table_with_an_axis_of_its_own():
    """A table shifted against the panel is read with the time axis under it."""
    texts = [
        *table_row("A", 312, ["20", "15", "9", "5", "2"], shift=45),
        *table_row("B", 324, ["22", "14", "8", "3", "0"], shift=45),
        *table_row("", 340, ["0", "6", "12", "18", "24"], shift=45),
    ]
    rows = read_risk_table(texts, X_AXIS, top=290)
    assert [r.at_risk.tolist() for r in rows] == [[20, 15, 9, 5, 2], [22, 14, 8, 3, 0]]


def test_no_table_is_made_of_prose_or_axis_labels():
    texts = [label("Months from randomisation", 300, 310), label("Figure 2. HR 0.71 (0.55-0.92)", 200, 330)]
    assert read_risk_table(texts, X_AXIS, top=290) == ()
