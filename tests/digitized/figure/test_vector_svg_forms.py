"""The same curves in the SVG dialects of other programs: split, transformed, clipped, styled, reused."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from digitized.figure.read import read_figure
from digitized.figure.reading import ReadingOptions

LEFT, TOP, WIDE, HIGH = 60.0, 40.0, 400.0, 250.0
MONTHS = 36.0


def place(time, survival):
    return LEFT + np.asarray(time) * WIDE / MONTHS, TOP + (1 - np.asarray(survival)) * HIGH


def points(arm) -> np.ndarray:
    return np.column_stack(place(*arm.line))


def pairs(p: np.ndarray) -> str:
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in p)


def frame(letters: Callable[[float, float, str, str], str]) -> str:
    """Axis lines, ticks and labels."""
    corner = f"M{LEFT},{TOP} L{LEFT},{TOP + HIGH} L{LEFT + WIDE},{TOP + HIGH}"
    parts = [f'<path d="{corner}" fill="none" stroke="black"/>']
    for t in range(0, 37, 6):
        x, y = float(place(t, 0)[0]), TOP + HIGH
        parts.append(f'<line x1="{x}" y1="{y}" x2="{x}" y2="{y + 5}" stroke="black"/>')
        parts.append(letters(x, y + 18, str(t), "middle"))
    for s in range(0, 101, 25):
        y = float(place(0, s / 100)[1])
        parts.append(f'<line x1="{LEFT - 5}" y1="{y}" x2="{LEFT}" y2="{y}" stroke="black"/>')
        parts.append(letters(LEFT - 8, y + 4, f"{s}%", "end"))
    parts.append(letters(LEFT + WIDE / 2, TOP + HIGH + 34, "Months since randomisation", "middle"))
    return "\n".join(parts)


def plain(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="11" text-anchor="{anchor}">{text}</text>'


def document(body: str, head: str = "") -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="520" height="400" viewBox="0 0 520 400">{head}\n{body}</svg>'
    )


def key(y: float, style: str, name: str) -> str:
    return f'<line x1="300" y1="{y}" x2="325" y2="{y}" {style}/>' + plain(332, y + 4, name, "start")


def split(arms: Sequence) -> str:
    """Illustrator: every straight piece a path of its own, in groups that carry the style, out of order."""
    body = frame(plain)
    for k, (arm, colour) in enumerate(zip(arms, ("#c00000", "#0000c0"), strict=True)):
        p = points(arm)
        pieces = [f'<path d="M{pairs(p[i : i + 2])}"/>' for i in range(len(p) - 1)]
        order = np.random.default_rng(5).permutation(len(pieces))
        inner = "".join(pieces[i] for i in order)
        body += f'<g fill="none" stroke="{colour}" stroke-width="1.5"><g>{inner}</g></g>'
        body += key(60 + 14 * k, f'stroke="{colour}"', arm.name)
    return document(body)


def transformed(arms: Sequence) -> str:
    """Curves in data units under a matrix; relative commands; letters placed by transforms and tspans."""

    def letters(x: float, y: float, text: str, anchor: str) -> str:
        return (
            f'<g transform="translate({x} {y})"><text style="font: 11px Arial; text-anchor: {anchor}">'
            f'<tspan x="0" y="0">{text}</tspan></text></g>'
        )

    body = frame(letters)
    matrix = f"matrix({WIDE / MONTHS} 0 0 {-HIGH} {LEFT} {TOP + HIGH})"
    for k, (arm, colour) in enumerate(zip(arms, ("rgb(10,120,60)", "rebeccapurple"), strict=True)):
        x, y = arm.line
        d = f"M{x[0]},{y[0]}" + "".join(
            f"h{dx:.6f}" if dx else f"v{dy:.8f}" for dx, dy in zip(np.diff(x), np.diff(y), strict=True)
        )
        body += (
            f'<g transform="{matrix}"><path d="{d}" style="fill:none;stroke:{colour};stroke-width:0.01"/></g>'
        )
        body += key(60 + 14 * k, f'style="stroke:{colour}"', arm.name)
    return document(body)


def classes(arms: Sequence) -> str:
    """Style sheet with classes and dashes; one colour, two dashes; nested clip paths; hidden twins."""
    head = (
        "<style>/* lines */ .curve{fill:none;stroke:#111;stroke-width:1.4px} g.b .curve{stroke-dasharray:6 3}"
        "#ghost{display:none}</style>"
        f'<clipPath id="outer"><rect x="0" y="0" width="520" height="400"/></clipPath>'
        f'<clipPath id="inner"><rect x="{LEFT}" y="{TOP - 2}" width="{WIDE}" height="{HIGH + 4}"/></clipPath>'
    )
    body = frame(plain)
    for k, (arm, group) in enumerate(zip(arms, "ab", strict=True)):
        p = points(arm)
        body += (
            f'<g clip-path="url(#outer)"><g class="{group}" clip-path="url(#inner)">'
            f'<polyline class="curve" points="{pairs(p)}"/></g></g>'
        )
        dash = 'stroke-dasharray="6 3"' if group == "b" else ""
        body += key(60 + 14 * k, f'stroke="#111" {dash}', arm.name)
    body += f'<g id="ghost"><polyline class="curve" points="{pairs(points(arms[0]) + 9)}"/></g>'
    return document(body, head)


def reused(arms: Sequence) -> str:
    """Curves and marks defined once and placed with <use>; a halo under each line; a notch for each mark."""
    head = "<defs><path id='tick' d='M0,-4 V4' stroke='inherit'/>"
    body = frame(plain)
    for k, (arm, colour) in enumerate(zip(arms, ("#e67e22", "#16a085"), strict=True)):
        head += f'<polyline id="c{k}" points="{pairs(points(arm))}"/>'
        body += f'<use xlink:href="#c{k}" fill="none" stroke="#f0f0f0" stroke-width="4"/>'
        body += f'<use href="#c{k}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        xs, ys = place(arm.censored, arm.survival_at(arm.censored))
        for x, y in zip(xs, ys, strict=True):
            body += f'<use href="#tick" x="{x:.3f}" y="{y:.3f}" stroke="{colour}"/>'
        body += key(60 + 14 * k, f'stroke="{colour}"', arm.name)
    return document(body, head + "</defs>")


def notched(arms: Sequence) -> str:
    """Marks drawn as notches within the path of the curve."""
    body = frame(plain)
    for k, (arm, colour) in enumerate(zip(arms, ("#222299", "#992222"), strict=True)):
        p = [tuple(q) for q in points(arm)]
        xs, ys = place(arm.censored, arm.survival_at(arm.censored))
        for x, y in zip(xs, ys, strict=True):
            at = max(i for i, q in enumerate(p) if q[0] <= x + 1e-9)
            p[at + 1 : at + 1] = [(x, y), (x, y - 4), (x, y + 4), (x, y)]
        body += f'<polyline points="{pairs(np.array(p))}" fill="none" stroke="{colour}"/>'
        body += key(60 + 14 * k, f'stroke="{colour}"', arm.name)
    return document(body)


FORMS = {f.__name__: f for f in (split, transformed, classes, reused, notched)}


@pytest.mark.parametrize("form", FORMS)
def test_dialects(form, kit, two_arms, tmp_path: Path):
    path = tmp_path / f"{form}.svg"
    path.write_text(FORMS[form](two_arms))
    (panel,) = read_figure(path).panels
    assert panel.unit == "months"
    kit.check(panel, two_arms)
    if form in {"reused", "notched"}:
        for arm in two_arms:
            marks = kit.match(panel, arm).censor_marks
            assert np.abs(marks[:, None] - arm.censored[None, :]).min(axis=0).max() < 0.02
            assert len(marks) == len(arm.censored)


def test_gzipped_and_misnamed(kit, two_arms, tmp_path: Path):
    path = tmp_path / "figure.png"
    path.write_bytes(gzip.compress(split(two_arms).encode()))
    (panel,) = read_figure(path).panels
    kit.check(panel, two_arms)


def test_letters_as_outlines_need_ranges(kit, two_arms, tmp_path: Path):
    """Without letters the axes are unknown: refused with the way out, read when the ranges are given."""

    def outline(x: float, y: float, text: str, anchor: str) -> str:
        return f'<path d="M{x},{y} q3,-8 6,0 z" fill="black"/>'

    body = frame(outline)
    for arm, colour in zip(two_arms, ("#c00000", "#0000c0"), strict=True):
        body += f'<polyline points="{pairs(points(arm))}" fill="none" stroke="{colour}"/>'
    path = tmp_path / "outlines.svg"
    path.write_text(document(body))
    with pytest.raises(Exception, match="--x-range and --y-range"):
        read_figure(path)
    options = ReadingOptions(x_range=(0, 36), y_range=(0, 100), unit="months", arms=("A", "B"))
    (panel,) = read_figure(path, options).panels
    kit.check(panel, two_arms, names=False)
    assert [arm.name for arm in panel.arms] == ["A", "B"]


def test_curve_beyond_the_clip_is_not_read(kit, two_arms, tmp_path: Path):
    """What a clip hides on the right is not there for the reader either."""
    arm = two_arms[0]
    clip = f'<clipPath id="c"><rect x="{LEFT}" y="0" width="{WIDE * 24 / MONTHS}" height="400"/></clipPath>'
    body = (
        frame(plain)
        + f'<g clip-path="url(#c)"><polyline points="{pairs(points(arm))}" fill="none" stroke="red"/></g>'
    )
    path = tmp_path / "clipped.svg"
    path.write_text(document(body, clip))
    (panel,) = read_figure(path).panels
    (read,) = panel.arms
    assert read.time[-1] == pytest.approx(24, abs=0.01)
    assert (np.diff(read.survival) < -1e-6).sum() == (arm.drops[0] < 24).sum()
