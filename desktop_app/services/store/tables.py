"""Every table, constraint and index (architecture section 3, reliability 3.2 and 3.3).

Quantities and prices are integers of ten-thousandths, totals integers of minor units (R1.5).
Flags are 0 or 1. Figures on rows and levels are caches of the ledgers, written by the same
transaction, held by CHECKs and verified by ``doctor``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from .kinds import BigInt, Day, Json, Utc

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def _id() -> Column[int]:
    return Column("id", BigInt, primary_key=True)


def _to(target: str, name: str | None = None, *, optional: bool = False) -> Column[int]:
    """A reference to ``target`` that keeps its row from being deleted."""
    return Column(
        name or f"{target}_id",
        BigInt,
        ForeignKey(f"{target}.id", ondelete="RESTRICT"),
        nullable=optional,
    )


def _journal(name: str = "journal_id", *, optional: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey("journal.id", ondelete="RESTRICT"), nullable=optional)


def _text(
    name: str, most: int = 200, *, optional: bool = False, default: str | None = None
) -> tuple[Any, ...]:
    """A text column with its length limit."""
    server = None if default is None else text(f"'{default}'")
    return (
        Column(name, Text, nullable=optional, server_default=server),
        CheckConstraint(f"length({name}) <= {most}", name=f"{name}_length"),
    )


def _number(name: str, default: int | None = 0, *, optional: bool = False) -> Column[int]:
    server = None if default is None or optional else text(str(default))
    return Column(name, BigInt, nullable=optional, server_default=server)


def _flag(name: str, default: int = 0) -> tuple[Any, ...]:
    return (
        Column(name, Integer, nullable=False, server_default=text(str(default))),
        CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag"),
    )


def _one_of(name: str, *values: str, default: str | None = None) -> tuple[Any, ...]:
    listed = ", ".join(f"'{value}'" for value in values)
    server = None if default is None else text(f"'{default}'")
    return (
        Column(name, Text, nullable=False, server_default=server),
        CheckConstraint(f"{name} IN ({listed})", name=f"{name}_known"),
    )


def _axis(name: str) -> tuple[Any, ...]:
    return (
        Column(name, Integer, nullable=False, server_default=text("0")),
        CheckConstraint(f"{name} BETWEEN 0 AND 3", name=f"{name}_known"),
    )


def _version() -> Column[int]:
    return Column("version", Integer, nullable=False, server_default=text("1"))


# --- the business itself ------------------------------------------------------------------------

company = _table(
    "company",
    _id(),
    CheckConstraint("id = 1", name="single"),
    Column("database_id", Text, nullable=False),
    *_text("name"),
    *_text("currency", 3),
    *_flag("is_sample"),
    Column("created_at", Utc, nullable=False),
)

person = _table(
    "person",
    _id(),
    *_text("login", 60),
    *_text("name"),
    *_one_of("role", "clerk", "buyer", "manager"),
    *_flag("active", 1),
    UniqueConstraint("login"),
)

journal = _table(
    "journal",
    Column("id", Text, primary_key=True),
    CheckConstraint("length(id) = 36", name="id_length"),
    _number("seq", None),
    *_text("command", 60),
    *_text("digest", 64),
    _to("person"),
    *_text("workstation", 120),
    *_text("app_version", 40),
    Column("at", Utc, nullable=False),
    Column("request", Json),
    Column("result", Json),
    Column("undo", Json),
    _journal("undoes", optional=True),
    UniqueConstraint("seq"),
    UniqueConstraint("undoes"),
)
"""One row per command: idempotency key, audit trail and undo list. ``undo`` is what its inverse
needs (null: cannot be undone); ``undoes`` points back from an undo to what it took back."""

setting = _table(
    "setting",
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Json, nullable=False),
)
"""``scope`` is ``company``, ``warehouse:ID`` or ``person:ID``."""

setting_change = _table(
    "setting_change",
    _id(),
    *_text("scope", 60),
    *_text("key", 80),
    Column("old_value", Json),
    Column("new_value", Json),
    Column("at", Utc, nullable=False),
    _journal(),
    Index("ix_setting_change_key", "scope", "key", "id"),
)

counter = _table(
    "counter",
    Column("name", Text, primary_key=True),
    _number("next_number", 1),
)

change_note = _table(
    "change_note",
    _id(),
    Column("at", Utc, nullable=False),
    *_text("workstation", 120),
    Column("body", Json, nullable=False),
)
"""What each commit touched, for other programs on the same SQLite file."""

# --- places, people we trade with, goods --------------------------------------------------------

currency = _table(
    "currency",
    Column("code", Text, primary_key=True),
    Column("digits", Integer, nullable=False, server_default=text("2")),
    _number("rate", 100_000_000),
    CheckConstraint("rate > 0", name="rate_positive"),
    CheckConstraint("digits BETWEEN 0 AND 4", name="digits_known"),
)
"""``rate``: base currency units per unit, in hundred-millionths."""

warehouse = _table(
    "warehouse",
    _id(),
    *_text("code", 30),
    *_text("name"),
    *_text("address", 1000, default=""),
    *_flag("active", 1),
    UniqueConstraint("code"),
)

location = _table(
    "location",
    _id(),
    _to("warehouse"),
    *_text("code", 40),
    *_one_of("kind", "stock", "quarantine", default="stock"),
    *_flag("is_default"),
    UniqueConstraint("warehouse_id", "code"),
)

channel = _table(
    "channel",
    _id(),
    *_text("code", 30),
    *_text("name"),
    *_one_of("kind", "shop", "web", "marketplace", "trade"),
    _to("warehouse", optional=True),
    *_flag("automatic_invoicing"),
    UniqueConstraint("code"),
)

order_status = _table(
    "order_status",
    _id(),
    *_one_of("document", "SO", "PO"),
    *_text("name", 60),
    *_text("colour", 7),
    Column("position", Integer, nullable=False),
    *_flag("is_quote"),
    *_flag("is_cancelled"),
    *_flag("is_on_hold"),
    *_flag("is_closed"),
    UniqueConstraint("document", "name"),
)

customer = _table(
    "customer",
    _id(),
    *_text("external_id", 120, optional=True),
    *_text("name"),
    *_text("email", default=""),
    *_text("phone", 60, default=""),
    *_text("address", 1000, default=""),
    *_flag("has_credit_terms"),
    _version(),
    UniqueConstraint("external_id"),
    Index("ix_customer_name", "name"),
)

supplier = _table(
    "supplier",
    _id(),
    _number("number", None),
    *_text("external_id", 120, optional=True),
    *_text("name"),
    *_text("email", default=""),
    *_text("phone", 60, default=""),
    *_text("address", 1000, default=""),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    Column("lead_time_days", Integer, nullable=False, server_default=text("7")),
    CheckConstraint("lead_time_days BETWEEN 0 AND 3650", name="lead_time_sane"),
    *_flag("active", 1),
    _version(),
    UniqueConstraint("number"),
    UniqueConstraint("external_id"),
)

product = _table(
    "product",
    _id(),
    *_text("sku", 60),
    *_text("external_id", 120, optional=True),
    *_text("name"),
    *_one_of("kind", "stock", "non_stock", "service", "bundle", default="stock"),
    *_text("category", default=""),
    *_text("unit", 30, default="each"),
    _number("price"),
    Column("tax_rate", Integer, nullable=False, server_default=text("0")),
    *_flag("discontinued"),
    _version(),
    UniqueConstraint("sku"),
    UniqueConstraint("external_id"),
)
"""``tax_rate`` in hundredths of a per cent. Stock-tracked products count whole units."""

bundle_part = _table(
    "bundle_part",
    _to("product", "bundle_id"),
    _to("product"),
    _number("quantity"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    UniqueConstraint("bundle_id", "product_id"),
)

barcode = _table(
    "barcode",
    Column("code", Text, primary_key=True),
    CheckConstraint("length(code) BETWEEN 1 AND 120", name="code_length"),
    _to("product"),
    _number("quantity", 10_000),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_barcode_product", "product_id"),
)
"""A scan of ``code`` stands for ``quantity`` units: a pack barcode counts its pack (R5.13)."""

offer = _table(
    "offer",
    _id(),
    _to("supplier"),
    _to("product"),
    *_text("supplier_sku", 60, default=""),
    *_flag("is_primary"),
    _number("pack_size", 10_000),
    _number("minimum"),
    Column("lead_time_days", Integer),
    CheckConstraint("pack_size > 0", name="pack_size_positive"),
    CheckConstraint("minimum >= 0", name="minimum_not_negative"),
    _version(),
    UniqueConstraint("supplier_id", "product_id"),
    Index("ix_offer_product", "product_id", "supplier_id"),
    Index(
        "ux_offer_primary",
        "product_id",
        unique=True,
        sqlite_where=text("is_primary = 1"),
        postgresql_where=text("is_primary = 1"),
    ),
)
"""A supplier's terms for a product. ``lead_time_days`` null: the supplier's own."""

offer_price = _table(
    "offer_price",
    _to("offer"),
    _number("minimum"),
    _number("cost"),
    CheckConstraint("minimum >= 0", name="minimum_not_negative"),
    CheckConstraint("cost >= 0", name="cost_not_negative"),
    UniqueConstraint("offer_id", "minimum"),
)
"""Unit cost from ``minimum`` units on, in the supplier's currency."""

