"""Receipts being counted (RCV-01, RCV-02, RCV-04, RCV-05, RCV-12, R5.13).

One draft per purchase order, kept in the database scan by scan: it survives the program and can
be taken over by a colleague. What is above outstanding is kept apart as *extra*. All that counts
one order goes one after the other, under the lock of the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Text,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)

from . import settings
from .access import Permission
from .backend import Work, command
from .changes import Topic
from .draft_shapes import (
    Draft,
    DraftLine,
    Effect,
    Found,
    LineState,
    OrderCard,
    OrderRef,
    Place,
    Receivable,
    Scan,
    ScanAnswer,
)
from .draft_view import COUNTS, draft, known_codes, most_now, receipt_of, scan_log
from .errors import Rejected
from .receipt_plan import (
    OPEN_STATES,
    OUTSTANDING,
    Order,
    OrderRow,
    load_orders,
)
from .receipt_posting import drop_drafts
from .receipt_search import find, receivable
from .receipt_shapes import REFERENCE_MAX
from .rules.money import QUANTITY_MAX, UNIT
from .store.bulk import is_postgres
from .store.kinds import Utc
from .store.tables import (
    barcode,
    location,
    person,
    product,
    purchase_order,
    purchase_row,
    receipt_draft,
    receipt_scan,
)

CODE_MAX = 120


@command("Count a delivery", needs=Permission.RECEIVE)
def start_or_continue(work: Work, po_id: int) -> dict[str, Any]:
    """Open the order's draft, or make it. Result: ``{"draft_id", "person_id", "person", "mine"}``.

    Raises Rejected("unknown_purchase_order" | "purchase_not_open" | "purchase_drop_ship").
    """
    work.locks.take_purchases([po_id])
    order = load_orders(work.db, [po_id])[po_id]
    found = work.db.execute(
        select(receipt_draft.c.id, receipt_draft.c.person_id, person.c.name)
        .join(person, person.c.id == receipt_draft.c.person_id)
        .where(receipt_draft.c.po_id == po_id)
    ).one_or_none()
    me = work.actor
    if found is not None:
        return {
            "draft_id": found.id,
            "person_id": found.person_id,
            "person": found.name,
            "mine": found.person_id == me.person_id,
        }
    made = work.db.execute(
        receipt_draft.insert()
        .values(
            po_id=po_id, warehouse_id=order.warehouse_id, person_id=me.person_id,
            started_at=work.at, updated_at=work.at,
        )
        .returning(receipt_draft.c.id)
    ).scalar_one()  # fmt: skip
    work.touched(Topic.DRAFTS, [made])
    return {"draft_id": made, "person_id": me.person_id, "person": me.name, "mine": True}


@dataclass(frozen=True, slots=True)
class _Counting:
    """A draft under its lock, with what each row of its order may still take."""

    id: int
    warehouse_id: int
    location_id: int | None
    place: str
    order: Order
    units: Mapping[int, int]
    percent: int

    def limit(self, row: OrderRow) -> int:
        return most_now(row, self.percent)

    def units_of(self, row: OrderRow) -> int:
        return self.units.get(row.id, 0)

    def counted(self, row: OrderRow) -> int:
        return min(self.units_of(row), self.limit(row))


# Statements of a scan, built once: a scan is to take a few milliseconds (RCV-12).
_HEAD = (
    select(
        receipt_draft, person.c.name.label("person"),
        func.coalesce(location.c.code, "").label("place"),
    )
    .join(person, person.c.id == receipt_draft.c.person_id)
    .outerjoin(location, location.c.id == receipt_draft.c.location_id)
    .where(receipt_draft.c.id == bindparam("draft"))
)  # fmt: skip
_COUNTED = (
    select(receipt_scan.c.po_row_id, func.sum(receipt_scan.c.units).label("units"))
    .where(
        receipt_scan.c.draft_id == bindparam("draft"),
        receipt_scan.c.undone == 0,
        receipt_scan.c.po_row_id.is_not(None),
    )
    .group_by(receipt_scan.c.po_row_id)
)
_ADD = receipt_scan.insert()
_TOUCH = (
    update(receipt_draft)
    .where(receipt_draft.c.id == bindparam("draft"))
    .values(updated_at=bindparam("now", type_=Utc))
)
_CODES: BindParameter[Any] = bindparam("codes", expanding=True)
_EXACT = bindparam("code", type_=Text)
_MEANING = (
    select(
        product.c.id, product.c.sku, product.c.name, barcode.c.quantity, literal(0).label("turn")
    )
    .join(product, product.c.id == barcode.c.product_id)
    .where(barcode.c.code == _EXACT)
    .union_all(
        select(
            product.c.id, product.c.sku, product.c.name, literal(UNIT),
            case((product.c.sku == _EXACT, 1), else_=2),
        ).where(product.c.sku.in_(_CODES)),
        select(
            location.c.id, location.c.code, literal(""), literal(0),
            case((location.c.code == _EXACT, 3), else_=4),
        ).where(location.c.warehouse_id == bindparam("warehouse"), location.c.code.in_(_CODES)),
    )
    .order_by("turn")
)  # fmt: skip
"""Barcode, SKU as typed or in capitals, bin of the warehouse: the first that fits counts."""


def _counting(work: Work, draft_id: int, *, own: bool = True, receivable: bool = True) -> _Counting:
    """Lock the draft's order and read it; raises draft_gone and draft_taken_over."""
    head = work.db.execute(_HEAD, {"draft": draft_id}).one_or_none()
    if head is not None and is_postgres(work.db):
        work.locks.take_purchases([head.po_id])
        head = work.db.execute(_HEAD, {"draft": draft_id}).one_or_none()
    if head is None:
        raise Rejected("draft_gone")
    if own and head.person_id != work.actor.person_id:
        raise Rejected("draft_taken_over", by=head.person)
    order = load_orders(work.db, [head.po_id], receivable=receivable)[head.po_id]
    units = {
        row.po_row_id: int(row.units) for row in work.db.execute(_COUNTED, {"draft": draft_id})
    }
    percent = settings.value(work.db, settings.OVER_PERCENT, head.warehouse_id)
    return _Counting(
        draft_id, head.warehouse_id, head.location_id, head.place, order, units, percent
    )


