"""A receipt being counted, read from its scans (RCV-12): lines, places, log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, select

from . import settings
from .draft_shapes import Damage, Draft, DraftLine, LineState, Place, Scan
from .errors import Rejected
from .receipt_plan import Order, OrderRow, allowance, load_orders, usual_places
from .receipt_shapes import ReceiptRequest, ReceiptRow, RowRaise
from .store.bulk import ids_in
from .store.tables import (
    barcode,
    location,
    person,
    product,
    purchase_row,
    receipt_damage,
    receipt_draft,
    receipt_scan,
    warehouse,
)

_APART = location.alias("apart")
_QUARANTINE = (
    select(func.min(_APART.c.id))
    .where(_APART.c.warehouse_id == receipt_draft.c.warehouse_id, _APART.c.kind == "quarantine")
    .correlate(receipt_draft)
    .scalar_subquery()
)


def draft(db: Connection, draft_id: int) -> Draft:
    """The draft with its lines; raises Rejected("draft_gone")."""
    head = db.execute(
        select(
            receipt_draft, person.c.name.label("person"), warehouse.c.name.label("warehouse"),
            func.coalesce(location.c.code, "").label("location"), _QUARANTINE.label("quarantine"),
        )
        .join(person, person.c.id == receipt_draft.c.person_id)
        .join(warehouse, warehouse.c.id == receipt_draft.c.warehouse_id)
        .outerjoin(location, location.c.id == receipt_draft.c.location_id)
        .where(receipt_draft.c.id == draft_id)
    ).one_or_none()  # fmt: skip
    if head is None:
        raise Rejected("draft_gone")
    order = load_orders(db, [head.po_id], receivable=False)[head.po_id]
    log = scan_log(db, draft_id)
    rules = settings.values(db, (settings.OVER_PERCENT, settings.CLERKS_LINK), head.warehouse_id)
    percent = rules[settings.OVER_PERCENT].value
    lines = _lines(db, order, head.warehouse_id, log, percent)
    last = next((one for one in log if not one.undone and one.effect in (*COUNTS, DAMAGED)), None)
    return Draft(
        id=draft_id, po_id=head.po_id, number=order.number, supplier=order.supplier,
        warehouse_id=head.warehouse_id, warehouse=head.warehouse, person_id=head.person_id,
        person=head.person, started_at=head.started_at, updated_at=head.updated_at,
        allocate=None if head.allocate is None else bool(head.allocate), reference=head.reference,
        location_id=head.location_id, location=head.location, lines=lines,
        counted=sum(line.this_time for line in lines),
        to_count=sum(line.outstanding for line in lines),
        extra=sum(line.extra for line in lines), last=last,
        clerks_link=bool(rules[settings.CLERKS_LINK].value), quarantine_id=head.quarantine,
    )  # fmt: skip


COUNTS = ("counted", "extra", "set", "bin")
"""Effects that "undo last scan" takes back."""

DAMAGED = "damaged"
"""What the log calls a ``set`` that marks counted units as damaged (RCV-07)."""


def _places(log: Iterable[Scan]) -> dict[int, dict[int | None, int]]:
    """Row id to units by location, from the scans that hold, oldest first.

    A line that was set is at one place; a scan adds at the bin of its time.
    """
    found: dict[int, dict[int | None, int]] = defaultdict(dict)
    for one in reversed(list(log)):
        if one.undone or one.po_row_id is None or one.effect == DAMAGED:
            continue
        at = found[one.po_row_id]
        if one.effect == "set":
            total = sum(at.values()) + one.units
            at.clear()
            at[one.location_id] = total
        else:
            at[one.location_id] = at.get(one.location_id, 0) + one.units
    return found


def _damage(log: Iterable[Scan]) -> dict[int, tuple[Damage, ...]]:
    """Row id to its damaged units by reason, in the order they were found."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in reversed(list(log)):
        if one.po_row_id is not None and one.effect == DAMAGED and not one.undone:
            found[one.po_row_id][one.reason] += one.damaged
    return {
        key: tuple(Damage(reason, units) for reason, units in by.items() if units)
        for key, by in found.items()
    }


def _lines(
    db: Connection,
    order: Order,
    warehouse_id: int,
    log: Sequence[Scan],
    percent: int,
) -> tuple[DraftLine, ...]:
    rows = order.rows.values()
    places, damage = _places(log), _damage(log)
    usual = usual_places(db, warehouse_id, [row.product_id for row in rows])
    units_of = {
        row.id: row.unit
        for row in db.execute(
            select(product.c.id, product.c.unit).where(
                product.c.id.in_(ids_in(db, [row.product_id for row in rows]))
            )
        )
    }
    named = {key for at in places.values() for key in at if key is not None}
    codes: dict[int | None, str] = {
        row.id: row.code
        for row in db.execute(
            select(location.c.id, location.c.code).where(location.c.id.in_(ids_in(db, named)))
        )
    }
    return tuple(
        _line(
            row, units_of[row.product_id], most_now(row, percent), places.get(row.id, {}), codes,
            usual.get(row.product_id, (None, "")), damage.get(row.id, ()),
        )
        for row in rows
    )  # fmt: skip


