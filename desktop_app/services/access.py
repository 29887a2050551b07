"""Who may do what (R11.1). The one table of roles, read by the services and by the screens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The three roles of R11.1."""

    CLERK = "clerk"
    BUYER = "buyer"
    MANAGER = "manager"


class Permission(StrEnum):
    """What a command asks of its actor."""

    WRITE_NOTES = "write_notes"
    SET_STATUS = "set_status"
    ALLOCATE = "allocate"
    RECEIVE = "receive"
    SHIP = "ship"
    TRANSFER = "transfer"
    COUNT_STOCK = "count_stock"
    TAKE_IN = "take_in"
    BILL = "bill"
    SAVE_VIEWS = "save_views"
    PLACE_PURCHASES = "place_purchases"
    RAISE_PURCHASE_ROW = "raise_purchase_row"
    LINK_CODES = "link_codes"
    """Without the setting that lets clerks do it too."""
    EDIT_SUPPLIERS = "edit_suppliers"
    SEE_COSTS = "see_costs"
    CORRECT_STOCK = "correct_stock"
    CHANGE_SETTINGS = "change_settings"
    EDIT_PEOPLE = "edit_people"
    IMPORT = "import"
    UNDO_OTHERS = "undo_others"
    EDIT_SHARED_VIEWS = "edit_shared_views"


_CLERK = {
    Permission.WRITE_NOTES,
    Permission.SET_STATUS,
    Permission.ALLOCATE,
    Permission.RECEIVE,
    Permission.SHIP,
    Permission.TRANSFER,
    Permission.COUNT_STOCK,
    Permission.TAKE_IN,
    Permission.BILL,
    Permission.SAVE_VIEWS,
}
_BUYER = _CLERK | {
    Permission.PLACE_PURCHASES,
    Permission.RAISE_PURCHASE_ROW,
    Permission.LINK_CODES,
    Permission.EDIT_SUPPLIERS,
    Permission.SEE_COSTS,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: frozenset(_CLERK),
    Role.BUYER: frozenset(_BUYER),
    Role.MANAGER: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person at this workstation."""

    person_id: int
    login: str
    name: str
    role: Role
    workstation: str = "this computer"

    def may(self, permission: Permission) -> bool:
        """Return whether the role allows it."""
        return permission in PERMISSIONS[self.role]


def roles_that_may(permission: Permission) -> tuple[Role, ...]:
    """The roles with this permission, lowest first: for "Needs buyer or manager"."""
    return tuple(role for role in Role if permission in PERMISSIONS[role])
