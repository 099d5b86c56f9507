"""Tables as people save them: comma, semicolon or tab between cells, decimal commas where commas are free."""

import csv
import io
import re
from pathlib import Path

import pandas as pd

from digitized.errors import InputError

SEPARATORS = (",", ";", "\t")
NAMES = ("figure", "arm", "versus", "quantity")  # columns of words, whose commas are no decimal ones
DECIMAL_COMMA = re.compile(r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?\s*%?)$")


def read_text_table(path: Path) -> pd.DataFrame:
    """Cells as stripped text under lower-case column names; the index is the line in the file.

    The separator is the one most frequent in the header. Blank rows and empty cells beyond the header are left
    out.

    Raises
    ------
    InputError
        When the file cannot be read, is empty, names a column twice, or a row has more cells than the header.
    """
    text = _text(path)
    lines = text.splitlines()
    header = next((line for line in lines if line.strip()), "")
    if not header:
        raise InputError(f"{path}: the file is empty, expected a header and rows")
    separator = max(SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    rows: list[list[str]] = []
    index: list[int] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            while stripped and not stripped[-1]:
                stripped.pop()
            if stripped:
                rows.append(stripped)
                index.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: cannot be read as a table ({error})") from None
    columns = [name.lower() for name in rows[0]]
    faults = [f"{path}: column {name!r} is given twice" for name in dict.fromkeys(columns)
              if columns.count(name) > 1]  # fmt: skip
    faults += [
        f"{path}, line {line}: {len(row)} cells, but the header has {len(columns)}"
        for line, row in zip(index[1:], rows[1:], strict=True)
        if len(row) > len(columns)
    ]
    if faults:
        raise InputError(faults)
    padded = [row + [""] * (len(columns) - len(row)) for row in rows[1:]]
    frame = pd.DataFrame(padded, index=index[1:], columns=columns, dtype=str)
    if separator != ",":
        numeric = [name for name in columns if name not in NAMES]
        frame[numeric] = frame[numeric].replace(DECIMAL_COMMA, r"\1.\2", regex=True)
    return frame


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save the table as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
