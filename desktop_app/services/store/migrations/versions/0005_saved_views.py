"""Views of lists that people keep (SAL-01)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from desktop_app.services.store.kinds import BigInt

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shared", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("position", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("length(list_key) <= 40", name=op.f("ck_saved_view_list_key_length")),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_saved_view_name_length")),
        sa.CheckConstraint("shared IN (0, 1)", name=op.f("ck_saved_view_shared_flag")),
        sa.CheckConstraint(
            "length(conditions) <= 10000", name=op.f("ck_saved_view_conditions_length")
        ),
        sa.CheckConstraint("length(sort) <= 400", name=op.f("ck_saved_view_sort_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "list_key", "person_id", "name", name=op.f("uq_saved_view_list_key_person_id_name")
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the copy made before the upgrade")
