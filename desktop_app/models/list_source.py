"""A ``Listing`` of the services as the source of a paged table."""

from __future__ import annotations

from typing import Any, TypeVar

from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.lists import PAGE, Listing

R = TypeVar("R", bound=Any)
F = TypeVar("F")


def source_of(topic: Topic, listing: Listing[F, R]) -> ListSource[R, F]:
    """The questions a paged table asks, answered by a listing."""
    return ListSource(
        topic=topic,
        count=listing.count,
        page=listing.page,
        by_id=listing.by_id,
        ids_between=listing.ids_between,
        all_ids=listing.all_ids,
        matching=listing.matching,
        position_of=listing.position_of,
        page_rows=PAGE,
        every_id=listing.every_id,
        thens=listing.thens,
    )