# --- sales --------------------------------------------------------------------------------------

sale = _table(
    "sale",
    _id(),
    _number("number", None),
    *_text("external_id", 120, optional=True),
    Column("placed_at", Utc, nullable=False),
    _to("customer"),
    _to("channel", optional=True),
    _to("warehouse"),
    _to("order_status", "status_id"),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    *_text("reference", default=""),
    *_text("address", 1000, default=""),
    Column("delivery_on", Day),
    *_flag("ship_complete"),
    _number("net"),
    _number("tax"),
    _number("total"),
    _number("paid"),
    Column("row_count", Integer, nullable=False, server_default=text("0")),
    *_axis("allocation"),
    *_axis("fulfilment"),
    *_axis("shipping"),
    *_axis("payment"),
    *_flag("invoiced"),
    _number("short"),
    *_flag("waits", 1),
    *_text("search", 600, default=""),
    _version(),
    CheckConstraint("short >= 0", name="short_not_negative"),
    UniqueConstraint("number"),
    UniqueConstraint("external_id"),
    Index("ix_sale_recent", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_status_recent", "status_id", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_channel_recent", "channel_id", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_customer_recent", "customer_id", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_allocation_recent", "allocation", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_fulfilment_recent", "fulfilment", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_shipping_recent", "shipping", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_payment_recent", "payment", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_invoiced_recent", "invoiced", text("placed_at DESC"), text("id DESC")),
    Index("ix_sale_total", "total", "id"),
    Index(
        "ix_sale_short",
        text("placed_at DESC"),
        text("id DESC"),
        sqlite_where=text("short > 0 AND waits = 1"),
        postgresql_where=text("short > 0 AND waits = 1"),
    ),
)
"""A sales order. The axes, ``short`` (units still needed on stock rows) and ``waits`` (0 while
its status is a quote, cancelled, on hold or closed, R5.5) are derived and kept by each command."""

