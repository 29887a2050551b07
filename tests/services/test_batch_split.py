"""A line of a batch divided between suppliers: preview, orders, pegs, notes, undo (R3.10, BPO-10)."""


import pytest

from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.purchasing import (
    BatchOptions,
    BatchRequest,
    Edits,
    SplitPart,
    place_batch,
    preview,
)
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.batches import PLAIN, chosen, counts, one_of, place, refused, rows_of
from tests.helpers.builders import (
    Row,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)
from tests.helpers.many import many_products, many_sales


class World:
    """Three sales want 8, 6 and 4 pens; Acme is the primary supplier, Bell and Cole sell them too."""

    def __init__(self, backend):
        self.pen = a_product(backend, "PEN")
        self.acme = a_supplier(backend, "Acme", costs={self.pen: "1.00"})
        self.bell = a_supplier(backend, "Bell", costs={self.pen: "1.50"}, primary=False)
        self.cole = a_supplier(backend, "Cole", costs={}, currency="EUR")
        self.sales = [a_sale(backend, [Row(self.pen, n)]) for n in (8, 6, 4)]
        self.key = f"{self.pen}@{f.MAIN}"

    def part(self, supplier_id):
        return f"{self.key}/S{supplier_id}"

    def edits(self, *parts, key=None, **more):
        mine = tuple(SplitPart(who, units(n)) for who, n in parts)
        return Edits(splits={key or self.key: mine}, **more)

    def request(self, *parts, options=None, **more):
        return chosen(*self.sales, options=options, edits=self.edits(*parts, **more))


@pytest.fixture
def world(backend):
    return World(backend)


