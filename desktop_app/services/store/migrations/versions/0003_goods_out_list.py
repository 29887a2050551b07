"""Indexes for the list of goods-out notes: what is open, what has left, by warehouse."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN_NOTE = "kind = 'goods_out' AND shipped_at IS NULL"


def upgrade() -> None:
    op.create_index(
        "ix_goods_out_open",
        "goods_out",
        ["number", "id"],
        sqlite_where=sa.text(OPEN_NOTE),
        postgresql_where=sa.text(OPEN_NOTE),
    )
    op.create_index(
        "ix_goods_out_shipped",
        "goods_out",
        ["shipped_at", "id"],
        sqlite_where=sa.text("shipped_at IS NOT NULL"),
        postgresql_where=sa.text("shipped_at IS NOT NULL"),
    )
    op.create_index("ix_goods_out_warehouse", "goods_out", ["warehouse_id", "number", "id"])


def downgrade() -> None:
    raise NotImplementedError("restore the copy made before the upgrade")
