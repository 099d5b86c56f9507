"""A calibration kept in a file: taken from one figure of a paper, used again for the next."""

import tomllib
from dataclasses import replace
from pathlib import Path

import tomlkit

from digitized.errors import InputError
from digitized.figure.reading import Axis, FigureReading, ReadingOptions
from digitized.output import write_text

_KEYS = {"x_range", "y_range", "unit", "colours", "arms"}


def save_calibration(reading: FigureReading, path: Path) -> Path:
    """Write what the next figure of the paper shares: ranges of the axes, unit, colours, names of the arms.

    The ranges are the values at the outermost ticks, of the first panel.
    """
    panel = reading.panels[0]
    document = tomlkit.document()
    document.add(tomlkit.comment(f"calibration taken from {reading.path.name}"))
    document["x_range"] = list(_range(panel.x_axis))
    document["y_range"] = list(_range(panel.y_axis))
    document["unit"] = panel.unit
    document["colours"] = [arm.colour for arm in panel.arms]
    document["arms"] = [arm.name for arm in panel.arms]
    write_text(path, tomlkit.dumps(document))
    return path


def _range(axis: Axis) -> tuple[float, float]:
    values = [value for _, value in axis.ticks]
    return min(values), max(values)


def with_calibration(options: ReadingOptions, path: Path) -> ReadingOptions:
    """Options completed from a saved calibration; what the user gave keeps its precedence.

    Colours and names are taken over together, and only where they name as many arms.

    Raises
    ------
    InputError
        If the file is no calibration, with every fault.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: no readable calibration ({error})") from error
    faults = [
        f"{path}: unknown entry {key!r}; expected {sorted(_KEYS)}" for key in sorted(set(content) - _KEYS)
    ]
    for key in ("x_range", "y_range"):
        value = content.get(key)
        if key in content and not (
            isinstance(value, list) and len(value) == 2 and all(isinstance(v, int | float) for v in value)
        ):
            faults.append(f"{path}: {key} is {value!r}; two numbers were expected")
    for key in ("colours", "arms"):
        value = content.get(key)
        if key in content and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            faults.append(f"{path}: {key} is {value!r}; a list of texts was expected")
    if not isinstance(content.get("unit", ""), str):
        faults.append(f"{path}: unit is {content['unit']!r}; a text was expected")
    if faults:
        raise InputError(faults)
    x, y = content.get("x_range"), content.get("y_range")
    return replace(
        options,
        x_range=options.x_range or (None if x is None else (float(x[0]), float(x[1]))),
        y_range=options.y_range or (None if y is None else (float(y[0]), float(y[1]))),
        unit=options.unit or content.get("unit") or None,
        colours=options.colours or (tuple(content["colours"]) if content.get("colours") else None),
        arms=options.arms or (tuple(content["arms"]) if content.get("arms") else None),
    )
