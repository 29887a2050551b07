"""What a dry run of an import found, as sentences: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop_app.models.formats import count, quantity
from desktop_app.services.imports.report import Code, Notice, Problem

Said = str | Callable[[dict[str, Any]], str]

KIND_WORDS = {
    "warehouses": "Warehouses",
    "locations": "Locations",
    "customers": "Customers",
    "suppliers": "Suppliers",
    "products": "Products",
    "supplier_terms": "Supplier terms",
    "sales": "Sales",
    "sale_rows": "Rows of sales",
    "purchase_orders": "Purchase orders",
    "purchase_order_rows": "Rows of purchase orders",
    "stock": "Opening stock",
}
"""Template name to heading."""

PHASE_WORDS = {"reading": "Reading", "checking": "Checking", "writing": "Writing"}
"""Phases of ``Progress`` in an import."""

_ONE = {
    "warehouses": "warehouse",
    "locations": "location of that warehouse",
    "customers": "customer",
    "suppliers": "supplier",
    "products": "product",
    "sales": "sale",
    "purchase_orders": "purchase order",
    "channels": "channel",
    "statuses": "order status",
    "currencies": "currency",
}
_WHAT = {
    "link": "a link",
    "folder": "a folder",
    "pipe": "a pipe",
    "device": "not an ordinary file",
}
_STATES = {
    "draft": "is a draft",
    "closed": "was closed short",
    "cancelled": "was cancelled",
    "invoiced": "is invoiced",
}


def _listed(words: list[str], most: int = 8) -> str:
    shown = ", ".join(words[:most])
    return f"{shown}, …" if len(words) > most else shown


def _unknown(p: dict[str, Any]) -> str:
    kind = _ONE.get(p["kind"], p["kind"])
    if p.get("near"):
        return f"There is no {kind} with this code; upper and lower case count. Did you mean {p['near']}?"
    return f"There is no {kind} with this code, neither here nor in the files. Add it, or correct the code."


def _twice(p: dict[str, Any]) -> str:
    same = "with the same content" if p["same"] else "with other content"
    return f"Line {p['first']} has this already, {same}. Keep one of the two."


_NUMBER_HINT = "Write digits with a point before decimals, for example 1250.5"

SENTENCES: dict[Code | Notice, Said] = {
    # the folder and its files
    Code.FOLDER_MISSING: "There is no such folder. Choose another.",
    Code.FOLDER_UNREADABLE: "The folder cannot be read ({reason}). Check who may open it.",
    Code.NOTHING_TO_IMPORT: lambda p: (
        f"The folder holds none of the files that this format reads: {_listed(p['names'], 12)}. Choose another folder or format."
    ),
    Code.FILE_MISSING: "This file is not in the folder. The format needs it.",
    Code.FILE_UNREADABLE: "The file cannot be read ({reason}). Check who may open it.",
    Code.FILE_TWICE: "{other} lies beside it under nearly the same name. Keep one of the two.",
    Code.NOT_A_PLAIN_FILE: lambda p: (
        f"This is {_WHAT[p['what']]}. Put the file itself into the folder."
    ),
    Code.FILE_TOO_BIG: lambda p: (
        f"The file holds more than {p['most'] // 1024**2} MiB. Split it and import the parts one after the other."
    ),
    Code.FILE_EMPTY: "The file is empty. Export it again.",
    Code.DAMAGED_GZIP: "The compressed file is damaged or cut short. Copy it again.",
    Code.NOT_CSV: "This is not CSV text: it looks like a {looks_like}. Save it as CSV (UTF-8) and try again.",
    Code.NOT_UTF8: "The text is not UTF-8: byte {byte} on this line. Save the file as “CSV UTF-8”, or name its encoding in a mapping.",
    Code.ENCODING_UNSUPPORTED: "The text is in {encoding}, which is not read. Save the file as “CSV UTF-8”.",
    Code.NUL_CHARACTER: "There is a NUL character on this line: the file is damaged or not text. Export it again.",
    Code.TOO_MANY_ROWS: lambda p: (
        f"The file has more than {p['most']:,} rows; nothing below this line was read. Split it."
    ),
    Code.TOO_MANY_CELLS: lambda p: (
        f"The file has more than {p['most']:,} cells; nothing below this line was read. Split it."
    ),
    Code.TOO_MANY_COLUMNS: "The file has {found} columns, {most} are read at most. Leave out those that are not needed.",
    Code.LINE_TOO_LONG: lambda p: (
        f"This line is longer than {p['most']:,} characters; nothing below was read. The file is not CSV, or its line ends are lost."
    ),
    Code.TOO_SLOW: "Reading took longer than {seconds} seconds and was stopped here. Split the files.",
    # the header
    Code.HEADER_MISSING: lambda p: (
        f"The first line is not a header: none of its words is a column that is read ({_listed(p['expected'])})."
    ),
    Code.COLUMN_MISSING: "This column is missing from the header. Add it.",
    Code.COLUMN_TWICE: "This column is in the header twice. Remove or rename one.",
    Code.COLUMN_UNKNOWN: lambda p: (
        f"This column is not known here. Known are {_listed(p['known'], 20)}. Rename or remove it."
    ),
    Code.HEADER_REPEATED: "The header is repeated here: two files were joined. Remove this line.",
    # the shape of a row
    Code.ROW_TOO_SHORT: "The row has {found} cells where the header has {expected}. Add what is missing.",
    Code.ROW_TOO_LONG: "The row has {found} cells where the header has {expected}. A text with a separator in it needs quotes.",
    Code.QUOTE_OPEN: "A quotation mark opens on this line and is never closed; the rest of the file was not read.",
    Code.QUOTE_WRONG: 'A quotation mark stands inside a quoted text. Write it twice: "".',
    Code.CELL_TOO_LONG: lambda p: (
        f"A cell is longer than {p['most']:,} characters, or a quotation mark is not closed; the rest of the file was not read."
    ),
    # a value by itself
    Code.VALUE_MISSING: "This cell must not be empty.",
    Code.TEXT_TOO_LONG: "The text is too long: {most} characters at most.",
    Code.CONTROL_CHARACTER: "The text holds a control character ({character}). Remove it.",
    Code.HIDDEN_CHARACTER: "The code holds a character that cannot be seen ({character}). Type it anew.",
    Code.NOT_A_NUMBER: f"This is not a number. {_NUMBER_HINT}, and no unit behind it.",
    Code.COMMA_IN_NUMBER: f"There is a comma in this number. {_NUMBER_HINT}.",
    Code.FOREIGN_DIGITS: "The digits of this number are not 0 to 9. Type it anew.",
    Code.NEGATIVE: "The number must not be below zero.",
    Code.TOO_LARGE: lambda p: (
        f"The number is too large: {quantity(p['most'])} at most."
        if "most" in p
        else "The number is too large."
    ),
    Code.TOO_PRECISE: "The number has too many decimals: {places} at most.",
    Code.NOT_WHOLE: "Only whole units can be counted here. Write digits only, without a decimal point.",
    Code.ZERO: "Zero is not possible here.",
    Code.NOT_A_DATE: "This is not a date in the form {form}.",
    Code.NO_SUCH_DATE: "There is no such day or time.",
    Code.DATE_OUT_OF_RANGE: "The date is not between {first} and {last}.",
    Code.NOT_ONE_OF: lambda p: f"Write one of: {_listed(p['allowed'])}.",
    Code.NOT_MAPPED: lambda p: (
        f"The mapping says nothing about this value. It knows {_listed(p['known'])}."
    ),
    Code.SCIENTIFIC: "A spreadsheet has rounded this number. Format the column as text and export it again.",
    Code.LOOKUP_FAILED: "There is no row for this value in {lookup}. Add it there, or correct it here.",
    Code.LOOKUP_TWICE: "Line {first} has this key already: it is not clear which row is meant.",
    # a value among the others
    Code.UNKNOWN_CODE: _unknown,
    Code.AMBIGUOUS_CODE: lambda p: (
        f"More than one {_ONE.get(p['kind'], p['kind'])} goes by this. Use the External ID."
    ),
    Code.ID_TWICE: _twice,
    Code.SKU_TAKEN: "Another product has this SKU already. Correct the SKU or the External ID.",
    Code.BARCODE_TAKEN: lambda p: (
        f"Another product has this barcode already{': ' + p['by'] if p.get('by') else ''}."
    ),
    Code.NUMBER_TAKEN: "Another document has this number already. Correct it or leave it empty.",
    Code.POSITION_TAKEN: "Line {first} has this position of the same document already. Positions begin at 1.",
    Code.TWO_PRIMARY: "Line {first} names another primary supplier for this product. Only one can be it.",
    Code.TERMS_DISAGREE: "Line {first} says otherwise about pack size, minimum, lead time, code or primary of the same supplier and product. Price breaks share them.",
    Code.NO_ROWS: "No row belongs to this document. Add its rows.",
    Code.NEITHER_PRODUCT_NOR_TEXT: "The row names neither a product nor a description.",
    Code.MORE_THAN_ORDERED: lambda p: f"This is more than was ordered ({quantity(p['ordered'])}).",
    Code.AMOUNT_TOO_LARGE: "Quantity times price is too large to be an order. Check both.",
    Code.NOT_STOCKED: lambda p: (
        f"This product is not stock-tracked ({p['kind'].replace('_', '-')}): nothing of it can be in stock or shipped."
    ),
    Code.BUNDLE: "A bundle cannot be imported in a row. Name its components.",
    Code.CANCELLED_BUT_SHIPPED: "A cancelled sale cannot have shipped units.",
    Code.OTHER_OWNER: "This External ID belongs to a row of another document.",
    # a value against what is here already
    Code.KIND_FIXED: lambda p: (
        f"The product is “{p['kind'].replace('_', '-')}” here, which an import does not change."
    ),
    Code.BELOW_ALLOCATED: lambda p: (
        f"{quantity(p['units'])} are allocated to this row already. Release them first, or write at least that."
    ),
    Code.BELOW_RECEIVED: lambda p: (
        f"{quantity(p['units'])} of this row were received already. Write at least that."
    ),
    Code.BELOW_PROMISED: lambda p: (
        f"Only {quantity(p['units'])} can be taken away again: the rest is promised or gone. Correct the stock instead."
    ),
    Code.MOVED_ON: "Goods of this row have moved here since it was imported. The file’s figure would overwrite that.",
    Code.STATUS_CANCELS: "An import does not cancel or revive a sale. Do it on the sale.",
    Code.NOT_OPEN: lambda p: (
        f"The document {_STATES.get(p['state'], p['state'])}: it takes no change."
    ),
    Code.FIXED: lambda p: (
        "This is fixed once the document is here"
        + (f" (it is {p['now']})" if p.get("now") not in {None, ""} else "")
        + ". Leave it as it was."
    ),
    # what stops nothing
    Notice.FILE_NOT_USED: "No part of this format reads the file. Check its name if it should be imported.",
    Notice.CHECK_DIGIT: "The last digit of this barcode is not its check digit. It is kept as it is.",
    Notice.COST_ROUNDED: "The pack’s cost does not divide evenly: the cost of one unit is rounded to 4 places.",
    Notice.NO_PRICE: "The supplier has no cost for this product: it does not compete for the cheapest price.",
    Notice.BLANK_ROWS: lambda p: f"{count(p['count'], 'blank line')} left out.",
    Notice.LEFT_ALONE: lambda p: (
        f"{count(p['count'], 'row')} of this document {'is' if p['count'] == 1 else 'are'} not in the file and stay as they are."
    ),
}


def problem_sentence(problem: Problem) -> str:
    """Return what is wrong, or worth knowing, and what to do."""
    said = SENTENCES[problem.code]
    params = dict(problem.params)
    return said(params) if callable(said) else said.format(**params)


def place_of(problem: Problem) -> str:
    """Return where it is, for a line of text: "sales.csv, line 12, column quantity, “five”"."""
    parts = [problem.file] if problem.file else []
    if problem.row is not None:
        parts.append(f"line {problem.row}")
    if problem.column:
        parts.append(f"column {problem.column}")
    if problem.value is not None:
        parts.append(f"“{problem.value}”")
    return ", ".join(parts)
