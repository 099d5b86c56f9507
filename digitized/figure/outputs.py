"""The files that a reading is written to: tables, a record of the calibration, a picture to check it with."""

from pathlib import Path

import pandas as pd
import tomlkit

from digitized.figure.overlay import draw_overlay
from digitized.figure.reading import FigureReading, PanelReading
from digitized.output import replacing, write_text

#: Readings with less confidence than this are warned about.
LOW_CONFIDENCE = 0.7


def curves_frame(panel: PanelReading) -> pd.DataFrame:
    """Columns arm, time (the axis's own unit), survival (0-1); both corners of each step, in order."""
    return pd.concat(
        [pd.DataFrame({"arm": a.name, "time": a.time, "survival": a.survival}) for a in panel.arms],
        ignore_index=True,
    )


def at_risk_frame(panel: PanelReading) -> pd.DataFrame:
    """Columns arm, time, n_risk; no rows where no table was read."""
    return pd.concat(
        [pd.DataFrame({"arm": a.name, "time": a.at_risk_time, "n_risk": a.at_risk}) for a in panel.arms],
        ignore_index=True,
    )


def censor_marks_frame(panel: PanelReading) -> pd.DataFrame:
    """Columns arm, time; no rows where no marks were found."""
    return pd.concat(
        [pd.DataFrame({"arm": a.name, "time": a.censor_marks}) for a in panel.arms], ignore_index=True
    )


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
        for suffix, frame in (
            ("curves", curves_frame(panel)),
            ("at_risk", at_risk_frame(panel)),
            ("censor_marks", censor_marks_frame(panel)),
        ):
            path = out / f"{stem}.{suffix}.csv"
            write_text(path, frame.to_csv(index=False, float_format="%.10g", lineterminator="\n"))
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
