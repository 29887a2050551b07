"""``--check``: does this program, as it lies here, do the main job? For builds and for support.

Everything happens in a temporary folder; the user's own files are neither read nor written. It
needs no screen, and works the same from source and in the frozen program.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from desktop_app import __version__
from desktop_app.services import doctor, opening, receipt_undo
from desktop_app.services.backend import Backend, Done
from desktop_app.services.imports import mapping
from desktop_app.services.purchasing import BatchRequest, default_options, place_batch, preview
from desktop_app.services.receiving import allocation_preview, outstanding_request, receive
from desktop_app.services.rules.money import UNIT
from desktop_app.services.sales_filter import SalesFilter, SalesView
from desktop_app.services.sales_list import SALES

SALES_IN_BATCH = 20


class CheckError(Exception):
    """A step did not come to what it should."""


def run_check() -> int:
    """Run every step and print a line for each; returns 0 when all went well, else 1."""
    with tempfile.TemporaryDirectory(prefix="backroom-check-", ignore_cleanup_errors=True) as place:
        books = _Books(Path(place) / "check.backroom")
        try:
            failed = _run(
                [
                    ("Versions", versions),
                    ("Sample company", books.make),
                    ("Page of sales", books.list_sales),
                    ("Batch purchase order", books.order),
                    ("Undo of the batch", books.cancel),
                    ("The same batch again", books.order),
                    ("Goods in", books.take_in),
                    ("Undo of the receipt", books.take_back),
                    ("Invariants of the books", books.examine),
                ],
                chained=True,
            )
            failed += _run(
                [
                    ("Import mappings", mappings),
                    ("Look", look),
                    ("Icons", icons),
                    ("Windows", windows),
                ]
            )
        finally:
            books.close()
    _say(f"{failed} steps failed." if failed else "Everything works.")
    return 1 if failed else 0


def _run(steps: list[tuple[str, Callable[[], str]]], *, chained: bool = False) -> int:
    """Print each step's outcome; in a chain the steps after a failure are not tried."""
    failed = 0
    for title, step in steps:
        if chained and failed:
            _say(f"failed  {title}: not tried")
            failed += 1
            continue
        began = time.perf_counter()
        try:
            said = step()
        except Exception as error:
            failed += 1
            _say(f"failed  {title}: {type(error).__name__}: {error}")
        else:
            _say(f"ok      {title}: {said} ({time.perf_counter() - began:.2f} s)")
    return failed


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _expect(holds: object, what: str) -> None:
    if not holds:
        raise CheckError(what)


def versions() -> str:
    """What this program is made of; SQLite's version decides what a file may be used for."""
    import psycopg
    import PySide6

    frozen = ", frozen" if getattr(sys, "frozen", False) else ""
    _expect(sqlite3.sqlite_version_info >= (3, 38), f"SQLite {sqlite3.sqlite_version} is too old")
    return (
        f"Backroom {__version__}{frozen}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, Qt {PySide6.__version__}, psycopg {psycopg.__version__}"
    )