@command("Scan", needs=Permission.RECEIVE)
def scan(work: Work, draft_id: int, code: str, quantity: int | None = None) -> dict[str, Any]:
    """Count a scanned code; ``quantity`` (ten-thousandths) stands for so many scans (RCV-05).

    Result: ``ScanAnswer.of(result)``. An unknown code changes nothing but is logged. Raises
    Rejected("draft_gone" | "draft_taken_over" | "quantity_not_positive" | "quantity_not_whole" |
    "purchase_not_open").
    """
    counting = _counting(work, draft_id)
    code = code.strip()[:CODE_MAX]
    hits = _meaning(work.db, code, counting.warehouse_id)
    if isinstance(hits, _Bin):
        return _bin(work, counting, code, hits)
    on_order = [
        (row, one) for one in hits for row in counting.order.rows.values()
        if row.product_id == one.product_id
    ]  # fmt: skip
    if not on_order:
        return _refused(work, counting, code, hits)
    many = UNIT if quantity is None else quantity
    hit = on_order[0][1]
    units = many * hit.units // UNIT
    row = next(
        (r for r, _ in on_order if counting.units_of(r) < counting.limit(r)), on_order[-1][0]
    )
    _check_units(row, units)
    if not 0 < units <= QUANTITY_MAX or counting.units_of(row) + units > QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [row.id])
    extra = max(
        counting.units_of(row) + units - max(counting.limit(row), counting.units_of(row)), 0
    )
    _log(work, counting, code, "extra" if extra else "counted", row.id, counting.location_id, units)
    return _answer(work, counting, code, row, units, extra)


def _check_units(row: OrderRow, units: int) -> None:
    if row.kind == "stock" and units % UNIT:
        raise Rejected("quantity_not_whole", [row.id])


@dataclass(frozen=True, slots=True)
class _Bin:
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class _Hit:
    product_id: int
    sku: str
    name: str
    units: int


def _meaning(db: Connection, code: str, warehouse_id: int) -> _Bin | list[_Hit]:
    """What a code stands for: barcode, SKU (as typed or in capitals), bin of the warehouse."""
    asked = {"code": code, "codes": [code, code.upper()], "warehouse": warehouse_id}
    found = db.execute(_MEANING, asked).all()
    if found and found[0].turn >= 3:
        return _Bin(found[0].id, found[0].sku)
    return [_Hit(r.id, r.sku, r.name, r.quantity) for r in found if r.turn < 3]


def _log(
    work: Work,
    counting: _Counting,
    code: str,
    effect: str,
    po_row_id: int | None = None,
    location_id: int | None = None,
    units: int = 0,
) -> None:
    work.db.execute(
        _ADD,
        {
            "draft_id": counting.id, "at": work.at, "person_id": work.actor.person_id,
            "code": code, "effect": effect, "po_row_id": po_row_id, "location_id": location_id,
            "units": units,
        },
    )  # fmt: skip
    _moved(work, counting.id)


