"""Writing compared sales: a fixed number of statements for all of them together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from .. import books
from ..backend import Work
from ..changes import Topic
from ..lists import sale_search_text
from ..rules.sale_status import Axis, payment, share
from ..store.bulk import ids_in, insert_many, next_ids, next_numbers
from ..store.tables import counter, customer, invoice, product, sale, sale_row
from ..store.tables import payment as payments
from .scope import insert_in_parts, update_rows
from .selling import IMPORTED, NOT_WAITING, RowDraft, SaleDraft, Sales


def write_sales(work: Work, sales: Sales) -> None:
    """Insert new sales with their rows, update known ones, and keep what is derived right."""
    new = [draft for draft in sales.drafts.values() if draft.id is None]
    known = [d for d in sales.drafts.values() if d.facts is not None and d.is_touched]
    _insert(work, sales, new)
    _update(work, sales, known)
    touched = [*new, *known]
    _payments(work, touched)
    _invoices(work, touched)
    if known:
        ids = {draft.facts.id for draft in known}
        books.shrink_pegs(work, sale_rows={r.facts.id for d in known for r in d.rows if r.facts})
        books.refresh_sales(work, ids)
        _derive(work, ids)
    work.touched(Topic.SALES, {draft.id for draft in touched if draft.id is not None})


def take_numbers(work: Work, name: str, given: list[int], missing: int) -> list[int]:
    """Move a counter beyond the numbers that a file brings, and take the missing ones from it."""
    if given:
        work.db.execute(
            update(counter)
            .where(counter.c.name == name, counter.c.next_number <= max(given))
            .values(next_number=max(given) + 1)
        )
    return next_numbers(work.db, name, missing)


def _insert(work: Work, sales: Sales, new: list[SaleDraft]) -> None:
    if not new:
        return
    given = [d.record.number for d in new if d.record is not None and d.record.number is not None]
    numbers = iter(take_numbers(work, "sale", given, len(new) - len(given)))
    for key, draft in zip(next_ids(work.db, sale, len(new)), new, strict=True):
        draft.id = key
    insert_in_parts(work, sale, [_head(draft, numbers) for draft in new], "sales")
    rows = [row for draft in new for row in _positioned(draft, 0)]
    _insert_rows(work, rows)


def _head(draft: SaleDraft, numbers: Any) -> dict[str, Any]:
    record = draft.record
    assert record is not None
    assert draft.customer is not None
    assert draft.warehouse is not None
    number = next(numbers) if record.number is None else record.number
    net = sum(row.values["net"] for row in draft.rows)
    tax = sum(row.values["tax"] for row in draft.rows)
    ordered = shipped = 0
    for row in draft.rows:
        if row.values["kind"] == "stock":
            ordered += row.values["ordered"]
            shipped += row.values["shipped"]
    moved = int(share(shipped, ordered))
    names = [row.product.sku for row in draft.rows if row.product is not None]
    return {
        "id": draft.id, "number": number, "external_id": record.external_id, **draft.head,
        "customer_id": draft.customer.key, "warehouse_id": draft.warehouse.key,
        "status_id": draft.status.id, "currency": draft.currency, "net": net, "tax": tax,
        "total": net + tax, "paid": draft.pay, "row_count": len(draft.rows), "allocation": moved,
        "fulfilment": moved, "shipping": moved, "payment": int(payment(net + tax, draft.pay)),
        "invoiced": int(draft.invoice_on is not None), "short": ordered - shipped,
        "waits": _waits(draft.status),
        "search": sale_search_text(
            number, draft.customer.name, record.reference, record.external_id, names
        ),
    }  # fmt: skip


def _waits(status: Any) -> int:
    return int(not any(getattr(status, flag) for flag in NOT_WAITING))


def _positioned(
    draft: SaleDraft, after: int, taken: frozenset[int] = frozenset()
) -> list[dict[str, Any]]:
    """Return rows to insert; a position that is taken moves behind the last."""
    made = []
    for row in draft.rows:
        if row.facts is not None:
            continue
        values = row.values  # not copied: there may be hundreds of thousands
        values |= {"sale_id": draft.id, "method": "order"}
        if values["position"] in taken:
            after += 1
            values["position"] = after
        values["product_id"] = row.product.key if row.product is not None else None
        values["warehouse_id"] = _place(draft, row)
        made.append(values)
    return made


def _place(draft: SaleDraft, row: RowDraft) -> int:
    if row.warehouse is not None:
        return row.warehouse.key
    if draft.facts is not None:
        return int(draft.facts.warehouse_id)
    assert draft.warehouse is not None
    return draft.warehouse.key


def _insert_rows(work: Work, rows: list[dict[str, Any]]) -> None:
    for key, values in zip(next_ids(work.db, sale_row, len(rows)), rows, strict=True):
        values["id"] = key
    insert_in_parts(work, sale_row, rows, "sale_rows")


def _update(work: Work, sales: Sales, known: list[SaleDraft]) -> None:
    heads: dict[int, dict[str, Any]] = {}
    moved: dict[int, Any] = {}
    for draft in known:
        values = dict(draft.differs)
        status = values.pop("status_id", None)
        if status is not None:
            moved[draft.facts.id] = status
        if "customer_id" in values:
            values["customer_id"] = values["customer_id"].key
        heads[draft.facts.id] = values
    update_rows(work.db, sale, heads)
    if moved:
        old = {d.facts.id: d.facts.status_id for d in known if d.facts.id in moved}
        books.write_statuses(
            work, old, {k: s.id for k, s in moved.items()}, {k: _waits(s) for k, s in moved.items()}
        )
        books.add_notes(
            work,
            [
                ("SO", k, "status_changed", {"from": sales.names[old[k]].name, "to": s.name})
                for k, s in moved.items()
            ],
        )
    update_rows(
        work.db, sale_row,
        {row.facts.id: row.differs for draft in known for row in draft.rows if row.facts},
    )  # fmt: skip
    fresh: list[dict[str, Any]] = []
    for draft in known:
        positions = [row.position for row in sales.there.rows[draft.facts.id]]
        planned = [r.values["position"] for r in draft.rows if r.facts is None]
        last = max([*positions, *planned], default=0)
        fresh += _positioned(draft, last, frozenset(positions))
    _insert_rows(work, fresh)


def _payments(work: Work, touched: list[SaleDraft]) -> None:
    paying = [draft for draft in touched if draft.pay]
    ids = next_ids(work.db, payments, len(paying))
    insert_many(
        work.db, payments,
        [
            {
                "id": key, "sale_id": draft.id, "amount": draft.pay, "method": IMPORTED,
                "paid_at": draft.record.placed_at if draft.record is not None else work.at,
                "journal_id": work.journal_id,
            }
            for key, draft in zip(ids, paying, strict=True)
        ],
    )  # fmt: skip


def _invoices(work: Work, touched: list[SaleDraft]) -> None:
    invoiced = [draft for draft in touched if draft.invoice_on is not None]
    ids = next_ids(work.db, invoice, len(invoiced))
    numbers = next_numbers(work.db, "invoice", len(invoiced))
    insert_in_parts(
        work, invoice,
        [
            {
                "id": key, "number": number, "sale_id": draft.id, "dated": draft.invoice_on,
                "journal_id": work.journal_id,
            }
            for key, number, draft in zip(ids, numbers, invoiced, strict=True)
        ],
        "invoices",
    )  # fmt: skip


def _derive(work: Work, ids: set[int]) -> None:
    """Totals, payment, invoice and search text of known sales, from what is written now."""
    row = sale_row.c
    chosen = ids_in(work.db, ids)
    sums = {
        found.sale_id: found
        for found in work.db.execute(
            select(
                row.sale_id, func.sum(row.net).label("net"), func.sum(row.tax).label("tax"),
                func.count().label("number"),
            )
            .where(row.sale_id.in_(chosen)).group_by(row.sale_id)
        )
    }  # fmt: skip
    paid = {
        found.sale_id: int(found.paid)
        for found in work.db.execute(
            select(payments.c.sale_id, func.sum(payments.c.amount).label("paid"))
            .where(payments.c.sale_id.in_(chosen))
            .group_by(payments.c.sale_id)
        )
    }
    invoiced = set(
        work.db.execute(select(invoice.c.sale_id).where(invoice.c.sale_id.in_(chosen))).scalars()
    )
    skus: dict[int, list[str]] = {}
    for item in work.db.execute(
        select(row.sale_id, product.c.sku)
        .join(product, product.c.id == row.product_id)
        .where(row.sale_id.in_(chosen))
        .order_by(row.sale_id, row.position)
    ):
        skus.setdefault(item.sale_id, []).append(item.sku)
    changes: dict[int, dict[str, Any]] = {}
    for head in work.db.execute(
        select(sale.c.id, sale.c.number, sale.c.reference, sale.c.external_id, customer.c.name)
        .join(customer, customer.c.id == sale.c.customer_id)
        .where(sale.c.id.in_(chosen))
    ):
        net, tax = int(sums[head.id].net), int(sums[head.id].tax)
        done = paid.get(head.id, 0)
        axis: Axis = payment(net + tax, done)
        changes[head.id] = {
            "net": net, "tax": tax, "total": net + tax, "paid": done, "payment": int(axis),
            "row_count": sums[head.id].number, "invoiced": int(head.id in invoiced),
            "search": sale_search_text(
                head.number, head.name, head.reference, head.external_id,
                skus.get(head.id, []),
            ),
        }  # fmt: skip
    update_rows(work.db, sale, changes)
