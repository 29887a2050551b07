"""Tables of the business itself, of places, partners and goods. See ``tables``."""

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

from .declaring import by_journal, flag, identity, number, one_of, table, to, version, words
from .kinds import Json, Utc

# --- the business itself ------------------------------------------------------------------------

company = table(
    "company",
    identity(),
    CheckConstraint("id = 1", name="single"),
    Column("database_id", Text, nullable=False),
    *words("name"),
    *words("currency", 3),
    *flag("is_sample"),
    Column("created_at", Utc, nullable=False),
)

person = table(
    "person",
    identity(),
    *words("login", 60),
    *words("name"),
    *one_of("role", "clerk", "buyer", "manager"),
    *flag("active", 1),
    UniqueConstraint("login"),
)

journal = table(
    "journal",
    Column("id", Text, primary_key=True),
    CheckConstraint("length(id) = 36", name="id_length"),
    number("seq", None),
    *words("command", 60),
    *words("digest", 64),
    to("person"),
    *words("workstation", 120),
    *words("app_version", 40),
    Column("at", Utc, nullable=False),
    Column("request", Json),
    Column("result", Json),
    Column("undo", Json),
    by_journal("undoes", optional=True),
    UniqueConstraint("seq"),
    UniqueConstraint("undoes"),
)
"""One row per command: idempotency key, audit trail and undo list. ``undo`` is what its inverse
needs (null: cannot be undone); ``undoes`` points back from an undo to what it took back."""

setting = table(
    "setting",
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Json, nullable=False),
)
"""``scope`` is ``company``, ``warehouse:ID`` or ``person:ID``."""

setting_change = table(
    "setting_change",
    identity(),
    *words("scope", 60),
    *words("key", 80),
    Column("old_value", Json),
    Column("new_value", Json),
    Column("at", Utc, nullable=False),
    by_journal(),
    Index("ix_setting_change_key", "scope", "key", "id"),
)

saved_view = table(
    "saved_view",
    identity(),
    *words("list_key", 40),
    to("person"),
    *words("name", 60),
    *flag("shared"),
    *words("conditions", 10_000),
    *words("sort", 400, default=""),
    number("position"),
    version(),
    UniqueConstraint("list_key", "person_id", "name"),
)
"""A view of a list that a person keeps (SAL-01). ``conditions`` and ``sort`` are JSON, but text to
the database: what a newer program wrote, or what is damaged, must not stop the others (see
``filter_json``). Shared views are seen by everyone."""

counter = table(
    "counter",
    Column("name", Text, primary_key=True),
    number("next_number", 1),
)

change_note = table(
    "change_note",
    identity(),
    Column("at", Utc, nullable=False),
    *words("workstation", 120),
    Column("body", Json, nullable=False),
)
"""What each commit touched, for other programs on the same SQLite file."""

# --- places, people we trade with, goods --------------------------------------------------------

currency = table(
    "currency",
    Column("code", Text, primary_key=True),
    Column("digits", Integer, nullable=False, server_default=text("2")),
    number("rate", 100_000_000),
    CheckConstraint("rate > 0", name="rate_positive"),
    CheckConstraint("digits BETWEEN 0 AND 4", name="digits_known"),
)
"""``rate``: base currency units per unit, in hundred-millionths."""

warehouse = table(
    "warehouse",
    identity(),
    *words("code", 30),
    *words("name"),
    *words("address", 1000, default=""),
    *flag("active", 1),
    UniqueConstraint("code"),
)

location = table(
    "location",
    identity(),
    to("warehouse"),
    *words("code", 40),
    *one_of("kind", "stock", "quarantine", default="stock"),
    *flag("is_default"),
    UniqueConstraint("warehouse_id", "code"),
)

channel = table(
    "channel",
    identity(),
    *words("code", 30),
    *words("name"),
    *one_of("kind", "shop", "web", "marketplace", "trade"),
    to("warehouse", optional=True),
    *flag("automatic_invoicing"),
    UniqueConstraint("code"),
)

order_status = table(
    "order_status",
    identity(),
    *one_of("document", "SO", "PO"),
    *words("name", 60),
    *words("colour", 7),
    Column("position", Integer, nullable=False),
    *flag("is_quote"),
    *flag("is_cancelled"),
    *flag("is_on_hold"),
    *flag("is_closed"),
    UniqueConstraint("document", "name"),
)

customer = table(
    "customer",
    identity(),
    *words("external_id", 120, optional=True),
    *words("name"),
    *words("email", default=""),
    *words("phone", 60, default=""),
    *words("address", 1000, default=""),
    *flag("has_credit_terms"),
    version(),
    UniqueConstraint("external_id"),
    Index("ix_customer_name", "name"),
    Index(
        "ix_customer_email",
        text("lower(email)"),
        sqlite_where=text("email <> ''"),
        postgresql_where=text("email <> ''"),
    ),
)

supplier = table(
    "supplier",
    identity(),
    number("number", None),
    *words("external_id", 120, optional=True),
    *words("name"),
    *words("email", default=""),
    *words("phone", 60, default=""),
    *words("address", 1000, default=""),
    Column("currency", Text, ForeignKey("currency.code"), nullable=False),
    Column("lead_time_days", Integer, nullable=False, server_default=text("7")),
    CheckConstraint("lead_time_days BETWEEN 0 AND 3650", name="lead_time_sane"),
    *flag("active", 1),
    version(),
    UniqueConstraint("number"),
    UniqueConstraint("external_id"),
)

product = table(
    "product",
    identity(),
    *words("sku", 60),
    *words("external_id", 120, optional=True),
    *words("name"),
    *one_of("kind", "stock", "non_stock", "service", "bundle", default="stock"),
    *words("category", default=""),
    *words("unit", 30, default="each"),
    number("price"),
    Column("tax_rate", Integer, nullable=False, server_default=text("0")),
    *flag("discontinued"),
    version(),
    UniqueConstraint("sku"),
    UniqueConstraint("external_id"),
)
"""``tax_rate`` in hundredths of a per cent. Stock-tracked products count whole units."""

bundle_part = table(
    "bundle_part",
    to("product", "bundle_id"),
    to("product"),
    number("quantity"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    UniqueConstraint("bundle_id", "product_id"),
)

barcode = table(
    "barcode",
    Column("code", Text, primary_key=True),
    CheckConstraint("length(code) BETWEEN 1 AND 120", name="code_length"),
    to("product"),
    number("quantity", 10_000),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_barcode_product", "product_id"),
)
"""A scan of ``code`` stands for ``quantity`` units: a pack barcode counts its pack (R5.13)."""

offer = table(
    "offer",
    identity(),
    to("supplier"),
    to("product"),
    *words("supplier_sku", 60, default=""),
    *flag("is_primary"),
    number("pack_size", 10_000),
    number("minimum"),
    Column("lead_time_days", Integer),
    CheckConstraint("pack_size > 0", name="pack_size_positive"),
    CheckConstraint("minimum >= 0", name="minimum_not_negative"),
    version(),
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

offer_price = table(
    "offer_price",
    to("offer"),
    number("minimum"),
    number("cost"),
    CheckConstraint("minimum >= 0", name="minimum_not_negative"),
    CheckConstraint("cost >= 0", name="cost_not_negative"),
    UniqueConstraint("offer_id", "minimum"),
)
"""Unit cost from ``minimum`` units on, in the supplier's currency."""