sale_row = _table(
    "sale_row",
    _id(),
    _to("sale"),
    Column("position", Integer, nullable=False),
    *_text("external_id", 120, optional=True),
    _to("product", optional=True),
    *_one_of("kind", "stock", "non_stock", "service", "text", "bundle"),
    *_text("description"),
    _to("warehouse"),
    *_one_of("method", "now", "ship_later", "back_order", "order", default="order"),
    _to("sale_row", "bundle_row_id", optional=True),
    _number("ordered", None),
    _number("price"),
    Column("tax_rate", Integer, nullable=False, server_default=text("0")),
    _number("net"),
    _number("tax"),
    _number("reserved"),
    _number("fulfilled"),
    _number("shipped"),
    _number("drop_fulfilled"),
    _number("drop_shipped"),
    _number("opening_shipped"),
    CheckConstraint("ordered >= 0", name="ordered_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    CheckConstraint("shipped >= 0 AND shipped <= fulfilled", name="shipped_in_fulfilled"),
    CheckConstraint("reserved + fulfilled <= ordered", name="allocated_in_ordered"),
    CheckConstraint(
        "drop_shipped >= 0 AND drop_shipped <= drop_fulfilled AND drop_shipped <= shipped"
        " AND drop_fulfilled <= fulfilled AND drop_fulfilled - drop_shipped <= fulfilled - shipped",
        name="drop_ship_in_fulfilled",
    ),
    CheckConstraint(
        "opening_shipped >= 0 AND opening_shipped <= shipped", name="opening_in_shipped"
    ),
    CheckConstraint(
        "kind = 'stock' OR (reserved = 0 AND fulfilled = 0 AND shipped = 0)",
        name="only_stock_moves",
    ),
    UniqueConstraint("sale_id", "position"),
    Index("ix_sale_row_product", "product_id", "sale_id"),
    Index(
        "ux_sale_row_external",
        "external_id",
        unique=True,
        sqlite_where=text("external_id IS NOT NULL"),
        postgresql_where=text("external_id IS NOT NULL"),
    ),
    Index(
        "ix_sale_row_waiting",
        "warehouse_id",
        "product_id",
        "sale_id",
        sqlite_where=text("kind = 'stock' AND ordered > reserved + fulfilled"),
        postgresql_where=text("kind = 'stock' AND ordered > reserved + fulfilled"),
    ),
)
"""R1.3. ``drop_fulfilled`` and ``drop_shipped`` are the parts of ``fulfilled`` and ``shipped`` on
drop-ship notes. ``opening_shipped`` is what an import found shipped: no note, no movement. The
components of a bundle are rows of their own under ``bundle_row_id``; the parent moves nothing."""

sale_event = _table(
    "sale_event",
    _id(),
    _journal(),
    _to("sale_row"),
    _number("d_reserved"),
    _number("d_fulfilled"),
    _number("d_shipped"),
    _to("goods_in_row", optional=True),
    Index("ix_sale_event_row", "sale_row_id"),
    Index("ix_sale_event_goods_in_row", "goods_in_row_id"),
    Index("ix_sale_event_journal", "journal_id"),
    CheckConstraint("d_reserved <> 0 OR d_fulfilled <> 0 OR d_shipped <> 0", name="says_something"),
)
"""The life of a sale row as a ledger; ``goods_in_row_id`` where a receipt allocated it."""

status_change = _table(
    "status_change",
    _id(),
    _journal(),
    _to("sale"),
    _to("order_status", "from_id"),
    _to("order_status", "to_id"),
    Index("ix_status_change_journal", "journal_id"),
    Index("ix_status_change_sale", "sale_id"),
)

payment = _table(
    "payment",
    _id(),
    _to("sale"),
    _number("amount"),
    *_text("method", 40, default=""),
    *_text("external_id", 120, optional=True),
    Column("paid_at", Utc, nullable=False),
    _journal(optional=True),
    UniqueConstraint("external_id"),
    Index("ix_payment_sale", "sale_id"),
)

invoice = _table(
    "invoice",
    _id(),
    _number("number", None),
    _to("sale"),
    Column("dated", Day, nullable=False),
    _journal(),
    UniqueConstraint("number"),
    UniqueConstraint("sale_id"),
)

goods_out = _table(
    "goods_out",
    _id(),
    _number("number", None),
    *_one_of("kind", "goods_out", "drop_ship"),
    _to("sale"),
    _to("warehouse", optional=True),
    _to("purchase_order", "po_id", optional=True),
    Column("shipped_at", Utc),
    _journal(),
    UniqueConstraint("number"),
    Index("ix_goods_out_sale", "sale_id"),
)

goods_out_row = _table(
    "goods_out_row",
    _id(),
    _to("goods_out"),
    _to("sale_row"),
    _number("quantity", None),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    UniqueConstraint("goods_out_id", "sale_row_id"),
    Index("ix_goods_out_row_sale_row", "sale_row_id"),
)

# --- purchases ----------------------------------------------------------------------------------

purchase_batch = _table(
    "purchase_batch",
    _id(),
    _journal(),
    Column("at", Utc, nullable=False),
    _to("person"),
    Column("options", Json, nullable=False),
    Column("sale_count", Integer, nullable=False),
    _journal("undone_by", optional=True),
)

purchase_order = _table(
    "purchase_order",
    _id(),
    _number("number", None),
    *_text("external_id", 120, optional=True),
    _to("supplier"),
    _to("warehouse", optional=True),
    *_one_of("state", "draft", "sent", "closed", "cancelled"),
    _to("order_status", "status_id", optional=True),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("expected_on", Day),
    *_text("reference", default=""),
    *_flag("drop_ship"),
    _to("sale", optional=True),
    *_text("address", 1000, default=""),
    _to("purchase_batch", "batch_id", optional=True),
    _number("total"),
    *_axis("received"),
    _number("to_come"),
    *_text("search", 600, default=""),
    _version(),
    CheckConstraint("to_come >= 0", name="to_come_not_negative"),
    CheckConstraint("drop_ship = 1 OR warehouse_id IS NOT NULL", name="delivered_somewhere"),
    UniqueConstraint("number"),
    UniqueConstraint("external_id"),
    Index("ix_purchase_order_recent", text("created_at DESC"), text("id DESC")),
    Index("ix_purchase_order_state", "state", text("created_at DESC"), text("id DESC")),
    Index("ix_purchase_order_supplier", "supplier_id", text("created_at DESC"), text("id DESC")),
    Index("ix_purchase_order_expected", "expected_on", "id"),
    Index("ix_purchase_order_batch", "batch_id"),
)
"""R2.6. *Open* means draft or sent. ``to_come`` (outstanding units) and ``received`` are derived."""

purchase_row = _table(
    "purchase_row",
    _id(),
    _to("purchase_order", "po_id"),
    Column("position", Integer, nullable=False),
    *_text("external_id", 120, optional=True),
    _to("product"),
    *_text("supplier_sku", 60, default=""),
    _number("ordered", None),
    _number("received"),
    _number("opening_received"),
    *_flag("over_allowed"),
    _number("cost"),
    _number("total"),
    Column("expected_on", Day),
    _version(),
    CheckConstraint("ordered > 0", name="ordered_positive"),
    CheckConstraint("received >= 0", name="received_not_negative"),
    CheckConstraint("received <= ordered OR over_allowed = 1", name="received_in_ordered"),
    CheckConstraint(
        "opening_received >= 0 AND opening_received <= received", name="opening_in_received"
    ),
    UniqueConstraint("po_id", "position"),
    UniqueConstraint("external_id"),
    Index("ix_purchase_row_po", "po_id"),
    Index(
        "ix_purchase_row_open",
        "product_id",
        "po_id",
        sqlite_where=text("ordered > received"),
        postgresql_where=text("ordered > received"),
    ),
)
"""Outstanding = ordered - received, never below 0. ``opening_received`` is what an import found
received: no goods-in note, no movement."""

peg = _table(
    "peg",
    _id(),
    _to("purchase_row", "po_row_id"),
    _to("sale_row"),
    _number("quantity", None),
    _number("live", None),
    _journal(),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("live >= 0 AND live <= quantity", name="live_in_quantity"),
    UniqueConstraint("po_row_id", "sale_row_id"),
    Index("ix_peg_sale_row", "sale_row_id"),
)
"""R1.7. ``quantity``: units raised for or assigned to the sale row; ``live``: those still on
their way and still needed. The live pegs of a row never exceed its outstanding or needed units."""

# --- receiving ----------------------------------------------------------------------------------

goods_in = _table(
    "goods_in",
    _id(),
    _number("number", None),
    _to("purchase_order", "po_id"),
    _to("warehouse"),
    *_text("reference", 120, optional=True),
    *_flag("allocated"),
    Column("at", Utc, nullable=False),
    _to("person"),
    _journal(),
    UniqueConstraint("number"),
    Index("ux_goods_in_reference", "po_id", "reference", unique=True),
    Index("ix_goods_in_po", "po_id"),
)

goods_in_row = _table(
    "goods_in_row",
    _id(),
    _to("goods_in"),
    _to("purchase_row", "po_row_id"),
    _to("product"),
    _to("location"),
    _number("quantity", None),
    _journal("undone_by", optional=True),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_goods_in_row_note", "goods_in_id"),
    Index("ix_goods_in_row_po_row", "po_row_id"),
)

movement = _table(
    "movement",
    _id(),
    _journal(),
    *_one_of(
        "kind",
        "opening",
        "receipt",
        "shipment",
        "correction",
        "transfer_out",
        "transfer_in",
        "return",
    ),
    _to("warehouse"),
    _to("location"),
    _to("product"),
    _number("quantity", None),
    _number("cost", None, optional=True),
    Column("at", Utc, nullable=False),
    _to("goods_in_row", optional=True),
    _to("goods_out_row", optional=True),
    *_text("reason", default=""),
    _to("movement", "reverses", optional=True),
    CheckConstraint("quantity <> 0", name="quantity_not_zero"),
    UniqueConstraint("reverses"),
    Index("ix_movement_product", "product_id", "warehouse_id", "id"),
    Index("ix_movement_goods_in_row", "goods_in_row_id"),
    Index("ix_movement_goods_out_row", "goods_out_row_id"),
)
"""The append-only ledger of stock (R1.2): signed units at a location."""

stock_level = _table(
    "stock_level",
    Column("warehouse_id", BigInt, ForeignKey("warehouse.id"), primary_key=True),
    Column("product_id", BigInt, ForeignKey("product.id"), primary_key=True),
    _number("in_stock"),
    _number("allocated"),
    _number("quarantined"),
    CheckConstraint("in_stock >= 0", name="in_stock_not_negative"),
    CheckConstraint("allocated >= 0", name="allocated_not_negative"),
    CheckConstraint("quarantined >= 0", name="quarantined_not_negative"),
    CheckConstraint("allocated + quarantined <= in_stock", name="promised_in_stock"),
    Index("ix_stock_level_product", "product_id"),
)
"""R1.1. On hand = in_stock - allocated - quarantined."""

receipt_draft = _table(
    "receipt_draft",
    _id(),
    _to("purchase_order", "po_id"),
    _to("warehouse"),
    _to("person"),
    Column("started_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("allocate", Integer),
    *_text("reference", 120, default=""),
    _to("location", optional=True),
    UniqueConstraint("po_id"),
)
"""A receipt being counted (RCV-12): one per purchase order. ``person`` counts it now;
``allocate`` null: the setting decides; ``location`` is the last bin scanned."""

receipt_scan = _table(
    "receipt_scan",
    _id(),
    Column("draft_id", BigInt, ForeignKey("receipt_draft.id", ondelete="CASCADE"), nullable=False),
    Column("at", Utc, nullable=False),
    _to("person"),
    *_text("code", 120),
    *_one_of("effect", "counted", "extra", "set", "bin", "not_on_order", "unknown", "undone"),
    _to("purchase_row", "po_row_id", optional=True),
    _to("location", optional=True),
    _number("units"),
    *_flag("undone"),
    Index("ix_receipt_scan_draft", "draft_id", "id"),
)
"""The scan log of a draft. Counted = sum of ``units`` of its rows that are not ``undone``."""

# --- notes and search ---------------------------------------------------------------------------

note = _table(
    "note",
    _id(),
    *_one_of("document", "SO", "PO", "GI", "PR"),
    _number("document_id", None),
    *_text("kind", 60),
    Column("params", Json, nullable=False),
    Column("at", Utc, nullable=False),
    _to("person"),
    _journal(),
    _journal("struck_by", optional=True),
    Index("ix_note_document", "document", "document_id", "id"),
    Index("ix_note_journal", "journal_id"),
)
"""Notes on orders (R11.2): a kind with parameters; the screen makes the sentence. Those of a
command that was undone stay, struck by the undo's journal row."""

APPEND_ONLY = ("movement", "sale_event", "status_change", "setting_change")
"""Ledgers: the database itself refuses to change or delete their rows."""
