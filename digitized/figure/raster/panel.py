"""One plot of a picture: axes, arms, numbers at risk, warnings."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from digitized.curve import Floats, Ints
from digitized.figure.other_charts import even_steps, other_chart
from digitized.figure.raster.calibration import survival_axis, time_axis
from digitized.figure.raster.curves import Trace, find_traces
from digitized.figure.raster.frames import Frame
from digitized.figure.raster.legend import names_of
from digitized.figure.raster.limits import without_limits
from digitized.figure.raster.marks import censor_columns
from digitized.figure.raster.region import Region, region_of
from digitized.figure.raster.risk_rows import RiskRow, match_rows, read_risk_rows
from digitized.figure.raster.sheet import Sheet
from digitized.figure.raster.strokes import roughness
from digitized.figure.raster.titles import axis_titles, unit_of_time
from digitized.figure.raster.whole import followed
from digitized.figure.reading import ArmReading, Axis, PanelReading, ReadingOptions

#: A stroke that strays less than this from straight pieces (pixels) has no steps.
_SMOOTH = 0.15
#: Curves of survival and their marks are followed nearly whole; of bars and outlines that rise again, a part.
_WHOLE = 0.6


class NoCurves(Exception):  # noqa: N818 - not an error: one frame of several that is no survival plot
    """A frame that is no survival plot, with the reason."""


def read_panel(
    sheet: Sheet, frame: Frame, options: ReadingOptions, name: str, zone: tuple[float, float, float]
) -> PanelReading:
    """Read one frame, in pixels of the sheet.

    Parameters
    ----------
    sheet, frame
        The picture and the plot region on it.
    options : ReadingOptions
        What the user said.
    name : str
        Name of the panel.
    zone : (left, right, bottom)
        Columns between which, and row above which, the panel's own print stands.

    Raises
    ------
    NoCurves
        If an axis cannot be calibrated or no falling curve is found.
    """
    x_axis, notes = time_axis(sheet, frame, options)
    y_axis, more = survival_axis(sheet, frame, options)
    if x_axis is None or y_axis is None:
        missing = [
            f"{n} (give {flag})"
            for axis, ns, flag in ((x_axis, notes, "--x-range"), (y_axis, more, "--y-range"))
            if axis is None
            for n in ns
        ]
        raise NoCurves("; ".join(missing))
    notes += more
    one = 100.0 if max(value for _, value in y_axis.ticks) > 1.5 else 1.0
    region, traces, rising = _traces(sheet, frame, x_axis, y_axis, one, options)
    if not _is_drawn(region):
        raise NoCurves("the frame holds a photograph or noise, no lines on plain ground")
    if not traces:
        raise NoCurves("no curve that starts at S = 1 and falls was found")
    traces = [t for t in traces if roughness(t.ink.coverage, t.path) > _SMOOTH]
    if not traces:
        raise NoCurves("its lines are smooth, not the steps of a Kaplan-Meier curve")
    if region.insets:
        notes.append(
            "a small plot within the plot was left out: a curve that passes behind it is a guess there"
        )
    traces, limits = without_limits(traces)
    if limits:
        notes.append(f"{limits} lines beside a curve were taken for its confidence limits and left out")
    unit = options.unit or unit_of_time(sheet, frame)
    titles = axis_titles(sheet, frame, upwards=rising)
    other = other_chart(titles, x_axis, rising=rising, unit=unit)
    if other:
        raise NoCurves(other)
    if rising:
        notes.append("the curves rise: they are read as 1 - S(t)")
    curves = [_points(trace, region, x_axis, y_axis, one, rising) for trace in traces]
    order = sorted(range(len(traces)), key=lambda i: -_mean_height(curves[i], curves))
    traces, curves = [traces[i] for i in order], [curves[i] for i in order]
    rows = (
        read_risk_rows(sheet, frame, x_axis, (zone[0], lowest_value(y_axis), zone[2])) if sheet.words else []
    )
    printed = names_of(sheet, frame, region, traces, zone)
    which = match_rows(rows, [t.ink.direction for t in traces], curves, printed)
    own = [None if i is None else rows[i] for i in which]
    names = _names(printed, own, options)
    arms = [
        _arm(sheet, region, trace, curve, name, row, x_axis, y_axis)
        for trace, curve, name, row in zip(traces, curves, names, own, strict=True)
    ]
    notes += _doubts(arms, rows, options)
    notes += even_steps(arms)
    notes += _cut_off(arms, traces, frame, y_axis, one, region)
    if not unit:
        notes.append("the time axis names no unit: give --unit")
    box = (frame.left, frame.top, frame.right, frame.bottom)
    return PanelReading(name, x_axis, y_axis, box, tuple(arms), unit, tuple(notes))


def lowest_value(y_axis: Axis) -> float:
    """Row of the survival axis's lowest labelled value: nothing but a table is drawn below it."""
    return max(at for at, _ in y_axis.ticks)


def _is_drawn(region: Region) -> bool:
    """Whether most of the region is flat colour, as paper and bands are."""
    gray = region.area.mean(axis=2)
    flat = ndimage.maximum_filter(gray, 3) - ndimage.minimum_filter(gray, 3) < 0.08
    return bool(flat.mean() > 0.5)


