"""Every table, constraint and index (architecture section 3, reliability 3.2 and 3.3).

Quantities and prices are integers of ten-thousandths, totals integers of minor units (R1.5).
Flags are 0 or 1. Figures on rows and levels are caches of the ledgers, written by the same
transaction, held by CHECKs and verified by ``doctor``.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)

from .declaring import (
    axis,
    by_journal,
    flag,
    identity,
    metadata,
    number,
    one_of,
    table,
    to,
    version,
    words,
)
from .kinds import BigInt, Day, Json, Utc
from .master_tables import (
    barcode,
    bundle_part,
    change_note,
    channel,
    company,
    counter,
    currency,
    customer,
    journal,
    location,
    offer,
    offer_price,
    order_status,
    person,
    product,
    saved_view,
    setting,
    setting_change,
    supplier,
    warehouse,
)
from .moving_tables import (
    drop_ship_row,
    goods_out_step,
    stock_count,
    stock_count_row,
    transfer,
    transfer_movement,
    transfer_row,
)
from .pos_tables import (
    credit,
    credit_movement,
    credit_row,
    pos_message,
    pos_order,
    refund,
)
from .receiving_tables import receipt_damage

# --- sales --------------------------------------------------------------------------------------

sale = table(
    "sale",
    identity(),
    number("number", None),
    *words("external_id", 120, optional=True),
    Column("placed_at", Utc, nullable=False),
    to("customer"),
    to("channel", optional=True),
    to("warehouse"),
    to("order_status", "status_id"),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    *words("reference", default=""),
    *words("address", 1000, default=""),
    Column("delivery_on", Day),
    *flag("ship_complete"),
    number("net"),
    number("tax"),
    number("total"),
    number("paid"),
    Column("row_count", Integer, nullable=False, server_default=text("0")),
    *axis("allocation"),
    *axis("fulfilment"),
    *axis("shipping"),
    *axis("payment"),
    *flag("invoiced"),
    number("short"),
    *flag("waits", 1),
    *words("search", 600, default=""),
    version(),
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
    Index("ix_sale_total", "total", "id", "currency"),
    Index("ix_sale_short_recent", "short", text("placed_at DESC"), text("id DESC")),
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

_EXCEPTION = "method IN ('now', 'ship_later') AND kind = 'stock' AND ordered > reserved + fulfilled"
"""Rows that a shop sold and the books lack (R7.9)."""

sale_row = table(
    "sale_row",
    identity(),
    to("sale"),
    Column("position", Integer, nullable=False),
    *words("external_id", 120, optional=True),
    to("product", optional=True),
    *one_of("kind", "stock", "non_stock", "service", "text", "bundle"),
    *words("description"),
    to("warehouse"),
    *one_of("method", "now", "ship_later", "back_order", "order", default="order"),
    to("sale_row", "bundle_row_id", optional=True),
    number("ordered", None),
    number("price"),
    Column("tax_rate", Integer, nullable=False, server_default=text("0")),
    number("net"),
    number("tax"),
    number("reserved"),
    number("fulfilled"),
    number("shipped"),
    number("drop_fulfilled"),
    number("drop_shipped"),
    number("opening_shipped"),
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
        "product_id",
        "warehouse_id",
        "sale_id",
        sqlite_where=text("kind = 'stock' AND ordered > reserved + fulfilled"),
        postgresql_where=text("kind = 'stock' AND ordered > reserved + fulfilled"),
    ),
    Index(
        "ix_sale_row_exception",
        "sale_id",
        "method",
        sqlite_where=text(_EXCEPTION),
        postgresql_where=text(_EXCEPTION),
    ),
)
"""R1.3. ``drop_fulfilled`` and ``drop_shipped`` are the parts of ``fulfilled`` and ``shipped`` on
drop-ship notes. ``opening_shipped`` is what an import found shipped: no note, no movement. The
components of a bundle are rows of their own under ``bundle_row_id``; the parent moves nothing."""

sale_event = table(
    "sale_event",
    identity(),
    by_journal(),
    to("sale_row"),
    number("d_reserved"),
    number("d_fulfilled"),
    number("d_shipped"),
    to("goods_in_row", optional=True),
    Index("ix_sale_event_row", "sale_row_id"),
    Index("ix_sale_event_goods_in_row", "goods_in_row_id"),
    Index("ix_sale_event_journal", "journal_id"),
    CheckConstraint("d_reserved <> 0 OR d_fulfilled <> 0 OR d_shipped <> 0", name="says_something"),
)
"""The life of a sale row as a ledger; ``goods_in_row_id`` where a receipt allocated it."""

status_change = table(
    "status_change",
    identity(),
    by_journal(),
    to("sale"),
    to("order_status", "from_id"),
    to("order_status", "to_id"),
    Index("ix_status_change_journal", "journal_id"),
    Index("ix_status_change_sale", "sale_id"),
)

payment = table(
    "payment",
    identity(),
    to("sale"),
    number("amount"),
    *words("method", 40, default=""),
    *words("external_id", 120, optional=True),
    Column("paid_at", Utc, nullable=False),
    by_journal(optional=True),
    UniqueConstraint("external_id"),
    Index("ix_payment_sale", "sale_id"),
)

invoice = table(
    "invoice",
    identity(),
    number("number", None),
    to("sale"),
    Column("dated", Day, nullable=False),
    by_journal(),
    UniqueConstraint("number"),
    UniqueConstraint("sale_id"),
)

_OPEN_NOTE = "kind = 'goods_out' AND shipped_at IS NULL"

goods_out = table(
    "goods_out",
    identity(),
    number("number", None),
    *one_of("kind", "goods_out", "drop_ship"),
    to("sale"),
    to("warehouse", optional=True),
    to("purchase_order", "po_id", optional=True),
    Column("shipped_at", Utc),
    by_journal(),
    UniqueConstraint("number"),
    Index("ix_goods_out_sale", "sale_id"),
    Index(
        "ix_goods_out_open",
        "number",
        "id",
        sqlite_where=text(_OPEN_NOTE),
        postgresql_where=text(_OPEN_NOTE),
    ),
    Index(
        "ix_goods_out_shipped",
        "shipped_at",
        "id",
        sqlite_where=text("shipped_at IS NOT NULL"),
        postgresql_where=text("shipped_at IS NOT NULL"),
    ),
    Index("ix_goods_out_warehouse", "warehouse_id", "number", "id"),
)

goods_out_row = table(
    "goods_out_row",
    identity(),
    to("goods_out"),
    to("sale_row"),
    number("quantity", None),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    UniqueConstraint("goods_out_id", "sale_row_id"),
    Index("ix_goods_out_row_sale_row", "sale_row_id"),
)

# --- purchases ----------------------------------------------------------------------------------

purchase_batch = table(
    "purchase_batch",
    identity(),
    by_journal(),
    Column("at", Utc, nullable=False),
    to("person"),
    Column("options", Json, nullable=False),
    Column("sale_count", Integer, nullable=False),
    by_journal("undone_by", optional=True),
)

purchase_order = table(
    "purchase_order",
    identity(),
    number("number", None),
    *words("external_id", 120, optional=True),
    to("supplier"),
    to("warehouse", optional=True),
    *one_of("state", "draft", "sent", "closed", "cancelled"),
    to("order_status", "status_id", optional=True),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("expected_on", Day),
    *words("reference", default=""),
    *flag("drop_ship"),
    to("sale", optional=True),
    *words("address", 1000, default=""),
    to("purchase_batch", "batch_id", optional=True),
    number("total"),
    *axis("received"),
    number("to_come"),
    *words("search", 600, default=""),
    version(),
    CheckConstraint("to_come >= 0", name="to_come_not_negative"),
    CheckConstraint("drop_ship = 1 OR warehouse_id IS NOT NULL", name="delivered_somewhere"),
    UniqueConstraint("number"),
    UniqueConstraint("external_id"),
    Index("ix_purchase_order_recent", text("created_at DESC"), text("id DESC")),
    Index("ix_purchase_order_state", "state", text("created_at DESC"), text("id DESC")),
    Index("ix_purchase_order_supplier", "supplier_id", text("created_at DESC"), text("id DESC")),
    Index("ix_purchase_order_expected", "expected_on", "id"),
    Index("ix_purchase_order_batch", "batch_id"),
    Index(
        "ix_purchase_order_drop_ship",
        text("created_at DESC"),
        text("id DESC"),
        sqlite_where=text("drop_ship = 1"),
        postgresql_where=text("drop_ship = 1"),
    ),
)
"""R2.6. *Open* means draft or sent. ``to_come`` (outstanding units) and ``received`` are derived."""

purchase_row = table(
    "purchase_row",
    identity(),
    to("purchase_order", "po_id"),
    Column("position", Integer, nullable=False),
    *words("external_id", 120, optional=True),
    to("product"),
    *words("supplier_sku", 60, default=""),
    number("ordered", None),
    number("received"),
    number("opening_received"),
    *flag("over_allowed"),
    number("cost"),
    number("total"),
    Column("expected_on", Day),
    version(),
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

peg = table(
    "peg",
    identity(),
    to("purchase_row", "po_row_id"),
    to("sale_row"),
    number("quantity", None),
    number("live", None),
    by_journal(),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("live >= 0 AND live <= quantity", name="live_in_quantity"),
    UniqueConstraint("po_row_id", "sale_row_id"),
    Index("ix_peg_sale_row", "sale_row_id"),
    Index(
        "ix_peg_live",
        "sale_row_id",
        "po_row_id",
        sqlite_where=text("live > 0"),
        postgresql_where=text("live > 0"),
    ),
)
"""R1.7. ``quantity``: units raised for or assigned to the sale row; ``live``: those still on
their way and still needed. The live pegs of a row never exceed its outstanding or needed units."""

# --- receiving ----------------------------------------------------------------------------------

goods_in = table(
    "goods_in",
    identity(),
    number("number", None),
    to("purchase_order", "po_id"),
    to("warehouse"),
    *words("reference", 120, optional=True),
    *flag("allocated"),
    Column("at", Utc, nullable=False),
    to("person"),
    by_journal(),
    UniqueConstraint("number"),
    Index("ux_goods_in_reference", "po_id", "reference", unique=True),
    Index("ix_goods_in_po", "po_id"),
)

goods_in_row = table(
    "goods_in_row",
    identity(),
    to("goods_in"),
    to("purchase_row", "po_row_id"),
    to("product"),
    to("location"),
    number("quantity", None),
    by_journal("undone_by", optional=True),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_goods_in_row_note", "goods_in_id"),
    Index("ix_goods_in_row_po_row", "po_row_id"),
)

movement = table(
    "movement",
    identity(),
    by_journal(),
    *one_of(
        "kind",
        "opening",
        "receipt",
        "shipment",
        "correction",
        "transfer_out",
        "transfer_in",
        "return",
    ),
    to("warehouse"),
    to("location"),
    to("product"),
    number("quantity", None),
    number("cost", None, optional=True),
    Column("at", Utc, nullable=False),
    to("goods_in_row", optional=True),
    to("goods_out_row", optional=True),
    *words("reason", default=""),
    to("movement", "reverses", optional=True),
    CheckConstraint("quantity <> 0", name="quantity_not_zero"),
    UniqueConstraint("reverses"),
    Index("ix_movement_product", "product_id", "warehouse_id", "id"),
    Index("ix_movement_goods_in_row", "goods_in_row_id"),
    Index("ix_movement_goods_out_row", "goods_out_row_id"),
)
"""The append-only ledger of stock (R1.2): signed units at a location."""

stock_level = table(
    "stock_level",
    Column("warehouse_id", BigInt, ForeignKey("warehouse.id"), primary_key=True),
    Column("product_id", BigInt, ForeignKey("product.id"), primary_key=True),
    number("in_stock"),
    number("allocated"),
    number("quarantined"),
    CheckConstraint("in_stock >= 0", name="in_stock_not_negative"),
    CheckConstraint("allocated >= 0", name="allocated_not_negative"),
    CheckConstraint("quarantined >= 0", name="quarantined_not_negative"),
    CheckConstraint("allocated + quarantined <= in_stock", name="promised_in_stock"),
    Index("ix_stock_level_product", "product_id"),
)
"""R1.1. On hand = in_stock - allocated - quarantined."""

receipt_draft = table(
    "receipt_draft",
    identity(),
    to("purchase_order", "po_id"),
    to("warehouse"),
    to("person"),
    Column("started_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("allocate", Integer),
    *words("reference", 120, default=""),
    to("location", optional=True),
    UniqueConstraint("po_id"),
)
"""A receipt being counted (RCV-12): one per purchase order. ``person`` counts it now;
``allocate`` null: the setting decides; ``location`` is the last bin scanned."""

receipt_scan = table(
    "receipt_scan",
    identity(),
    Column("draft_id", BigInt, ForeignKey("receipt_draft.id", ondelete="CASCADE"), nullable=False),
    Column("at", Utc, nullable=False),
    to("person"),
    *words("code", 120),
    *one_of("effect", "counted", "extra", "set", "bin", "not_on_order", "unknown", "undone"),
    to("purchase_row", "po_row_id", optional=True),
    to("location", optional=True),
    number("units"),
    *flag("undone"),
    Index("ix_receipt_scan_draft", "draft_id", "id"),
)
"""The scan log of a draft. Counted = sum of ``units`` of its rows that are not ``undone``."""

# --- notes and search ---------------------------------------------------------------------------

note = table(
    "note",
    identity(),
    *one_of("document", "SO", "PO", "GI", "PR", "SC", "TR"),
    number("document_id", None),
    *words("kind", 60),
    Column("params", Json, nullable=False),
    Column("at", Utc, nullable=False),
    to("person"),
    by_journal(),
    by_journal("struck_by", optional=True),
    Index("ix_note_document", "document", "document_id", "id"),
    Index("ix_note_journal", "journal_id"),
)
"""Notes on orders (R11.2): a kind with parameters; the screen makes the sentence. Those of a
command that was undone stay, struck by the undo's journal row."""

APPEND_ONLY = ("movement", "sale_event", "status_change", "setting_change")
"""Ledgers: the database itself refuses to change or delete their rows."""

__all__ = [
    "APPEND_ONLY",
    "barcode",
    "bundle_part",
    "change_note",
    "channel",
    "company",
    "counter",
    "credit",
    "credit_movement",
    "credit_row",
    "currency",
    "customer",
    "drop_ship_row",
    "goods_in",
    "goods_in_row",
    "goods_out",
    "goods_out_row",
    "goods_out_step",
    "invoice",
    "journal",
    "location",
    "metadata",
    "movement",
    "note",
    "offer",
    "offer_price",
    "order_status",
    "payment",
    "peg",
    "person",
    "pos_message",
    "pos_order",
    "product",
    "purchase_batch",
    "purchase_order",
    "purchase_row",
    "receipt_damage",
    "receipt_draft",
    "receipt_scan",
    "refund",
    "sale",
    "sale_event",
    "sale_row",
    "saved_view",
    "setting",
    "setting_change",
    "status_change",
    "stock_count",
    "stock_count_row",
    "stock_level",
    "supplier",
    "transfer",
    "transfer_movement",
    "transfer_row",
    "warehouse",
]
