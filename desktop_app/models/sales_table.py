"""The columns of Recent sales (ux 3.1). Key, place and priority follow the table there."""

from __future__ import annotations

from functools import lru_cache, partial

from desktop_app.models import formats, status_marks
from desktop_app.models.columns import Align, Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Mark
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.lists import today
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales_list import SALES, Cover, SaleLine, SalesFilter


def source() -> ListSource[SaleLine, SalesFilter]:
    """Recent sales as the source of a paged table."""
    return source_of(Topic.SALES, SALES)


def _progress(line: SaleLine) -> tuple[Mark, ...]:
    return _marks(
        int(line.payment), line.has_credit_terms, int(line.allocation), line.cover.value,
        line.waits, int(line.fulfilment), int(line.shipping), line.invoiced,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _marks(
    payment: int, credit: bool, allocation: int, cover: str, waits: bool, fulfilment: int,
    shipping: int, invoiced: bool,
) -> tuple[Mark, ...]:  # fmt: skip
    """The five statuses, made once for each way they can be: they are asked for at each repaint."""
    return (
        status_marks.payment(Axis(payment), has_credit_terms=credit),
        status_marks.allocated(Axis(allocation), Cover(cover), waits=waits),
        status_marks.goods(Axis(fulfilment)),
        status_marks.goods(Axis(shipping)),
        status_marks.invoiced(invoiced, shipped=Axis(shipping)),
    )


_status = lru_cache(maxsize=256)(status_marks.status)
_eta = lru_cache(maxsize=1024)(status_marks.eta)


def _short(line: SaleLine) -> str:
    return formats.quantity(line.short) if line.short else ""


def _total(line: SaleLine) -> str:
    return formats.money(line.total, line.currency, line.currency_digits)


def _axis(place: int, line: SaleLine) -> Mark:
    return _progress(line)[place]


def _axis_word(place: int, line: SaleLine) -> str:
    return _progress(line)[place].word


COLUMNS: tuple[Column[SaleLine], ...] = (
    Column(
        key="order", heading="Order", text=lambda s: f"#{s.number}", value=lambda s: s.number,
        width=10, fixed=True, link=True, strong=True, sort="number",
        sort_words=("Lowest first", "Highest first"),
    ),
    Column(
        key="placed", heading="Placed", text=lambda s: formats.moment(s.placed_at), width=13,
        priority=2, fixed=True, muted=True, sort="placed", sort_words=("Oldest first", "Newest first"),
        tooltip=lambda s: formats.ago(s.placed_at), value=lambda s: s.placed_at.isoformat(),
    ),
    Column(
        key="customer", heading="Customer", text=lambda s: s.customer, width=18, width_min=12,
        stretch=True, sort="customer",
    ),
    Column(
        key="status", heading="Status", text=lambda s: s.status, width=13, priority=2,
        mark=lambda s: _status(s.status, s.status_colour), sort="status",
    ),
    Column(
        key="total", heading="Total", text=_total, width=12, priority=2, align=Align.END, fixed=True,
        sort="total", sort_words=("Smallest first", "Largest first"),
        value=lambda s: f"{s.total / 10**s.currency_digits:.{s.currency_digits}f}",
    ),
    Column(
        key="short", heading="Short", text=_short, width=7, align=Align.END, fixed=True, strong=True,
        sort="short", sort_words=("Least first", "Most first"), value=lambda s: to_decimal(s.short),
        heading_tip="Units neither allocated, fulfilled nor shipped",
    ),
    Column(
        key="progress", heading="Status", text=lambda _: "", width=25, marks=_progress,
        subheadings=("Pay", "Alloc", "Fulf", "Ship", "Inv"),
        value=lambda s: " · ".join(mark.word for mark in _progress(s)),
    ),
    Column(
        key="eta", heading="ETA", text=lambda s: formats.day(s.eta), width=11, sort="eta",
        sort_words=("Soonest first", "Latest first"), mark=lambda s: None if s.eta is None else _eta(s.eta, today()),
        value=lambda s: s.eta.isoformat() if s.eta else "",
        heading_tip="Earliest expected delivery that covers this sale",
    ),
    Column(
        key="channel", heading="Channel", text=lambda s: s.channel, width=14, priority=3, muted=True,
        sort="channel",
    ),
    Column(
        key="pos", heading="POs", text=lambda s: str(s.po_count) if s.po_count else "", width=6,
        priority=3, align=Align.END, fixed=True, value=lambda s: s.po_count,
    ),
    Column(key="warehouse", heading="Warehouse", text=lambda s: s.warehouse, width=14, priority=0),
    Column(key="reference", heading="Reference", text=lambda s: s.reference, width=16, priority=0),
    Column(
        key="delivery", heading="Delivery date", text=lambda s: formats.day(s.delivery_on), width=12,
        priority=0, fixed=True, value=lambda s: s.delivery_on.isoformat() if s.delivery_on else "",
    ),
    Column(
        key="items", heading="Items", text=lambda s: str(s.items), width=7, priority=0, align=Align.END,
        fixed=True, value=lambda s: s.items,
    ),
    Column(
        key="waiting", heading="Days waiting",
        text=lambda s: "" if s.days_waiting is None else str(s.days_waiting),
        width=12, priority=0, align=Align.END, fixed=True, value=lambda s: s.days_waiting,
    ),
    *(
        Column[SaleLine](
            key=key, heading=heading, text=lambda _: "", width=13, priority=0, sort=key,
            sort_words=("None first", "All first"),
            mark=partial(_axis, place),
            value=partial(_axis_word, place),
        )
        for place, (key, heading) in enumerate(
            (("payment", "Payment"), ("allocation", "Allocated"), ("fulfilment", "Fulfilled"),
             ("shipping", "Shipped"), ("invoiced", "Invoiced"))
        )
    ),
)  # fmt: skip