def _traces(
    sheet: Sheet, frame: Frame, x_axis: Axis, y_axis: Axis, one: float, options: ReadingOptions
) -> tuple[Region, list[Trace], bool]:
    """Curves of the frame; when none falls whole from S = 1, those that rise from 0 (cumulative incidence).

    Raises
    ------
    NoCurves
        If only a part of a line falls or rises.
    """
    count = len(options.arms) if isinstance(options.arms, tuple) else options.arms
    colours = tuple(sheet.picture.colour_here(colour) for colour in options.colours or ())
    region = region_of(sheet, frame, x_axis, y_axis, one)
    traces = find_traces(region.area, region.masked, region.start, count, colours)
    share = followed(traces)
    if share >= _WHOLE:
        return region, traces, False
    zero = float(y_axis.coordinate(np.array(0.0))) - region.top
    height = region.area.shape[0]
    start = (region.start[0], float(np.clip(height - 1 - zero, 0, height - 1)))
    turned = replace(
        region, area=region.area[::-1], masked=region.masked[::-1], start=start, upside_down=True
    )
    risen = find_traces(turned.area, turned.masked, start, count, colours)
    rising = followed(risen)
    # Somebody who says how many curves there are, or their colours, may want one of several that hang together.
    told = count is not None or bool(colours)
    if (traces or risen) and max(share, rising) < _WHOLE and not told:
        raise NoCurves(
            "what falls in it is a part of a line that rises again, or the tops of bars: a histogram or another chart"
        )
    return (turned, risen, True) if rising >= share else (region, traces, False)


def _points(
    trace: Trace, region: Region, x_axis: Axis, y_axis: Axis, one: float, rising: bool
) -> tuple[Floats, Floats]:
    """Corners of the steps in the axis's unit and as probabilities, from (0, 1) on."""
    level = y_axis.value(region.in_picture(trace.steps.level)) / one
    if rising:
        level = 1 - level
    edge = np.maximum.accumulate(np.maximum(x_axis.value(trace.steps.edge + region.left), 0.0))
    survival = np.minimum.accumulate(np.clip(level, 0.0, 1.0))
    time, values = np.repeat(edge, 2)[1:-1], np.repeat(survival, 2)
    if time[0] > 0 or values[0] < 1:
        time = np.concatenate(([0.0, time[0]], time))
        values = np.concatenate(([1.0, 1.0], values))
    return time, values


def _mean_height(curve: tuple[Floats, Floats], curves: Sequence[tuple[Floats, Floats]]) -> float:
    """Mean survival up to where the shortest of the curves ends."""
    until = min(float(time[-1]) for time, _ in curves)
    grid = np.linspace(0, until, 200)
    at = np.searchsorted(curve[0], grid, side="right") - 1
    return float(curve[1][np.clip(at, 0, curve[1].size - 1)].mean())


def _names(printed: Sequence[str], rows: Sequence[RiskRow | None], options: ReadingOptions) -> list[str]:
    if isinstance(options.arms, tuple):
        given = list(options.arms)
        return given[: len(printed)]
    names = [p or (row.name if row is not None else "") for p, row in zip(printed, rows, strict=True)]
    distinct: list[str] = []
    for index, name in enumerate(names, start=1):
        distinct.append(name if name and name not in distinct else f"arm {index}")
    return distinct


def _arm(
    sheet: Sheet,
    region: Region,
    trace: Trace,
    curve: tuple[Floats, Floats],
    name: str,
    row: RiskRow | None,
    x_axis: Axis,
    y_axis: Axis,
) -> ArmReading:
    hidden = float(trace.path.hidden.mean())
    confidence = trace.inked if not trace.dashed else min(1.0, trace.inked + 0.3)
    confidence *= (1 - 0.5 * hidden) * min(x_axis.confidence, y_axis.confidence)
    time: Floats = row.time if row is not None else np.empty(0)
    count: Ints = row.count if row is not None else np.empty(0, dtype=np.int64)
    marks = x_axis.value(censor_columns(trace) + region.left)
    return ArmReading(
        name=name,
        colour=sheet.picture.original_colour(trace.ink.rgb),
        time=curve[0],
        survival=curve[1],
        at_risk_time=time,
        at_risk=count,
        censor_marks=np.clip(marks, 0, None),
        confidence=round(float(np.clip(confidence, 0, 1)), 3),
        rising=region.upside_down,
    )


def _doubts(arms: Sequence[ArmReading], rows: Sequence[RiskRow], options: ReadingOptions) -> list[str]:
    """What should be said aloud about the arms."""
    notes = []
    wanted = len(options.arms) if isinstance(options.arms, tuple) else options.arms
    if wanted is not None and wanted != len(arms):
        notes.append(f"{wanted} arms were asked for, {len(arms)} found")
    if rows and len(rows) != len(arms):
        notes.append(f"{len(rows)} rows of numbers at risk for {len(arms)} curves")
    if len(arms) > 1 and any(re.fullmatch(r"arm \d+", arm.name) for arm in arms) and options.arms is None:
        notes.append("names of arms were not found for every curve; give --arms")
    for arm in arms:
        if arm.confidence < 0.6:
            notes.append(
                f"{arm.name}: low confidence {arm.confidence:.2f}, compare the overlay with the figure"
            )
        if arm.survival[-1] > 0.9:
            notes.append(f"{arm.name}: ends at S = {arm.survival[-1]:.2f}; the curve may have been lost")
    for row in rows:
        if row.unread:
            notes.append(f"numbers at risk of {row.name or 'a row'}: {row.unread} cells could not be read")
    return notes


def _cut_off(
    arms: Sequence[ArmReading],
    traces: Sequence[Trace],
    frame: Frame,
    y_axis: Axis,
    one: float,
    region: Region,
) -> list[str]:
    """Arms that end at the foot of a plot which does not reach down to zero."""
    foot = float(y_axis.value(np.array(frame.bottom))) / one
    if foot < 0.02 or region.upside_down:
        return []
    return [
        f"{arm.name}: the curve leaves the plot at {arm.time[-1]:.4g}, below {foot:.2f}; it is read up to there"
        for arm, trace in zip(arms, traces, strict=True)
        if frame.bottom - float(region.in_picture(trace.steps.level[-1])) < 0.02 * frame.height + 3
    ]
