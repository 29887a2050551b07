"""Views of lists that people keep: a filter, its words and a sort under a name (SAL-01).

``views(db, list_key, person_id)`` -> what this person may see, their own and shared ones;
``counts(db, list_key, filters)`` -> how many records each holds. Commands: ``save``, ``change``,
``rename``, ``share``, ``delete``. A shared view is changed by its owner or a manager only (R11.1).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    Connection,
    Table,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from . import settings
from .access import Permission
from .backend import Undone, Work, command
from .changes import Topic
from .errors import Conflict, NotAllowed, Rejected
from .filter_json import LeftOut, Why, read, sort_read, sort_written, written
from .lists import Among, Listing, Sort, fields_of
from .rules.sale_status import Axis
from .store.bulk import ids_in
from .store.tables import (
    channel,
    customer,
    order_status,
    person,
    product,
    purchase_batch,
    sale,
    saved_view,
    supplier,
    warehouse,
)

COUNTED_MAX = 12
"""So many views of a list are counted at most; the others have no number."""

VIEWS_MAX = 40
"""So many views of one list a person may keep."""

NAME_MAX = 60
CONDITIONS_MAX = 10_000

_AXIS = frozenset(int(one) for one in Axis)
_DAYS = range(1, 36_500)


@dataclass(frozen=True, slots=True)
class Kind:
    """A list that has saved views. ``known``: the table whose ids a condition names, or its values."""

    filter: type[Any]
    listing: Listing[Any, Any]
    known: Mapping[str, Table | Container[int]] = field(default_factory=dict)


# Each list is loaded when its views are asked for: a page is, too, when it is first looked at.


def _sales() -> Kind:
    from .sales_list import SALES, SalesFilter

    return Kind(
        SalesFilter,
        SALES,
        {
            "placed_days": _DAYS, "channel": channel, "status": order_status, "payment": _AXIS,
            "allocation": _AXIS, "fulfilment": _AXIS, "shipping": _AXIS, "warehouse": warehouse,
            "customer": customer, "product": product, "supplier": supplier,
        },
    )  # fmt: skip


def _purchases() -> Kind:
    from .purchases_list import PURCHASES, PurchasesFilter

    return Kind(
        PurchasesFilter,
        PURCHASES,
        {
            "supplier": supplier, "warehouse": warehouse, "status": order_status,
            "received": _AXIS, "created_days": _DAYS, "product": product,
            "batch_id": purchase_batch, "sale_id": sale,
        },
    )  # fmt: skip


def _stock() -> Kind:
    from .stock_list import STOCK, StockFilter

    return Kind(StockFilter, STOCK, {"warehouse_id": warehouse, "supplier": supplier})


def _goods_out() -> Kind:
    from .goods_out_list import NOTES, NotesFilter

    return Kind(NotesFilter, NOTES, {"channel": channel, "warehouse": warehouse})


def _credits() -> Kind:
    from .credit_details import CREDITS, CreditsFilter

    return Kind(CreditsFilter, CREDITS, {"channel": channel, "placed_days": _DAYS})


def _transfers() -> Kind:
    from .transfers_list import TRANSFERS, TransferFilter

    return Kind(TransferFilter, TRANSFERS, {"source": warehouse, "to": warehouse})


def _counts() -> Kind:
    from .counts_list import COUNTS, CountFilter

    return Kind(CountFilter, COUNTS, {"warehouse": warehouse})


def _messages() -> Kind:
    from .pos_messages import MESSAGES, MessagesFilter

    return Kind(MessagesFilter, MESSAGES)


LISTS: dict[str, Callable[[], Kind]] = {
    "sales": _sales,
    "purchases": _purchases,
    "stock": _stock,
    "goods_out": _goods_out,
    "credits": _credits,
    "transfers": _transfers,
    "counts": _counts,
    "messages": _messages,
}


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view as its tab shows it. ``left_out``: conditions that cannot be asked here and now."""

    id: int
    name: str
    owner_id: int
    owner: str
    shared: bool
    where: Any
    sort: Sort | None
    version: int
    left_out: tuple[LeftOut, ...] = ()


def views(db: Connection, list_key: str, person_id: int) -> tuple[SavedView, ...]:
    """The views of a list that this person sees, in the order they were made; two statements."""
    c, kind = saved_view.c, LISTS[list_key]()
    query = (
        select(saved_view, person.c.name.label("owner"))
        .join(person, person.c.id == c.person_id)
        .where(c.list_key == list_key, or_(c.person_id == person_id, c.shared == 1))
        .order_by(c.position, c.id)
    )
    found = []
    for row in db.execute(query).all():
        where, left = read(kind.filter, row.conditions)
        sort, unsorted = sort_read(row.sort, kind.listing.knows)
        found.append(
            SavedView(
                row.id, row.name, row.person_id, row.owner, bool(row.shared), where, sort,
                row.version, (*left, *unsorted),
            )
        )  # fmt: skip
    there = _there(db, kind, [one.where for one in found])
    return tuple(_of_what_is_there(kind, one, there) for one in found)


