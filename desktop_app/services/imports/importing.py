"""The dry run and the command: compare files with the database, write all of it or nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from ..access import Permission
from ..backend import Backend, Work, command, now
from ..errors import Conflict, Rejected
from ..progress import Progress
from ..quiet import no_collection
from ..store.bulk import ids_in, is_postgres
from ..store.tables import peg, purchase_order, purchase_row, sale, sale_row
from . import parties
from .buying import Orders, write_orders
from .extracting import Source, read_source
from .goods import Products, Terms
from .mapping import ColumnMapping, named
from .report import Code, ImportPlan, Totals
from .sale_writing import write_sales
from .scope import Scope, matching
from .selling import Sales
from .stocking import Stock

IMPORT_LOCK = 4_275_308
"""PostgreSQL's advisory lock: one import at a time, so that no External ID is made twice."""


def plan_import(
    where: Backend | Connection,
    folder: str | Path,
    mapping: str | ColumnMapping | None = None,
    progress: Progress | None = None,
) -> ImportPlan:
    """Read a folder and say what importing it would do, and every problem. Writes nothing.

    Raises Rejected("unknown_mapping" | "mapping_unreadable" | "mapping_wrong") and Stopped.
    """
    watched = progress or Progress()
    with no_collection():
        source = read_source(Path(folder), named(mapping), watched)
        if isinstance(where, Backend):
            return where.read(_compared, source, watched)
        return _compared(where, source, watched)


def _compared(db: Connection, source: Source, progress: Progress) -> ImportPlan:
    comparison = Comparison(db, source, now(), progress)
    comparison.compare()
    return comparison.plan()


class Comparison:
    """Everything the files name beside what the database holds."""

    def __init__(self, db: Connection, source: Source, at: datetime, progress: Progress) -> None:
        self.scope = Scope(db, source, at, progress)
        self.origin = source
        self.places = parties.Warehouses(self.scope)
        self.places.compare()
        self.places.compare_locations()
        self.customers = parties.customers(self.scope)
        self.customers.compare()
        self.suppliers = parties.suppliers(self.scope)
        self.suppliers.compare()
        self.products = Products(self.scope)
        self.products.compare()
        self.terms = Terms(self.scope, self.suppliers, self.products)
        self.terms.compare()
        self.stock = Stock(self.scope, self.places, self.products)

    def compare(self) -> None:
        """Compare documents and stock; in a command, under the locks."""
        scope = self.scope
        self.sales = Sales(scope, self.places, self.customers, self.products)
        self.sales.compare()
        self.orders = Orders(scope, self.places, self.suppliers, self.products, self.terms)
        self.orders.compare()
        self.stock.compare()
        if self.places.first is None:
            scope.source.problems.add(Code.UNKNOWN_CODE, kind="warehouses", near="")

    def plan(self) -> ImportPlan:
        """Return what a person is shown."""
        source, sales, orders = self.scope.source, self.sales, self.orders
        problems = source.problems
        by_place = sorted(problems.kept, key=lambda p: (p.file, p.row or 0))
        totals = Totals(
            units_sold=sales.units, units_shipped=sales.shipped, units_bought=orders.units,
            units_received=orders.received, units_in_stock=self.stock.units,
            rows_waiting=sales.waiting, sold=dict(sales.amounts), bought=dict(orders.amounts),
        )  # fmt: skip
        return ImportPlan(
            source.folder, source.mapping.name, source.files, tuple(by_place), problems.count,
            tuple(problems.notices), self.scope.tallies(), totals, source.digest, self.origin,
        )  # fmt: skip

    def write(self, work: Work) -> None:
        """Write in the order of references: what a record names comes before it."""
        self.places.write(work)
        self.customers.write(work)
        self.suppliers.write(work)
        self.products.write(work)
        self.terms.write(work)
        write_sales(work, self.sales)
        write_orders(work, self.orders)
        self.stock.write(work)


@command("Import documents", needs=Permission.IMPORT)
def import_documents(work: Work, plan: ImportPlan) -> dict[str, Any]:
    """Write what a dry run showed, in one transaction, or nothing.

    Raises Rejected("import_has_problems", count) and Conflict("import_changed", now=the new plan)
    where the database has moved on since. Result: ``tallies`` {kind: [new, updated, unchanged]}.
    """
    if not plan.ok:
        raise Rejected("import_has_problems", count=plan.problem_count)
    if is_postgres(work.db):
        work.db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})
    with no_collection():
        comparison = Comparison(work.db, plan.source, work.at, work.progress)
        _lock(work, comparison)
        comparison.compare()
        fresh = comparison.plan()
        if not fresh.ok or fresh.tallies != plan.tallies:
            raise Conflict("import_changed", now=fresh)
        comparison.write(work)
    if is_postgres(work.db):
        # Without statistics of what just came, the lists would be read by the wrong way for minutes.
        work.db.execute(text("ANALYZE"))
    return {
        "tallies": {n: [t.new, t.updated, t.unchanged] for n, t in fresh.tallies.items()},
        "digest": plan.digest,
    }


def _lock(work: Work, comparison: Comparison) -> None:
    """Lock what is there already: stock, then sales, then purchase orders, pegs' ends with them."""
    db, source = work.db, comparison.scope.source
    keys = {r.external_id for r in source.of("sales")} | {r.sale for r in source.of("sale_rows")}
    sales = {r.id for r in matching(db, select(sale), sale.c.external_id, keys)}
    keys = {r.external_id for r in source.of("purchase_orders")}
    keys |= {r.order for r in source.of("purchase_order_rows")}
    orders = {
        r.id for r in matching(db, select(purchase_order), purchase_order.c.external_id, keys)
    }
    ends = db.execute(
        select(sale_row.c.sale_id, purchase_row.c.po_id)
        .select_from(peg)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .where(
            peg.c.live > 0,
            sale_row.c.sale_id.in_(ids_in(db, sales))
            | purchase_row.c.po_id.in_(ids_in(db, orders)),
        )
    ).all()
    work.locks.take_stock(comparison.stock.pairs())
    work.locks.take_sales(sales | {row.sale_id for row in ends})
    work.locks.take_purchases(orders | {row.po_id for row in ends})


__all__ = ["Comparison", "import_documents", "plan_import"]