def most_now(row: OrderRow, percent: int) -> int:
    """The most that may be received of a row now: outstanding and what the setting allows (R5.3)."""
    whole = row.kind == "stock"
    return max(row.ordered + allowance(row.ordered, percent, whole=whole) - row.received, 0)


def _line(
    row: OrderRow,
    unit: str,
    limit: int,
    places: Mapping[int | None, int],
    codes: Mapping[int | None, str],
    usual: tuple[int | None, str],
    damage: tuple[Damage, ...],
) -> DraftLine:
    total = sum(places.values())
    this_time = min(total, limit)
    extra = total - this_time
    if extra:
        state = LineState.EXTRA
    elif this_time >= row.outstanding:
        state = LineState.DONE
    else:
        state = LineState.PART if this_time else LineState.NONE
    return DraftLine(
        po_row_id=row.id, position=row.position, product_id=row.product_id, sku=row.sku,
        name=row.name, unit=unit, whole=row.kind == "stock", ordered=row.ordered,
        before=row.received, outstanding=row.outstanding, limit=limit, this_time=this_time,
        extra=extra,
        places=tuple(
            Place(key, codes.get(key, ""), units) for key, units in places.items() if units
        ),
        usual_id=usual[0], usual=usual[1], state=state, damage=damage,
    )  # fmt: skip


def known_codes(db: Connection, draft_id: int) -> dict[str, tuple[int, int]]:
    """Code -> (purchase row, units of one scan) for what stands once on the draft's order.

    Lets a screen answer a scan before it is stored (PR-01); ``scan`` decides.
    """
    of_draft = (
        select(purchase_row.c.product_id, func.min(purchase_row.c.id).label("row_id"))
        .join(receipt_draft, receipt_draft.c.po_id == purchase_row.c.po_id)
        .where(receipt_draft.c.id == draft_id)
        .group_by(purchase_row.c.product_id)
        .having(func.count() == 1)
        .subquery()
    )
    rows = db.execute(
        select(barcode.c.code, of_draft.c.row_id, barcode.c.quantity).join(
            of_draft, of_draft.c.product_id == barcode.c.product_id
        )
    )
    return {row.code: (row.row_id, row.quantity) for row in rows}


def scan_log(db: Connection, draft_id: int) -> tuple[Scan, ...]:
    """Every scan of a draft, newest first."""
    rows = db.execute(
        select(
            receipt_scan, person.c.name.label("person"), product.c.sku,
            location.c.code.label("place"), receipt_damage.c.units.label("damaged"),
            receipt_damage.c.reason,
        )
        .join(person, person.c.id == receipt_scan.c.person_id)
        .outerjoin(purchase_row, purchase_row.c.id == receipt_scan.c.po_row_id)
        .outerjoin(product, product.c.id == purchase_row.c.product_id)
        .outerjoin(location, location.c.id == receipt_scan.c.location_id)
        .outerjoin(receipt_damage, receipt_damage.c.scan_id == receipt_scan.c.id)
        .where(receipt_scan.c.draft_id == draft_id)
        .order_by(receipt_scan.c.id.desc())
    )  # fmt: skip
    return tuple(
        Scan(
            r.id, r.at, r.person, r.code, r.effect if r.damaged is None else DAMAGED, r.sku or "",
            r.place or "", r.units, bool(r.undone), r.po_row_id, r.location_id, r.damaged or 0,
            r.reason or "",
        )
        for r in rows
    )  # fmt: skip


def rows_of(line: DraftLine, units: int, quarantine_id: int | None) -> list[ReceiptRow]:
    """What is received of a line: its good units by bin, its damaged ones in quarantine (RCV-07).

    No more are damaged than are received. What was scanned into the quarantine itself is taken
    for the damaged units first.
    """
    left, damaged = units, []
    for one in line.damage if quarantine_id is not None else ():
        here = min(one.units, left)
        left -= here
        if here > 0:
            damaged.append(ReceiptRow(line.po_row_id, here, quarantine_id, one.reason))
    good = []
    for place in sorted(
        line.places, key=lambda p: p.location_id is not None and p.location_id == quarantine_id
    ):
        here = min(place.units, left)
        left -= here
        if here > 0:
            good.append(ReceiptRow(line.po_row_id, here, place.location_id))
    if left > 0:
        good.append(ReceiptRow(line.po_row_id, left))
    return good + damaged


def receipt_of(
    counted: Draft, *, raises: Iterable[RowRaise] = (), close_rest: bool = False,
    close_reason: str = "",
) -> ReceiptRequest:  # fmt: skip
    """The request that receives what a draft counted.

    Rows in ``raises`` come with all their units, the extras of the others are set aside.
    """
    raises = tuple(raises)
    raised = {one.po_row_id for one in raises}
    rows: list[ReceiptRow] = []
    for line in counted.lines:
        units = line.this_time + (line.extra if line.po_row_id in raised else 0)
        rows += rows_of(line, units, counted.quarantine_id)
    return ReceiptRequest(
        counted.po_id, tuple(rows), counted.allocate, counted.reference, counted.warehouse_id,
        raises, tuple(x.po_row_id for x in counted.lines if x.extra and x.po_row_id not in raised),
        close_rest, close_reason, counted.id,
    )  # fmt: skip
