"""Shop orders, credits, steps of goods-out notes, drop-ship links, transfers, counts."""
# ruff: noqa: S608 - the names are constants of this file

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desktop_app.services.store.kinds import BigInt, Json, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTERS = ("credit", "transfer", "stock_count")


def upgrade() -> None:
    _shop_tables()
    _moving_tables()
    _indexes()
    if op.get_bind().dialect.name == "postgresql":
        _widen_notes()
    else:
        _copy_notes()
    # A new database has no counters yet: setting up the company writes them all.
    for name in COUNTERS:
        op.execute(
            "INSERT INTO counter (name, next_number)"
            f" SELECT '{name}', 1 WHERE EXISTS (SELECT 1 FROM counter)"
        )


def downgrade() -> None:
    raise NotImplementedError("restore the copy made before the upgrade")


DOCUMENTS = "document IN ('SO', 'PO', 'GI', 'PR', 'SC', 'TR')"


def _widen_notes() -> None:
    op.drop_constraint(op.f("ck_note_document_known"), "note", type_="check")
    op.create_check_constraint(op.f("ck_note_document_known"), "note", sa.text(DOCUMENTS))


def _copy_notes() -> None:
    """SQLite cannot change a CHECK: write the table anew; no other table refers to it."""
    op.drop_index("ix_note_document", "note")
    op.drop_index("ix_note_journal", "note")
    op.rename_table("note", "note_before")
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
            "document IN ('SO', 'PO', 'GI', 'PR', 'SC', 'TR')", name=op.f("ck_note_document_known")
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
    op.execute("INSERT INTO note SELECT * FROM note_before")
    op.drop_table("note_before")
    op.create_index("ix_note_document", "note", ["document", "document_id", "id"])
    op.create_index("ix_note_journal", "note", ["journal_id"])


