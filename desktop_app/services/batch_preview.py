"""What the batch dialog shows before anything is written (R3.10, BPO-09 to BPO-14).

All quantities are ten-thousandths of a unit, costs ten-thousandths of the supplier's currency,
totals its minor units. Words are codes; the screens make the sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from .rules.purchase_plan import BatchOptions, Edits


@dataclass(frozen=True, slots=True)
class Link:
    """Where a term of a trace comes from.

    ``kind`` "sale" | "purchase_order" | "warehouse" | "supplier". ``number`` is the document's
    number, 0 for a warehouse or a supplier (the name is in ``label``); ``on`` the
    expected day of a purchase order, the day a sale was placed.
    """

    kind: str
    id: int
    number: int
    units: int
    on: date | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class TraceTerm:
    """One signed term of a quantity. The terms of a line add up to its ``quantity``.

    Kinds, in this order where they occur: ``sold`` (+), ``allocated``, ``fulfilled`` (on a note,
    not shipped), ``shipped``, ``drop_shipped`` (-), ``promised_to_these`` (inbound pegged to these
    rows, -), ``on_hand`` or ``in_stock`` (-), ``inbound`` (free inbound, -), ``promised_to_others``
    (- only with *count deliveries promised to other sales too*), ``split`` (what the other parts of
    a split line order, -), ``packs`` (+ to full packs or the
    minimum), ``edited`` (+/- a person's change).
    """

    kind: str
    units: int
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """A sale row that a line buys for: ``asked`` by this run, ``pegged`` units of the new order."""

    sale_id: int
    number: int
    sale_row_id: int
    customer: str
    asked: int
    pegged: int


@dataclass(frozen=True, slots=True)
class SupplierPrice:
    """What a supplier of the product asks at a quantity. ``cost`` None: no price."""

    supplier_id: int
    name: str
    currency: str
    cost: int | None
    is_primary: bool
    active: bool
    lead_time_days: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a split line; ``units``: its share of the need, before packs and edits."""

    key: str
    supplier_id: int | None
    supplier: str
    units: int


class Source(Protocol):
    """Explains a line on demand, so that 50,000 traces are not built to show one."""

    def trace(self, key: str) -> tuple[TraceTerm, ...]: ...

    def served(self, key: str) -> tuple[Served, ...]: ...

    def prices(self, key: str, units: int | None = None) -> tuple[SupplierPrice, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One product on one future purchase order; of a split line, one part.

    The parts of a line add up to it in every figure: the first has what is covered, and of what
    was sold and is needed what the others do not deliver.

    ``needed`` is what the run asks for, ``suggested`` what the rules come to, ``quantity`` what
    will be ordered unless ``left_out`` or without supplier. ``reason`` says why a quantity is 0
    ("nothing_needed" | "covered_by_stock" | "covered_by_inbound" | "covered" | "other_parts" |
    "edited") or why
    there is no supplier ("no_supplier" | "no_primary_supplier" | "no_priced_supplier" |
    "not_supplied": the setting limits a supplier to its own products).
    ``warnings``: "no_price" | "supplier_inactive" | "discontinued" | "on_draft" |
    "below_minimum" | "not_full_packs" | "promised" (information) | "releases_allocated" |
    "frees_inbound" (what a drop-ship displaces, R4.3).
    """

    key: str
    product_id: int
    sku: str
    name: str
    unit: str
    whole_units: bool
    warehouse_id: int
    sale_id: int | None
    sold: int
    covered: int
    shipped: int
    needed: int
    from_stock: int
    from_inbound: int
    suggested: int
    quantity: int
    edited: bool
    left_out: bool
    reason: str | None
    supplier_id: int | None
    how: str
    cost: int
    supplier_sku: str
    currency: str
    digits: int
    total: int
    expected_on: date | None
    pack_size: int
    minimum: int
    short: int
    short_sales: int
    extra: int
    promised_units: int
    promised_sales: int
    warnings: tuple[str, ...]
    source: Source = field(repr=False)
    to_customer: bool = False
    """The supplier delivers it to the sale's customer: no more than is needed can be ordered."""
    displaces: tuple[int, int] = (0, 0)
    """(reserved units released, units on their way freed) by the drop-ship (R4.3)."""
    split: tuple[Part, ...] = ()
    """All parts of the line that this one is of, oldest sales first; empty where it is whole."""

    @property
    def trace(self) -> tuple[TraceTerm, ...]:
        """Why ``quantity``: signed terms that add up to it."""
        return self.source.trace(self.key)

    @property
    def served(self) -> tuple[Served, ...]:
        """The sale rows it buys for, oldest first."""
        return self.source.served(self.key)

    @property
    def prices(self) -> tuple[SupplierPrice, ...]:
        """The product's suppliers: the chosen one first, then the cheapest, unpriced last."""
        return self.source.prices(self.key)

    def prices_at(self, units: int) -> tuple[SupplierPrice, ...]:
        """The same at another quantity."""
        return self.source.prices(self.key, units)

    @property
    def open(self) -> int:
        """The units of its need that stock and inbound leave to order."""
        return self.needed - self.from_stock - self.from_inbound

    @property
    def is_part(self) -> bool:
        """It was split off: not the first part, which is the line itself."""
        return bool(self.split) and self.split[0].key != self.key


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One future purchase order. ``how``: "primary" | "cheapest" | "named" | "chosen" | "mixed".

    ``appended_to``: (id, number) of the open draft it goes into. ``left_out``: its box is empty.
    Totals count the lines that will be ordered.
    """

    key: str
    supplier_id: int
    supplier: str
    active: bool
    warehouse_id: int
    warehouse: str
    sale_id: int | None
    sale_number: int | None
    currency: str
    digits: int
    lead_time_days: int
    expected_on: date | None
    how: str
    appended_to: tuple[int, int] | None
    left_out: bool
    lines: tuple[Line, ...]
    line_count: int
    units: int
    total: int
    address: str = ""
    """Where a drop-ship goes; empty for a warehouse."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sale, or a row of one, that takes no part (R3.8).

    ``reason``: "cancelled" | "on_hold" | "closed" | "quote" | "no_address" | "address_incomplete"
    (of a sale, ``sale_row_id`` None; ``label`` is then the address) | "service" | "non_stock" | "text" | "bundle_without_parts" (of a row).
    """

    sale_id: int
    number: int
    sale_row_id: int | None
    label: str
    units: int
    reason: str


@dataclass(frozen=True, slots=True)
class BatchWarning:
    """A counted warning (BPO-13); only "no line to order" blocks, through ``Preview.can_place``.

    ``code``: the warnings of lines, "no_supplier", "left_out_sales", "currencies",
    "releases_allocated" and "frees_inbound" (what drop-ships displace, R4.3). ``keys`` are
    the lines concerned. ``units`` where the count of lines says too little.
    """

    code: str
    count: int
    keys: tuple[str, ...] = ()
    units: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What ``place_batch`` would do now. ``fingerprint`` stands for all that is shown."""

    fingerprint: str
    options: BatchOptions
    edits: Edits
    groups: tuple[Group, ...]
    no_supplier: tuple[Line, ...]
    nothing_to_order: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[BatchWarning, ...]
    dropped_edits: tuple[str, ...]
    sale_count: int
    row_count: int
    product_count: int
    sales_changing: int
    status_name: str
    order_count: int
    line_count: int
    units: int
    totals: tuple[tuple[str, int, int], ...]
    """(currency, digits, minor units), one per currency."""
    units_pegged_inbound: int
    """Free inbound units that this run would set aside for its sales (R3.4)."""
    not_ordered_units: int
    """Units without a supplier."""

    @property
    def can_place(self) -> bool:
        """There is something to order, or free inbound to set aside (R3.4)."""
        return self.line_count > 0 or self.units_pegged_inbound > 0

    def lines(self) -> Iterator[Line]:
        """Every line: of the groups, without supplier, and with nothing to order."""
        for group in self.groups:
            yield from group.lines
        yield from self.no_supplier
        yield from self.nothing_to_order

    def line(self, key: str) -> Line | None:
        """The line with this key, or None."""
        return next((one for one in self.lines() if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a line that is not what an earlier preview showed (BPO-14).

    ``what``: "line" (came or went), "quantity", "needed", "from_stock", "from_inbound",
    "supplier", "cost", "expected". ``old`` and ``new`` are stored values, supplier names or days.
    """

    key: str
    sku: str
    what: str
    old: int | str | date | None
    new: int | str | date | None


def changed_lines(old: Preview, new: Preview) -> tuple[Difference, ...]:
    """What changed between two previews, line by line in the order of the new one."""
    before = {line.key: line for line in old.lines()}
    after = {line.key: line for line in new.lines()}
    names = {g.supplier_id: g.supplier for p in (old, new) for g in p.groups}
    found: list[Difference] = []
    for key, line in after.items():
        was = before.get(key)
        if was is None:
            found.append(Difference(key, line.sku, "line", None, line.quantity))
            continue
        found += [
            Difference(key, line.sku, what, then, now)
            for what, then, now in (
                ("quantity", was.quantity, line.quantity),
                ("needed", was.needed, line.needed),
                ("from_stock", was.from_stock, line.from_stock),
                ("from_inbound", was.from_inbound, line.from_inbound),
                ("supplier", names.get(was.supplier_id or 0), names.get(line.supplier_id or 0)),
                ("cost", was.cost, line.cost),
                ("expected", was.expected_on, line.expected_on),
            )
            if then != now
        ]
    found += [
        Difference(key, was.sku, "line", was.quantity, None)
        for key, was in before.items()
        if key not in after
    ]
    return tuple(found)
