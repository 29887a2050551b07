"""Counting one code on a draft, under the lock of its order (RCV-04, RCV-05, R5.13).

What the commands of ``receipt_drafts`` and its neighbours share: the draft as it stands, what a
code means, the entry in the scan log, and the answer for the card.
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
from .backend import Work
from .changes import Topic
from .draft_shapes import Effect, OrderRef, ScanAnswer
from .draft_view import most_now
from .errors import Rejected
from .receipt_plan import OPEN_STATES, OUTSTANDING, Order, OrderRow, load_orders
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
    receipt_damage,
    receipt_draft,
    receipt_scan,
)

CODE_MAX = 120
"""Characters of a code in the scan log; a barcode has no more."""


@dataclass(frozen=True, slots=True)
class Counting:
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
_ADD = receipt_scan.insert().returning(receipt_scan.c.id)
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


def take_draft(work: Work, draft_id: int, *, own: bool = True, receivable: bool = True) -> Counting:
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
    return Counting(
        draft_id, head.warehouse_id, head.location_id, head.place, order, units, percent
    )


def count_code(work: Work, counting: Counting, code: str, quantity: int | None) -> dict[str, Any]:
    """Count a code, set the bin, or refuse it and say why (R5.13)."""
    hits = meaning(work.db, code, counting.warehouse_id)
    if isinstance(hits, Bin):
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
    check_units(row, units)
    if not 0 < units <= QUANTITY_MAX or counting.units_of(row) + units > QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [row.id])
    extra = max(
        counting.units_of(row) + units - max(counting.limit(row), counting.units_of(row)), 0
    )
    log(work, counting, code, "extra" if extra else "counted", row.id, counting.location_id, units)
    return answer(work, counting, code, row, units, extra)


def row_of(counting: Counting, po_row_id: int) -> OrderRow:
    """A row of the draft's order; raises Rejected("row_of_another_order")."""
    if po_row_id not in counting.order.rows:
        raise Rejected("row_of_another_order", [po_row_id], number=counting.order.number)
    return counting.order.rows[po_row_id]


def damaged_by_reason(db: Connection, draft_id: int, po_row_id: int) -> dict[str, int]:
    """What of a row's counted units is damaged, by reason (RCV-07)."""
    s, hurt = receipt_scan.c, receipt_damage.c
    rows = db.execute(
        select(hurt.reason, func.sum(hurt.units).label("units"))
        .join(receipt_scan, s.id == hurt.scan_id)
        .where(s.draft_id == draft_id, s.po_row_id == po_row_id, s.undone == 0)
        .group_by(hurt.reason)
    )
    return {row.reason: int(row.units) for row in rows if row.units}


def check_units(row: OrderRow, units: int) -> None:
    """R1.5: stock-tracked products are whole; raises Rejected("quantity_not_whole")."""
    if row.kind == "stock" and units % UNIT:
        raise Rejected("quantity_not_whole", [row.id])


@dataclass(frozen=True, slots=True)
class Bin:
    """A location of the warehouse that a code names."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that a code names, and the units that one scan of it counts."""

    product_id: int
    sku: str
    name: str
    units: int


def meaning(db: Connection, code: str, warehouse_id: int) -> Bin | list[Hit]:
    """What a code stands for: barcode, SKU (as typed or in capitals), bin of the warehouse."""
    asked = {"code": code, "codes": [code, code.upper()], "warehouse": warehouse_id}
    found = db.execute(_MEANING, asked).all()
    if found and found[0].turn >= 3:
        return Bin(found[0].id, found[0].sku)
    return [Hit(r.id, r.sku, r.name, r.quantity) for r in found if r.turn < 3]


def log(
    work: Work,
    counting: Counting,
    code: str,
    effect: str,
    po_row_id: int | None = None,
    location_id: int | None = None,
    units: int = 0,
) -> int:
    """Add an entry to the scan log; returns its id."""
    entry = work.db.execute(
        _ADD,
        {
            "draft_id": counting.id, "at": work.at, "person_id": work.actor.person_id,
            "code": code, "effect": effect, "po_row_id": po_row_id, "location_id": location_id,
            "units": units,
        },
    ).scalar_one()  # fmt: skip
    moved(work, counting.id)
    return int(entry)


def moved(work: Work, draft_id: int, **changes: Any) -> None:
    """Say that a draft changed, and write what changed of its head."""
    if changes:
        work.db.execute(
            update(receipt_draft).where(receipt_draft.c.id == draft_id).values(**changes)
        )
    work.db.execute(_TOUCH, {"draft": draft_id, "now": work.at})
    work.touched(Topic.DRAFTS, [draft_id])


def _bin(work: Work, counting: Counting, code: str, place: Bin) -> dict[str, Any]:
    log(work, counting, code, "bin", location_id=place.id)
    moved(work, counting.id, location_id=place.id)
    counted, to_count = _totals(counting)
    return _plain(
        ScanAnswer(Effect.BIN, code, location=place.code, counted=counted, to_count=to_count)
    )


def _refused(work: Work, counting: Counting, code: str, hits: list[Hit]) -> dict[str, Any]:
    """R5.13: an unknown code, or one not on this order, changes nothing. It is logged."""
    counted, to_count = _totals(counting)
    if not hits:
        log(work, counting, code, "unknown")
        return _plain(ScanAnswer(Effect.UNKNOWN, code, counted=counted, to_count=to_count))
    log(work, counting, code, "not_on_order")
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


def _totals(counting: Counting) -> tuple[int, int]:
    rows = counting.order.rows.values()
    return sum(counting.counted(r) for r in rows), sum(r.outstanding for r in rows)


def _plain(answer: ScanAnswer) -> dict[str, Any]:
    return {**asdict(answer), "effect": answer.effect.value}


def answer(
    work: Work, counting: Counting, code: str, row: OrderRow, added: int, extra: int
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
