"""Falls closer together than a file's decimals or a drawing program's pixels: each is still counted."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from digitized.figure.read import read_figure

WIDE, HIGH, MONTHS = 400.0, 300.0, 40.0


def continuous(kit, seed: int, close: tuple[float, ...], n: int = 200):
    """An arm whose times have no common unit, with further deaths close behind one another."""
    draw = np.random.default_rng([20240611, seed])
    death, leave = draw.exponential(22.0, n), draw.uniform(10, 40, n)
    time = np.concatenate([np.minimum(death, leave), close])
    event = np.concatenate([death <= leave, np.ones(len(close), dtype=bool)])
    order = np.argsort(time)
    return type(kit.simulate("Drug", 2, 1.0, 0))("Drug", time[order], event[order])


def two_decimals(arm) -> str:
    """SVG as svglite writes it: every corner kept, coordinates with two decimals, times of censoring too."""
    times = np.unique(arm.time)
    survival = np.concatenate([[1.0], arm.survival_at(times)])
    x = 50 + np.concatenate([[0.0], times]) * WIDE / MONTHS
    y = 20 + (1 - survival) * HIGH
    corners = [(x[0], y[0])]
    for k in range(1, len(x)):
        corners += [(x[k], y[k - 1]), (x[k], y[k])]
    line = " ".join(f"{a:.2f},{b:.2f}" for a, b in corners)
    labels = "".join(
        f"<text x='{50 + t * WIDE / MONTHS}' y='345' font-size='10' text-anchor='middle'>{t}</text>"
        f"<line x1='{50 + t * WIDE / MONTHS}' x2='{50 + t * WIDE / MONTHS}' y1='320' y2='325' stroke='#000'/>"
        for t in range(0, 41, 10)
    )
    labels += "".join(
        f"<text x='40' y='{23 + (1 - s) * HIGH}' font-size='10' text-anchor='end'>{s}</text>"
        f"<line x1='45' x2='50' y1='{20 + (1 - s) * HIGH}' y2='{20 + (1 - s) * HIGH}' stroke='#000'/>"
        for s in (0, 0.25, 0.5, 0.75, 1)
    )
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 470 370'>"
        f"<polyline points='{line}' fill='none' stroke='#D55E00' stroke-width='1.07'/>"
        f"{labels}<text x='250' y='365' font-size='10'>Months</text></svg>"
    )


@pytest.mark.parametrize("seed", range(4))
def test_falls_at_one_place_of_the_file_are_told_by_the_corner_between_them(seed, kit, tmp_path) -> None:
    arm = continuous(kit, seed, (10.0001, 10.0002, 12.0, 12.002, 12.0036, 30.0001, 30.00015))
    path = tmp_path / "close.svg"
    path.write_text(two_decimals(arm))
    (panel,) = read_figure(path).panels
    kit.check(panel, [arm], names=False)
    assert (np.diff(np.unique(panel.arms[0].time)) > 0).all()
    fall = np.flatnonzero(np.diff(panel.arms[0].survival) < -1e-6) + 1
    assert (np.diff(panel.arms[0].time[fall]) > 0).all(), "no two drops at the same time"


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_three_falls_drawn_as_one_slanted_piece_are_three(suffix, kit, tmp_path) -> None:
    arm = continuous(kit, 7, (9.0, 9.003, 9.006, 20.0, 20.0035), n=150)
    last = np.sort(np.concatenate([arm.time[arm.time < 35], [35.5, 36.0, 36.003]]))
    event = np.concatenate([arm.event[arm.time < 35], [False, True, True]])
    arm = type(arm)("Drug", last, event)
    figure = Figure(figsize=(6, 5))
    axes = kit.axes(figure)
    axes.plot(*arm.line, color="black", label="Drug")
    axes.legend()
    (panel,) = read_figure(kit.save(figure, tmp_path / f"close.{suffix}")).panels
    kit.check(panel, [arm])


def test_a_common_unit_of_time_keeps_a_slanted_pieces_ties_together(kit, tmp_path) -> None:
    """Times in tenths, so many patients fall together: a piece that holds two falls holds no more than two."""
    draw = np.random.default_rng(20240611)
    time = np.concatenate([np.round(draw.exponential(15.0, 300), 1), [8.0, 8.0, 8.004]])
    arm = type(kit.simulate("Drug", 2, 1.0, 0))(
        "Drug", time[time < 36], np.ones((time < 36).sum(), dtype=bool)
    )
    (panel,) = read_figure(kit.save(kit.drawn([arm], color="black"), tmp_path / "ties.svg")).panels
    assert kit.falls(panel.arms[0]) == len(arm.drops[0])
