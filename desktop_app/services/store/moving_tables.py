"""Tables of goods on their way out, between warehouses, and counted (R4.3, R6, R8). See ``tables``."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)

from .declaring import by_journal, identity, number, one_of, table, to, version, words
from .kinds import BigInt, Utc

goods_out_step = table(
    "goods_out_step",
    identity(),
    to("goods_out"),
    *one_of("step", "printed", "picked", "packed", "shipped"),
    Column("at", Utc, nullable=False),
    to("person"),
    *words("reference", 120, default=""),
    by_journal(),
    by_journal("undone_by", optional=True),
    Index(
        "ux_goods_out_step_live",
        "goods_out_id",
        "step",
        unique=True,
        sqlite_where=text("undone_by IS NULL"),
        postgresql_where=text("undone_by IS NULL"),
    ),
    Index("ix_goods_out_step_journal", "journal_id"),
)
"""What was done with a note, when and by whom (R6.1). ``reference`` of ``shipped`` is the
tracking number. A step that was undone stays, with the command that took it back."""

drop_ship_row = table(
    "drop_ship_row",
    Column("goods_out_row_id", BigInt, ForeignKey("goods_out_row.id"), primary_key=True),
    to("purchase_row", "po_row_id"),
    Index("ix_drop_ship_row_po_row", "po_row_id"),
)
"""The purchase row that a row of a drop-ship note is supplied by (R4.3). ``purchase_row.received``
of a drop-ship order is what its shipped notes hold: units that reached the customer."""

transfer = table(
    "transfer",
    identity(),
    number("number", None),
    to("warehouse", "from_id"),
    to("warehouse", "to_id"),
    *one_of("state", "sent", "received", "closed", "cancelled"),
    *words("reference", default=""),
    Column("sent_at", Utc, nullable=False),
    Column("settled_at", Utc),
    to("person"),
    by_journal(),
    version(),
    CheckConstraint("from_id <> to_id", name="two_places"),
    UniqueConstraint("number"),
    Index("ix_transfer_state", "state", text("id DESC")),
)
"""R8.1. ``sent``: units are in transit; ``closed``: what did not arrive was written off as lost;
``cancelled``: all went back to where it came from."""

transfer_row = table(
    "transfer_row",
    identity(),
    to("transfer"),
    to("product"),
    number("quantity", None),
    number("received"),
    number("lost"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "received >= 0 AND lost >= 0 AND received + lost <= quantity", name="arrived_in_sent"
    ),
    UniqueConstraint("transfer_id", "product_id"),
    Index(
        "ix_transfer_row_in_transit",
        "product_id",
        "transfer_id",
        sqlite_where=text("quantity > received + lost"),
        postgresql_where=text("quantity > received + lost"),
    ),
)
"""In transit = quantity - received - lost, of a transfer that was not cancelled."""

transfer_movement = table(
    "transfer_movement",
    Column("movement_id", BigInt, ForeignKey("movement.id"), primary_key=True),
    to("transfer_row"),
    Index("ix_transfer_movement_row", "transfer_row_id"),
)

stock_count = table(
    "stock_count",
    identity(),
    number("number", None),
    to("warehouse"),
    *one_of("state", "open", "posted", "abandoned"),
    *words("title", default=""),
    Column("started_at", Utc, nullable=False),
    to("person"),
    Column("settled_at", Utc),
    by_journal("posted_by", optional=True),
    version(),
    UniqueConstraint("number"),
    Index("ix_stock_count_state", "state", text("id DESC")),
)

stock_count_row = table(
    "stock_count_row",
    identity(),
    to("stock_count"),
    to("product"),
    number("counted", None, optional=True),
    number("expected", None, optional=True),
    Column("counted_at", Utc),
    to("person", optional=True),
    CheckConstraint("counted IS NULL OR counted >= 0", name="counted_not_negative"),
    CheckConstraint("(counted IS NULL) = (expected IS NULL)", name="counted_with_expected"),
    UniqueConstraint("stock_count_id", "product_id"),
)
"""R8.3. ``expected`` is what the books said at the moment of counting, read under the level's
lock: counted - expected is the difference, whatever moved before or after."""
