"""Damaged units of a delivery being counted, beside the entries of its scan log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desktop_app.services.store.kinds import BigInt

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt_damage",
        sa.Column("scan_id", BigInt, nullable=False),
        sa.Column("units", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) <= 200", name=op.f("ck_receipt_damage_reason_length")),
        sa.CheckConstraint("units <> 0", name=op.f("ck_receipt_damage_units_not_zero")),
        sa.ForeignKeyConstraint(
            ["scan_id"],
            ["receipt_scan.id"],
            name=op.f("fk_receipt_damage_scan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_receipt_damage")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy made before the upgrade")
