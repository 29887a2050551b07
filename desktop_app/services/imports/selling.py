"""Sales with their rows: compared and written.

A new sale comes with what its file says was shipped as an opening fact: no note, no movement. A
known sale takes what differs, unless that would touch what has happened here since.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import select

from ..rules.money import half_up, row_total
from ..store.tables import invoice, payment, sale, sale_row
from . import records
from .fields import Pointed
from .goods import Products
from .known import Known
from .parties import WALK_IN, Parties, Warehouses
from .report import Code, Notice
from .scope import Entity, Scope, changed, matching

AMOUNT_MAX = 10**12
"""Minor units of a row: two hundred thousand rows of it still sum within 64 bits."""

IMPORTED = "imported"
"""Method of the payments that imports write: what a later import may correct."""

BLANK = (None, "")
"""Cells that say nothing: what is known stays."""

NOT_WAITING = ("is_quote", "is_cancelled", "is_on_hold", "is_closed")


class SaleDraft:
    """A sale being compared: its head, its rows, and what of them is to be written."""

    __slots__ = (
        "currency", "customer", "differs", "facts", "head", "id", "invoice_on", "pay", "record",
        "rows", "status", "warehouse",
    )  # fmt: skip

    def __init__(self, record: records.Sale | None, facts: Any) -> None:
        self.record, self.facts = record, facts
        self.id: int | None = facts.id if facts is not None else None
        self.rows: list[RowDraft] = []
        self.head: dict[str, Any] = {}
        self.differs: dict[str, Any] = {}
        self.customer: Entity | None = None
        self.warehouse: Entity | None = None
        self.status: Any = None
        self.currency: str = facts.currency if facts is not None else ""
        self.pay = 0
        self.invoice_on: date | None = None

    @property
    def is_touched(self) -> bool:
        """Return whether a known sale is to be changed."""
        rows = any(row.facts is None or row.differs for row in self.rows)
        return bool(self.differs or rows or self.pay or self.invoice_on)


class RowDraft:
    """A row being compared; ``values`` of a new one, ``differs`` of a known one."""

    __slots__ = ("differs", "facts", "id", "line", "product", "values", "warehouse")

    def __init__(self, line: int, facts: Any, product: Entity | None) -> None:
        self.line, self.facts, self.product = line, facts, product
        self.id: int | None = facts.id if facts is not None else None
        self.warehouse: Entity | None = None
        self.values: dict[str, Any] = {}
        self.differs: dict[str, Any] = {}


class Sales:
    """All sales that the files name, beside what the database has of them."""

    def __init__(
        self, scope: Scope, places: Warehouses, customers: Parties, products: Products
    ) -> None:
        self.scope, self.places, self.customers, self.products = scope, places, customers, products
        self.drafts: dict[str, SaleDraft] = {}
        self.units = self.shipped = self.waiting = 0
        self.amounts: dict[str, int] = defaultdict(int)
        self.new_status = next(
            row for (document, _), row in scope.statuses.items()
            if document == "SO" and not any(getattr(row, flag) for flag in NOT_WAITING)
        )  # fmt: skip
        self.names = {row.id: row for row in scope.statuses.values()}
        # Asked once: there may be hundreds of thousands of rows.
        self.provided = [
            name for name in ("description", "price", "tax_rate") if scope.has("sale_rows", name)
        ]
        self.says_shipped = scope.has("sale_rows", "shipped")
        self._load()

    def _load(self) -> None:
        db = self.scope.db
        self.there = Known(
            self.scope, sale, sale_row, sale_row.c.sale_id, heads="sales", rows="sale_rows",
            names="sale",
        )  # fmt: skip
        ids = {row.id for row in self.there.heads.values()}
        self.invoiced = {
            row.sale_id for row in matching(db, select(invoice), invoice.c.sale_id, ids)
        }
        self.paid: dict[int, int] = defaultdict(int)
        for row in matching(db, select(payment), payment.c.sale_id, ids):
            if row.method == IMPORTED:
                self.paid[row.sale_id] += row.amount

    def compare(self) -> None:
        """Sort heads and rows into new, changed and unchanged."""
        scope = self.scope
        seen: dict[str, Any] = {}
        for record in scope.source.of("sales"):
            if scope.twice("sales", "external_id", seen, record):
                continue
            draft = SaleDraft(record, self.there.heads.get(record.external_id))
            self.drafts[record.external_id] = draft
            self.there.judge_number(record, draft)
            self._head(record, draft)
        self._rows()
        for key, draft in self.drafts.items():
            self._whole(key, draft)

    def _head(self, record: records.Sale, draft: SaleDraft) -> None:
        scope, facts = self.scope, draft.facts
        channel = self._channel(record)
        draft.customer = self._customer(record)
        draft.status = self._status(record, draft)
        draft.currency = record.currency or (facts.currency if facts is not None else scope.base)
        if draft.currency not in scope.digits:
            scope.unknown("sales", "currency", record.line, draft.currency, "currencies")
        draft.warehouse = self.places.find("sales", record)
        if not record.warehouse and channel is not None and channel.warehouse_id:
            draft.warehouse = Entity(channel.warehouse_id)
        draft.head = {
            "placed_at": record.placed_at, "reference": record.reference,
            "address": record.address, "delivery_on": record.delivery_on,
            "ship_complete": record.ship_complete or 0,
            "channel_id": channel.id if channel is not None else None,
        }  # fmt: skip
        if facts is None:
            return
        given = {
            name: value for name, value in draft.head.items()
            if scope.has("sales", _PROVIDED.get(name, name))
        }  # fmt: skip
        draft.differs |= changed(facts, given)
        other = draft.customer is not None and draft.customer.id != facts.customer_id
        if other and scope.has("sales", "customer"):
            draft.differs["customer_id"] = draft.customer
        if (
            record.warehouse
            and draft.warehouse is not None
            and draft.warehouse.id != facts.warehouse_id
        ):
            scope.blame("sales", "warehouse", Code.FIXED, record.line, record.warehouse, now="")
        if draft.currency != facts.currency:
            scope.blame(
                "sales", "currency", Code.FIXED, record.line, record.currency, now=facts.currency
            )

    def _channel(self, record: records.Sale) -> Any:
        if not record.channel:
            return None
        found = self.scope.channels.get(record.channel)
        if found is None:
            near = [c for c in self.scope.channels if c.casefold() == record.channel.casefold()]
            self.scope.unknown(
                "sales", "channel", record.line, record.channel, "channels", near="".join(near[:1])
            )
        return found

    def _customer(self, record: records.Sale) -> Entity | None:
        if record.customer:
            return self.customers.find("sales", record, "customer")
        found = self.customers.by_external.get(WALK_IN)
        if found is None:
            self.scope.blame("sales", "customer", Code.VALUE_MISSING, record.line)
        return found

    def _status(self, record: records.Sale, draft: SaleDraft) -> Any:
        facts = draft.facts
        before = self.names[facts.status_id] if facts is not None else None
        if not record.status:
            return before or self.new_status
        found = self.scope.statuses.get(("SO", record.status))
        if found is None:
            names = [name for document, name in self.scope.statuses if document == "SO"]
            near = next((n for n in names if n.casefold() == record.status.casefold()), "")
            self.scope.unknown("sales", "status", record.line, record.status, "statuses", near=near)
        elif before is not None and found.id != before.id:
            if before.is_cancelled or found.is_cancelled:
                self.scope.blame("sales", "status", Code.STATUS_CANCELS, record.line, record.status)
            else:
                draft.differs["status_id"] = found
        return found or before or self.new_status

    def _rows(self) -> None:
        scope = self.scope
        seen: dict[str, Any] = {}
        looked = 0
        for record in scope.source.of("sale_rows"):
            looked += 1
            if looked % 5_000 == 0:
                scope.step("checking", looked, len(scope.source.of("sale_rows")))
            if record.external_id and scope.twice("sale_rows", "external_id", seen, record):
                continue
            draft = self.drafts.get(record.sale)
            if draft is None:
                facts = self.there.heads.get(record.sale)
                if facts is None:
                    scope.unknown("sale_rows", "sale", record.line, record.sale, "sales")
                    continue
                self.drafts[record.sale] = draft = SaleDraft(None, facts)
                draft.status = self.names[facts.status_id]
            position = self.there.place(record)
            if position is not None:
                self._row(record, draft, position)

    def _row(self, record: records.SaleRow, draft: SaleDraft, position: int) -> None:
        scope = self.scope
        if self.there.is_anothers(record, draft):
            return
        product = None
        if record.product:
            product = self.products.find("sale_rows", record)
            if product is None:
                return
        elif not record.description:
            scope.blame("sale_rows", "product", Code.NEITHER_PRODUCT_NOR_TEXT, record.line)
            return
        facts = self.there.row_of(record, draft, position)
        made = RowDraft(record.line, facts, product)
        if not self._possible(record, product):
            return
        if record.warehouse:
            made.warehouse = self.places.find("sale_rows", record)
        made.values = self._values(record, draft, product, position)
        if made.values["net"] > AMOUNT_MAX:
            scope.blame("sale_rows", "price", Code.AMOUNT_TOO_LARGE, record.line, most=AMOUNT_MAX)
            return
        self.units += made.values["ordered"]
        self.shipped += made.values["shipped"]
        self.waiting += made.values["kind"] == "stock" and (
            made.values["ordered"] > made.values["shipped"]
        )
        self.amounts[draft.currency] += made.values["net"]
        if facts is not None:
            self._beside(record, draft, made)
        draft.rows.append(made)

    def _possible(self, record: records.SaleRow, product: Entity | None) -> bool:
        scope, shipped = self.scope, record.shipped or 0
        kind = product.kind if product is not None else "text"
        if kind == "bundle":
            scope.blame("sale_rows", "product", Code.BUNDLE, record.line, record.product)
            return False
        if record.quantity == 0 and kind != "text":
            scope.blame("sale_rows", "quantity", Code.ZERO, record.line, "0")
            return False
        if kind == "stock":
            for name, value in (("quantity", record.quantity), ("shipped", record.shipped)):
                if isinstance(value, Pointed):
                    scope.blame("sale_rows", name, Code.NOT_WHOLE, record.line)
                    return False
        elif shipped:
            scope.blame("sale_rows", "shipped", Code.NOT_STOCKED, record.line, kind=kind)
            return False
        if shipped > record.quantity:
            scope.blame(
                "sale_rows", "shipped", Code.MORE_THAN_ORDERED, record.line,
                ordered=int(record.quantity),
            )  # fmt: skip
            return False
        return True

    def _values(
        self, record: records.SaleRow, draft: SaleDraft, product: Entity | None, position: int
    ) -> dict[str, Any]:
        price, rate = record.price, record.tax_rate
        if price is None:
            price = product.price if product is not None else 0
        if rate is None:
            rate = product.tax_rate if product is not None else 0
        quantity, shipped = int(record.quantity), int(record.shipped or 0)
        net = row_total(quantity, price, self.scope.digits.get(draft.currency, 2))
        return {
            "external_id": record.external_id or None, "position": position,
            "kind": product.kind if product is not None else "text",
            "description": record.description or (product.name if product is not None else ""),
            "ordered": quantity, "price": price, "tax_rate": rate, "net": net,
            "tax": half_up(net * rate, 10_000), "fulfilled": shipped, "shipped": shipped,
            "opening_shipped": shipped,
        }  # fmt: skip

    def _beside(self, record: records.SaleRow, draft: SaleDraft, made: RowDraft) -> None:
        """Compare a row with the one that is there; refuse what would undo what happened here."""
        scope, facts, values = self.scope, made.facts, made.values
        if (made.product.id if made.product is not None else None) != facts.product_id:
            scope.blame(
                "sale_rows", "product", Code.FIXED, record.line, record.product,
                now=facts.description,
            )  # fmt: skip
            return
        if made.warehouse is not None and made.warehouse.id != facts.warehouse_id:
            scope.blame("sale_rows", "warehouse", Code.FIXED, record.line, record.warehouse, now="")
        differs = {"ordered": values["ordered"]} if facts.ordered != values["ordered"] else {}
        for name in self.provided:
            if getattr(record, name) not in BLANK and getattr(facts, name) != values[name]:
                differs[name] = values[name]
        opening = values["opening_shipped"] if self.says_shipped else facts.opening_shipped
        if opening != facts.opening_shipped:
            if facts.reserved or not facts.opening_shipped == facts.fulfilled == facts.shipped:
                scope.blame("sale_rows", "shipped", Code.MOVED_ON, record.line)
                return
            differs |= {"opening_shipped": opening, "fulfilled": opening, "shipped": opening}
        held = facts.reserved + facts.fulfilled - facts.opening_shipped + opening
        if values["ordered"] < held:
            scope.blame("sale_rows", "quantity", Code.BELOW_ALLOCATED, record.line, units=held)
            return
        if {"ordered", "price", "tax_rate"} & differs.keys():
            if draft.id in self.invoiced:
                scope.blame("sale_rows", "quantity", Code.NOT_OPEN, record.line, state="invoiced")
                return
            ordered, price = values["ordered"], differs.get("price", facts.price)
            rate = differs.get("tax_rate", facts.tax_rate)
            net = row_total(ordered, price, scope.digits.get(draft.currency, 2))
            differs |= {"net": net, "tax": half_up(net * rate, 10_000)}
        if differs and draft.status.is_cancelled:
            scope.blame("sale_rows", None, Code.NOT_OPEN, record.line, state="cancelled")
            return
        made.differs = differs

    def _whole(self, key: str, draft: SaleDraft) -> None:
        """What can only be said of a sale with all its rows."""
        scope, record = self.scope, draft.record
        fresh = [row for row in draft.rows if row.facts is None]
        closed = draft.status.is_cancelled or draft.id in self.invoiced
        if draft.facts is not None and fresh and closed:
            state = "cancelled" if draft.status.is_cancelled else "invoiced"
            scope.blame("sale_rows", None, Code.NOT_OPEN, fresh[0].line, state=state)
        if record is not None:
            if (
                draft.facts is None
                and not self.there.named[key]
                and "sale_rows" not in scope.source.unread
            ):
                scope.blame("sales", "external_id", Code.NO_ROWS, record.line, key)
            if draft.status.is_cancelled and any(r.values["shipped"] for r in fresh):
                scope.blame(
                    "sales", "status", Code.CANCELLED_BUT_SHIPPED, record.line, record.status
                )
            self._money(record, draft)
            left = len(self.there.rows[draft.id]) - len(draft.rows) + len(fresh) if draft.id else 0
            if left and "sale_rows" in scope.source.file_of:
                scope.source.mention(
                    "sales", "external_id", Notice.LEFT_ALONE, record.line, key, count=left
                )
        if draft.facts is None:
            scope.count("sales", "new")
        else:
            scope.count("sales", "updated" if draft.is_touched else "unchanged")
        for row in draft.rows:
            what = "new" if row.facts is None else "updated" if row.differs else "unchanged"
            scope.count("sale_rows", what)

    def _money(self, record: records.Sale, draft: SaleDraft) -> None:
        scope = self.scope
        digits = scope.digits.get(draft.currency, 2)
        if record.paid is not None:
            amount = row_total(10_000, record.paid, digits)
            if amount > AMOUNT_MAX:
                scope.blame("sales", "paid", Code.AMOUNT_TOO_LARGE, record.line, most=AMOUNT_MAX)
            elif amount * 10 ** (4 - digits) != record.paid:
                scope.blame("sales", "paid", Code.TOO_PRECISE, record.line, places=digits)
            draft.pay = amount - (self.paid[draft.id] if draft.id is not None else 0)
        if record.invoiced_on is not None and draft.id not in self.invoiced:
            draft.invoice_on = record.invoiced_on


_PROVIDED = {"channel_id": "channel"}
