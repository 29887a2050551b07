"""The steps of goods-out notes before they ship: printed, picked, packed (R6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from .access import Permission
from .backend import Undone, Work, command
from .changes import Topic
from .errors import Rejected
from .goods_out_facts import lock_notes, note_heads, refuse_shipped
from .goods_out_writing import add_steps
from .store.bulk import ids_in, insert_many
from .store.tables import goods_out, goods_out_step

MARKS = ("printed", "picked", "packed")


@command("Mark goods-out notes", needs=Permission.SHIP)
def mark(work: Work, note_ids: Sequence[int], step: str) -> dict[str, Any]:
    """Note that notes were printed, picked or packed, now and by whom (R6.1). Can be undone.

    Result: ``{"step", "marked": n, "already": n}``. Raises Rejected("unknown_step") and what
    ``lock_notes`` does.
    """
    if step not in MARKS:
        raise Rejected("unknown_step", step=step)
    heads = lock_notes(work, note_ids, stock=False)
    had = set(work.db.execute(_live(work.db, note_ids, step)).scalars())
    fresh = [one.id for one in heads if one.id not in had]
    add_steps(work, fresh, [step])
    work.touched(Topic.SALES, {one.sale_id for one in heads if one.id not in had})
    if fresh:
        work.can_undo({})
    return {"step": step, "marked": len(fresh), "already": len(had)}


def _live(db: Connection, note_ids: Iterable[int], step: str) -> Any:
    s = goods_out_step.c
    return select(s.goods_out_id).where(
        s.goods_out_id.in_(ids_in(db, note_ids)), s.step == step, s.undone_by.is_(None)
    )


@mark.undone_by
def _mark_undone(work: Work, original: Undone) -> dict[str, Any]:
    """Take the step back from those that still have it; refused once a note has shipped."""
    s = goods_out_step.c
    mine = (s.journal_id == original.journal_id, s.undone_by.is_(None))
    return {"unmarked": _take_back(work, mine)}


def _take_back(work: Work, mine: tuple[Any, ...]) -> int:
    s = goods_out_step.c
    sales = select(goods_out.c.sale_id).join(goods_out_step, s.goods_out_id == goods_out.c.id)
    work.locks.take_sales(work.db.execute(sales.where(*mine)).scalars())
    notes = work.db.execute(select(s.goods_out_id).where(*mine)).scalars().all()
    heads = note_heads(work.db, notes)
    refuse_shipped(work.db, heads)
    work.db.execute(update(goods_out_step).where(*mine).values(undone_by=work.journal_id))
    work.touched(Topic.SALES, {one.sale_id for one in heads})
    work.touched(Topic.GOODS_OUT, notes)
    return len(notes)


@command("Unmark goods-out notes", needs=Permission.SHIP)
def unmark(work: Work, note_ids: Sequence[int], step: str) -> dict[str, Any]:
    """Take back that notes were printed, picked or packed (R6.1). Can be undone.

    Result: ``{"step", "unmarked": n}``. Raises as ``mark`` does.
    """
    if step not in MARKS:
        raise Rejected("unknown_step", step=step)
    heads = lock_notes(work, note_ids, stock=False)
    s = goods_out_step.c
    had = set(work.db.execute(_live(work.db, note_ids, step)).scalars())
    work.db.execute(
        update(goods_out_step)
        .where(s.goods_out_id.in_(ids_in(work.db, had)), s.step == step, s.undone_by.is_(None))
        .values(undone_by=work.journal_id)
    )
    work.touched(Topic.SALES, {one.sale_id for one in heads if one.id in had})
    work.touched(Topic.GOODS_OUT, had)
    if had:
        work.can_undo({"notes": sorted(had)})
    return {"step": step, "unmarked": len(had)}


@unmark.undone_by
def _unmark_undone(work: Work, original: Undone) -> dict[str, Any]:
    """Give the step back as it was, where the note has not got it again."""
    s = goods_out_step.c
    taken = select(s.goods_out_id, s.step).where(s.undone_by == original.journal_id)
    wanted = work.db.execute(taken).all()
    sales = select(goods_out.c.sale_id).where(
        goods_out.c.id.in_(ids_in(work.db, {row.goods_out_id for row in wanted}))
    )
    work.locks.take_sales(work.db.execute(sales).scalars())
    live = goods_out_step.alias("live")
    marked_again = (
        select(live.c.id)
        .where(
            live.c.goods_out_id == s.goods_out_id, live.c.step == s.step, live.c.undone_by.is_(None)
        )
        .exists()
    )
    found = work.db.execute(
        update(goods_out_step)
        .where(s.undone_by == original.journal_id, ~marked_again)
        .values(undone_by=None)
    )
    work.touched(Topic.SALES, work.db.execute(sales).scalars())
    work.touched(Topic.GOODS_OUT, {row.goods_out_id for row in wanted})
    return {"marked": found.rowcount}


def keep_steps(db: Connection, note_ids: Iterable[int]) -> list[list[Any]]:
    """The live steps of notes that are about to be deleted, for ``restore_steps``."""
    s = goods_out_step.c
    return [
        [row.number, row.step, row.at.isoformat(), row.person_id, row.journal_id]
        for row in db.execute(
            select(goods_out.c.number, s.step, s.at, s.person_id, s.journal_id)
            .join(goods_out, goods_out.c.id == s.goods_out_id)
            .where(s.goods_out_id.in_(ids_in(db, note_ids)), s.undone_by.is_(None))
            .order_by(s.id)
        )
    ]


def restore_steps(work: Work, kept: Sequence[Sequence[Any]]) -> None:
    """Write kept steps again on the notes that have their numbers."""
    n = goods_out.c
    ids = {
        row.number: row.id
        for row in work.db.execute(
            select(n.id, n.number).where(n.number.in_(ids_in(work.db, {one[0] for one in kept})))
        )
    }
    insert_many(
        work.db,
        goods_out_step,
        [
            {
                "goods_out_id": ids[number], "step": step, "at": datetime.fromisoformat(at),
                "person_id": who, "reference": "", "journal_id": journal,
            }
            for number, step, at, who, journal in kept
        ],
    )  # fmt: skip
