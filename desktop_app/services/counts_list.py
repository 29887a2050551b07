"""Stock counts (R8.3): ``COUNTS`` lists them, ``COUNT_ROWS`` the products of one.

Sorts: number of counts; sku of their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, case, func, select

from .lists import Among, Key, Listing, Sort, among, by, fields_of, folded, has_word
from .store.bulk import ids_in
from .store.tables import person, product, stock_count, stock_count_row, warehouse


class CountsView(StrEnum):
    """The tabs of the list."""

    ALL = "all"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class CountFilter:
    """All conditions must hold."""

    text: str = ""
    view: CountsView = CountsView.ALL
    warehouse: Among | None = None


@dataclass(frozen=True, slots=True)
class CountLine:
    """A count and how far it is; ``differences``: products whose count is not what was expected."""

    id: int
    number: int
    title: str
    warehouse_id: int
    warehouse: str
    state: str
    """open | posted | abandoned."""
    products: int
    counted: int
    differences: int
    started_at: datetime
    settled_at: datetime | None
    person: str
    key: Key = ()


class RowsView(StrEnum):
    """The tabs of a count."""

    ALL = "all"
    LEFT = "left"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class CountRowFilter:
    """The rows of one count."""

    count_id: int
    view: RowsView = RowsView.ALL
    text: str = ""


@dataclass(frozen=True, slots=True)
class CountRowLine:
    """A product of a count; ``id`` is the product's. None: not counted yet."""

    id: int
    row_id: int
    sku: str
    name: str
    counted: int | None
    expected: int | None
    counted_at: datetime | None
    person: str
    key: Key = ()

    @property
    def difference(self) -> int | None:
        """Counted - expected; None: not counted yet."""
        if self.counted is None or self.expected is None:
            return None
        return self.counted - self.expected


NEWEST_FIRST: Sort = ("number", True)
BY_SKU: Sort = ("sku", False)
_c, _r = stock_count.c, stock_count_row.c


def _conditions(_db: Connection, where: CountFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.view is CountsView.OPEN:
        found.append(_c.state == "open")
    found += [has_word(word, _c.title, number=_c.number) for word in folded(where.text).split()]
    if where.warehouse is not None:
        found.append(among(_c.warehouse_id, where.warehouse))
    return found


def _lines(db: Connection, ids: Mapping[int, Key]) -> Iterator[CountLine]:
    sums = (
        select(
            _r.stock_count_id,
            func.count().label("products"),
            func.count(_r.counted).label("counted"),
            func.count(case((_r.counted != _r.expected, 1))).label("differences"),
        )
        .where(_r.stock_count_id.in_(ids_in(db, ids)))
        .group_by(_r.stock_count_id)
        .subquery()
    )
    query = (
        select(
            _c.id, _c.number, _c.title, _c.warehouse_id,
            warehouse.c.name.label("warehouse"), _c.state,
            func.coalesce(sums.c.products, 0).label("products"),
            func.coalesce(sums.c.counted, 0).label("counted"),
            func.coalesce(sums.c.differences, 0).label("differences"), _c.started_at, _c.settled_at,
            person.c.name.label("person"),
        )
        .outerjoin(sums, sums.c.stock_count_id == _c.id)
        .join(warehouse, warehouse.c.id == _c.warehouse_id)
        .join(person, person.c.id == _c.person_id)
        .where(_c.id.in_(ids_in(db, ids)))
    )  # fmt: skip
    for found in db.execute(query):
        yield CountLine(**fields_of(found), key=ids[found.id])


COUNTS: Listing[CountFilter, CountLine] = Listing(
    stock_count, {"number": (by(_c.number, _c.id),)}, NEWEST_FIRST, _conditions, _lines
)


def count_line(db: Connection, count_id: int) -> CountLine | None:
    """One count; None where there is none."""
    return next(iter(_lines(db, {count_id: ()})), None)


def view_counts(db: Connection) -> dict[CountsView, int]:
    """How many counts are open."""
    query = select(func.count()).select_from(stock_count).where(_c.state == "open")
    return {CountsView.OPEN: int(db.execute(query).scalar_one())}


def _row_conditions(_db: Connection, where: CountRowFilter) -> list[ColumnElement[bool]]:
    """Conditions on the product; the rows of one count are found by their own index."""
    rows = select(_r.product_id).where(_r.stock_count_id == where.count_id)
    if where.view is RowsView.LEFT:
        rows = rows.where(_r.counted.is_(None))
    elif where.view is RowsView.DIFFERENT:
        rows = rows.where(_r.counted != _r.expected)
    found: list[ColumnElement[bool]] = [product.c.id.in_(rows)]
    for word in folded(where.text).split():
        found.append(has_word(word, product.c.sku, product.c.name))
    return found


def rows_of_count(count_id: int) -> Listing[CountRowFilter, CountRowLine]:
    """The products of one count, by SKU."""

    def lines(db: Connection, ids: Mapping[int, Key]) -> Iterator[CountRowLine]:
        query = (
            select(
                product.c.id, _r.id.label("row_id"), product.c.sku, product.c.name, _r.counted,
                _r.expected, _r.counted_at, func.coalesce(person.c.name, "").label("person"),
            )
            .join(product, product.c.id == _r.product_id)
            .outerjoin(person, person.c.id == _r.person_id)
            .where(_r.stock_count_id == count_id, _r.product_id.in_(ids_in(db, ids)))
        )  # fmt: skip
        for found in db.execute(query):
            yield CountRowLine(**fields_of(found), key=ids[found.id])

    return Listing(
        product, {"sku": (by(product.c.sku, product.c.id),)}, BY_SKU, _row_conditions, lines
    )


def categories(db: Connection) -> list[str]:
    """The categories that stock-tracked products have, by name."""
    query = select(product.c.category).where(product.c.category != "", product.c.kind == "stock")
    return list(db.execute(query.distinct().order_by(product.c.category)).scalars())
