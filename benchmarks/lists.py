"""Lists, filters, selection and details at 200,000 sales against ux 5.1: python -m benchmarks.lists.

Times are those of the whole read as a page waits for it: a connection, a snapshot, the queries,
the lines as values. Budgets are p95 on a quiet machine of 2 cores.
"""

import os
from functools import partial

from benchmarks.databases import arguments, engines, large, postmaster
from benchmarks.figures import Figure, Stopwatch, table
from desktop_app.services import (
    purchase_details,
    purchases_list,
    sale_details,
    sales_list,
    sales_search,
    stock_list,
    timeline,
)
from desktop_app.services.backend import Backend
from desktop_app.services.lists import Among
from desktop_app.services.purchases_list import PURCHASES, PurchasesFilter
from desktop_app.services.purchasing import BatchOptions, BatchRequest, preview
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales_list import SALES, Eta, SalesFilter, SalesView
from desktop_app.services.stock_list import STOCK, StockFilter

PAGE_MS, ROWS_MS, FILTER_MS, FIND_MS, IDS_MS, PANE_MS = 10, 150, 300, 100, 100, 250
PREVIEW_MS = 500


def pages(backend: Backend, watch: Stopwatch) -> list[Figure]:
    """First pages, neighbours and jumps in each order offered."""
    read, every = backend.read, SalesFilter()
    total = read(SALES.count, every)
    found = [
        watch.figure(
            "first page, newest first",
            partial(read, SALES.page, every, None, 0),
            PAGE_MS,
        )
    ]
    last = read(SALES.page, every, None, total // 2)[-1]
    found.append(
        watch.figure(
            "next page in the middle, by key",
            partial(read, SALES.page, every, None, total // 2 + 200, last.key),
            PAGE_MS,
        )
    )
    for share in (0.5, 0.999):
        place = int(total * share)
        jump = partial(read, SALES.page, every, None, place)
        found.append(watch.figure(f"jump to row {place:,}", jump, ROWS_MS))
    for name in SALES.sorts:
        for descending in (False, True):
            said = f"{name} {'descending' if descending else 'ascending'}"
            first = partial(read, SALES.page, every, (name, descending), 0)
            found.append(watch.figure(f"sort by {said}: first page", first, FILTER_MS))
        jump = partial(read, SALES.page, every, (name, False), total // 2)
        found.append(watch.figure(f"sort by {name}: jump to the middle", jump, FILTER_MS))
    for first in SALES.sorts:
        # One of each first key: the second one only finishes what the first one's index began.
        for then in tuple(SALES.thens(first))[:1]:
            two = (first, True, then, False)
            said = f"sort by {first} descending, then {then}"
            page = partial(read, SALES.page, every, two, 0)
            found.append(watch.figure(f"{said}: first page", page, FILTER_MS))
            jump = partial(read, SALES.page, every, two, total // 2)
            found.append(watch.figure(f"{said}: jump to the middle", jump, FILTER_MS))
    return found


def _filters(backend: Backend) -> dict[str, SalesFilter]:
    busy = backend.read(SALES.page, SalesFilter(), None, 0)[0]
    supplier = Among.of(1)
    return {
        **{f"view {view.value}": SalesFilter(view=view) for view in SalesView},
        "status is Shipped": SalesFilter(status=_status(backend, "Shipped")),
        "status is not On hold": SalesFilter(status=_status(backend, "On hold", out=True)),
        "channel": SalesFilter(channel=Among.of(2)),
        "channel, none or part allocated, not on hold": SalesFilter(
            channel=Among.of(2),
            allocation=Among.of(Axis.NONE, Axis.PART),
            status=_status(backend, "On hold", out=True),
        ),
        "placed in the last 30 days": SalesFilter(placed_days=30),
        "allocated: part": SalesFilter(allocation=Among.of(Axis.PART)),
        "unpaid or part paid": SalesFilter(payment=Among.of(Axis.NONE, Axis.PART)),
        "not invoiced": SalesFilter(invoiced=False),
        "short": SalesFilter(short=True),
        "ETA late": SalesFilter(eta=Eta.LATE),
        "ETA this week": SalesFilter(eta=Eta.THIS_WEEK),
        "ETA none": SalesFilter(eta=Eta.NONE),
        "warehouse": SalesFilter(warehouse=Among.of(2)),
        "customer": SalesFilter(customer=Among.of(busy.customer_id)),
        "product": SalesFilter(product=Among.of(7)),
        "item code TEN-*": SalesFilter(sku="TEN-*"),
        "supplier of any short item": SalesFilter(supplier=supplier),
        "has PO": SalesFilter(has_po=True),
        "has no PO": SalesFilter(has_po=False),
    }


def _status(backend: Backend, name: str, *, out: bool = False) -> Among:
    found = backend.read(sales_search.understand, f'status:"{name}"').where.status
    assert found is not None
    return Among(found.values, out)


def filters(backend: Backend, watch: Stopwatch) -> list[Figure]:
    """Per filter: the count and the first page, asked together (architecture 9)."""
    found = []
    for said, where in _filters(backend).items():
        count = partial(backend.read, SALES.count, where)
        page = partial(backend.read, SALES.page, where, None, 0)
        found += [
            watch.figure(f"{said}: count", count, FILTER_MS, note=lambda n: f"{n:,}"),
            watch.figure(f"{said}: first page", page, FILTER_MS),
        ]
    counts = partial(backend.read, sales_list.view_counts)
    found.append(watch.figure("counts of all views", counts, FILTER_MS))
    totals = partial(backend.read, sales_list.totals, SalesFilter())
    found.append(watch.figure("sums of all sales for the strip", totals, FILTER_MS))
    return found


def finding(backend: Backend, watch: Stopwatch) -> list[Figure]:
    """Free text: rare, common, absent, numbers and tokens."""
    number = backend.read(SALES.page, SalesFilter(), None, 1000)[0].number
    found = []
    for typed in (
        f"#{number}", str(number), "1234", "kestrel outdoors 17", "kestrel", "ten-00011", "zzzqqq", "ke",
        "channel:web short:>0 eta:late", "po 5012",
    ):  # fmt: skip
        where = backend.read(sales_search.understand, typed).where
        page = partial(backend.read, SALES.page, where, None, 0)
        count = partial(backend.read, SALES.count, where)
        found += [
            watch.figure(f"find {typed!r}: first page", page, FIND_MS),
            watch.figure(f"find {typed!r}: count", count, FILTER_MS, note=lambda n: f"{n:,}"),
        ]
    return found


def selection(backend: Backend, watch: Stopwatch) -> list[Figure]:
    """Ids of everything that matches, of a range, and where one record is."""
    read, every = backend.read, SalesFilter()
    ids = read(SALES.all_ids, every)
    half = len(ids) // 2
    waiting = SalesFilter(view=SalesView.NEEDS_ORDERING)
    size = lambda got: f"{len(got):,} ids"  # noqa: E731
    span = partial(read, SALES.ids_between, every, None, ids[1000], ids[half])
    return [
        watch.figure("select all matching", partial(read, SALES.all_ids, every), IDS_MS, note=size),
        watch.figure("select all that need ordering", partial(read, SALES.all_ids, waiting), IDS_MS, note=size),
        watch.figure("select a range of 99,000", span, IDS_MS, note=size),
        watch.figure("which of 5,000 chosen still match", partial(read, SALES.matching, waiting, ids[:5000]), IDS_MS),
        watch.figure("position of a sale in the middle", partial(read, SALES.position_of, every, None, ids[half]), IDS_MS),
        watch.figure("sums of 1,000 chosen", partial(read, sales_list.chosen_totals, ids[:1000]), IDS_MS),
        watch.figure("200 lines by id", partial(read, SALES.by_id, ids[:200]), PAGE_MS),
    ]  # fmt: skip


def others(backend: Backend, watch: Stopwatch) -> list[Figure]:
    """Purchases, stock, the pane that follows a row."""
    read = backend.read
    waiting = read(SALES.page, SalesFilter(view=SalesView.WAITING_ON_PO), None, 0)[0].id
    order = max(
        read(PURCHASES.page, PurchasesFilter(open_only=True), None, 0),
        key=lambda one: one.waiting_sales,
    ).id
    short = StockFilter(short_only=True)
    return [
        watch.figure("purchases: first page", partial(read, PURCHASES.page, PurchasesFilter(), None, 0), FILTER_MS),
        watch.figure("purchases: count", partial(read, PURCHASES.count, PurchasesFilter()), FILTER_MS, note=lambda n: f"{n:,}"),
        *(
            watch.figure(f"purchases by {name}: first page", partial(read, PURCHASES.page, PurchasesFilter(), (name, False), 0), FILTER_MS)
            for name in PURCHASES.sorts
        ),
        watch.figure("purchases: counts of views", partial(read, purchases_list.view_counts), FILTER_MS),
        watch.figure("stock: first page", partial(read, STOCK.page, StockFilter(), None, 0), FILTER_MS),
        watch.figure("stock: short only, first page", partial(read, STOCK.page, short, None, 0), FILTER_MS),
        watch.figure("stock: short only, count", partial(read, STOCK.count, short), FILTER_MS, note=lambda n: f"{n:,}"),
        watch.figure("stock: warehouses of 200 products", partial(read, stock_list.of_products, range(1, 201)), PAGE_MS * 5),
        watch.figure("pane: a waiting sale", partial(read, sale_details.sale_detail, waiting), PANE_MS),
        watch.figure("pane: its timeline", partial(read, timeline.timeline, "SO", waiting), PANE_MS),
        watch.figure("pane: a purchase order", partial(read, purchase_details.purchase_detail, order), PANE_MS),
    ]  # fmt: skip


def previews(backend: Backend, watch: Stopwatch) -> list[Figure]:
    """The batch dialog over sales that wait, oldest and newest (BPO-09: 500 ms for 200)."""
    waiting = backend.read(SALES.all_ids, SalesFilter(short=True, waits=True))
    found = []
    for how_many, budget in ((1, PREVIEW_MS), (200, PREVIEW_MS), (1_000, None)):
        request = BatchRequest(tuple(waiting[:how_many]), BatchOptions())
        ask = partial(backend.read, preview, request)
        found.append(
            watch.figure(
                f"preview of {how_many:,} sales",
                ask,
                budget,
                note=lambda seen: f"{sum(1 for _ in seen.lines())} lines",
            )
        )
    return found


def main() -> None:
    asked = arguments(__doc__ or "").parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    over = []
    for kind in engines(asked.engine):
        with large(kind, asked.folder, asked.sales) as backend:
            watch = Stopwatch(asked.times, postmaster(asked.folder) if kind == "postgres" else None)
            for part in (pages, filters, finding, selection, previews, others):
                found = part(backend, watch)
                print(table(f"\n{kind}, {asked.sales:,} sales: {part.__name__}", found), flush=True)
                over += [f"{kind}: {one.what}" for one in found if not one.is_kept]
    print("\nEvery budget is kept." if not over else "\nOver budget: " + "; ".join(over))


if __name__ == "__main__":
    main()