def pegs_of(backend):
    """(purchase order's supplier, sale row, whole units, whole live units), by supplier."""
    orders = {o.id: o.supplier_id for o in rows_of(backend, t.purchase_order)}
    rows = {r.id: orders[r.po_id] for r in rows_of(backend, t.purchase_row)}
    return sorted(
        (rows[p.po_row_id], p.sale_row_id, p.quantity // units(1), p.live // units(1))
        for p in rows_of(backend, t.peg)
    )


# --- preview ------------------------------------------------------------------------------------


def test_each_part_has_its_own_group_cost_day_and_trace(backend, world):
    """R3.10; the figures of the parts add up to those of the line, the terms to each quantity."""
    stock(backend, {world.pen: 3})
    whole = backend.read(preview, chosen(*world.sales)).line(world.key)
    seen = backend.read(preview, world.request((world.bell, 6)))
    assert [(g.supplier, g.how, g.units, g.total, [x.key for x in g.lines]) for g in seen.groups] == [
        ("Acme", "primary", units(9), 900, [world.key]), ("Bell", "chosen", units(6), 900, [world.part(world.bell)]),
    ]  # fmt: skip
    first, second = seen.line(world.key), seen.line(world.part(world.bell))
    for name in ("sold", "covered", "shipped", "needed", "from_stock", "from_inbound", "quantity", "open"):
        assert getattr(first, name) + getattr(second, name) == getattr(whole, name), name
    assert [(x.sold, x.needed, x.from_stock, x.open) for x in (first, second)] == [
        (units(12), units(12), units(3), units(9)), (units(6), units(6), 0, units(6)),
    ]  # fmt: skip
    assert [(x.kind, x.units) for x in first.trace] == [
        ("sold", units(18)), ("on_hand", units(-3)), ("split", units(-6)),
    ]  # fmt: skip
    assert [(x.kind, x.units, [(y.label, y.units) for y in x.links]) for x in second.trace[2:]] == [
        ("split", units(-9), [("Acme", units(-9))])
    ]
    for line in seen.lines():
        assert sum(term.units for term in line.trace) == line.quantity
        assert [(p.key, p.supplier, p.units) for p in line.split] == [
            (world.key, "Acme", units(9)), (world.part(world.bell), "Bell", units(6)),
        ]  # fmt: skip
    assert [(first.is_part, first.how), (second.is_part, second.how)] == [
        (False, "primary"), (True, "chosen"),
    ]  # fmt: skip
    assert [[(s.number, s.pegged) for s in x.served] for x in (first, second)] == [
        [(1, units(5)), (2, units(4))], [(2, units(2)), (3, units(4))],
    ]  # fmt: skip
    assert [(p.name, p.cost, p.lead_time_days) for p in second.prices_at(units(6))] == [
        ("Bell", units("1.5"), 7), ("Acme", units(1), 7),
    ]  # fmt: skip
    assert (seen.product_count, seen.order_count, seen.line_count, seen.units) == (1, 2, 2, units(15))


def test_what_is_short_is_said_once(backend, world):
    """BPO-11: a part below its share leaves its sales short; another one's surplus serves them."""
    edited = {world.key: units(9), world.part(world.bell): units(8)}
    seen = backend.read(preview, world.request((world.bell, 6), quantities=edited))
    first, second = seen.line(world.key), seen.line(world.part(world.bell))
    assert [(x.suggested, x.short, x.short_sales, x.extra) for x in (first, second)] == [
        (units(12), units(1), 1, 0), (units(6), 0, 0, 0),
    ]  # fmt: skip
    assert [(x.kind, x.units) for x in first.trace][-2:] == [("split", units(-6)), ("edited", units(-3))]


@pytest.mark.parametrize(
    ("there", "quantities", "reasons"),
    [
        (10, (0, 6, 2), ("other_parts", None, None)),
        (12, (0, 6, 0), ("other_parts", None, "other_parts")),
        (18, (0, 0, 0), ("covered_by_stock",) * 3),
    ],
)  # fmt: skip
def test_a_part_without_need_says_why(backend, world, there, quantities, reasons):
    """BPO-12; the last part shrinks first, and every part stays there to be joined again."""
    stock(backend, {world.pen: there})
    seen = backend.read(preview, world.request((world.bell, 6), (world.cole, 5)))
    lines = [seen.line(key) for key in (world.key, world.part(world.bell), world.part(world.cole))]
    assert sum(x.quantity for x in lines) == units(18 - there)
    assert tuple(x.quantity // units(1) for x in lines) == quantities
    assert tuple(x.reason for x in lines) == reasons
    assert seen.dropped_edits == ()


def test_a_part_at_the_lines_own_supplier_is_dropped_and_named(backend, world):
    """BPO-11, R3.5."""
    named = BatchOptions(vendor="named", supplier_id=world.bell)
    seen = backend.read(preview, world.request((world.bell, 6), options=named))
    assert [(x.key, x.quantity, x.split) for x in seen.lines()] == [(world.key, units(18), ())]
    assert seen.dropped_edits == (world.part(world.bell),)


# --- placing ------------------------------------------------------------------------------------


def test_the_orders_are_those_that_were_shown(backend, world):
    """R3.5, R3.9, R3.11, R1.7: an order per part, each with the pegs and notes of its sales."""
    request = world.request((world.bell, 6), (world.cole, 2))
    seen = backend.read(preview, request)
    done = place(backend, request)
    assert [(o["supplier"], o["units"], o["total"], o["currency"]) for o in done.result["orders"]] == [
        (g.supplier, g.units, g.total, g.currency) for g in seen.groups
    ]
    orders = rows_of(backend, t.purchase_order)
    assert [(o.supplier_id, o.to_come, o.total, o.currency) for o in orders] == [
        (world.acme, units(10), 1000, "GBP"), (world.bell, units(6), 900, "GBP"), (world.cole, units(2), 0, "EUR"),
    ]  # fmt: skip
    assert [(r.position, r.ordered) for r in rows_of(backend, t.purchase_row)] == [
        (1, units(10)), (1, units(6)), (1, units(2)),
    ]  # fmt: skip
    one, two, three = (sale.rows[0] for sale in world.sales)
    assert pegs_of(backend) == [
        (world.acme, one, 8, 8), (world.acme, two, 2, 2), (world.bell, two, 4, 4), (world.bell, three, 2, 2),
        (world.cole, three, 2, 2),
    ]  # fmt: skip
    notes = {(n.document, n.document_id): n.params for n in rows_of(backend, t.note)}
    assert len(notes) == 6
    assert [(s["number"], s["units"]) for s in notes["PO", orders[1].id]["sales"]] == [
        (2, units(4)), (3, units(2)),
    ]  # fmt: skip
    assert [(o["supplier"], o["items"]) for o in notes["SO", world.sales[1].id]["orders"]] == [
        ("Acme", [{"sku": "PEN", "units": units(2)}]), ("Bell", [{"sku": "PEN", "units": units(4)}]),
    ]  # fmt: skip


def test_again_the_same_commit_is_one_batch_and_the_same_request_orders_nothing(backend, world):
    """R3.12."""
    request = world.request((world.bell, 6))
    call, key = place_batch(request, backend.read(preview, request).fingerprint), once()
    first, second = backend.run(call, once=key), backend.run(call, once=key)
    assert (first.repeated, second.repeated) == (False, True)
    assert first.result == second.result
    assert len(rows_of(backend, t.purchase_order)) == 2
    again = backend.read(preview, request)
    assert (again.line_count, again.can_place) == (0, False)
    refused(backend, request, "nothing_to_order", agreed=again.fingerprint)


def test_a_split_batch_is_undone_whole(backend, world):
    """R3.13."""
    request = world.request((world.bell, 6), (world.cole, 2))
    before = backend.read(preview, request)
    done = place(backend, request)
    backend.undo(done.journal_id, once=once())
    assert {o.state for o in rows_of(backend, t.purchase_order)} == {"cancelled"}
    assert {p.live for p in rows_of(backend, t.peg)} == {0}
    assert {(n.kind, n.struck_by is not None) for n in rows_of(backend, t.note)} == {
        ("ordered", True), ("raised_for", True), ("batch_undone", False),
    }  # fmt: skip
    after = backend.read(preview, request)
    assert [(x.key, x.quantity) for x in after.lines()] == [(x.key, x.quantity) for x in before.lines()]


def test_parts_go_into_open_drafts(backend, world):
    """R3.5: each into its own supplier's."""
    draft = a_purchase_order(backend, world.bell, {world.pen: 3}, state="draft")
    options = BatchOptions(append_to_drafts=True, exclude_purchase_orders=False)
    seen = backend.read(preview, world.request((world.bell, 6), options=options))
    assert [g.appended_to for g in seen.groups] == [None, (draft.id, draft.number)]
    place(backend, world.request((world.bell, 6), options=options))
    assert one_of(backend, t.purchase_row, draft.rows[world.pen]).ordered == units(9)
    assert [peg for peg in pegs_of(backend) if peg[0] == world.bell] == [
        (world.bell, world.sales[1].rows[0], 2, 2), (world.bell, world.sales[2].rows[0], 4, 4),
    ]  # fmt: skip


def test_one_order_per_sale_splits_the_line_of_one_sale(backend, world):
    key = f"{world.key}#{world.sales[1].id}"
    edits = world.edits((world.bell, 2), key=key)
    options = BatchOptions(one_order_per_sale=True)
    place(backend, chosen(*world.sales, options=options, edits=edits))
    assert [(o.supplier_id, o.sale_id, o.to_come // units(1)) for o in rows_of(backend, t.purchase_order)] == [
        (world.acme, world.sales[0].id, 8), (world.acme, world.sales[1].id, 4), (world.acme, world.sales[2].id, 4),
        (world.bell, world.sales[1].id, 2),
    ]  # fmt: skip


def test_two_suppliers_deliver_to_one_customer(backend, world):
    """R4.3: a drop-ship note each; what the two displace is released and said once."""
    stock(backend, {world.pen: 4})
    sale = a_sale(backend, [Row(world.pen, 9, reserved=4)], address="12 Mill Lane, Bath")
    key = f"{world.pen}@0#{sale.id}"
    options = BatchOptions(quantity="all", exclude_stock=None, to_customer=True)
    request = chosen(sale, options=options, edits=world.edits((world.bell, 3), key=key))
    seen = backend.read(preview, request)
    assert [(x.quantity, x.displaces) for x in seen.lines()] == [
        (units(6), (units(1), 0)), (units(3), (units(3), 0)),
    ]  # fmt: skip
    done = place(backend, request)
    now = one_of(backend, t.sale_row, sale.rows[0])
    assert (now.reserved, now.fulfilled, now.drop_fulfilled) == (0, units(9), units(9))
    assert [(o.supplier_id, o.drop_ship, o.address) for o in rows_of(backend, t.purchase_order)] == [
        (world.acme, 1, "12 Mill Lane, Bath"), (world.bell, 1, "12 Mill Lane, Bath"),
    ]  # fmt: skip
    assert len(rows_of(backend, t.goods_out)) == 2
    assert pegs_of(backend) == [(world.acme, sale.rows[0], 6, 0), (world.bell, sale.rows[0], 3, 0)]
    backend.undo(done.journal_id, once=once())
    back = one_of(backend, t.sale_row, sale.rows[0])
    assert (back.reserved, back.fulfilled) == (units(4), 0)


def test_no_part_to_a_customer_is_more_than_its_share(backend, world):
    """R4.3: who gets more is said by the split, not by a quantity."""
    sale = a_sale(backend, [Row(world.pen, 9)], address="12 Mill Lane, Bath")
    key = f"{world.pen}@0#{sale.id}"
    part = f"{key}/S{world.bell}"
    edits = world.edits((world.bell, 3), key=key, quantities={part: units(4)})
    refused(
        backend, chosen(sale, options=BatchOptions(to_customer=True), edits=edits), "drop_ship_too_many",
        items=[part],
    )  # fmt: skip


# --- news and refusals --------------------------------------------------------------------------


def test_facts_that_moved_are_shown_per_part(backend, world):
    """BPO-14: nothing is written."""
    request = world.request((world.bell, 6))
    seen = backend.read(preview, request)
    stock(backend, {world.pen: 14})
    before = counts(backend)
    with pytest.raises(Conflict) as changed:
        backend.run(place_batch(request, seen.fingerprint), once=once())
    assert counts(backend) == before
    now = changed.value.now
    assert [(now.line(x).quantity) for x in (world.key, world.part(world.bell))] == [0, units(4)]
    backend.run(place_batch(request, now.fingerprint), once=once())
    assert pegs_of(backend) == [(world.bell, world.sales[2].rows[0], 4, 4)]


def test_another_split_is_another_plan(backend, world):
    """R3.10: what is committed is what was shown, also when only the sales served differ."""
    one = backend.read(preview, world.request((world.bell, 6), (world.cole, 2)))
    other = world.request((world.cole, 2), (world.bell, 6))
    before = counts(backend)
    with pytest.raises(Conflict):
        backend.run(place_batch(other, one.fingerprint), once=once())
    assert counts(backend) == before


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (((2, 0),), "invalid_quantity"),
        (((2, -1),), "invalid_quantity"),
        (((2, "0.5"),), "invalid_quantity"),
        (((2, 3), (2, 1)), "split_twice"),
        (((99, 3),), "unknown_supplier"),
    ],
)
def test_what_cannot_be_split_is_refused(backend, world, parts, code):
    """Whole units of a supplier each (R1.5, R3.5); nothing is written."""
    request = world.request(*parts)
    refused(backend, request, code, items=[99] if code == "unknown_supplier" else [world.key])
    with pytest.raises(Rejected):
        backend.read(preview, request)


def test_what_is_not_counted_in_whole_units_is_split_in_parts_of_one(backend, world):
    """R1.5."""
    wire = a_product(backend, "WIRE", kind="non_stock")
    a_supplier(backend, "Dale", costs={wire: "2.00"})
    sale = a_sale(backend, [Row(wire, "2.5", kind="non_stock")])
    edits = world.edits((world.bell, "0.75"), key=f"{wire}@{f.MAIN}")
    request = chosen(sale, options=BatchOptions(include_non_stock=True), edits=edits)
    place(backend, request)
    assert [r.ordered for r in rows_of(backend, t.purchase_row)] == [units("0.75"), units("1.75")]


# --- statements ---------------------------------------------------------------------------------


def test_the_number_of_statements_does_not_depend_on_the_number_of_splits(backend, statements_sent):
    """Performance goal 12."""
    suppliers = [a_supplier(backend) for _ in range(4)]
    products = many_products(backend, 100, suppliers)
    a_purchase_order(backend, suppliers[0], dict.fromkeys(products, 1))
    found = []
    for sales, split in ((1, 1), (20, 100)):
        made = many_sales(backend, sales, products, rows_each=5, ordered=5).sales
        parts = {
            f"{product}@{f.MAIN}": tuple(SplitPart(who, units(1)) for who in suppliers)
            for product in products[:split]
        }
        request = BatchRequest(tuple(made), PLAIN, Edits(splits=parts))
        with statements_sent.counting() as reading:
            seen = backend.read(preview, request)
        with statements_sent.counting() as writing:
            backend.run(place_batch(request, seen.fingerprint), once=once())
        found.append((reading.count, writing.count))
    assert found[0] == found[1]