class _Books:
    """One company from its first day to an undone receipt."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._store: opening.Store | None = None
        self._batch: Done[dict[str, object]] | None = None
        self._receipt: Done[dict[str, object]] | None = None

    @property
    def _backend(self) -> Backend:
        assert self._store is not None
        return Backend.sign_in(self._store, "manager")

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def make(self) -> str:
        """Make the company, close it, and open it as the next start of the program does."""
        opening.make(str(self._file), opening.NewCompany()).close()
        self._store = opening.open_store(str(self._file))
        total = self._backend.read(SALES.count, SalesFilter())
        _expect(total, "no sales in it")
        return f"{total:,} sales in {self._file.stat().st_size / 1e6:.1f} MB"

    def list_sales(self) -> str:
        lines = self._backend.read(SALES.page, SalesFilter(), None, 0)
        _expect(lines, "the page is empty")
        return f"{len(lines)} lines, SO{lines[0].number} first"

    def order(self) -> str:
        """Preview and place a batch for sales that need ordering."""
        backend = self._backend
        waiting = backend.read(SALES.page, SalesFilter(view=SalesView.NEEDS_ORDERING), None, 0)
        options = backend.read(default_options, backend.actor.person_id)
        request = BatchRequest(tuple(line.id for line in waiting[:SALES_IN_BATCH]), options)
        seen = backend.read(preview, request)
        done = backend.run(place_batch(request, seen.fingerprint), once=str(uuid4()))
        orders = done.result["orders"]
        _expect(orders, "no purchase order was made")
        self._batch = done
        units = sum(one["units"] for one in orders) // UNIT
        return f"{len(orders)} orders of {units:,} units for {len(request.sale_ids)} sales"

    def cancel(self) -> str:
        """Undo the batch."""
        assert self._batch is not None
        result = self._backend.undo(self._batch.journal_id, once=str(uuid4())).result
        return f"{len(result['orders'])} orders cancelled"

    def take_in(self) -> str:
        """Receive the first of its orders and allocate."""
        assert self._batch is not None
        backend = self._backend
        order = self._batch.result["orders"][0]  # type: ignore[index]
        request = backend.read(outstanding_request, order["id"], True)
        shown = backend.read(allocation_preview, request)
        done = backend.run(receive(request), once=str(uuid4()))
        result = done.result
        _expect(result["allocated"] == shown.allocated, "allocated otherwise than shown")
        _expect(result["sales"], "no sale was served")
        self._receipt = done
        return (
            f"{result['units'] // UNIT:,} units of PO{result['po']['number']},"
            f" {result['allocated'] // UNIT:,} allocated to {len(result['sales'])} sales"
        )

    def take_back(self) -> str:
        """Undo the receipt, after a look at what that does."""
        assert self._receipt is not None
        backend = self._backend
        note = self._receipt.result["goods_in"]["id"]  # type: ignore[index]
        shown = backend.read(receipt_undo.undo_preview, note)
        _expect(shown.possible, f"in the way: {shown.blockers}")
        backend.undo(self._receipt.journal_id, once=str(uuid4()))
        return (
            f"{shown.units // UNIT:,} units back on order, {len(shown.released)} sales wait again"
        )

    def examine(self) -> str:
        found = self._backend.read(doctor.check)
        _expect(not found, "; ".join(f"{one.code} {one.says}" for one in found))
        return f"{len(doctor.INVARIANTS)} hold"


def mappings() -> str:
    """The column mappings that ship for foreign files."""
    known = mapping.shipped()
    _expect(known, "none is there")
    return ", ".join(sorted(known))


def look() -> str:
    """The fonts, and the style in both palettes."""
    from PySide6.QtGui import QFontDatabase
    from PySide6.QtWidgets import QApplication

    from desktop_app.views import theme

    existing = QApplication.instance()
    if existing is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    before = theme.scheme()
    for scheme in ("dark", "light"):
        theme.apply(app, scheme)
    theme.apply(app, before)
    _expect(theme.FAMILY in QFontDatabase.families(), f"the font {theme.FAMILY} is missing")
    return f"{theme.FAMILY} in {', '.join(QFontDatabase.styles(theme.FAMILY))}; light and dark"


def icons() -> str:
    """Draw every icon."""
    from PySide6.QtCore import QSize

    from desktop_app.views import icons as shipped

    names = shipped.names()
    _expect(names, "none is there")
    for name in names:
        image = shipped.picture(name, "text", QSize(20, 20), 1.0).toImage()
        drawn = any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20))
        _expect(drawn, f"{name} is blank")
    return f"{len(names)} drawn"


def windows() -> str:
    """Load every screen of the program, its jobs, and what the tour drives the screens with."""
    for name in ("app", "tour", "import_command", "story_command"):
        import_module(f"desktop_app.{name}")
    import_module("PySide6.QtTest")
    screens = [name for name in sys.modules if name.startswith("desktop_app.views.")]
    _expect(screens, "the screens are missing")
    return f"{len(screens)} modules loaded"