def _shop_tables() -> None:
    op.create_table(
        "pos_message",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("channel_code", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("till", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("params", Json(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.Column("journal_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "source IN ('folder', 'command', 'http', 'screen')",
            name=op.f("ck_pos_message_source_known"),
        ),
        sa.CheckConstraint(
            "state IN ('new', 'applied', 'repeated', 'waiting', 'parked', 'refused', 'differs', 'dismissed')",
            name=op.f("ck_pos_message_state_known"),
        ),
        sa.CheckConstraint(
            "length(channel_code) <= 30", name=op.f("ck_pos_message_channel_code_length")
        ),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_pos_message_digest_length")),
        sa.CheckConstraint("length(format) <= 30", name=op.f("ck_pos_message_format_length")),
        sa.CheckConstraint(
            "length(message_key) <= 200", name=op.f("ck_pos_message_message_key_length")
        ),
        sa.CheckConstraint("length(reason) <= 60", name=op.f("ck_pos_message_reason_length")),
        sa.CheckConstraint("length(till) <= 60", name=op.f("ck_pos_message_till_length")),
        sa.CheckConstraint(
            "length(waits_for) <= 200", name=op.f("ck_pos_message_waits_for_length")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_pos_message_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pos_message")),
        sa.UniqueConstraint(
            "channel_code",
            "message_key",
            "digest",
            name=op.f("uq_pos_message_channel_code_message_key_digest"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "credit",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("placed_at", Utc(), nullable=False),
        sa.Column("customer_id", BigInt, nullable=False),
        sa.Column("channel_id", BigInt, nullable=True),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("sale_id", BigInt, nullable=True),
        sa.Column("exchange_id", BigInt, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("net", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("total", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("refunded", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("payment", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("length(external_id) <= 200", name=op.f("ck_credit_external_id_length")),
        sa.CheckConstraint("length(reference) <= 200", name=op.f("ck_credit_reference_length")),
        sa.CheckConstraint("payment BETWEEN 0 AND 3", name=op.f("ck_credit_payment_known")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_credit_channel_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["currency"], ["currency.code"], name=op.f("fk_credit_currency")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name=op.f("fk_credit_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["sale.id"], name=op.f("fk_credit_exchange_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_credit_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_credit_sale_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_credit_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit")),
        sa.UniqueConstraint("external_id", name=op.f("uq_credit_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "credit_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("credit_id", BigInt, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sale_row_id", BigInt, nullable=True),
        sa.Column("product_id", BigInt, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("price", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax_rate", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("net", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("tax", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "disposition IN ('restock', 'quarantine', 'write_off', 'none')",
            name=op.f("ck_credit_row_disposition_known"),
        ),
        sa.CheckConstraint(
            "kind = 'stock' OR disposition = 'none'", name=op.f("ck_credit_row_only_stock_returns")
        ),
        sa.CheckConstraint(
            "kind IN ('stock', 'non_stock', 'service', 'text')",
            name=op.f("ck_credit_row_kind_known"),
        ),
        sa.CheckConstraint(
            "length(description) <= 200", name=op.f("ck_credit_row_description_length")
        ),
        sa.CheckConstraint("length(reason) <= 60", name=op.f("ck_credit_row_reason_length")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_credit_row_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["credit_id"], ["credit.id"], name=op.f("fk_credit_row_credit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_credit_row_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sale_row_id"],
            ["sale_row.id"],
            name=op.f("fk_credit_row_sale_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_credit_row_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_row")),
        sa.UniqueConstraint("credit_id", "position", name=op.f("uq_credit_row_credit_id_position")),
        sqlite_strict=True,
    )
    op.create_table(
        "credit_movement",
        sa.Column("movement_id", BigInt, nullable=False),
        sa.Column("credit_row_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_row_id"],
            ["credit_row.id"],
            name=op.f("fk_credit_movement_credit_row_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["movement.id"], name=op.f("fk_credit_movement_movement_id")
        ),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_credit_movement")),
        sqlite_strict=True,
    )
    op.create_table(
        "refund",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("credit_id", BigInt, nullable=False),
        sa.Column("amount", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("method", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("paid_at", Utc(), nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.CheckConstraint("length(external_id) <= 200", name=op.f("ck_refund_external_id_length")),
        sa.CheckConstraint("length(method) <= 40", name=op.f("ck_refund_method_length")),
        sa.ForeignKeyConstraint(
            ["credit_id"], ["credit.id"], name=op.f("fk_refund_credit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_refund_journal_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("external_id", name=op.f("uq_refund_external_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "pos_order",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("message_id", BigInt, nullable=False),
        sa.Column("channel_id", BigInt, nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sale_id", BigInt, nullable=True),
        sa.Column("credit_id", BigInt, nullable=True),
        sa.Column("till", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("cashier", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("receipt", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rung_at", Utc(), nullable=True),
        sa.Column("time", sa.Text(), server_default=sa.text("'till'"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'sale' AND sale_id IS NOT NULL AND credit_id IS NULL) OR (kind = 'refund' AND credit_id IS NOT NULL AND sale_id IS NULL)",
            name=op.f("ck_pos_order_names_its_order"),
        ),
        sa.CheckConstraint("kind IN ('sale', 'refund')", name=op.f("ck_pos_order_kind_known")),
        sa.CheckConstraint("time IN ('till', 'arrival')", name=op.f("ck_pos_order_time_known")),
        sa.CheckConstraint("length(cashier) <= 120", name=op.f("ck_pos_order_cashier_length")),
        sa.CheckConstraint("length(receipt) <= 120", name=op.f("ck_pos_order_receipt_length")),
        sa.CheckConstraint("length(till) <= 60", name=op.f("ck_pos_order_till_length")),
        sa.CheckConstraint(
            "length(transaction_id) <= 200", name=op.f("ck_pos_order_transaction_id_length")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channel.id"],
            name=op.f("fk_pos_order_channel_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["credit_id"], ["credit.id"], name=op.f("fk_pos_order_credit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["pos_message.id"],
            name=op.f("fk_pos_order_message_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"], ["sale.id"], name=op.f("fk_pos_order_sale_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pos_order")),
        sa.UniqueConstraint(
            "channel_id",
            "transaction_id",
            "kind",
            name=op.f("uq_pos_order_channel_id_transaction_id_kind"),
        ),
        sa.UniqueConstraint("credit_id", name=op.f("uq_pos_order_credit_id")),
        sa.UniqueConstraint("sale_id", name=op.f("uq_pos_order_sale_id")),
        sqlite_strict=True,
    )


def _moving_tables() -> None:
    op.create_table(
        "goods_out_step",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("goods_out_id", BigInt, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "step IN ('printed', 'picked', 'packed', 'shipped')",
            name=op.f("ck_goods_out_step_step_known"),
        ),
        sa.CheckConstraint(
            "length(reference) <= 120", name=op.f("ck_goods_out_step_reference_length")
        ),
        sa.ForeignKeyConstraint(
            ["goods_out_id"],
            ["goods_out.id"],
            name=op.f("fk_goods_out_step_goods_out_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["journal.id"],
            name=op.f("fk_goods_out_step_journal_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_goods_out_step_person_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["journal.id"],
            name=op.f("fk_goods_out_step_undone_by"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_out_step")),
        sqlite_strict=True,
    )
    op.create_table(
        "drop_ship_row",
        sa.Column("goods_out_row_id", BigInt, nullable=False),
        sa.Column("po_row_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["goods_out_row_id"],
            ["goods_out_row.id"],
            name=op.f("fk_drop_ship_row_goods_out_row_id"),
        ),
        sa.ForeignKeyConstraint(
            ["po_row_id"],
            ["purchase_row.id"],
            name=op.f("fk_drop_ship_row_po_row_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("goods_out_row_id", name=op.f("pk_drop_ship_row")),
        sqlite_strict=True,
    )
    op.create_table(
        "transfer",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("from_id", BigInt, nullable=False),
        sa.Column("to_id", BigInt, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("sent_at", Utc(), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("journal_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('sent', 'received', 'closed', 'cancelled')",
            name=op.f("ck_transfer_state_known"),
        ),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_transfer_two_places")),
        sa.CheckConstraint("length(reference) <= 200", name=op.f("ck_transfer_reference_length")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["warehouse.id"], name=op.f("fk_transfer_from_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_transfer_journal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_transfer_person_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["warehouse.id"], name=op.f("fk_transfer_to_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("number", name=op.f("uq_transfer_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "transfer_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("transfer_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("received", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("lost", BigInt, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_row_quantity_positive")),
        sa.CheckConstraint(
            "received >= 0 AND lost >= 0 AND received + lost <= quantity",
            name=op.f("ck_transfer_row_arrived_in_sent"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_transfer_row_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfer.id"],
            name=op.f("fk_transfer_row_transfer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_row")),
        sa.UniqueConstraint(
            "transfer_id", "product_id", name=op.f("uq_transfer_row_transfer_id_product_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "transfer_movement",
        sa.Column("movement_id", BigInt, nullable=False),
        sa.Column("transfer_row_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["movement.id"], name=op.f("fk_transfer_movement_movement_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_row_id"],
            ["transfer_row.id"],
            name=op.f("fk_transfer_movement_transfer_row_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_transfer_movement")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_count",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("warehouse_id", BigInt, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.Column("posted_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'posted', 'abandoned')", name=op.f("ck_stock_count_state_known")
        ),
        sa.CheckConstraint("length(title) <= 200", name=op.f("ck_stock_count_title_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_stock_count_person_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["posted_by"],
            ["journal.id"],
            name=op.f("fk_stock_count_posted_by"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
            name=op.f("fk_stock_count_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_count_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_count_row",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("stock_count_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("counted", BigInt, nullable=True),
        sa.Column("expected", BigInt, nullable=True),
        sa.Column("counted_at", Utc(), nullable=True),
        sa.Column("person_id", BigInt, nullable=True),
        sa.CheckConstraint(
            "(counted IS NULL) = (expected IS NULL)",
            name=op.f("ck_stock_count_row_counted_with_expected"),
        ),
        sa.CheckConstraint(
            "counted IS NULL OR counted >= 0", name=op.f("ck_stock_count_row_counted_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_stock_count_row_person_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_stock_count_row_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stock_count_id"],
            ["stock_count.id"],
            name=op.f("fk_stock_count_row_stock_count_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_row")),
        sa.UniqueConstraint(
            "stock_count_id",
            "product_id",
            name=op.f("uq_stock_count_row_stock_count_id_product_id"),
        ),
        sqlite_strict=True,
    )


def _indexes() -> None:
    # With the currency it answers the sums of all sales too.
    op.drop_index("ix_sale_total", "sale")
    op.create_index("ix_sale_total", "sale", ["total", "id", "currency"])
    op.create_index(
        "ix_pos_message_new",
        "pos_message",
        ["id"],
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index("ix_pos_message_state", "pos_message", ["state", sa.text("id DESC")])
    op.create_index(
        "ix_pos_message_waiting",
        "pos_message",
        ["channel_code", "waits_for"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ux_pos_message_key",
        "pos_message",
        ["channel_code", "message_key"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('differs', 'dismissed')"),
        postgresql_where=sa.text("state NOT IN ('differs', 'dismissed')"),
    )
    op.create_index(
        "ix_customer_email",
        "customer",
        [sa.text("lower(email)")],
        sqlite_where=sa.text("email <> ''"),
        postgresql_where=sa.text("email <> ''"),
    )
    op.create_index(
        "ix_purchase_order_drop_ship",
        "purchase_order",
        [sa.text("created_at DESC"), sa.text("id DESC")],
        sqlite_where=sa.text("drop_ship = 1"),
        postgresql_where=sa.text("drop_ship = 1"),
    )
    op.create_index("ix_credit_exchange", "credit", ["exchange_id"])
    op.create_index("ix_credit_recent", "credit", [sa.text("placed_at DESC"), sa.text("id DESC")])
    op.create_index("ix_credit_sale", "credit", ["sale_id"])
    op.create_index("ix_credit_row_sale_row", "credit_row", ["sale_row_id"])
    op.create_index("ix_credit_movement_row", "credit_movement", ["credit_row_id"])
    op.create_index("ix_refund_credit", "refund", ["credit_id"])
    op.create_index("ix_pos_order_message", "pos_order", ["message_id"])
    op.create_index("ix_goods_out_step_journal", "goods_out_step", ["journal_id"])
    op.create_index(
        "ux_goods_out_step_live",
        "goods_out_step",
        ["goods_out_id", "step"],
        unique=True,
        sqlite_where=sa.text("undone_by IS NULL"),
        postgresql_where=sa.text("undone_by IS NULL"),
    )
    op.create_index("ix_drop_ship_row_po_row", "drop_ship_row", ["po_row_id"])
    op.create_index("ix_transfer_state", "transfer", ["state", sa.text("id DESC")])
    op.create_index(
        "ix_transfer_row_in_transit",
        "transfer_row",
        ["product_id", "transfer_id"],
        sqlite_where=sa.text("quantity > received + lost"),
        postgresql_where=sa.text("quantity > received + lost"),
    )
    op.create_index("ix_transfer_movement_row", "transfer_movement", ["transfer_row_id"])
    op.create_index("ix_stock_count_state", "stock_count", ["state", sa.text("id DESC")])
    op.create_index(
        "ix_sale_row_exception",
        "sale_row",
        ["sale_id", "method"],
        sqlite_where=sa.text(
            "method IN ('now', 'ship_later') AND kind = 'stock' AND ordered > reserved + fulfilled"
        ),
        postgresql_where=sa.text(
            "method IN ('now', 'ship_later') AND kind = 'stock' AND ordered > reserved + fulfilled"
        ),
    )