def _moved(work: Work, draft_id: int, **changes: Any) -> None:
    if changes:
        work.db.execute(
            update(receipt_draft).where(receipt_draft.c.id == draft_id).values(**changes)
        )
    work.db.execute(_TOUCH, {"draft": draft_id, "now": work.at})
    work.touched(Topic.DRAFTS, [draft_id])


def _bin(work: Work, counting: _Counting, code: str, place: _Bin) -> dict[str, Any]:
    _log(work, counting, code, "bin", location_id=place.id)
    _moved(work, counting.id, location_id=place.id)
    counted, to_count = _totals(counting)
    return _plain(
        ScanAnswer(Effect.BIN, code, location=place.code, counted=counted, to_count=to_count)
    )


def _refused(work: Work, counting: _Counting, code: str, hits: list[_Hit]) -> dict[str, Any]:
    """R5.13: an unknown code, or one not on this order, changes nothing. It is logged."""
    counted, to_count = _totals(counting)
    if not hits:
        _log(work, counting, code, "unknown")
        return _plain(ScanAnswer(Effect.UNKNOWN, code, counted=counted, to_count=to_count))
    _log(work, counting, code, "not_on_order")
    hit = hits[0]
    others = work.db.execute(
        select(purchase_order.c.id, purchase_order.c.number)
        .join(purchase_row, purchase_row.c.po_id == purchase_order.c.id)
        .where(
            purchase_row.c.product_id == hit.product_id,
            OUTSTANDING,
            purchase_order.c.state.in_(OPEN_STATES),
            purchase_order.c.drop_ship == 0,
        )
        .group_by(purchase_order.c.id, purchase_order.c.number, purchase_order.c.expected_on)
        .order_by(purchase_order.c.expected_on, purchase_order.c.number)
        .limit(5)
    ).all()
    return _plain(
        ScanAnswer(
            Effect.NOT_ON_ORDER, code, product_id=hit.product_id, sku=hit.sku, name=hit.name,
            counted=counted, to_count=to_count,
            orders=tuple(OrderRef(one.id, one.number) for one in others),
        )
    )  # fmt: skip


def _totals(counting: _Counting) -> tuple[int, int]:
    rows = counting.order.rows.values()
    return sum(counting.counted(r) for r in rows), sum(r.outstanding for r in rows)


def _plain(answer: ScanAnswer) -> dict[str, Any]:
    return {**asdict(answer), "effect": answer.effect.value}


def _answer(
    work: Work, counting: _Counting, code: str, row: OrderRow, added: int, extra: int
) -> dict[str, Any]:
    """The card after ``added`` units of a row were counted."""
    counting = replace(counting, units={**counting.units, row.id: counting.units_of(row) + added})
    counted, to_count = _totals(counting)
    done = counting.counted(row) >= row.outstanding
    all_done = all(counting.counted(r) >= r.outstanding for r in counting.order.rows.values())
    if extra:
        effect = Effect.EXTRA
    elif done:
        effect = Effect.ORDER_COMPLETE if all_done else Effect.LINE_COMPLETE
    else:
        effect = Effect.COUNTED
    return _plain(
        ScanAnswer(
            effect, code, po_row_id=row.id, product_id=row.product_id, sku=row.sku, name=row.name,
            added=added, extra=max(counting.units_of(row) - counting.limit(row), 0),
            this_time=counting.counted(row), ordered=row.ordered, before=row.received,
            counted=counted, to_count=to_count, location=counting.place,
        )
    )  # fmt: skip


@command("Count a line", needs=Permission.RECEIVE)
def set_line(
    work: Work, draft_id: int, po_row_id: int, units: int, location_id: int | None = None
) -> dict[str, Any]:
    """Set what was counted of a row, extras included, to ``units`` at one location.

    ``location_id`` None: the bin scanned last. Result as for ``scan``, with ``added`` the
    difference. Raises as ``scan`` and Rejected("row_of_another_order" | "unknown_location").
    """
    counting = _counting(work, draft_id)
    return _set(work, counting, po_row_id, units, location_id)


@command("Count a whole line", needs=Permission.RECEIVE)
def whole_line(work: Work, draft_id: int, po_row_id: int) -> dict[str, Any]:
    """Count a row as complete (F8). Result as for ``set_line``."""
    counting = _counting(work, draft_id)
    row = _row(counting, po_row_id)
    return _set(work, counting, po_row_id, max(row.outstanding, counting.units_of(row)), None)


def _row(counting: _Counting, po_row_id: int) -> OrderRow:
    if po_row_id not in counting.order.rows:
        raise Rejected("row_of_another_order", [po_row_id], number=counting.order.number)
    return counting.order.rows[po_row_id]


