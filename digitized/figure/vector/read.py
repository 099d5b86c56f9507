"""A drawing read as survival curves: panels, curves, marks, names, numbers at risk."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitized.curve import Floats
from digitized.errors import FigureRefused
from digitized.figure.other_charts import even_steps, other_chart
from digitized.figure.reading import ArmReading, Axis, PanelReading, ReadingOptions
from digitized.figure.risk_table import RiskRow, match_rows, read_risk_table
from digitized.figure.text import Text, joined, lines, parse_number
from digitized.figure.units import unit_named
from digitized.figure.vector.curves import Found, Steps, find_curves
from digitized.figure.vector.drawing import Box, Drawing, Stroke, colour_distance, cropped, intersect, upright
from digitized.figure.vector.legend import Entry, name_curves
from digitized.figure.vector.marks import censor_marks
from digitized.figure.vector.panels import Panel, find_panels


def read_drawing(drawing: Drawing, options: ReadingOptions, name: str) -> tuple[PanelReading, ...]:
    """Panels with survival curves, in reading order.

    Parameters
    ----------
    drawing : Drawing
        Display list of one page or figure.
    options : ReadingOptions
        What the user says; `page` and `panel` are left to the caller.
    name : str
        Name of the file, for messages.

    Raises
    ------
    FigureRefused
        With the reason, if no panel holds a survival curve.
    """
    drawing = upright(_lettered(drawing))
    if options.crop is not None:
        drawing = cropped(drawing, options.crop)
    panels = find_panels(drawing, options)
    read: list[tuple[Panel, Found]] = []
    slanted = 0
    others: list[str] = []
    for panel in panels:
        own = [s for s in drawing.strokes if not any(_is_within(s, inset) for inset in panel.insets)]
        found = find_curves(own, panel.box, drawing.background)
        if options.colours:
            found = replace(found, curves=tuple(c for c in found.curves if _wanted(c, options.colours)))
        slanted += found.slanted
        if not found.curves:
            continue
        rising = any(curve.rising for curve in found.curves)
        unit = options.unit or _unit(drawing, panel)
        other = other_chart(_titles(drawing, panel), panel.x_axis, rising=rising, unit=unit)
        if other:
            others.append(f"{name}: {other}")
        else:
            read.append((_anchored(panel, found.curves), found))
    if not read:
        raise FigureRefused(others or _refusal(name, len(panels), slanted, drawing))
    several = len(read) > 1
    return tuple(
        _panel(drawing, panel, found, options, str(k + 1) if several else "", [p for p, _ in read])
        for k, (panel, found) in enumerate(read)
    )


def _lettered(drawing: Drawing) -> Drawing:
    """The drawing, with outlined words as texts where it has hardly any numbers written as text."""
    if sum(parse_number(t.text) is not None for t in drawing.texts) >= 4:
        return drawing
    # The readers of pixels take longer to load than a drawing to read: only where they are needed.
    from digitized.figure.vector.outlined import with_letters

    return with_letters(drawing)


def _titles(drawing: Drawing, panel: Panel) -> list[str]:
    """What is written upwards beside the survival axis, and each phrase just under the time axis's labels."""
    left, top, right, bottom = panel.box
    beside = [
        t
        for t in drawing.texts
        if t.size != t.height
        and left - 0.35 * (right - left) < t.centre_x < left
        and top < t.centre_y < bottom
    ]
    upwards = " ".join(t.text for t in sorted(beside, key=lambda t: -t.centre_y))
    reach = panel.below + 3 * panel.label_size
    under = [t for t in drawing.texts if bottom < t.centre_y < reach and left < t.centre_x < right]
    return [upwards, *(phrase.text for row in lines(under) for phrase in joined(row))]


def _is_within(stroke: Stroke, box: Box) -> bool:
    """Whether all that is seen of a stroke lies in a box."""
    left, top, right, bottom = intersect(stroke.box, stroke.clip) or stroke.box
    slack = 0.02 * (box[2] - box[0])
    return (
        left > box[0] - slack and top > box[1] - slack and right < box[2] + slack and bottom < box[3] + slack
    )


def _anchored(panel: Panel, curves: Sequence[Steps]) -> Panel:
    """Axes that rest on the middles of labels, moved by the little that puts the curves' start at (0, 1).

    Labels stand beside their places by up to a hair; every curve begins at 1 (or 0, if it rises) at time 0. So
    they do where ticks are sharpened for screens (Vega): moved by half a pixel both to the right and down.
    """
    starts_x = np.array([c.x[0] for c in curves])
    starts_y = np.array([c.y[0] for c in curves])
    x_axis, y_axis = panel.x_axis, panel.y_axis
    wide, high = panel.box[2] - panel.box[0], panel.box[3] - panel.box[1]
    start = 0.0 if curves[0].rising else 1.0
    together_x, together_y = np.ptp(starts_x) < 1e-6 * wide, np.ptp(starts_y) < 1e-6 * high
    off_x = float(x_axis.coordinate(np.array(0.0)) - starts_x[0])
    off_y = float(y_axis.coordinate(np.array(start)) - starts_y[0])
    sharpened = off_x > 0.1 and abs(off_x - off_y) < 0.01 * off_x
    if together_x and (not x_axis.on_ticks or (sharpened and together_y)):
        x_axis = _moved(x_axis, float(x_axis.value(starts_x[:1])[0]), 0.0, wide)
    if together_y and (not y_axis.on_ticks or (sharpened and together_x)):
        y_axis = _moved(y_axis, float(y_axis.value(starts_y[:1])[0]), start, high)
    return replace(panel, x_axis=x_axis, y_axis=y_axis)


