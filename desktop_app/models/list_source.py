"""A ``Listing`` of the services as the source of a paged table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from desktop_app.models.paged_table import ListSource, Sort
from desktop_app.services import lists
from desktop_app.services.changes import Topic
from desktop_app.services.lists import Key, Listing, Order

R = TypeVar("R", bound=Any)
F = TypeVar("F")


def order_of(sort: Sort | None) -> Order:
    """The table's (key, descending) as the order of a listing."""
    return () if sort is None else (lists.Sort(sort[0], descending=sort[1]),)


def source_of(topic: Topic, listing: Listing[F, R]) -> ListSource[R, F]:
    """The seven questions a paged table asks, answered by a listing."""

    def page(db: Any, where: F, sort: Sort | None, first: int, after: Key | None) -> Sequence[R]:
        return listing.page(db, where, order_of(sort), first, after)

    def by_id(db: Any, ids: Collection[int]) -> Sequence[R]:
        return listing.by_id(db, list(ids))

    def ids_between(db: Any, where: F, sort: Sort | None, first: int, last: int) -> Sequence[int]:
        return _between(listing, db, where, order_of(sort), first, last)

    def position_of(db: Any, where: F, sort: Sort | None, record: int) -> int | None:
        return listing.position_of(db, where, order_of(sort), record)

    return ListSource(
        topic=topic,
        count=listing.count,
        page=page,
        by_id=by_id,
        ids_between=ids_between,
        all_ids=listing.all_ids,
        position_of=position_of,
        page_rows=lists.PAGE,
    )


def _between(
    listing: Listing[F, R], db: Any, where: F, order: Order, one: int, other: int
) -> Sequence[int]:
    """The ids from one record to another, in either direction, by their places now."""
    places = [listing.position_of(db, where, order, record) for record in (one, other)]
    known = [place for place in places if place is not None]
    if len(known) < 2:
        return [record for record, place in zip((one, other), places, strict=True) if place is not None]
    return listing.ids_between(db, where, order, min(known), max(known))
