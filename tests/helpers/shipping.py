"""What tests of goods-out notes look at: notes with their rows and steps, figures in whole units."""

from typing import Any

from sqlalchemy import select

from desktop_app.services.backend import Backend
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from tests.helpers.builders import Sale
from tests.helpers.receipts import record, sale


def notes_of(backend: Backend, *sales: Sale) -> list[tuple[int, int | None, dict[int, int], bool]]:
    """(number, warehouse, {sale row: units}, shipped) of the notes of sales, in order of number."""
    n, g = t.goods_out.c, t.goods_out_row.c

    def query(db: Any) -> Any:
        heads = db.execute(
            select(t.goods_out).where(n.sale_id.in_([one.id for one in sales])).order_by(n.number)
        ).all()
        return [
            (
                head.number, head.warehouse_id,
                {
                    row.sale_row_id: row.quantity // UNIT
                    for row in db.execute(select(t.goods_out_row).where(g.goods_out_id == head.id))
                },
                head.shipped_at is not None,
            )
            for head in heads
        ]  # fmt: skip

    return backend.read(query)


def note_ids(backend: Backend, *sales: Sale) -> list[int]:
    n = t.goods_out.c
    query = select(n.id).where(n.sale_id.in_([one.id for one in sales])).order_by(n.number)
    return backend.read(lambda db: list(db.execute(query).scalars()))


def steps_of(backend: Backend, note: int) -> list[tuple[str, bool]]:
    """(step, whether it still counts), in the order they were written."""
    s = t.goods_out_step
    query = select(s).where(s.c.goods_out_id == note).order_by(s.c.id)
    return backend.read(lambda db: [(row.step, row.undone_by is None) for row in db.execute(query)])


def figures(backend: Backend, row: int) -> tuple[int, int, int]:
    """Reserved, fulfilled and shipped units of a sale row."""
    found = record(t.sale_row, backend, row)
    return found.reserved // UNIT, found.fulfilled // UNIT, found.shipped // UNIT


def axes(backend: Backend, made: Sale) -> str:
    """Allocated, fulfilled, shipped as letters: "APN" is all, part, none; "-" not applicable."""
    found = sale(backend, made)
    letters = {Axis.NONE: "N", Axis.PART: "P", Axis.ALL: "A", Axis.NOT_APPLICABLE: "-"}
    return "".join(
        letters[Axis(one)] for one in (found.allocation, found.fulfilment, found.shipping)
    )
