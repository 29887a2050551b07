"""Error code to sentence: what happened, what it means, what to do.

One table; a test holds it together with the codes raised in the services.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from desktop_app.models.formats import quantity
from desktop_app.services.access import Permission, roles_that_may
from desktop_app.services.errors import NotAllowed, ServiceError, Unavailable

from .messages_billing import BILLING
from .messages_drop_ship import DROP_SHIP
from .messages_goods_out import GOODS_OUT
from .messages_intake import INTAKE
from .messages_moving import MOVING
from .messages_purchasing import PURCHASING
from .messages_receiving import RECEIVING
from .messages_sales import SALES
from .messages_shop import SHOP
from .messages_views import VIEWS

Said = str | Callable[[dict[str, Any]], str]

REASONS = {
    "busy": "another program or person is using it",
    "disk_full": "the disk is full",
    "read_only": "the file or its folder is read-only",
    "disk_error": "the disk reported an error",
    "damaged": "the file is damaged",
    "too_slow": "it took too long",
    "away": "the connection is lost",
}

SENTENCES: dict[str, Said] = {
    # importing files
    "import_has_problems": lambda p: (
        f"The files hold {p['count']} problems. Nothing was imported. Put them right and check again."
    ),
    "import_changed": "The database has changed since the files were checked. Nothing was imported. Check again.",
    "unknown_mapping": lambda p: (
        f"There is no mapping “{p['name']}”. Known are {', '.join(p['known'])}; a file of your own ends in .toml."
    ),
    "mapping_unreadable": "The mapping {name} cannot be read ({reason}).",
    "mapping_wrong": lambda p: (
        f"The mapping {p['name']} is not right{' at ' + p['where'] if p['where'] else ''}: {p['reason']}."
    ),
    # opening a database
    "missing_file": "There is no file at {path}. Choose another file or start a new company.",
    "not_a_file": "{path} is a folder, not a Backroom file. Choose a file.",
    "empty_file": "{path} is empty: it is not a Backroom file, or its copy was cut short. Choose another file or restore a backup.",
    "foreign_file": "{path} is not a Backroom file. Choose another file.",
    "unreadable_file": "{path} cannot be read ({reason}). Check who may open it.",
    "unwritable_place": "Nothing can be written beside {path} ({reason}). Choose a folder of your own.",
    "newer_schema": "This database was written by a newer Backroom (schema {found}; this program knows {known}). Install the newer version to open it.",
    "migration_failed": "The database could not be brought up to date and was left as it was. A copy lies beside it.",
    "in_use": "{path} is in use by {by}. Close Backroom there first: one file is for one program. Several workstations need a PostgreSQL server.",
    "network_place": "{path} lies on a network drive ({kind}), where files like this get damaged. Keep it on this computer; several workstations need a PostgreSQL server.",
    "damaged_file": "{path} is damaged ({reason}). Nothing was changed. Restore a backup.",
    "file_exists": "{path} is already there. Choose another name, or open it.",
    "database_not_empty": "That database already holds tables. Choose an empty one.",
    "empty_database": "That database holds no company yet. Set it up first.",
    "server_away": "The server {host} does not answer. Check the network, then try again.",
    "database_unavailable": lambda p: (
        f"Nothing was changed: the database did not answer ({REASONS.get(p.get('reason', ''), 'reason unknown')}). Try again."
    ),
    # setting up, signing in
    "already_set_up": "This database already holds a company. Open it instead.",
    "company_name_missing": "Type the name of the company.",
    "unknown_currency": "“{currency}” is not a currency code. Type three capital letters, for example GBP.",
    "warehouse_missing": "Name at least one warehouse.",
    "unknown_person": "Nobody with the login “{login}” may sign in here. Ask a manager.",
    # commands
    "stopped": "Stopped. Nothing was changed.",
    "id_reused": "This was sent before with other content. Nothing was changed. Close the window and begin again.",
    "cannot_undo": "This cannot be undone. Nothing was changed.",
    "already_undone": "“{command}” was undone already. Nothing was changed.",
    "unknown_status": "That status does not exist any more. Choose another.",
    "status_cancels": "That status cancels or revives sales. Use Cancel sale for it.",
    **RECEIVING,
    **PURCHASING,
    **SALES,
    **BILLING,
    **GOODS_OUT,
    **DROP_SHIP,
    **MOVING,
    **SHOP,
    **INTAKE,
    **VIEWS,
}


def sentence(error: ServiceError) -> str:
    """Return the sentence for a refusal, ready for a screen."""
    if isinstance(error, NotAllowed):
        return _who_may(error)
    return words_of(error.code, error.params, getattr(error, "items", ()))


def words_of(code: str, params: Mapping[str, Any], items: Sequence[Any] = ()) -> str:
    """Return the sentence of a code that was kept, for example with a shop's message."""
    said = SENTENCES.get(code)
    if said is None:
        return f"This could not be done ({code}). Nothing was changed."
    if callable(said):
        return said({**params, "items": items})
    return said.format(**_shown(params))


def _shown(params: Mapping[str, Any]) -> dict[str, Any]:
    """Quantities arrive as ten-thousandths under names that end in ``units``."""
    return {
        name: quantity(value) if name.endswith("units") and isinstance(value, int) else value
        for name, value in params.items()
    }


def _who_may(error: NotAllowed) -> str:
    if error.code == "not_yours_to_undo":
        return "Only the person who did this, or a manager, can undo it."
    if error.code == "view_not_yours":
        return f"Only {error.params['owner']} or a manager can change this view."
    return f"{needs_role(Permission(error.params['needs']))}. Nothing was changed."


def needs_role(permission: Permission) -> str:
    """Say who may: "Needs buyer or manager"."""
    return "Needs " + " or ".join(role.value for role in roles_that_may(permission))


def may_help_to_retry(error: Exception) -> bool:
    """Return whether a Retry button makes sense."""
    return isinstance(error, Unavailable)
