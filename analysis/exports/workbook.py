"""Writes tables as CSV files and as one workbook."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from digitized.output import replacing

# Of Excel, header included.
MOST_ROWS = 1_048_576
WIDEST = 60


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write one table; infinities as `inf`, missing values empty, 8 digits."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.8g")


def write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> list[str]:
    """Write tables as sheets, header bold and frozen; returns the tables too long for a sheet."""
    book = Workbook(write_only=True)
    left_out = []
    for name, table in tables.items():
        if len(table) >= MOST_ROWS:
            left_out.append(name)
            continue
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for position, column in enumerate(table.columns, start=1):
            longest = max([len(str(column)), *table[column].head(50).astype(str).str.len()])
            sheet.column_dimensions[get_column_letter(position)].width = min(longest + 2, WIDEST)
        header = [WriteOnlyCell(sheet, value=str(column)) for column in table.columns]
        for cell in header:
            cell.font = Font(bold=True)
        sheet.append(header)
        # Excel knows no infinity and no missing number: words and empty cells.
        plain = table.astype(object).where(table.notna(), None).replace({np.inf: "inf"})
        for row in plain.itertuples(index=False, name=None):
            sheet.append(row)
    with replacing(path) as temporary:
        book.save(temporary)
    return left_out
