"""A list in memory behind the ListSource protocol, and a door that counts what it is asked."""

import threading
from dataclasses import dataclass, field, replace

from desktop_app.models.columns import Align, Column
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic


@dataclass(frozen=True, slots=True)
class FakeRow:
    id: int
    key: tuple
    ref: str
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class FakeFilter:
    text: str = ""


@dataclass
class FakeDoor:
    """Stands for Backend: `read(query, *args)`; `gate` holds answers up, `fail` breaks them."""

    asked: list[str] = field(default_factory=list)
    gate: threading.Event | None = None
    fail: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, query, *args, **kwargs):
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.fail is not None:
            raise self.fail
        with self.lock:
            return query(None, *args, **kwargs)


class FakeList:
    """Rows by id; sorts by id, name or amount."""

    def __init__(self, rows: int, page_rows: int = 200) -> None:
        self.rows = {
            n: FakeRow(n, (), f"#{n}", f"Customer {n * 7919 % 1000:03d}", n * 137 % 5000)
            for n in range(1, rows + 1)
        }
        self.pages: list[tuple[int, bool]] = []
        self.counts = 0
        self.page_rows = page_rows

    def key(self, row, sort):
        name = sort[0] if sort else "id"
        return (row.id,) if name == "id" else (getattr(row, name), row.id)

    def ordered(self, where, sort):
        found = [r for r in self.rows.values() if (where.text or "").lower() in r.name.lower()]
        down = bool(sort and sort[1])
        found.sort(key=lambda r: self.key(r, sort), reverse=down)
        return found

    def count(self, db, where):
        self.counts += 1
        return len(self.ordered(where, None))

    def page(self, db, where, sort, first, after=None):
        self.pages.append((first, after is not None))
        rows = self.ordered(where, sort)
        if after is not None:
            down = bool(sort and sort[1])
            rows = [r for r in rows if (self.key(r, sort) < after) == down]
            rows = [r for r in rows if self.key(r, sort) != after][: self.page_rows]
        else:
            rows = rows[first : first + self.page_rows]
        return [replace(r, key=self.key(r, sort)) for r in rows]

    def by_id(self, db, ids, sort=None):
        found = [self.rows[i] for i in ids if i in self.rows]
        return [replace(r, key=self.key(r, sort)) for r in found]

    def ids_between(self, db, where, sort, first, last):
        ids = [r.id for r in self.ordered(where, sort)]
        if first not in ids or last not in ids:
            return []
        low, high = sorted((ids.index(first), ids.index(last)))
        return ids[low : high + 1]

    def all_ids(self, db, where, sort=None):
        return [r.id for r in self.ordered(where, sort)]

    def matching(self, db, where, ids):
        return {r.id for r in self.ordered(where, None)} & set(ids)

    def position_of(self, db, where, sort, record):
        ids = [r.id for r in self.ordered(where, sort)]
        return ids.index(record) if record in ids else None

    def source(self):
        return ListSource(
            Topic.SALES, self.count, self.page, self.by_id, self.ids_between,
            self.all_ids, self.matching, self.position_of, self.page_rows,
        )  # fmt: skip


DOWN_BY_NAME = ("name", True)


def columns():
    return [
        Column(key="ref", heading="Order", text=lambda r: r.ref, sort="id", fixed=True, width=9.5),
        Column(key="name", heading="Customer", text=lambda r: r.name, sort="name", stretch=True,
               width=20, width_min=12),
        Column(key="amount", heading="Total", text=lambda r: f"£{r.amount / 100:.2f}",
               align=Align.END, fixed=True, sort="amount", value=lambda r: r.amount / 100),
    ]  # fmt: skip