def counts(db: Connection, list_key: str, filters: Sequence[Any]) -> tuple[int, ...]:
    """How many records each of these filters finds; one statement, and one per text or code asked.

    Raises ValueError for more than ``COUNTED_MAX``.
    """
    if len(filters) > COUNTED_MAX:
        raise ValueError("too many views to count")
    listing = LISTS[list_key]().listing
    numbers = [
        select(func.count())
        .select_from(listing.table)
        .where(*listing.where(db, where))
        .scalar_subquery()
        for where in filters
    ]
    return tuple(db.execute(select(*numbers)).one()) if numbers else ()


# --- what a filter names ---------------------------------------------------------------------------


def _named(value: Any) -> frozenset[int]:
    if isinstance(value, Among):
        return value.values
    return frozenset() if value is None else frozenset({value})


def _there(db: Connection, kind: Kind, filters: Iterable[Any]) -> dict[Table, frozenset[int]]:
    """Of the ids that the filters name by table: those that exist. One statement, or none."""
    wanted: dict[Table, set[int]] = {}
    for where in filters:
        for name, known in kind.known.items():
            ids = _named(getattr(where, name))
            if isinstance(known, Table) and ids:
                wanted.setdefault(known, set()).update(ids)
    tables = list(wanted)
    queries = [
        select(literal(place), one.c.id).where(one.c.id.in_(ids_in(db, wanted[one])))
        for place, one in enumerate(tables)
    ]
    found: dict[Table, set[int]] = {one: set() for one in tables}
    for place, key in db.execute(union_all(*queries)) if queries else ():
        found[tables[place]].add(key)
    return {one: frozenset(ids) for one, ids in found.items()}


def _of_what_is_there(
    kind: Kind, view: SavedView, there: Mapping[Table, frozenset[int]]
) -> SavedView:
    """The view without what does not exist any more, and without values nobody knows."""
    kept: dict[str, Any] = {}
    left: list[LeftOut] = []
    for name, known in kind.known.items():
        value = getattr(view.where, name)
        named = _named(value)
        is_table = isinstance(known, Table)
        some = there.get(known, frozenset()) if isinstance(known, Table) else known
        here = frozenset(one for one in named if one in some)
        if here == named:
            continue
        out = isinstance(value, Among) and value.out
        kept[name] = Among(here, out) if isinstance(value, Among) and here else None
        if not out:  # nothing is none of what is not there
            left.append(LeftOut(name, Why.GONE if is_table else Why.VALUE))
    if not kept:
        return view
    return replace(view, where=replace(view.where, **kept), left_out=(*view.left_out, *left))


# --- commands --------------------------------------------------------------------------------------


@command("Save a view", needs=Permission.SAVE_VIEWS)
def save(
    work: Work, list_key: str, name: str, where: Any, sort: Sort | None, *, shared: bool
) -> dict[str, Any]:
    """Keep a new view of the actor's. Result: ``{"id", "name", "shared"}``. Can be undone.

    Raises Rejected("view_name_missing" | "view_name_long" | "view_name_taken" | "too_many_views" |
    "view_too_long").
    """
    settings.one_at_a_time(work)
    conditions, order = _told(list_key, where, sort)
    mine = saved_view.c.person_id == work.actor.person_id
    of_list = saved_view.c.list_key == list_key
    number, last = work.db.execute(
        select(
            select(func.count()).select_from(saved_view).where(mine, of_list).scalar_subquery(),
            select(func.coalesce(func.max(saved_view.c.position), 0))
            .where(of_list)
            .scalar_subquery(),
        )
    ).one()
    if number >= VIEWS_MAX:
        raise Rejected("too_many_views", most=VIEWS_MAX)
    after = {
        "list_key": list_key, "person_id": work.actor.person_id, "conditions": conditions,
        "name": _free_name(work.db, list_key, work.actor.person_id, name), "shared": int(shared),
        "sort": order, "position": last + 1,
    }  # fmt: skip
    made = work.db.execute(insert(saved_view).values(**after).returning(saved_view.c.id))
    return _done(work, made.scalar_one(), None, after)


@command("Change a view", needs=Permission.SAVE_VIEWS)
def change(work: Work, view_id: int, version: int, where: Any, sort: Sort | None) -> dict[str, Any]:
    """Put another filter and sort under the same name. ``version``: of the view as it was shown.

    Result: ``{"id", "name", "shared"}``. Can be undone. Raises Rejected("unknown_view" |
    "view_too_long"), NotAllowed("view_not_yours"), Conflict("view_changed").
    """
    before, at = _to_change(work, view_id)
    if at != version:
        raise Conflict("view_changed", now=at, name=before["name"])
    conditions, order = _told(before["list_key"], where, sort)
    return _write(work, view_id, before, at, conditions=conditions, sort=order)