def _moved(axis: Axis, read: float, true: float, extent: float) -> Axis:
    """The axis moved so that `read` becomes `true`, if they differ by under 0.5 % of its extent."""
    off = true - read
    if abs(off) > 0.005 * abs(axis.per_unit) * extent:
        return axis
    ticks = tuple((at - off / axis.per_unit, value) for at, value in axis.ticks)
    return replace(axis, value_at_zero=axis.value_at_zero + off, ticks=ticks)


def _wanted(curve: Steps, colours: Sequence[str]) -> bool:
    return any(colour_distance(curve.style.stroke, c.lower()) < 0.12 for c in colours)


def _refusal(name: str, panels: int, slanted: int, drawing: Drawing) -> str:
    if not drawing.strokes:
        return f"{name}: no lines are drawn in it, so there is no curve to read"
    if panels == 0:
        return (
            f"{name}: no pair of axes with numbers was found (a row of times under a column of survival "
            "between 0 and 1 or 0 and 100 %); if it is a survival curve, give --x-range and --y-range"
        )
    if slanted:
        return f"{name}: its lines are slanted, or rise and fall: no falling steps of a Kaplan-Meier curve"
    return f"{name}: axes were found, but no step curve that falls from 1 (or rises from 0) between them"


def _panel(
    drawing: Drawing,
    panel: Panel,
    found: Found,
    options: ReadingOptions,
    name: str,
    panels: Sequence[Panel],
) -> PanelReading:
    curves = list(found.curves)
    warnings: list[str] = []
    entries = name_curves(
        drawing, panel.box, panel.below, curves, [other.box for other in panels if other is not panel]
    )
    ranks = [e.rank for e in entries if e is not None]
    if len(ranks) == len(curves):
        order = sorted(range(len(curves)), key=lambda k: ranks[k])
        curves, entries = [curves[k] for k in order], [entries[k] for k in order]
    rows = _risk_rows(drawing, panel, panels)
    given = options.arms if isinstance(options.arms, tuple) else ()
    colours = [c.style.stroke for c in curves]
    matched = match_rows(rows, [e.name if e else "" for e in entries], colours)
    if rows and any(row is None for row in matched):
        warnings.append(
            f"{len(rows)} rows of numbers at risk for {len(curves)} curves; "
            "rows that could not be told apart were left out"
        )
    wanted = len(given) or (options.arms if isinstance(options.arms, int) else None)
    if wanted and wanted != len(curves):
        warnings.append(f"{len(curves)} curves were found, {wanted} were expected")
    names = _names(entries, matched, given, warnings)
    marks = censor_marks(drawing, panel.box, curves)
    arms = [
        _arm(curve, panel, arm, row, places, warnings)
        for curve, arm, row, places in zip(curves, names, matched, marks, strict=True)
    ]
    warnings += even_steps(arms)
    unit = options.unit or _unit(drawing, panel)
    if not unit:
        warnings.append("the unit of the time axis was not found; give --unit")
    for axis, which in ((panel.x_axis, "time"), (panel.y_axis, "survival")):
        if axis.confidence < 0.7:
            warnings.append(
                f"the {which} axis rests on {len(axis.ticks)} labels (confidence {axis.confidence})"
            )
    return PanelReading(name, panel.x_axis, panel.y_axis, panel.box, tuple(arms), unit, tuple(warnings))


def _names(
    entries: Sequence[Entry | None],
    rows: Sequence[RiskRow | None],
    given: Sequence[str],
    warnings: list[str],
) -> list[str]:
    """Given names, else the legend's, else those of the table's rows, else "arm 1", "arm 2" ..."""
    if len(given) == len(entries):
        return list(given)
    names = [
        entry.name if entry is not None else (row.label if row is not None and row.label else "")
        for entry, row in zip(entries, rows, strict=True)
    ]
    if len(entries) == 1 and not names[0]:
        return ["arm 1"]
    if not all(names) or len(set(names)) < len(names):
        warnings.append("names of arms were not found for every curve; give --arms")
    return [name if name and names.count(name) == 1 else f"arm {k + 1}" for k, name in enumerate(names)]


