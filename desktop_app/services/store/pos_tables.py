"""Tables of what shops send and of what customers bring back (rules section 7). See ``tables``."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)

from .declaring import axis, by_journal, identity, number, one_of, table, to, version, words
from .kinds import BigInt, Json, Utc

pos_message = table(
    "pos_message",
    identity(),
    *words("channel_code", 30),
    *words("message_key", 200),
    *words("digest", 64),
    *one_of("source", "folder", "command", "http", "screen"),
    *words("format", 30, default=""),
    *words("till", 60, default=""),
    Column("raw", LargeBinary, nullable=False),
    Column("received_at", Utc, nullable=False),
    *one_of(
        "state",
        "new",
        "applied",
        "repeated",
        "waiting",
        "parked",
        "refused",
        "differs",
        "dismissed",
    ),
    *words("waits_for", 200, optional=True),
    *words("reason", 60, default=""),
    Column("params", Json),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("settled_at", Utc),
    by_journal(optional=True),
    Index(
        "ux_pos_message_key",
        "channel_code",
        "message_key",
        unique=True,
        sqlite_where=text("state NOT IN ('differs', 'dismissed')"),
        postgresql_where=text("state NOT IN ('differs', 'dismissed')"),
    ),
    UniqueConstraint("channel_code", "message_key", "digest"),
    Index(
        "ix_pos_message_new",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    Index(
        "ix_pos_message_waiting",
        "channel_code",
        "waits_for",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_pos_message_state", "state", text("id DESC")),
)
"""A message as it came, kept before anything is made of it (R7.1). ``message_key`` is the
sender's own id of it, or ``sha256:`` and its digest where none can be read. ``waiting``: for the
sale ``waits_for``; ``repeated``: a transaction that is here already; ``parked``: cannot be applied, ``reason`` and ``params`` say why; ``refused``:
not an order at all; ``differs``: an id that came before with other content, for a person to
judge; ``dismissed``: a person put it aside. ``journal_id`` is what settled it last."""

pos_order = table(
    "pos_order",
    identity(),
    to("pos_message", "message_id"),
    to("channel"),
    *words("transaction_id", 200),
    *one_of("kind", "sale", "refund"),
    to("sale", optional=True),
    to("credit", optional=True),
    *words("till", 60, default=""),
    *words("cashier", 120, default=""),
    *words("receipt", 120, default=""),
    Column("rung_at", Utc),
    *one_of("time", "till", "arrival", default="till"),
    CheckConstraint(
        "(kind = 'sale' AND sale_id IS NOT NULL AND credit_id IS NULL)"
        " OR (kind = 'refund' AND credit_id IS NOT NULL AND sale_id IS NULL)",
        name="names_its_order",
    ),
    UniqueConstraint("channel_id", "transaction_id", "kind"),
    UniqueConstraint("sale_id"),
    UniqueConstraint("credit_id"),
    Index("ix_pos_order_message", "message_id"),
)
"""What a till's transaction became (R7.1): one row for its sale, one for its refund; both for an
exchange. ``time``: whether the order's time is the till's or, where that was absurd, arrival's."""

credit = table(
    "credit",
    identity(),
    number("number", None),
    *words("external_id", 200, optional=True),
    Column("placed_at", Utc, nullable=False),
    to("customer"),
    to("channel", optional=True),
    to("warehouse"),
    to("sale", optional=True),
    to("sale", "exchange_id", optional=True),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    *words("reference", default=""),
    number("net"),
    number("tax"),
    number("total"),
    number("refunded"),
    *axis("payment"),
    by_journal(),
    version(),
    UniqueConstraint("number"),
    UniqueConstraint("external_id"),
    Index("ix_credit_recent", text("placed_at DESC"), text("id DESC")),
    Index("ix_credit_sale", "sale_id"),
    Index("ix_credit_exchange", "exchange_id"),
)
"""A sales credit (R7.10): ``sale`` is the sale it takes back from, ``exchange`` the sale that was
made of the same transaction instead. ``payment``: how much of the total was paid out."""

credit_row = table(
    "credit_row",
    identity(),
    to("credit"),
    Column("position", Integer, nullable=False),
    to("sale_row", optional=True),
    to("product", optional=True),
    *one_of("kind", "stock", "non_stock", "service", "text"),
    *words("description"),
    to("warehouse"),
    number("quantity", None),
    number("price"),
    Column("tax_rate", Integer, nullable=False, server_default=text("0")),
    number("net"),
    number("tax"),
    *words("reason", 60, default=""),
    *one_of("disposition", "restock", "quarantine", "write_off", "none"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("kind = 'stock' OR disposition = 'none'", name="only_stock_returns"),
    UniqueConstraint("credit_id", "position"),
    Index("ix_credit_row_sale_row", "sale_row_id"),
)
"""Units taken back of a sale row, or of none where the sale is not known here. ``disposition``:
to on hand, to quarantine, or thrown away; ``none``: money only, or goods that are not stocked."""

credit_movement = table(
    "credit_movement",
    Column("movement_id", BigInt, ForeignKey("movement.id"), primary_key=True),
    to("credit_row"),
    Index("ix_credit_movement_row", "credit_row_id"),
)
"""The stock movements that a credit row made: one for restock and quarantine, none for write-off."""

refund = table(
    "refund",
    identity(),
    to("credit"),
    number("amount"),
    *words("method", 40, default=""),
    *words("external_id", 200, optional=True),
    Column("paid_at", Utc, nullable=False),
    by_journal(),
    UniqueConstraint("external_id"),
    Index("ix_refund_credit", "credit_id"),
)
"""Money paid out for a credit, in minor units."""
