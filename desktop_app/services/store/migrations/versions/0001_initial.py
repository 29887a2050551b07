"""The first schema."""

from __future__ import annotations

from alembic import op

from desktop_app.services.store.objects import statements
from desktop_app.services.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    metadata.create_all(bind)
    for statement in statements(bind.dialect.name):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the copy made before the upgrade")
