"""SVG of charts that browsers draw (plotly, Vega), written here as these programs write it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitized.figure.read import read_figure


def plotly_svg(arms: Sequence[Any]) -> str:
    """Plotly's export: tinted plot, white gridlines, no axis lines, hv steps, text anchors, nested transforms."""
    left, top, wide, high = 80, 60, 480, 320
    parts = [
        '<svg class="main-svg" xmlns="http://www.w3.org/2000/svg" width="700" height="450" '
        "style=\"background: white\"><defs><clipPath id='clip0'><rect width='480' height='320'/></clipPath></defs>"
        f'<g class="bglayer"><rect class="bg" x="{left}" y="{top}" width="{wide}" height="{high}" '
        'style="fill: rgb(229, 236, 246); fill-opacity: 1; stroke-width: 0;"/></g><g class="gridlayer">'
    ]
    for t in range(6, 37, 6):
        x = left + wide * t / 38
        parts.append(
            f'<path class="xgrid crisp" transform="translate({x},0)" d="M0,{top}v{high}" '
            'style="stroke: rgb(255, 255, 255); stroke-opacity: 1; stroke-width: 1px;"/>'
        )
    for s in (0.2, 0.4, 0.6, 0.8, 1.0):
        y = top + high * (1.05 - s) / 1.1
        parts.append(
            f'<path class="ygrid crisp" transform="translate(0,{y})" d="M{left},0h{wide}" '
            'style="stroke: rgb(255, 255, 255); stroke-opacity: 1; stroke-width: 1px;"/>'
        )
    parts.append(f'</g><g class="plot" transform="translate({left},{top})" clip-path="url(#clip0)">')
    for arm, colour in zip(arms, ("rgb(99, 110, 250)", "rgb(239, 85, 59)"), strict=True):
        km = arm.truth
        x, y = (
            wide * np.append(km.time, km.last) / 38,
            high * (1.05 - np.append(km.survival, km.survival[-1])) / 1.1,
        )
        steps = "".join(f"H{a:.3f}V{b:.3f}" for a, b in zip(x, y, strict=True))
        parts.append(
            f'<g class="trace scatter"><g class="lines"><path class="js-line" d="M0,{high * 0.05 / 1.1:.3f}{steps}" '
            f'style="fill: none; stroke: {colour}; stroke-opacity: 1; stroke-width: 2px;"/></g></g>'
        )
    parts.append('</g><g class="xaxislayer-above">')
    for t in range(0, 37, 6):
        parts.append(
            f'<g class="xtick"><text text-anchor="middle" x="0" y="{top + high + 17}" '
            f'transform="translate({left + wide * t / 38},0)" style="font-size: 12px;">{t}</text></g>'
        )
    for s in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(
            f'<g class="ytick"><text text-anchor="end" x="{left - 5}" y="4.2" '
            f'transform="translate(0,{top + high * (1.05 - s) / 1.1})" style="font-size: 12px;">{s:g}</text></g>'
        )
    parts.append('</g><g class="infolayer"><g class="legend" transform="translate(572,60)">')
    for k, (arm, colour) in enumerate(zip(arms, ("rgb(99, 110, 250)", "rgb(239, 85, 59)"), strict=True)):
        parts.append(
            f'<g class="traces" transform="translate(0,{14.5 + 19 * k})"><text class="legendtext" x="40" y="4.7" '
            f'style="font-size: 12px;">{arm.name}</text><path class="js-line" d="M5,0h30" '
            f'style="fill: none; stroke: {colour}; stroke-width: 2px;"/></g>'
        )
    parts.append(
        f'</g><text x="{left + wide / 2}" y="{top + high + 45}" text-anchor="middle" style="font-size: 14px;">'
        "Months</text></g></svg>"
    )
    return "".join(parts)


def test_plotly(arms: Sequence[Any], tmp_path: Path) -> None:
    path = tmp_path / "plotly.svg"
    path.write_text(plotly_svg(arms))
    (panel,) = read_figure(path).panels
    assert panel.unit == "months"
    assert not panel.warnings
    for arm in arms:
        read, km = next(a for a in panel.arms if a.name == arm.name), arm.truth
        fall = np.flatnonzero(np.diff(read.survival) < -1e-6) + 1
        np.testing.assert_allclose(
            read.survival[fall], km.survival[np.diff(np.append(1, km.survival)) < 0], atol=1e-3
        )


def test_vega_sharpens_its_ticks(arms: Sequence[Any], tmp_path: Path) -> None:
    """Vega moves axes and ticks, not curves, by half a pixel to the right and down."""
    text = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="360"><g transform="translate(50,20)">',
        '<path d="M0.5,0.5h420v280h-420Z" fill="none" stroke="#ddd"/>',
    ]
    for t in range(0, 43, 6):
        text.append(f'<g transform="translate({10 * t + 0.5},280.5)"><line y2="5" stroke="#888"/>')
        text.append(f'<text text-anchor="middle" y="15" font-size="10">{t}</text></g>')
    for s in (0, 0.25, 0.5, 0.75, 1):
        text.append(f'<g transform="translate(0.5,{280 * (1 - s) + 0.5})"><line x2="-5" stroke="#888"/>')
        text.append(f'<text text-anchor="end" x="-7" y="3.5" font-size="10">{s}</text></g>')
    for arm, colour in zip(arms, ("#4c78a8", "#f58518"), strict=True):
        x, y = arm.line
        points = "L".join(f"{10 * a:.3f},{280 * (1 - b):.3f}" for a, b in zip(x, y, strict=True))
        text.append(f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    text.append('<text x="210" y="312" text-anchor="middle" font-size="11">Months</text></g></svg>')
    (tmp_path / "vega.svg").write_text("".join(text))
    (panel,) = read_figure(tmp_path / "vega.svg").panels
    for read, arm in zip(panel.arms, arms, strict=True):
        fall = np.flatnonzero(np.diff(read.survival) < -1e-6) + 1
        seen = np.diff(np.append(1, arm.truth.survival)) < 0
        np.testing.assert_allclose(read.survival[fall], arm.truth.survival[seen], atol=1e-4)
        np.testing.assert_allclose(read.time[fall], arm.truth.time[seen], atol=1e-3)
