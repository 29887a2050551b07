"""Purchase orders and goods-in notes on paper: what stands on them, page by page (R3.9, R5.1)."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from desktop_app.models.papers import document, pdf, sheets
from desktop_app.models.print_jobs import GOODS_IN_NOTE, PURCHASE_ORDER
from desktop_app.services.purchase_papers import (
    ForSale,
    GoodsInPaper,
    OrderLine,
    OrderPaper,
    PutAwayLine,
)
from desktop_app.services.rules.money import UNIT as U

AT = datetime(2025, 5, 12, 9, 30, tzinfo=UTC)
DAY = date(2025, 5, 28)
LINES = (
    OrderLine("TENT", "K-100", "Tent for two", 11 * U, 61_2000, 67320, DAY),
    OrderLine("GAS", "", "Gas stove", 1200 * U, 1795, 21540, date(2025, 6, 5)),
)


def order(number=541, **changed):
    made = OrderPaper(
        number, number, "Wren & Harbour", "Kestrel Outdoors", "1 Hill Street\nKendal",
        "orders@kestrel.example", "sent", AT, DAY, False, "Bristol", "2 Dock Road\nBristol",
        "R 7", "GBP", 2, 88860, LINES,
    )  # fmt: skip
    return replace(made, **changed)


def note(**changed):
    made = GoodsInPaper(
        12, 12, "Wren & Harbour", 541, "Kestrel Outdoors", "Bristol", AT, "Cleo Clerk", "DN 7",
        (
            PutAwayLine(
                "A-03", "TENT", "Tent for two", 11 * U,
                (ForSale(1001, "Tom Okafor", 3 * U), ForSale(1004, "Ann Lee", 2 * U)),
            ),
            PutAwayLine("B-01", "GAS", "Gas stove", 4 * U, (ForSale(1001, "Tom Okafor", 4 * U),)),
        ),
        0,
    )  # fmt: skip
    return replace(made, **changed)


def lines_of(kind, paper):
    (html,) = kind.htmls([paper])
    return [x for x in re.split(r"[\n\u2028]", document(html).toPlainText()) if x]


def pages(path):
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def test_a_purchase_order(qapp):
    assert lines_of(PURCHASE_ORDER, order()) == [
        "Purchase order 541", "Wren & Harbour",
        "Supplier", "Kestrel Outdoors", "1 Hill Street", "Kendal",
        "Deliver to", "Bristol", "2 Dock Road", "Bristol",
        "Ordered 12 May 2025 · Expected 28 May 2025 · Reference R 7",
        "Your code", "Our code", "Product", "Quantity", "Unit cost", "Total",
        "K-100", "TENT", "Tent for two", "11", "£61.20", "£673.20",
        "GAS", "Gas stove", "expected 5 Jun 2025", "1,200", "£0.1795", "£215.40",
        "Total without tax £888.60",
    ]  # fmt: skip


def test_a_drop_ship_says_that_the_customer_gets_it(qapp):
    """R4.3."""
    said = lines_of(
        PURCHASE_ORDER, order(drop_ship=True, deliver_to="Tom Okafor", address="9 Lane")
    )
    at = said.index("Deliver to our customer")
    assert said[at + 1 : at + 3] == ["Tom Okafor", "9 Lane"]


@pytest.mark.parametrize(
    ("currency", "digits", "cost", "total"),
    [("EUR", 2, "€61.20", "€673.20"), ("JPY", 0, "¥61.2", "¥67,320"), ("SEK", 2, "61.20 SEK", "673.20 SEK")],
)  # fmt: skip
def test_money_is_in_the_currency_of_the_order(qapp, currency, digits, cost, total):
    said = lines_of(PURCHASE_ORDER, order(currency=currency, currency_digits=digits))
    assert (cost in said, total in said) == (True, True)


def test_an_order_that_was_stopped_says_so_first(qapp):
    said = lines_of(PURCHASE_ORDER, order(state="cancelled"))
    assert said[2] == "This order is cancelled: please deliver nothing."
    said = lines_of(PURCHASE_ORDER, order(state="closed"))
    assert said[2] == "This order is closed: please deliver nothing more."


def test_a_goods_in_note_is_put_away_by(qapp):
    when = AT.astimezone().strftime("%H:%M")
    assert lines_of(GOODS_IN_NOTE, note()) == [
        "Goods-in note 12", "Bristol · PO 541 · Kestrel Outdoors",
        f"Received 12 May 2025 {when} by Cleo Clerk · Delivery note DN 7",
        "Place", "Item", "Product", "Units", "For sales", "For the shelf", "Done",
        "A-03", "TENT", "Tent for two", "11", "3 for #1001 Tom Okafor", "2 for #1004 Ann Lee", "6", "☐",
        "B-01", "GAS", "Gas stove", "4", "4 for #1001 Tom Okafor", "–", "☐",
        "15 units in all, 9 of them for sales",
    ]  # fmt: skip


def test_damaged_units_are_for_quarantine(qapp):
    """RCV-07: on no shelf and for no sale, with the reason."""
    broken = PutAwayLine("QUARANTINE", "GAS", "Gas stove", 2 * U, (), True, "broken")
    said = lines_of(GOODS_IN_NOTE, note(lines=(*note().lines, broken)))
    assert said[-8:] == [
        "QUARANTINE", "GAS", "Gas stove", "2", "quarantine: broken", "–", "☐",
        "17 units in all, 9 of them for sales, 2 damaged, for quarantine",
    ]  # fmt: skip


def test_a_note_taken_back_says_so(qapp):
    """R5.10: nobody puts away what is not there."""
    assert "2 rows were taken back and left out here." in lines_of(
        GOODS_IN_NOTE, note(taken_back=2)
    )
    said = lines_of(GOODS_IN_NOTE, note(lines=(), taken_back=2))
    assert said[-1] == "All of this note was taken back: there is nothing to put away."


NAMES = (
    '<b>Bobby</b> & "Sons"; <img src="file:///etc/passwd">',
    "عبد الله الخطيب",
    "Łukasz Żółć",
    "&lt;not a tag&gt;",
)


@pytest.mark.parametrize("name", NAMES)
def test_foreign_texts_stand_as_they_are(qapp, name):
    said = lines_of(
        PURCHASE_ORDER,
        order(
            company=name, supplier=name, supplier_address=f"1 {name}", deliver_to=f"2 {name}",
            address=f"3 {name}", reference=name,
            lines=(OrderLine(f"4 {name}", f"5 {name}", f"6 {name}", U, U, 100, DAY),),
        ),
    )  # fmt: skip
    assert {name, *(f"{n} {name}" for n in range(1, 7))} <= set(said)
    assert f"Ordered 12 May 2025 · Expected 28 May 2025 · Reference {name}" in said
    line = PutAwayLine(f"1 {name}", f"2 {name}", f"3 {name}", U, (ForSale(7, name, U),))
    made = note(warehouse=name, supplier=name, person=name, reference=name, lines=(line,))
    said = lines_of(GOODS_IN_NOTE, made)
    assert f"{name} · PO 541 · {name}" in said
    assert {f"1 {name}", f"2 {name}", f"3 {name}", f"1 for #7 {name}"} <= set(said)
    assert f"by {name} · Delivery note {name}" in said[2]


@pytest.mark.may_stall("the program draws in another thread")
def test_each_order_has_pages_of_its_own(qapp, tmp_path):
    """Their suppliers get them: "1 / 2" is of one order, and its name stands on every page."""
    many = tuple(OrderLine(f"SKU-{n}", "", f"Product {n}", U, U, 100, DAY) for n in range(60))
    htmls = PURCHASE_ORDER.htmls([order(541, lines=many), order(542)])
    assert [document(html).metaInformation(document(html).MetaInformation.DocumentTitle) for html in htmls] == [
        "Purchase order 541, Wren & Harbour", "Purchase order 542, Wren & Harbour",
    ]  # fmt: skip
    shown, counted = sheets(htmls, 8)
    assert (len(shown), counted) == (3, 3)
    alone, _ = sheets(htmls[1:], 8)
    assert shown[2] == alone[0]  # the foot too: it is page 1 of 1
    first, second = sheets(htmls[:1], 8)[0]
    assert (shown[0], shown[1]) == (first, second)
    assert pdf(tmp_path / "two.pdf", htmls, "Purchase orders") == 3
    assert pages(tmp_path / "two.pdf") == 3
    assert len(sheets(htmls, 1)[0]) == 1
