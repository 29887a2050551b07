"""Alembic's entry: always in process, on the connection the program hands over."""

from __future__ import annotations

from alembic import context

from desktop_app.services.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