def _set(
    work: Work, counting: _Counting, po_row_id: int, units: int, location_id: int | None
) -> dict[str, Any]:
    row = _row(counting, po_row_id)
    if not 0 <= units <= QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [po_row_id])
    _check_units(row, units)
    if location_id is not None:
        place = _known_location(work.db, counting, location_id)
        counting = replace(counting, location_id=location_id, place=place)
    added = units - counting.units_of(row)
    extra = max(units - counting.limit(row), 0)
    _log(work, counting, "", "set", po_row_id, counting.location_id, added)
    return _answer(work, counting, "", row, added, extra)


def _known_location(db: Connection, counting: _Counting, location_id: int) -> str:
    code = db.execute(
        select(location.c.code).where(
            location.c.id == location_id, location.c.warehouse_id == counting.warehouse_id
        )
    ).scalar_one_or_none()
    if code is None:
        raise Rejected("unknown_location", [location_id])
    return str(code)


@command("Undo last scan", needs=Permission.RECEIVE)
def undo_last_scan(work: Work, draft_id: int) -> dict[str, Any]:
    """Take back the last scan that counted or set something (F9).

    Result: ``{"undone": {code, effect, units, sku, po_row_id} or None}``.
    """
    counting = _counting(work, draft_id)
    s = receipt_scan.c
    held = (s.draft_id == draft_id, s.undone == 0)
    last = work.db.execute(
        select(receipt_scan).where(*held, s.effect.in_(COUNTS)).order_by(s.id.desc()).limit(1)
    ).one_or_none()
    if last is None:
        return {"undone": None}
    work.db.execute(update(receipt_scan).where(s.id == last.id).values(undone=1))
    _log(work, counting, last.code, "undone", location_id=last.location_id)
    if last.effect == "bin":
        before = work.db.execute(
            select(s.location_id).where(*held, s.effect == "bin").order_by(s.id.desc()).limit(1)
        ).scalar_one_or_none()
        _moved(work, draft_id, location_id=before)
    row = counting.order.rows.get(last.po_row_id)
    return {
        "undone": {
            "code": last.code,
            "effect": last.effect,
            "units": last.units,
            "sku": "" if row is None else row.sku,
            "po_row_id": last.po_row_id,
        }
    }


@command("Take over a count", needs=Permission.RECEIVE)
def take_over(work: Work, draft_id: int) -> dict[str, Any]:
    """Count on where a colleague stopped (RCV-02). Result: ``{"draft_id", "from"}``."""
    _counting(work, draft_id, own=False, receivable=False)
    before = work.db.execute(
        select(person.c.name)
        .join(receipt_draft, receipt_draft.c.person_id == person.c.id)
        .where(receipt_draft.c.id == draft_id)
    ).scalar_one()
    _moved(work, draft_id, person_id=work.actor.person_id)
    return {"draft_id": draft_id, "from": before}


@command("Note on a count", needs=Permission.RECEIVE)
def set_details(
    work: Work, draft_id: int, reference: str | None = None, allocate: bool | None = None
) -> dict[str, Any]:
    """Keep the supplier's delivery note and the choice to allocate in the draft; None: as it is.

    Raises Rejected("reference_too_long") above 120 characters.
    """
    _counting(work, draft_id)
    changes: dict[str, Any] = {}
    if reference is not None:
        if len(reference.strip()) > REFERENCE_MAX:
            raise Rejected("reference_too_long", most=REFERENCE_MAX)
        changes["reference"] = reference.strip()
    if allocate is not None:
        changes["allocate"] = int(allocate)
    _moved(work, draft_id, **changes)
    return {"draft_id": draft_id}


@command("Discard a count", needs=Permission.RECEIVE)
def discard(work: Work, draft_id: int) -> dict[str, Any]:
    """Throw a draft away, with its scans. Result: ``{"po_id", "units"}``.

    Only who counts it may: others take it over first.
    """
    counting = _counting(work, draft_id, receivable=False)
    drop_drafts(work, [draft_id])
    return {"po_id": counting.order.id, "units": sum(counting.units.values())}


__all__ = [
    "Draft",
    "DraftLine",
    "Effect",
    "Found",
    "LineState",
    "OrderCard",
    "OrderRef",
    "Place",
    "Receivable",
    "Scan",
    "ScanAnswer",
    "discard",
    "draft",
    "find",
    "known_codes",
    "receipt_of",
    "receivable",
    "scan",
    "scan_log",
    "set_details",
    "set_line",
    "start_or_continue",
    "take_over",
    "undo_last_scan",
    "whole_line",
]
