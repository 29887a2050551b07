"""A list in memory behind the ListSource protocol, and a door that counts what it is asked."""

import threading
from dataclasses import dataclass, field, replace

from desktop_app.models.columns import Align, Column
from desktop_app.services.lists import Sort


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

    def key(self, row, order):
        name = order[0].by if order else "id"
        return (row.id,) if name == "id" else (getattr(row, name), row.id)

    def ordered(self, where, order):
        found = [r for r in self.rows.values() if where.text.lower() in r.name.lower()]
        down = bool(order and order[0].descending)
        found.sort(key=lambda r: self.key(r, order), reverse=down)
        return found

    def count(self, db, where):
        self.counts += 1
        return len(self.ordered(where, ()))

    def page(self, db, where, order, first, after=None):
        self.pages.append((first, after is not None))
        rows = self.ordered(where, order)
        if after is not None:
            down = bool(order and order[0].descending)
            rows = [r for r in rows if (self.key(r, order) < after) == down]
            rows = [r for r in rows if self.key(r, order) != after][: self.page_rows]
        else:
            rows = rows[first : first + self.page_rows]
        return [replace(r, key=self.key(r, order)) for r in rows]

    def by_id(self, db, ids, order=()):
        found = [self.rows[i] for i in ids if i in self.rows]
        return [replace(r, key=self.key(r, order)) for r in found]

    def ids_between(self, db, where, order, first, last):
        return [r.id for r in self.ordered(where, order)][first : last + 1]

    def all_ids(self, db, where, order=()):
        return [r.id for r in self.ordered(where, order)]

    def matching(self, db, where, ids):
        return {r.id for r in self.ordered(where, ())} & set(ids)

    def position_of(self, db, where, order, record):
        ids = [r.id for r in self.ordered(where, order)]
        return ids.index(record) if record in ids else None


DOWN_BY_NAME = (Sort("name", descending=True),)


def columns():
    return [
        Column(key="ref", heading="Order", text=lambda r: r.ref, sort="id", fixed=True, width=9.5),
        Column(key="name", heading="Customer", text=lambda r: r.name, sort="name", stretch=True,
               width=20, width_min=12),
        Column(key="amount", heading="Total", text=lambda r: f"£{r.amount / 100:.2f}",
               align=Align.END, fixed=True, sort="amount", value=lambda r: r.amount / 100),
    ]  # fmt: skip