def _risk_rows(drawing: Drawing, panel: Panel, panels: Sequence[Panel]) -> tuple[RiskRow, ...]:
    left, top, right, _ = panel.box
    bottom = drawing.height
    start = 0.0
    for other in panels:
        if other is panel:
            continue
        if other.box[1] >= panel.below and min(right, other.box[2]) > max(left, other.box[0]):
            bottom = min(bottom, other.box[1])
        beside = min(panel.box[3], other.box[3]) > max(top, other.box[1])
        if beside and other.box[0] < left:
            start = max(start, min(other.box[2], left))
    texts = [t for t in drawing.texts if t.x >= start - 1 and t.x < right + 0.05 * (right - left)]
    rows = read_risk_table(texts, panel.x_axis, top=panel.below, bottom=bottom)
    # Else between the survival axis's lowest value and the time axis, within the plot.
    lowest = max(at for at, _ in panel.y_axis.ticks)
    return rows or read_risk_table(texts, panel.x_axis, top=lowest + panel.label_size, bottom=panel.box[3])


def _arm(
    curve: Steps,
    panel: Panel,
    name: str,
    row: RiskRow | None,
    marks: Floats,
    warnings: list[str],
) -> ArmReading:
    if _leaves(curve, panel):
        curve = replace(curve, x=curve.x[:-1], y=curve.y[:-1], end=float(curve.x[-1]))
        warnings.append(
            f"{name}: the curve leaves the plot at {panel.x_axis.value(np.array(curve.end)):.4g}, below "
            f"{panel.y_axis.value(np.array(panel.box[3])):.3f}; it is read up to there"
        )
    time, survival = _corners(curve, panel)
    confidence = min(panel.x_axis.confidence, panel.y_axis.confidence)
    if curve.rising:
        survival = 1 - survival
        warnings.append(f"{name}: the curve rises; it was read as one minus survival")
    span = abs(float(panel.x_axis.per_unit)) * (panel.box[2] - panel.box[0])
    if survival[0] < 0.995:
        if time[0] > 0.001 * span:
            time, survival = np.concatenate([[0, time[0]], time]), np.concatenate([[1, 1], survival])
        else:
            confidence *= 0.7
            warnings.append(f"{name}: the curve begins at {survival[0]:.3f}, not at 1")
    if row is not None and row.at_risk.size and _impossible(row, time, survival):
        confidence *= 0.8
        warnings.append(f"{name}: numbers at risk do not fit the curve; rows may belong to other arms")
    return ArmReading(
        name=name,
        colour=curve.style.stroke,
        time=np.where(time < 2e-4 * span, 0.0, time),
        survival=np.where(survival > 1 - 5e-5, 1.0, np.maximum(survival, 0.0)),
        at_risk_time=row.time if row is not None else np.empty(0),
        at_risk=row.at_risk if row is not None else np.empty(0, dtype=np.int64),
        censor_marks=panel.x_axis.value(marks),
        confidence=round(confidence, 3),
        rising=curve.rising,
    )


def _leaves(curve: Steps, panel: Panel) -> bool:
    """Whether a curve's last fall goes out of a plot that does not reach down to zero."""
    lowest = float(panel.y_axis.value(np.array(panel.box[3])))
    ends_below = curve.y[-1] > panel.box[3] - 0.5 * curve.style.width - 0.05
    return bool(not curve.rising and lowest > 0.01 and curve.x.size > 2 and ends_below)


def _corners(curve: Steps, panel: Panel) -> tuple[Floats, Floats]:
    """Both corners of each step, and the end of the last level."""
    ends = np.append(curve.x[1:], curve.end)
    x = np.column_stack([curve.x, ends]).ravel()
    y = np.repeat(curve.y, 2)
    if curve.x.size > 1 and curve.x[0] == curve.x[1]:
        x, y = x[1:], y[1:]
    return panel.x_axis.value(x), panel.y_axis.value(y)


def _impossible(row: RiskRow, time: Floats, survival: Floats) -> bool:
    """Whether more are at risk than can be alive."""
    at = np.searchsorted(time, row.time, side="right") - 1
    alive = survival[np.clip(at - 1, 0, len(survival) - 1)]
    enrolled = row.at_risk[0] / max(float(alive[0]), 0.05)  # the first column is not always time 0
    return bool((row.at_risk > enrolled * alive + 0.02 * enrolled + 1).any())


def _unit(drawing: Drawing, panel: Panel) -> str:
    """Unit of the time axis: from the text just under its labels, else from any text under the panel."""
    left, _, right, bottom = panel.box
    under = [t for t in drawing.texts if t.y > bottom and left - 5 < t.centre_x < right + 5]
    titles: list[Text] = [p for row in lines(under) for p in joined(row, gap=0.6)]
    for title in sorted(titles, key=lambda t: t.y):
        if unit := unit_named(title.text):
            return unit
    return ""
