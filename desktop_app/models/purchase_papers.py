"""Purchase orders for suppliers and goods-in notes for clerks as documents (R3.9, R5.1, MIC-12).

Each is a document of its own, so that its pages are numbered by themselves. Texts come from
suppliers and customers, so all of them are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from desktop_app.models.damage_words import inside
from desktop_app.models.formats import (
    count,
    counted_units,
    full_day,
    full_moment,
    money,
    price,
    quantity,
)
from desktop_app.models.papers import escaped, page, table
from desktop_app.services.purchase_papers import (
    ForSale,
    GoodsInPaper,
    OrderLine,
    OrderPaper,
    PutAwayLine,
)

STOPPED = {
    "cancelled": "This order is cancelled: please deliver nothing.",
    "closed": "This order is closed: please deliver nothing more.",
}


def purchase_orders(papers: Sequence[OrderPaper]) -> list[str]:
    """A document for each purchase order as HTML, in the order's currency."""
    return [_order(paper) for paper in papers]


def _order(paper: OrderPaper) -> str:
    title = f"Purchase order {paper.number}"
    stopped = STOPPED.get(paper.state, "")
    facts = f"Ordered {full_day(paper.ordered_at.astimezone().date())}"
    if paper.expected_on is not None:
        facts += f" · Expected {full_day(paper.expected_on)}"
    if paper.reference:
        facts += f" · Reference {paper.reference}"
    total = money(paper.total, paper.currency, paper.currency_digits)
    return page(
        f"<h1>{title}</h1>"
        f"<p>{escaped(paper.company)}</p>"
        f"{f'<p><b>{stopped}</b></p>' if stopped else ''}"
        f"{_parties(paper)}"
        f"<p>{escaped(facts)}</p><br>"
        f"{_order_lines(paper)}"
        f'<p align="right" style="margin-right: 12px"><b>Total without tax {escaped(total)}</b></p>',
        title=f"{title}, {paper.company}",
    )


def _parties(paper: OrderPaper) -> str:
    where = "Deliver to our customer" if paper.drop_ship else "Deliver to"
    cells = (
        ("Supplier", paper.supplier, paper.supplier_address),
        (where, paper.deliver_to, paper.address),
    )
    made = "".join(
        f'<td width="50%"><span class="small">{head}</span><br><b>{escaped(name)}</b>'
        f"<br>{escaped(address)}</td>"
        for head, name, address in cells
    )
    return f'<table width="100%" cellspacing="0"><tr>{made}</tr></table>'


def _order_lines(paper: OrderPaper) -> str:
    """The supplier's own item code first: it is what a supplier picks by (R3.9)."""
    return table(
        ("Your code", "Our code", "Product", "Quantity", "Unit cost", "Total"),
        [
            (
                line.supplier_sku,
                line.sku,
                _product(line, paper),
                quantity(line.ordered),
                price(line.cost, paper.currency, paper.currency_digits),
                money(line.total, paper.currency, paper.currency_digits),
            )
            for line in paper.lines
        ],
        ends=(3, 4, 5),
    )


def _product(line: OrderLine, paper: OrderPaper) -> str:
    if line.expected_on is None or line.expected_on == paper.expected_on:
        return line.name
    return f"{line.name}\nexpected {full_day(line.expected_on)}"


def goods_in_notes(papers: Sequence[GoodsInPaper]) -> list[str]:
    """A document for each goods-in note as HTML: what lies where, and for whom."""
    return [_note(paper) for paper in papers]


def _note(paper: GoodsInPaper) -> str:
    title = f"Goods-in note {paper.number}"
    facts = f"Received {full_moment(paper.at)} by {paper.person}"
    if paper.reference:
        facts += f" · Delivery note {paper.reference}"
    return page(
        f"<h1>{title}</h1>"
        f"<p><b>{escaped(paper.warehouse)}</b> · PO {paper.po_number} · {escaped(paper.supplier)}</p>"
        f"<p>{escaped(facts)}</p><br>"
        f"{_put_away(paper)}",
        title=f"{title}, {paper.company}",
    )


def _put_away(paper: GoodsInPaper) -> str:
    if not paper.lines:
        return "<p><b>All of this note was taken back: there is nothing to put away.</b></p>"
    back = ""
    if paper.taken_back:
        verb = "was" if paper.taken_back == 1 else "were"
        back = f"<p>{count(paper.taken_back, 'row')} {verb} taken back and left out here.</p>"
    given = sum(one.units for line in paper.lines for one in line.for_sales)
    damaged = sum(line.units for line in paper.lines if line.quarantined)
    lines = table(
        ("Place", "Item", "Product", "Units", "For sales", "For the shelf", "Done"),
        [
            (
                line.place,
                line.sku,
                line.name,
                quantity(line.units),
                _damaged(line) if line.quarantined else "\n".join(map(_for_sale, line.for_sales)),
                quantity(line.free) if line.free else "–",
                "☐",
            )
            for line in paper.lines
        ],
        ends=(3, 5),
    )
    for_sales = f", {quantity(given)} of them for sales" if given else ""
    apart = f", {quantity(damaged)} damaged, for quarantine" if damaged else ""
    return f"{back}{lines}<p>{counted_units(paper.units)} in all{for_sales}{apart}</p>"


def _damaged(line: PutAwayLine) -> str:
    """RCV-07: what is kept apart is for no sale."""
    why = f": {inside(line.reason)}" if line.reason else ""
    return f"quarantine{why}"


def _for_sale(one: ForSale) -> str:
    return f"{quantity(one.units)} for #{one.number} {one.customer}"