@command("Rename a view", needs=Permission.SAVE_VIEWS)
def rename(work: Work, view_id: int, name: str) -> dict[str, Any]:
    """Give a view another name. Result: ``{"id", "name", "shared"}``. Can be undone.

    Raises as ``save`` and ``change`` do.
    """
    before, at = _to_change(work, view_id)
    words = _free_name(work.db, before["list_key"], before["person_id"], name, view_id)
    return _write(work, view_id, before, at, name=words)


@command("Share a view", needs=Permission.SAVE_VIEWS)
def share(work: Work, view_id: int, *, shared: bool) -> dict[str, Any]:
    """Show a view to everyone, or to its owner only. Result and refusals as of ``change``."""
    before, at = _to_change(work, view_id)
    return _write(work, view_id, before, at, shared=int(shared))


@command("Delete a view", needs=Permission.SAVE_VIEWS)
def delete(work: Work, view_id: int) -> dict[str, Any]:
    """Take a view away. Result and refusals as of ``change``; can be undone."""
    before, _ = _to_change(work, view_id)
    work.db.execute(saved_view.delete().where(saved_view.c.id == view_id))
    return _done(work, view_id, before, None)


def _put_back(work: Work, original: Undone) -> dict[str, Any]:
    """The view as it was before the command; refused where it was changed again since."""
    settings.one_at_a_time(work)
    key, before, after = (original.data[name] for name in ("id", "before", "after"))
    row, version = _row(work.db, key)
    if after is not None and row != after:
        raise Rejected("view_changed_since", name=after["name"])
    if before is None:
        work.db.execute(saved_view.delete().where(saved_view.c.id == key))
    elif before["name"] != (after or {}).get("name"):
        _free_name(
            work.db, before["list_key"], before["person_id"], before["name"], key if after else 0
        )
    if before is not None and after is not None:
        changed = update(saved_view).where(saved_view.c.id == key)
        work.db.execute(changed.values(**before, version=version + 1))
    elif before is not None:
        # SQLite may have given the number to another view meanwhile.
        number = {} if row is not None else {"id": key}
        made = insert(saved_view).values(**before, **number).returning(saved_view.c.id)
        key = work.db.execute(made).scalar_one()
    work.touched(Topic.VIEWS, [key])
    return {"id": key, "name": (before or after)["name"]}


for _one in (save, change, rename, share, delete):
    _one.undone_by(_put_back)


def _told(list_key: str, where: Any, sort: Sort | None) -> tuple[str, str]:
    kind = LISTS[list_key]()
    if not isinstance(where, kind.filter) or (sort and not kind.listing.knows(sort)):
        raise TypeError(f"no filter or sort of {list_key}")
    conditions = written(where)
    if len(conditions) > CONDITIONS_MAX:
        raise Rejected("view_too_long")
    return conditions, sort_written(sort)


def _free_name(db: Connection, list_key: str, person_id: int, name: str, but: int = 0) -> str:
    words = " ".join(name.split())
    if not words:
        raise Rejected("view_name_missing")
    if len(words) > NAME_MAX:
        raise Rejected("view_name_long", most=NAME_MAX)
    c = saved_view.c
    taken = select(c.id).where(
        c.list_key == list_key, c.person_id == person_id, c.name == words, c.id != but
    )
    if db.execute(taken).first() is not None:
        raise Rejected("view_name_taken", name=words)
    return words


def _row(db: Connection, view_id: int) -> tuple[dict[str, Any] | None, int]:
    """A view's columns but its number and version, and the version."""
    found = db.execute(select(saved_view).where(saved_view.c.id == view_id)).one_or_none()
    if found is None:
        return None, 0
    row = fields_of(found)
    del row["id"]
    return row, row.pop("version")


def _to_change(work: Work, view_id: int) -> tuple[dict[str, Any], int]:
    """The view, if the actor may change it; someone else's private one does not exist for them."""
    settings.one_at_a_time(work)
    row, version = _row(work.db, view_id)
    mine = row is not None and row["person_id"] == work.actor.person_id
    if row is None or not (mine or row["shared"]):
        raise Rejected("unknown_view")
    if not mine and not work.actor.may(Permission.EDIT_SHARED_VIEWS):
        owner = select(person.c.name).where(person.c.id == row["person_id"])
        raise NotAllowed("view_not_yours", owner=work.db.execute(owner).scalar_one())
    return row, version


def _write(
    work: Work, view_id: int, before: dict[str, Any], version: int, **values: Any
) -> dict[str, Any]:
    work.db.execute(
        update(saved_view).where(saved_view.c.id == view_id).values(**values, version=version + 1)
    )
    return _done(work, view_id, before, before | values)


def _done(
    work: Work, view_id: int, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> dict[str, Any]:
    if before != after:
        work.can_undo({"id": view_id, "before": before, "after": after})
    work.touched(Topic.VIEWS, [view_id])
    row = after or before or {}
    return {"id": view_id, "name": row["name"], "shared": bool(row["shared"])}
