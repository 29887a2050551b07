"""Rows to the clipboard as TSV, HTML and CSV at once (LST-09, MIC-08)."""

import csv
import html
import io
from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QMimeData

from desktop_app.models.columns import Column


def table_data(rows: Iterable[Any], columns: Sequence[Column[Any]], *, headings: bool) -> QMimeData:
    """The columns of these rows: numbers unformatted, dates ISO, as their `value` says."""
    lines = [[_plain(column.copied(row)) for column in columns] for row in rows]
    if headings:
        lines.insert(0, [column.heading for column in columns])
    data = QMimeData()
    data.setText("\n".join("\t".join(_one_line(cell) for cell in line) for line in lines))
    data.setData("text/csv", _csv(lines).encode())
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    data.setHtml(f"<table>{cells}</table>")
    return data


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _one_line(cell: str) -> str:
    return cell.replace("\t", " ").replace("\r", " ").replace("\n", " ")


def _csv(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()
