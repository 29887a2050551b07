"""What each test's database begins with: a company, three people, one warehouse, one channel."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert

from desktop_app.services.store import tables as t

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
"""When everything in the tests' world began."""

LOGIN = {"manager": "mary", "buyer": "ben", "clerk": "cleo"}
PERSON = {"manager": 1, "buyer": 2, "clerk": 3}

WAREHOUSE = 1
OTHER_WAREHOUSE = 2
LOCATION = 1
OTHER_LOCATION = 2
QUARANTINE = 3
CHANNEL = 1
CUSTOMER = 1

NEW, ON_HOLD, QUOTE, CANCELLED, CLOSED, ORDERED = 1, 2, 3, 4, 5, 6
"""Sale statuses; the three below are those of purchase orders."""
PO_DRAFT, PO_SENT, PO_DONE = 11, 12, 13

_STATUSES = [
    (NEW, "SO", "New", {}),
    (ON_HOLD, "SO", "On hold", {"is_on_hold": 1}),
    (QUOTE, "SO", "Quote", {"is_quote": 1}),
    (CANCELLED, "SO", "Cancelled", {"is_cancelled": 1}),
    (CLOSED, "SO", "Closed", {"is_closed": 1}),
    (ORDERED, "SO", "Ordered from supplier", {}),
    (PO_DRAFT, "PO", "Draft", {}),
    (PO_SENT, "PO", "Sent", {}),
    (PO_DONE, "PO", "Received", {}),
]


def lay(db: Connection) -> None:
    """Insert the foundation, with ids as named above."""
    _insert(db, t.company, [
        {"id": 1, "database_id": "tests", "name": "Test Company", "currency": "GBP", "created_at": AT},
    ])  # fmt: skip
    _insert(db, t.currency, [
        {"code": "GBP", "digits": 2, "rate": 100_000_000},
        {"code": "EUR", "digits": 2, "rate": 85_000_000},
    ])  # fmt: skip
    _insert(db, t.person, [
        {"id": PERSON["manager"], "login": "mary", "name": "Mary Manager", "role": "manager"},
        {"id": PERSON["buyer"], "login": "ben", "name": "Ben Buyer", "role": "buyer"},
        {"id": PERSON["clerk"], "login": "cleo", "name": "Cleo Clerk", "role": "clerk"},
    ])  # fmt: skip
    _insert(db, t.warehouse, [
        {"id": WAREHOUSE, "code": "MAIN", "name": "Main warehouse"},
        {"id": OTHER_WAREHOUSE, "code": "SHOP", "name": "Shop"},
    ])  # fmt: skip
    _insert(db, t.location, [
        {"id": LOCATION, "warehouse_id": WAREHOUSE, "code": "A1", "kind": "stock", "is_default": 1},
        {"id": OTHER_LOCATION, "warehouse_id": OTHER_WAREHOUSE, "code": "S1", "kind": "stock", "is_default": 1},
        {"id": QUARANTINE, "warehouse_id": WAREHOUSE, "code": "Q1", "kind": "quarantine", "is_default": 0},
    ])  # fmt: skip
    _insert(db, t.channel, [
        {"id": CHANNEL, "code": "WEB", "name": "Web shop", "kind": "web", "warehouse_id": WAREHOUSE},
    ])  # fmt: skip
    _insert(db, t.order_status, [
        {
            "id": number, "document": document, "name": name, "colour": "#808080", "position": position,
            "is_quote": 0, "is_cancelled": 0, "is_on_hold": 0, "is_closed": 0, **flags,
        }
        for position, (number, document, name, flags) in enumerate(_STATUSES)
    ])  # fmt: skip
    _insert(db, t.customer, [{"id": CUSTOMER, "name": "Alice Adams", "address": "1 High Street"}])


def _insert(db: Connection, table: t.Table, rows: list[dict[str, object]]) -> None:
    db.execute(insert(table), rows)
    if db.dialect.name == "postgresql" and "id" in rows[0]:
        # Ids were given, so the sequence is told where they ended.
        db.exec_driver_sql(
            f"SELECT setval('{table.name}_id_seq', (SELECT max(id) FROM {table.name}))"
        )
