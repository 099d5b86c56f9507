"""The files that a reading is written to: tables, a record of the calibration, a picture to check it with."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import tomlkit

from digitized.figure.overlay import draw_overlay
from digitized.figure.reading import FigureReading, PanelReading
from digitized.output import replacing, write_text

#: Readings with less confidence than this are warned about.
LOW_CONFIDENCE = 0.7


def _curves(panel: PanelReading) -> str:
    """Columns arm, time (the axis's own unit), survival (0-1); both corners of each step, in order."""
    return _table(
        ("arm", "time", "survival"),
        ((a.name, *point) for a in panel.arms for point in zip(a.time, a.survival, strict=True)),
    )


def _at_risk(panel: PanelReading) -> str:
    """Columns arm, time, n_risk; no rows where no table was read."""
    return _table(
        ("arm", "time", "n_risk"),
        ((a.name, *cell) for a in panel.arms for cell in zip(a.at_risk_time, a.at_risk, strict=True)),
    )


def _censor_marks(panel: PanelReading) -> str:
    """Columns arm, time; no rows where no marks were found."""
    return _table(("arm", "time"), ((a.name, time) for a in panel.arms for time in a.censor_marks))


def _table(header: Sequence[str], rows: Iterable[tuple[str, *tuple[float, ...]]]) -> str:
    """CSV text, numbers with ten digits; written without pandas, which takes longer to load than a figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows((arm, *(f"{number:.10g}" for number in numbers)) for arm, *numbers in rows)
    return text.getvalue()


def write_reading(reading: FigureReading, out: Path) -> list[Path]:
    """Write the files of every panel into the folder `out`, named after the figure.

    Each panel gets `STEM.curves.csv`, `.at_risk.csv`, `.censor_marks.csv`, `.toml` and `.overlay.png`; with
    several panels STEM is followed by the panel's name.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    OutputError
        If the folder or a file in it cannot be written.
    """
    written: list[Path] = []
    for panel in reading.panels:
        stem = ".".join(part for part in (reading.path.stem, panel.name) if part)
        for suffix, table in (
            ("curves", _curves(panel)),
            ("at_risk", _at_risk(panel)),
            ("censor_marks", _censor_marks(panel)),
        ):
            path = out / f"{stem}.{suffix}.csv"
            write_text(path, table)
            written.append(path)
        path = out / f"{stem}.toml"
        write_text(path, record(reading, panel))
        written.append(path)
        path = out / f"{stem}.overlay.png"
        with replacing(path) as temporary:
            draw_overlay(reading, panel, temporary)
        written.append(path)
    return written


def record(reading: FigureReading, panel: PanelReading) -> str:
    """TOML of how a panel was read: source, hash, unit, calibration, colours, confidences, warnings."""
    document = tomlkit.document()
    document["source"] = reading.path.name
    document["sha256"] = reading.sha256
    document["grade"] = str(reading.grade)
    document["page"] = reading.page
    if panel.name:
        document["panel"] = panel.name
    document["unit"] = panel.unit
    document["box"] = [round(v, 4) for v in panel.box]
    document["warnings"] = list(panel.warnings)
    if panel.tilt:
        # Coordinates are those of the picture after turning it anticlockwise by so much about this pixel.
        straightened = tomlkit.table()
        straightened["degrees"] = panel.tilt
        straightened["about"] = [round(v, 2) for v in panel.pivot]
        straightened.comment(
            "coordinates are of the picture turned anticlockwise by so much about this pixel"
        )
        document["straightened"] = straightened
    calibration = tomlkit.table()
    for name, axis in (("x", panel.x_axis), ("y", panel.y_axis)):
        part = tomlkit.table()
        part["value_at_zero"] = axis.value_at_zero
        part["per_unit"] = axis.per_unit
        part["origin"] = axis.origin
        part["confidence"] = axis.confidence
        part["ticks"] = [[round(at, 4), value] for at, value in axis.ticks]
        calibration[name] = part
    document["calibration"] = calibration
    arms = tomlkit.aot()
    for arm in panel.arms:
        table = tomlkit.table()
        table["name"] = arm.name
        table["colour"] = arm.colour
        table["confidence"] = arm.confidence
        table["points"] = len(arm.time)
        table["numbers_at_risk"] = len(arm.at_risk)
        table["censor_marks"] = len(arm.censor_marks)
        arms.append(table)
    document["arm"] = arms
    return tomlkit.dumps(document)


def doubts(reading: FigureReading) -> list[str]:
    """Sentences about what was read with little confidence, to be said aloud."""
    found: list[str] = []
    for panel in reading.panels:
        where = f"{reading.path.name}, panel {panel.name}" if panel.name else reading.path.name
        found += [f"{where}: {warning}" for warning in panel.warnings]
        found += [
            f"{where}, {arm.name}: low confidence ({arm.confidence:.2f}); look at the overlay"
            for arm in panel.arms
            if arm.confidence < LOW_CONFIDENCE
        ]
    return found
