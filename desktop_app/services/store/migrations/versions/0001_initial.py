"""The first schema.

The search index holds trigrams on both engines.
"""
# ruff: noqa: S608 - the names are constants of this file

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desktop_app.services.store.kinds import BigInt, Day, Json, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tables()
    _indexes()
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the copy made before the upgrade")


def _tables() -> None:
    op.create_table(
        "change_note",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.CheckConstraint(
            "length(workstation) <= 120", name=op.f("ck_change_note_workstation_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_note")),
        sqlite_strict=True,
    )
    op.create_table(
        "company",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("database_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_company_single")),
        sa.CheckConstraint("is_sample IN (0, 1)", name=op.f("ck_company_is_sample_flag")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_company_currency_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_company_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sqlite_strict=True,
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_number", BigInt, server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
        sqlite_strict=True,
    )
    op.create_table(
        "currency",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("digits", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column("rate", BigInt, server_default=sa.text("100000000"), nullable=False),
        sa.CheckConstraint("digits BETWEEN 0 AND 4", name=op.f("ck_currency_digits_known")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_currency_rate_positive")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_currency")),
        sqlite_strict=True,
    )
    op.create_table(
        "customer",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("phone", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("has_credit_terms", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "has_credit_terms IN (0, 1)", name=op.f("ck_customer_has_credit_terms_flag")
        ),
        sa.CheckConstraint("length(address) <= 1000", name=op.f("ck_customer_address_length")),
        sa.CheckConstraint("length(email) <= 200", name=op.f("ck_customer_email_length")),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_customer_external_id_length")
        ),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_customer_name_length")),
        sa.CheckConstraint("length(phone) <= 60", name=op.f("ck_customer_phone_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customer_external_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_status",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_quote", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_cancelled", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_on_hold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_closed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("document IN ('SO', 'PO')", name=op.f("ck_order_status_document_known")),
        sa.CheckConstraint(
            "is_cancelled IN (0, 1)", name=op.f("ck_order_status_is_cancelled_flag")
        ),
        sa.CheckConstraint("is_closed IN (0, 1)", name=op.f("ck_order_status_is_closed_flag")),
        sa.CheckConstraint("is_on_hold IN (0, 1)", name=op.f("ck_order_status_is_on_hold_flag")),
        sa.CheckConstraint("is_quote IN (0, 1)", name=op.f("ck_order_status_is_quote_flag")),
        sa.CheckConstraint("length(colour) <= 7", name=op.f("ck_order_status_colour_length")),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_order_status_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_status")),
        sa.UniqueConstraint("document", "name", name=op.f("uq_order_status_document_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "person",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "role IN ('clerk', 'buyer', 'manager')", name=op.f("ck_person_role_known")
        ),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_person_active_flag")),
        sa.CheckConstraint("length(login) <= 60", name=op.f("ck_person_login_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_person_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
        sqlite_strict=True,
    )
    op.create_table(
        "product",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'stock'"), nullable=False),
        sa.Column("category", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("unit", sa.Text(), server_default=sa.text("'each'"), nullable=False),
        sa.Column("price", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax_rate", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("discontinued", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('stock', 'non_stock', 'service', 'bundle')",
            name=op.f("ck_product_kind_known"),
        ),
        sa.CheckConstraint("discontinued IN (0, 1)", name=op.f("ck_product_discontinued_flag")),
        sa.CheckConstraint("length(category) <= 200", name=op.f("ck_product_category_length")),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_product_external_id_length")
        ),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_product_name_length")),
        sa.CheckConstraint("length(sku) <= 60", name=op.f("ck_product_sku_length")),
        sa.CheckConstraint("length(unit) <= 30", name=op.f("ck_product_unit_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("external_id", name=op.f("uq_product_external_id")),
        sa.UniqueConstraint("sku", name=op.f("uq_product_sku")),
        sqlite_strict=True,
    )
    op.create_table(
        "setting",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_setting")),
        sqlite_strict=True,
    )
    op.create_table(
        "warehouse",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("active", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_warehouse_active_flag")),
        sa.CheckConstraint("length(address) <= 1000", name=op.f("ck_warehouse_address_length")),
        sa.CheckConstraint("length(code) <= 30", name=op.f("ck_warehouse_code_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_warehouse_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "barcode",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, server_default=sa.text("10000"), nullable=False),
        sa.CheckConstraint("length(code) BETWEEN 1 AND 120", name=op.f("ck_barcode_code_length")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_barcode_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_barcode_product_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_barcode")),
        sqlite_strict=True,
    )
    op.create_table(
        "bundle_part",
        sa.Column("bundle_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_bundle_part_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["product.id"],
            name=op.f("fk_bundle_part_bundle_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_bundle_part_product_id"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint(
            "bundle_id", "product_id", name=op.f("uq_bundle_part_bundle_id_product_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "channel",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=True),
        sa.Column("automatic_invoicing", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('shop', 'web', 'marketplace', 'trade')", name=op.f("ck_channel_kind_known")
        ),
        sa.CheckConstraint(
            "automatic_invoicing IN (0, 1)", name=op.f("ck_channel_automatic_invoicing_flag")
        ),
        sa.CheckConstraint("length(code) <= 30", name=op.f("ck_channel_code_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_channel_name_length")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_channel_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("code", name=op.f("uq_channel_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", BigInt, nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("request", Json(), nullable=True),
        sa.Column("result", Json(), nullable=True),
        sa.Column("undo", Json(), nullable=True),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.CheckConstraint("length(app_version) <= 40", name=op.f("ck_journal_app_version_length")),
        sa.CheckConstraint("length(command) <= 60", name=op.f("ck_journal_command_length")),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_journal_digest_length")),
        sa.CheckConstraint("length(id) = 36", name=op.f("ck_journal_id_length")),
        sa.CheckConstraint(
            "length(workstation) <= 120", name=op.f("ck_journal_workstation_length")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_journal_person_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["undoes"], ["journal.id"], name=op.f("fk_journal_undoes"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("seq", name=op.f("uq_journal_seq")),
        sa.UniqueConstraint("undoes", name=op.f("uq_journal_undoes")),
        sqlite_strict=True,
    )
    op.create_table(
        "location",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'stock'"), nullable=False),
        sa.Column("is_default", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("kind IN ('stock', 'quarantine')", name=op.f("ck_location_kind_known")),
        sa.CheckConstraint("is_default IN (0, 1)", name=op.f("ck_location_is_default_flag")),
        sa.CheckConstraint("length(code) <= 40", name=op.f("ck_location_code_length")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_location_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("warehouse_id", "code", name=op.f("uq_location_warehouse_id_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_level",
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("in_stock", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("allocated", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("quarantined", BigInt, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "allocated + quarantined <= in_stock", name=op.f("ck_stock_level_promised_in_stock")
        ),
        sa.CheckConstraint("allocated >= 0", name=op.f("ck_stock_level_allocated_not_negative")),
        sa.CheckConstraint("in_stock >= 0", name=op.f("ck_stock_level_in_stock_not_negative")),
        sa.CheckConstraint(
            "quarantined >= 0", name=op.f("ck_stock_level_quarantined_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_stock_level_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_level_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "product_id", name=op.f("pk_stock_level")),
        sqlite_strict=True,
    )
    op.create_table(
        "supplier",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("phone", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), server_default=sa.text("7"), nullable=False),
        sa.Column("active", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_supplier_active_flag")),
        sa.CheckConstraint(
            "lead_time_days BETWEEN 0 AND 3650", name=op.f("ck_supplier_lead_time_sane")
        ),
        sa.CheckConstraint("length(address) <= 1000", name=op.f("ck_supplier_address_length")),
        sa.CheckConstraint("length(email) <= 200", name=op.f("ck_supplier_email_length")),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_supplier_external_id_length")
        ),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_supplier_name_length")),
        sa.CheckConstraint("length(phone) <= 60", name=op.f("ck_supplier_phone_length")),
        sa.ForeignKeyConstraint(["currency"], ["currency.code"], name=op.f("fk_supplier_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("external_id", name=op.f("uq_supplier_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_supplier_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "note",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_id", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("params", Json(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("struck_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "document IN ('SO', 'PO', 'GI', 'PR')", name=op.f("ck_note_document_known")
        ),
        sa.CheckConstraint("length(kind) <= 60", name=op.f("ck_note_kind_length")),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_note_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_note_person_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["struck_by"], ["journal.id"], name=op.f("fk_note_struck_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sqlite_strict=True,
    )
    op.create_table(
        "offer",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("supplier_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("supplier_sku", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("is_primary", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pack_size", BigInt, server_default=sa.text("10000"), nullable=False),
        sa.Column("minimum", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("is_primary IN (0, 1)", name=op.f("ck_offer_is_primary_flag")),
        sa.CheckConstraint("length(supplier_sku) <= 60", name=op.f("ck_offer_supplier_sku_length")),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_offer_minimum_not_negative")),
        sa.CheckConstraint("pack_size > 0", name=op.f("ck_offer_pack_size_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_offer_product_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_offer_supplier_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint(
            "supplier_id", "product_id", name=op.f("uq_offer_supplier_id_product_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "purchase_batch",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.Column("sale_count", sa.Integer(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_purchase_batch_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_purchase_batch_person_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["journal.id"],
            name=op.f("fk_purchase_batch_undone_by"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_batch")),
        sqlite_strict=True,
    )
    op.create_table(
        "sale",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("placed_at", Utc(), nullable=False),
        sa.Column("customer_id", BigInt, nullable=False),
        sa.Column("channel_id", BigInt, nullable=True),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("status_id", BigInt, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("delivery_on", Day(), nullable=True),
        sa.Column("ship_complete", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("net", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("total", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("paid", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("row_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("allocation", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fulfilment", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipping", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("payment", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("invoiced", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("short", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("waits", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("search", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("allocation BETWEEN 0 AND 3", name=op.f("ck_sale_allocation_known")),
        sa.CheckConstraint("fulfilment BETWEEN 0 AND 3", name=op.f("ck_sale_fulfilment_known")),
        sa.CheckConstraint("invoiced IN (0, 1)", name=op.f("ck_sale_invoiced_flag")),
        sa.CheckConstraint("length(address) <= 1000", name=op.f("ck_sale_address_length")),
        sa.CheckConstraint("length(external_id) <= 120", name=op.f("ck_sale_external_id_length")),
        sa.CheckConstraint("length(reference) <= 200", name=op.f("ck_sale_reference_length")),
        sa.CheckConstraint("length(search) <= 600", name=op.f("ck_sale_search_length")),
        sa.CheckConstraint("payment BETWEEN 0 AND 3", name=op.f("ck_sale_payment_known")),
        sa.CheckConstraint("ship_complete IN (0, 1)", name=op.f("ck_sale_ship_complete_flag")),
        sa.CheckConstraint("shipping BETWEEN 0 AND 3", name=op.f("ck_sale_shipping_known")),
        sa.CheckConstraint("short >= 0", name=op.f("ck_sale_short_not_negative")),
        sa.CheckConstraint("waits IN (0, 1)", name=op.f("ck_sale_waits_flag")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_sale_channel_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["currency"], ["currency.code"], name=op.f("fk_sale_currency")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_sale_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["order_status.id"], name=op.f("fk_sale_status_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_sale_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale")),
        sa.UniqueConstraint("external_id", name=op.f("uq_sale_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_sale_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "setting_change",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("old_value", Json(), nullable=True),
        sa.Column("new_value", Json(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.CheckConstraint("length(key) <= 80", name=op.f("ck_setting_change_key_length")),
        sa.CheckConstraint("length(scope) <= 60", name=op.f("ck_setting_change_scope_length")),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_setting_change_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_change")),
        sqlite_strict=True,
    )
    op.create_table(
        "invoice",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("sale_id", BigInt, nullable=False),
        sa.Column("dated", Day(), nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_invoice_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_invoice_sale_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("sale_id", name=op.f("uq_invoice_sale_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "offer_price",
        sa.Column("offer_id", BigInt, nullable=False),
        sa.Column("minimum", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("cost", BigInt, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_offer_price_cost_not_negative")),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_offer_price_minimum_not_negative")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_price_offer_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint("offer_id", "minimum", name=op.f("uq_offer_price_offer_id_minimum")),
        sqlite_strict=True,
    )
    op.create_table(
        "payment",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("sale_id", BigInt, nullable=False),
        sa.Column("amount", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("method", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("paid_at", Utc(), nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_payment_external_id_length")
        ),
        sa.CheckConstraint("length(method) <= 40", name=op.f("ck_payment_method_length")),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_payment_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_payment_sale_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("external_id", name=op.f("uq_payment_external_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "purchase_order",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("supplier_id", BigInt, nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status_id", BigInt, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.Column("expected_on", Day(), nullable=True),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("drop_ship", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sale_id", BigInt, nullable=True),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("batch_id", BigInt, nullable=True),
        sa.Column("total", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("received", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("to_come", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("search", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'closed', 'cancelled')",
            name=op.f("ck_purchase_order_state_known"),
        ),
        sa.CheckConstraint(
            "drop_ship = 1 OR warehouse_id IS NOT NULL",
            name=op.f("ck_purchase_order_delivered_somewhere"),
        ),
        sa.CheckConstraint("drop_ship IN (0, 1)", name=op.f("ck_purchase_order_drop_ship_flag")),
        sa.CheckConstraint(
            "length(address) <= 1000", name=op.f("ck_purchase_order_address_length")
        ),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_purchase_order_external_id_length")
        ),
        sa.CheckConstraint(
            "length(reference) <= 200", name=op.f("ck_purchase_order_reference_length")
        ),
        sa.CheckConstraint("length(search) <= 600", name=op.f("ck_purchase_order_search_length")),
        sa.CheckConstraint(
            "received BETWEEN 0 AND 3", name=op.f("ck_purchase_order_received_known")
        ),
        sa.CheckConstraint("to_come >= 0", name=op.f("ck_purchase_order_to_come_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["purchase_batch.id"],
            name=op.f("fk_purchase_order_batch_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["currency"], ["currency.code"], name=op.f("fk_purchase_order_currency")
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_purchase_order_sale_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["order_status.id"],
            name=op.f("fk_purchase_order_status_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["supplier.id"],
            name=op.f("fk_purchase_order_supplier_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_purchase_order_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("external_id", name=op.f("uq_purchase_order_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "sale_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("sale_id", BigInt, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("product_id", BigInt, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("method", sa.Text(), server_default=sa.text("'order'"), nullable=False),
        sa.Column("bundle_row_id", BigInt, nullable=True),
        sa.Column("ordered", BigInt, nullable=False),
        sa.Column("price", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax_rate", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("net", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("fulfilled", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("shipped", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("drop_fulfilled", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("drop_shipped", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("opening_shipped", BigInt, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "kind = 'stock' OR (reserved = 0 AND fulfilled = 0 AND shipped = 0)",
            name=op.f("ck_sale_row_only_stock_moves"),
        ),
        sa.CheckConstraint(
            "kind IN ('stock', 'non_stock', 'service', 'text', 'bundle')",
            name=op.f("ck_sale_row_kind_known"),
        ),
        sa.CheckConstraint(
            "method IN ('now', 'ship_later', 'back_order', 'order')",
            name=op.f("ck_sale_row_method_known"),
        ),
        sa.CheckConstraint(
            "drop_shipped >= 0 AND drop_shipped <= drop_fulfilled AND drop_shipped <= shipped AND drop_fulfilled <= fulfilled AND drop_fulfilled - drop_shipped <= fulfilled - shipped",
            name=op.f("ck_sale_row_drop_ship_in_fulfilled"),
        ),
        sa.CheckConstraint(
            "length(description) <= 200", name=op.f("ck_sale_row_description_length")
        ),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_sale_row_external_id_length")
        ),
        sa.CheckConstraint(
            "opening_shipped >= 0 AND opening_shipped <= shipped",
            name=op.f("ck_sale_row_opening_in_shipped"),
        ),
        sa.CheckConstraint("ordered >= 0", name=op.f("ck_sale_row_ordered_not_negative")),
        sa.CheckConstraint(
            "reserved + fulfilled <= ordered", name=op.f("ck_sale_row_allocated_in_ordered")
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_sale_row_reserved_not_negative")),
        sa.CheckConstraint(
            "shipped >= 0 AND shipped <= fulfilled", name=op.f("ck_sale_row_shipped_in_fulfilled")
        ),
        sa.ForeignKeyConstraint(
            ["bundle_row_id"],
            ["sale_row.id"],
            name=op.f("fk_sale_row_bundle_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_sale_row_product_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_sale_row_sale_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_sale_row_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_row")),
        sa.UniqueConstraint("sale_id", "position", name=op.f("uq_sale_row_sale_id_position")),
        sqlite_strict=True,
    )
    op.create_table(
        "status_change",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("sale_id", BigInt, nullable=False),
        sa.Column("from_id", BigInt, nullable=False),
        sa.Column("to_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["order_status.id"],
            name=op.f("fk_status_change_from_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_status_change_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_status_change_sale_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["order_status.id"], name=op.f("fk_status_change_to_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
        sqlite_strict=True,
    )
    op.create_table(
        "goods_in",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("po_id", BigInt, nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("allocated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.CheckConstraint("allocated IN (0, 1)", name=op.f("ck_goods_in_allocated_flag")),
        sa.CheckConstraint("length(reference) <= 120", name=op.f("ck_goods_in_reference_length")),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_goods_in_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_goods_in_person_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["po_id"], ["purchase_order.id"], name=op.f("fk_goods_in_po_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_goods_in_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_in")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_in_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "goods_out",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sale_id", BigInt, nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=True),
        sa.Column("po_id", BigInt, nullable=True),
        sa.Column("shipped_at", Utc(), nullable=True),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('goods_out', 'drop_ship')", name=op.f("ck_goods_out_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_goods_out_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["po_id"], ["purchase_order.id"], name=op.f("fk_goods_out_po_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_goods_out_sale_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_goods_out_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_out")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_out_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "purchase_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("po_id", BigInt, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("supplier_sku", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("ordered", BigInt, nullable=False),
        sa.Column("received", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("opening_received", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("over_allowed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("total", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("expected_on", Day(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "length(external_id) <= 120", name=op.f("ck_purchase_row_external_id_length")
        ),
        sa.CheckConstraint(
            "length(supplier_sku) <= 60", name=op.f("ck_purchase_row_supplier_sku_length")
        ),
        sa.CheckConstraint(
            "opening_received >= 0 AND opening_received <= received",
            name=op.f("ck_purchase_row_opening_in_received"),
        ),
        sa.CheckConstraint("ordered > 0", name=op.f("ck_purchase_row_ordered_positive")),
        sa.CheckConstraint(
            "over_allowed IN (0, 1)", name=op.f("ck_purchase_row_over_allowed_flag")
        ),
        sa.CheckConstraint(
            "received <= ordered OR over_allowed = 1",
            name=op.f("ck_purchase_row_received_in_ordered"),
        ),
        sa.CheckConstraint("received >= 0", name=op.f("ck_purchase_row_received_not_negative")),
        sa.ForeignKeyConstraint(
            ["po_id"],
            ["purchase_order.id"],
            name=op.f("fk_purchase_row_po_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_purchase_row_product_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_row")),
        sa.UniqueConstraint("external_id", name=op.f("uq_purchase_row_external_id")),
        sa.UniqueConstraint("po_id", "position", name=op.f("uq_purchase_row_po_id_position")),
        sqlite_strict=True,
    )
    op.create_table(
        "receipt_draft",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("po_id", BigInt, nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("allocate", sa.Integer(), nullable=True),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("location_id", BigInt, nullable=True),
        sa.CheckConstraint(
            "length(reference) <= 120", name=op.f("ck_receipt_draft_reference_length")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name=op.f("fk_receipt_draft_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_receipt_draft_person_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["po_id"],
            ["purchase_order.id"],
            name=op.f("fk_receipt_draft_po_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_receipt_draft_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_draft")),
        sa.UniqueConstraint("po_id", name=op.f("uq_receipt_draft_po_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "goods_in_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("goods_in_id", BigInt, nullable=False),
        sa.Column("po_row_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("location_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_in_row_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["goods_in_id"],
            ["goods_in.id"],
            name=op.f("fk_goods_in_row_goods_in_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name=op.f("fk_goods_in_row_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["po_row_id"],
            ["purchase_row.id"],
            name=op.f("fk_goods_in_row_po_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_goods_in_row_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["journal.id"],
            name=op.f("fk_goods_in_row_undone_by"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_in_row")),
        sqlite_strict=True,
    )
    op.create_table(
        "goods_out_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("goods_out_id", BigInt, nullable=False),
        sa.Column("sale_row_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_out_row_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["goods_out_id"],
            ["goods_out.id"],
            name=op.f("fk_goods_out_row_goods_out_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sale_row_id"],
            ["sale_row.id"],
            name=op.f("fk_goods_out_row_sale_row_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_out_row")),
        sa.UniqueConstraint(
            "goods_out_id", "sale_row_id", name=op.f("uq_goods_out_row_goods_out_id_sale_row_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "peg",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("po_row_id", BigInt, nullable=False),
        sa.Column("sale_row_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("live", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.CheckConstraint("live >= 0 AND live <= quantity", name=op.f("ck_peg_live_in_quantity")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_peg_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_peg_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["po_row_id"], ["purchase_row.id"], name=op.f("fk_peg_po_row_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sale_row_id"], ["sale_row.id"], name=op.f("fk_peg_sale_row_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peg")),
        sa.UniqueConstraint("po_row_id", "sale_row_id", name=op.f("uq_peg_po_row_id_sale_row_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "receipt_scan",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("draft_id", BigInt, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("po_row_id", BigInt, nullable=True),
        sa.Column("location_id", BigInt, nullable=True),
        sa.Column("units", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("undone", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "effect IN ('counted', 'extra', 'set', 'bin', 'not_on_order', 'unknown', 'undone')",
            name=op.f("ck_receipt_scan_effect_known"),
        ),
        sa.CheckConstraint("length(code) <= 120", name=op.f("ck_receipt_scan_code_length")),
        sa.CheckConstraint("undone IN (0, 1)", name=op.f("ck_receipt_scan_undone_flag")),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["receipt_draft.id"],
            name=op.f("fk_receipt_scan_draft_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name=op.f("fk_receipt_scan_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_receipt_scan_person_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["po_row_id"],
            ["purchase_row.id"],
            name=op.f("fk_receipt_scan_po_row_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_scan")),
        sqlite_strict=True,
    )
    op.create_table(
        "movement",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("location_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("cost", BigInt, nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("goods_in_row_id", BigInt, nullable=True),
        sa.Column("goods_out_row_id", BigInt, nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reverses", BigInt, nullable=True),
        sa.CheckConstraint(
            "kind IN ('opening', 'receipt', 'shipment', 'correction', 'transfer_out', 'transfer_in', 'return')",
            name=op.f("ck_movement_kind_known"),
        ),
        sa.CheckConstraint("length(reason) <= 200", name=op.f("ck_movement_reason_length")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_movement_quantity_not_zero")),
        sa.ForeignKeyConstraint(
            ["goods_in_row_id"],
            ["goods_in_row.id"],
            name=op.f("fk_movement_goods_in_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["goods_out_row_id"],
            ["goods_out_row.id"],
            name=op.f("fk_movement_goods_out_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_movement_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name=op.f("fk_movement_location_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_movement_product_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reverses"], ["movement.id"], name=op.f("fk_movement_reverses"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_movement_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
        sa.UniqueConstraint("reverses", name=op.f("uq_movement_reverses")),
        sqlite_strict=True,
    )
    op.create_table(
        "sale_event",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("sale_row_id", BigInt, nullable=False),
        sa.Column("d_reserved", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("d_fulfilled", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("d_shipped", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("goods_in_row_id", BigInt, nullable=True),
        sa.CheckConstraint(
            "d_reserved <> 0 OR d_fulfilled <> 0 OR d_shipped <> 0",
            name=op.f("ck_sale_event_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["goods_in_row_id"],
            ["goods_in_row.id"],
            name=op.f("fk_sale_event_goods_in_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_sale_event_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sale_row_id"],
            ["sale_row.id"],
            name=op.f("fk_sale_event_sale_row_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_event")),
        sqlite_strict=True,
    )


def _indexes() -> None:
    op.create_index("ix_customer_name", "customer", ["name"])
    op.create_index("ix_barcode_product", "barcode", ["product_id"])
    op.create_index("ix_stock_level_product", "stock_level", ["product_id"])
    op.create_index("ix_note_document", "note", ["document", "document_id", "id"])
    op.create_index("ix_note_journal", "note", ["journal_id"])
    op.create_index("ix_offer_product", "offer", ["product_id", "supplier_id"])
    op.create_index(
        "ux_offer_primary",
        "offer",
        ["product_id"],
        unique=True,
        sqlite_where=sa.text("is_primary = 1"),
        postgresql_where=sa.text("is_primary = 1"),
    )
    op.create_index(
        "ix_sale_allocation_recent",
        "sale",
        ["allocation", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_sale_channel_recent",
        "sale",
        ["channel_id", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_sale_customer_recent",
        "sale",
        ["customer_id", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_sale_fulfilment_recent",
        "sale",
        ["fulfilment", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_sale_invoiced_recent",
        "sale",
        ["invoiced", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_sale_payment_recent", "sale", ["payment", sa.text("placed_at DESC"), sa.text("id DESC")]
    )
    op.create_index("ix_sale_recent", "sale", [sa.text("placed_at DESC"), sa.text("id DESC")])
    op.create_index(
        "ix_sale_shipping_recent",
        "sale",
        ["shipping", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_sale_short",
        "sale",
        [sa.text("placed_at DESC"), sa.text("id DESC")],
        sqlite_where=sa.text("short > 0 AND waits = 1"),
        postgresql_where=sa.text("short > 0 AND waits = 1"),
    )
    op.create_index(
        "ix_sale_short_recent", "sale", ["short", sa.text("placed_at DESC"), sa.text("id DESC")]
    )
    op.create_index(
        "ix_sale_status_recent",
        "sale",
        ["status_id", sa.text("placed_at DESC"), sa.text("id DESC")],
    )
    op.create_index("ix_sale_total", "sale", ["total", "id"])
    op.create_index("ix_setting_change_key", "setting_change", ["scope", "key", "id"])
    op.create_index("ix_payment_sale", "payment", ["sale_id"])
    op.create_index("ix_purchase_order_batch", "purchase_order", ["batch_id"])
    op.create_index("ix_purchase_order_expected", "purchase_order", ["expected_on", "id"])
    op.create_index(
        "ix_purchase_order_recent",
        "purchase_order",
        [sa.text("created_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_purchase_order_state",
        "purchase_order",
        ["state", sa.text("created_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_purchase_order_supplier",
        "purchase_order",
        ["supplier_id", sa.text("created_at DESC"), sa.text("id DESC")],
    )
    op.create_index("ix_sale_row_product", "sale_row", ["product_id", "sale_id"])
    op.create_index(
        "ix_sale_row_waiting",
        "sale_row",
        ["product_id", "warehouse_id", "sale_id"],
        sqlite_where=sa.text("kind = 'stock' AND ordered > reserved + fulfilled"),
        postgresql_where=sa.text("kind = 'stock' AND ordered > reserved + fulfilled"),
    )
    op.create_index(
        "ux_sale_row_external",
        "sale_row",
        ["external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index("ix_status_change_journal", "status_change", ["journal_id"])
    op.create_index("ix_status_change_sale", "status_change", ["sale_id"])
    op.create_index("ix_goods_in_po", "goods_in", ["po_id"])
    op.create_index("ux_goods_in_reference", "goods_in", ["po_id", "reference"], unique=True)
    op.create_index("ix_goods_out_sale", "goods_out", ["sale_id"])
    op.create_index(
        "ix_purchase_row_open",
        "purchase_row",
        ["product_id", "po_id"],
        sqlite_where=sa.text("ordered > received"),
        postgresql_where=sa.text("ordered > received"),
    )
    op.create_index("ix_purchase_row_po", "purchase_row", ["po_id"])
    op.create_index("ix_goods_in_row_note", "goods_in_row", ["goods_in_id"])
    op.create_index("ix_goods_in_row_po_row", "goods_in_row", ["po_row_id"])
    op.create_index("ix_goods_out_row_sale_row", "goods_out_row", ["sale_row_id"])
    op.create_index(
        "ix_peg_live",
        "peg",
        ["sale_row_id", "po_row_id"],
        sqlite_where=sa.text("live > 0"),
        postgresql_where=sa.text("live > 0"),
    )
    op.create_index("ix_peg_sale_row", "peg", ["sale_row_id"])
    op.create_index("ix_receipt_scan_draft", "receipt_scan", ["draft_id", "id"])
    op.create_index("ix_movement_goods_in_row", "movement", ["goods_in_row_id"])
    op.create_index("ix_movement_goods_out_row", "movement", ["goods_out_row_id"])
    op.create_index("ix_movement_product", "movement", ["product_id", "warehouse_id", "id"])
    op.create_index("ix_sale_event_goods_in_row", "sale_event", ["goods_in_row_id"])
    op.create_index("ix_sale_event_journal", "sale_event", ["journal_id"])
    op.create_index("ix_sale_event_row", "sale_event", ["sale_row_id"])


APPEND_ONLY = ("movement", "sale_event", "status_change", "setting_change")
SEARCHED = ("sale", "purchase_order")


def _guards(dialect: str) -> list[str]:
    """Append-only ledgers, and the search index of each engine, kept by triggers."""
    return _postgres() if dialect == "postgresql" else _sqlite()


def _sqlite() -> list[str]:
    made = []
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN"
                f" SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for table in SEARCHED:
        fts = f"{table}_search"
        made += [
            f"CREATE VIRTUAL TABLE {fts} USING fts5(search, content='{table}', content_rowid='id',"
            " tokenize='trigram', detail='none')",
            f"CREATE TRIGGER {fts}_insert AFTER INSERT ON {table} BEGIN"
            f" INSERT INTO {fts}(rowid, search) VALUES (new.id, new.search); END",
            f"CREATE TRIGGER {fts}_update AFTER UPDATE OF search ON {table}"
            " WHEN old.search IS NOT new.search BEGIN"
            f" INSERT INTO {fts}({fts}, rowid, search) VALUES ('delete', old.id, old.search);"
            f" INSERT INTO {fts}(rowid, search) VALUES (new.id, new.search); END",
            f"CREATE TRIGGER {fts}_delete AFTER DELETE ON {table} BEGIN"
            f" INSERT INTO {fts}({fts}, rowid, search) VALUES ('delete', old.id, old.search); END",
        ]
    return made


def _postgres() -> list[str]:
    made = [
        "CREATE SEQUENCE journal_seq",
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME; END'",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    ]
    made += [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
    made += [
        f"CREATE INDEX {table}_search ON {table} USING gin (search gin_trgm_ops)"
        for table in SEARCHED
    ]
    return made
