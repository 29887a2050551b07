"""From a plan to what a person sees: lines, groups, traces that add up, counted warnings (R3.10)."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from .backend import plain
from .batch_drop_ship import displaced_by
from .batch_preview import (
    BatchWarning,
    Group,
    LeftOut,
    Line,
    Link,
    Part,
    Preview,
    Served,
    SupplierPrice,
    TraceTerm,
)
from .purchase_facts import Labels
from .rules.money import row_total
from .rules.purchase_plan import (
    CUSTOMER,
    BatchOptions,
    Edits,
    Facts,
    Pair,
    Plan,
    PlannedGroup,
    PlannedLine,
    Row,
    address_of,
    raised_for,
)
from .rules.purchase_split import parts_of
from .rules.supplier_choice import price
from .store.kinds import dump_json

WARNINGS = (
    "no_price", "supplier_inactive", "discontinued", "on_draft", "below_minimum",
    "not_full_packs", "promised", "releases_allocated", "frees_inbound",
)  # fmt: skip


class Explained:
    """Answers a preview's lines on demand. Holds the plan and its facts, nothing per row."""

    def __init__(self, facts: Facts, labels: Labels, plan: Plan, options: BatchOptions) -> None:
        self.facts, self.labels, self.plan, self.options = facts, labels, plan, options
        self._lines = {line.key: line for line in plan.lines}
        self._sales = {sale.id: sale for sale in facts.sales}
        self._parts = parts_of(plan.lines)

    def parts(self, line: PlannedLine) -> list[PlannedLine]:
        """The parts of the line that this one is of; none where it is whole."""
        return self._parts.get(line.part_of or line.key, [])

    def supplier_of(self, part: PlannedLine) -> int | None:
        """Who a part is for, also where that supplier may not deliver it."""
        return part.choice.supplier_id if part.split_to is None else part.split_to

    def supplier_name(self, supplier_id: int | None) -> str:
        """What a supplier is called; empty for none."""
        return "" if supplier_id is None else self.facts.suppliers[supplier_id].name

    def trace(self, key: str) -> tuple[TraceTerm, ...]:
        """See ``TraceTerm``."""
        line, cover = self._lines[key], self.plan.cover
        terms = [self._of_sales("sold", line, [r.ordered for r in self._rows(line)])]
        if self.options.quantity == "needed":
            for kind, units in _covered(self._rows(line)).items():
                terms.append(self._of_sales(kind, line, [-u for u in units]))
        elif self.options.to_customer:
            # What is on a note is not delivered again; what is reserved gives way (R4.3).
            for kind, units in _covered(self._rows(line)).items():
                if kind != "allocated":
                    terms.append(self._of_sales(kind, line, [-u for u in units]))
        terms.append(self._of_orders("promised_to_these", self._pegged(line)))
        terms.append(self._of_stock(line))
        terms.append(self._of_orders("inbound", _of_line(line, cover.used)))
        terms.append(self._of_orders("promised_to_others", _of_line(line, cover.used_promised)))
        terms.append(self._of_parts(line))
        terms.append(TraceTerm("packs", line.suggested - line.needed))
        terms.append(TraceTerm("edited", line.quantity - line.suggested))
        return tuple(term for term in terms if term.units or term.kind == "sold")

    def served(self, key: str) -> tuple[Served, ...]:
        """See ``Served``."""
        line, cover = self._lines[key], self.plan.cover
        pegged = dict(raised_for(cover, line))
        found = []
        for i in line.rows:
            if line.raised is not None and i not in pegged:
                continue  # another part serves it
            row = cover.rows[i]
            sale = self._sales[row.sale_id]
            who = self.labels.customers[sale.id]
            found.append(
                Served(sale.id, sale.number, row.id, who, cover.asked[i], pegged.get(i, 0))
            )
        return tuple(found)

    def prices(self, key: str, units: int | None = None) -> tuple[SupplierPrice, ...]:
        """See ``SupplierPrice``; at the line's quantity unless another is asked for."""
        line = self._lines[key]
        at = line.quantity if units is None else units
        found = []
        for offer in self.facts.offers.get(line.product_id, ()):
            who = self.facts.suppliers[offer.supplier_id]
            cost = price(offer, at)
            lead = offer.lead_time_days
            place = (
                who.id != line.choice.supplier_id,
                cost is None,
                (cost or 0) * who.rate,
                who.number,
            )
            shown = SupplierPrice(
                who.id, who.name, who.currency, cost, bool(offer.is_primary), bool(who.active),
                who.lead_time_days if lead is None else lead,
            )  # fmt: skip
            found.append((place, shown))
        return tuple(shown for _place, shown in sorted(found, key=lambda one: one[0]))

    def _rows(self, line: PlannedLine) -> list[Row]:
        return [self.plan.cover.rows[i] for i in line.rows]

    def _of_sales(self, kind: str, line: PlannedLine, units: list[int]) -> TraceTerm:
        links = []
        for row, n in zip(self._rows(line), units, strict=True):
            if n:
                sale = self._sales[row.sale_id]
                links.append(Link("sale", sale.id, sale.number, n, sale.placed_at.date()))
        return TraceTerm(kind, sum(units), tuple(links))

    def _of_orders(self, kind: str, used: Iterable[tuple[int, int]]) -> TraceTerm:
        per_order: dict[int, int] = {}
        for po_row, units in used:
            per_order[po_row] = per_order.get(po_row, 0) - units
        links = []
        for po_row, units in per_order.items():
            po = self.labels.coming[po_row]
            links.append(
                Link("purchase_order", po.po_id, po.number, units, po.expected_on, po.supplier)
            )
        return TraceTerm(kind, sum(per_order.values()), tuple(links))

    def _of_parts(self, line: PlannedLine) -> TraceTerm:
        """What the other parts of a split line order, before packs and edits."""
        links = []
        for part in self.parts(line):
            if part is not line and part.needed:
                key = self.supplier_of(part)
                name = self.supplier_name(key)
                links.append(Link("supplier", key or 0, 0, -part.needed, part.expected_on, name))
        return TraceTerm("split", sum(link.units for link in links), tuple(links))

    def _of_stock(self, line: PlannedLine) -> TraceTerm:
        places: dict[int, int] = {}
        for i in line.rows:
            if took := self.plan.cover.stock[i]:
                place = self.plan.cover.rows[i].warehouse_id
                places[place] = places.get(place, 0) - took
        links = tuple(
            Link("warehouse", place, 0, units, None, self.labels.warehouses[place].name)
            for place, units in places.items()
        )
        return TraceTerm(self.options.exclude_stock or "on_hand", sum(places.values()), links)

    def _pegged(self, line: PlannedLine) -> list[tuple[int, int]]:
        found = []
        for i in line.rows:
            left = self.plan.cover.pegged[i]
            for one in self.facts.pegs.get(self.plan.cover.rows[i].id, ()):
                take = min(one.live, left) if one.counts else 0
                if take:
                    found.append((one.po_row_id, take))
                    left -= take
        return found


def _covered(rows: list[Row]) -> dict[str, list[int]]:
    """What is allocated, each unit in one term only: shipped is inside fulfilled (R1.4, BPO-02)."""
    return {
        "allocated": [r.reserved for r in rows],
        "fulfilled": [r.fulfilled - r.shipped - r.drop_fulfilled + r.drop_shipped for r in rows],
        "shipped": [r.shipped - r.drop_shipped for r in rows],
        "drop_shipped": [r.drop_fulfilled for r in rows],
    }


def _of_line(line: PlannedLine, used: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    mine = set(line.rows)
    return [(po_row, units) for i, po_row, units in used if i in mine]


def explain(
    facts: Facts, labels: Labels, plan: Plan, options: BatchOptions, edits: Edits,
    status_name: str,
) -> Preview:  # fmt: skip
    """Return the preview of a plan."""
    source = Explained(facts, labels, plan, options)
    made = _Maker(facts, labels, plan, options, edits, source)
    lines = {line.key: made.line(line) for line in plan.lines}
    grouped = {line.key for group in plan.groups for line in group.lines}
    groups = tuple(made.group(group, lines) for group in plan.groups)
    no_supplier = tuple(
        lines[p.key] for p in plan.lines if p.choice.supplier_id is None and p.quantity > 0
    )
    shown = grouped | {line.key for line in no_supplier}
    zero = tuple(line for key, line in lines.items() if key not in shown)
    left_out = tuple(made.left_out())
    totals: dict[tuple[str, int], int] = {}
    for group in groups:
        if group.line_count:
            which = (group.currency, group.digits)
            totals[which] = totals.get(which, 0) + group.total
    return Preview(
        fingerprint=fingerprint(facts, plan, options, edits),
        options=options,
        edits=edits,
        groups=groups,
        no_supplier=no_supplier,
        nothing_to_order=zero,
        left_out=left_out,
        warnings=tuple(_warnings(groups, no_supplier, left_out)),
        dropped_edits=tuple(plan.dropped_edits),
        sale_count=len(facts.sales),
        row_count=len(plan.cover.rows),
        product_count=len({line.product_id for line in plan.lines}),
        sales_changing=len(sales_changing(plan, options)),
        status_name=status_name,
        order_count=sum(1 for group in groups if group.line_count),
        line_count=sum(group.line_count for group in groups),
        units=sum(group.units for group in groups),
        totals=tuple((*which, total) for which, total in sorted(totals.items())),
        units_pegged_inbound=sum(units for _i, _row, units in plan.cover.used),
        not_ordered_units=sum(line.quantity for line in no_supplier),
    )


def sales_changing(plan: Plan, options: BatchOptions) -> list[int]:
    """The sales that *Update sales to status* touches (R3.11) and that are not in it already."""
    if options.sales_status_id is None:
        return []
    ordered_for: set[int] = set()
    if options.status_only_ordered:
        for line in plan.lines:
            if line.is_ordered:
                rows = plan.cover.rows
                ordered_for.update(rows[i].sale_id for i, _u in raised_for(plan.cover, line))
    return [
        sale.id
        for sale in plan.taking_part
        if sale.status_id != options.sales_status_id
        and (not options.status_only_ordered or sale.id in ordered_for)
    ]


class _Figures(NamedTuple):
    sold: int
    covered: int
    shipped: int
    needed: int
    stock: int
    inbound: int


class _Maker:
    def __init__(
        self, facts: Facts, labels: Labels, plan: Plan, options: BatchOptions, edits: Edits,
        source: Explained,
    ) -> None:  # fmt: skip
        self.facts, self.labels, self.plan, self.options = facts, labels, plan, options
        self.edits, self.source = edits, source
        self.numbers = {sale.id: sale.number for sale in facts.sales}
        self.displaced = displaced_by(plan, facts) if options.to_customer else {}
        self.promised: dict[Pair, tuple[int, int]] = {}
        self.on_draft: set[Pair] = set()
        mine: dict[int, tuple[int, int]] = {}
        for row in plan.cover.rows:
            for one in facts.pegs.get(row.id, ()):
                if one.live:
                    units, count = mine.get(one.po_row_id, (0, 0))
                    mine[one.po_row_id] = (units + one.live, count + 1)
        for po_row in facts.inbound:
            pair = (po_row.warehouse_id, po_row.product_id)
            units, count = mine.get(po_row.po_row_id, (0, 0))
            if po_row.live > units:
                before = self.promised.get(pair, (0, 0))
                more = (po_row.live - units, po_row.live_rows - count)
                self.promised[pair] = (before[0] + more[0], before[1] + more[1])
            if po_row.state == "draft" and not options.exclude_purchase_orders:
                self.on_draft.add(pair)

    def line(self, planned: PlannedLine) -> Line:
        at, rows = self.plan.cover.rows, planned.rows
        parts = self.source.parts(planned)
        figures = self._figures(planned, parts)
        supplier_id = planned.choice.supplier_id
        supplier = self.facts.suppliers.get(supplier_id) if supplier_id is not None else None
        product = self.labels.products[planned.product_id]
        cost = planned.cost or 0
        digits = supplier.digits if supplier is not None else 2
        pairs = {(at[i].warehouse_id, planned.product_id) for i in rows}
        promised = [self.promised[pair] for pair in pairs if pair in self.promised]
        promised = [] if planned.part_of else promised
        offer = planned.offer
        return Line(
            key=planned.key, product_id=product.id, sku=product.sku, name=product.name,
            unit=product.unit, whole_units=product.kind == "stock",
            warehouse_id=planned.warehouse_id, sale_id=planned.sale_id,
            sold=figures.sold, covered=figures.covered, shipped=figures.shipped,
            needed=figures.needed, from_stock=figures.stock, from_inbound=figures.inbound,
            suggested=planned.suggested, quantity=planned.quantity, edited=planned.edited,
            left_out=planned.left_out, reason=self._reason(planned, parts, figures),
            supplier_id=supplier_id, how=planned.choice.how, cost=cost,
            supplier_sku=offer.supplier_sku if offer is not None else "",
            currency=supplier.currency if supplier is not None else "", digits=digits,
            total=row_total(planned.quantity, cost, digits), expected_on=planned.expected_on,
            pack_size=offer.pack_size if offer is not None else 0,
            minimum=offer.minimum if offer is not None else 0,
            short=planned.short, short_sales=self._short_sales(planned) if planned.short else 0,
            extra=planned.extra,
            promised_units=sum(units for units, _count in promised),
            promised_sales=sum(count for _units, count in promised),
            warnings=self._warned(planned, pairs, promised=bool(promised)), source=self.source,
            to_customer=planned.warehouse_id == CUSTOMER, displaces=self._displaces(planned),
            split=self._split(parts) if parts else (),
        )  # fmt: skip

    def _figures(self, planned: PlannedLine, parts: list[PlannedLine]) -> _Figures:
        """What was sold, covered and is needed; of a split line, its first part has the rest."""
        if planned.part_of:
            return _Figures(planned.needed, 0, 0, planned.needed, 0, 0)
        cover, rows = self.plan.cover, planned.rows
        at = cover.rows
        others = sum([part.needed for part in parts if part is not planned])
        return _Figures(
            sum(at[i].ordered for i in rows) - others,
            sum(at[i].reserved + at[i].fulfilled for i in rows),
            sum(at[i].shipped for i in rows),
            sum(cover.asked[i] for i in rows) - others,
            sum(cover.stock[i] for i in rows),
            sum(cover.pegged[i] + cover.inbound[i] + cover.promised[i] for i in rows),
        )

    def _split(self, parts: list[PlannedLine]) -> tuple[Part, ...]:
        found = []
        for part in parts:
            key = self.source.supplier_of(part)
            found.append(Part(part.key, key, self.source.supplier_name(key), part.needed))
        return tuple(found)

    def _reason(
        self, planned: PlannedLine, parts: list[PlannedLine], figures: _Figures
    ) -> str | None:
        if parts and not planned.quantity and not planned.edited:
            if any(part.needed for part in parts):
                return "other_parts"
            figures = self._figures(parts[0], parts)
        return _reason(planned, figures.stock, figures.inbound)

    def _displaces(self, planned: PlannedLine) -> tuple[int, int]:
        if not self.displaced or not planned.is_ordered:
            return 0, 0
        rows, key = self.plan.cover.rows, planned.key
        lost = [self.displaced.get((key, rows[i].id), (0, 0)) for i in planned.rows]
        return sum(one[0] for one in lost), sum(one[1] for one in lost)

    def _short_sales(self, planned: PlannedLine) -> int:
        cover = self.plan.cover
        raised: dict[int, int] = {}
        for part in self.source.parts(planned) or [planned]:
            for i, units in raised_for(cover, part):
                raised[i] = raised.get(i, 0) + units
        return len(
            {cover.rows[i].sale_id for i in planned.rows if cover.open[i] > raised.get(i, 0)}
        )

    def _warned(self, planned: PlannedLine, pairs: set[Pair], *, promised: bool) -> tuple[str, ...]:
        found = []
        supplier_id, offer = planned.choice.supplier_id, planned.offer
        if supplier_id is not None and planned.cost is None:
            found.append("no_price")
        if supplier_id is not None and not self.facts.suppliers[supplier_id].active:
            found.append("supplier_inactive")
        if self.labels.products[planned.product_id].discontinued:
            found.append("discontinued")
        if pairs & self.on_draft:
            found.append("on_draft")
        if offer is not None and 0 < planned.quantity < offer.minimum:
            found.append("below_minimum")
        if offer is not None and planned.quantity % offer.pack_size:
            found.append("not_full_packs")
        if promised and not self.options.count_promised_deliveries:
            found.append("promised")
        released, freed = self._displaces(planned)
        if released:
            found.append("releases_allocated")
        if freed:
            found.append("frees_inbound")
        return tuple(found)

    def group(self, planned: PlannedGroup, lines: dict[str, Line]) -> Group:
        supplier = self.facts.suppliers[planned.supplier_id]
        ordered = [line for line in planned.lines if line.is_ordered]
        hows = {line.choice.how for line in planned.lines}
        days = [line.expected_on for line in planned.lines if line.expected_on is not None]
        draft = planned.draft
        return Group(
            key=planned.key, supplier_id=supplier.id, supplier=supplier.name,
            active=bool(supplier.active), warehouse_id=planned.warehouse_id,
            warehouse=self._place(planned.warehouse_id), sale_id=planned.sale_id,
            sale_number=None if planned.sale_id is None else self.numbers[planned.sale_id],
            currency=supplier.currency, digits=supplier.digits,
            lead_time_days=supplier.lead_time_days, expected_on=min(days, default=None),
            how=hows.pop() if len(hows) == 1 else "mixed",
            appended_to=None if draft is None else (draft.id, draft.number),
            left_out=planned.left_out, lines=tuple(lines[line.key] for line in planned.lines),
            line_count=len(ordered), units=sum(line.quantity for line in ordered),
            total=sum(lines[line.key].total for line in ordered), address=planned.address,
        )  # fmt: skip

    def _place(self, warehouse_id: int) -> str:
        return "" if warehouse_id == CUSTOMER else self.labels.warehouses[warehouse_id].name

    def left_out(self) -> Iterable[LeftOut]:
        for one in self.plan.left_out:
            if one.row is None:
                label = ""
                if one.reason in {"no_address", "address_incomplete"}:
                    label = address_of(one.sale.id, self.facts, self.edits)
                yield LeftOut(one.sale.id, one.sale.number, None, label, one.units, one.reason)
                continue
            product = self.labels.products.get(one.row.product_id or 0)
            label = product.sku if product is not None else ""
            label = label or one.row.description or ""
            yield LeftOut(one.sale.id, one.sale.number, one.row.id, label, one.units, one.reason)


def _reason(line: PlannedLine, stock: int, inbound: int) -> str | None:
    if line.quantity > 0:
        return line.choice.reason
    if line.needed > 0 or line.edited:
        return "edited"
    if not stock and not inbound:
        return "nothing_needed"
    if stock and inbound:
        return "covered"
    return "covered_by_stock" if stock else "covered_by_inbound"


def _warnings(
    groups: tuple[Group, ...], no_supplier: tuple[Line, ...], left_out: tuple[LeftOut, ...]
) -> Iterable[BatchWarning]:
    if no_supplier:
        keys = tuple(line.key for line in no_supplier)
        yield BatchWarning(
            "no_supplier", len(keys), keys, sum(line.quantity for line in no_supplier)
        )
    lines = [line for group in groups for line in group.lines]
    for code in WARNINGS:
        keys = tuple(line.key for line in lines if code in line.warnings)
        if keys:
            which = {"releases_allocated": 0, "frees_inbound": 1}.get(code)
            units = 0 if which is None else sum(line.displaces[which] for line in lines)
            yield BatchWarning(code, len(keys), keys, units)
    sales = {one.sale_id for one in left_out if one.sale_row_id is None}
    if sales:
        yield BatchWarning("left_out_sales", len(sales))
    currencies = {group.currency for group in groups if group.line_count}
    if len(currencies) > 1:
        yield BatchWarning("currencies", len(currencies))


def fingerprint(facts: Facts, plan: Plan, options: BatchOptions, edits: Edits) -> str:
    """A digest of all that is shown and would be written, so of every fact that matters.

    A fact that changes nothing (50 more on the shelf than needed) does not change it.
    """
    cover = plan.cover
    numbers = array("q")
    rows = cover.rows
    numbers.extend(row.id for row in rows)
    for column in (cover.asked, cover.pegged, cover.stock, cover.inbound, cover.promised):
        numbers.extend(column)
    for used in (cover.used, cover.used_promised):
        for entry in used:
            numbers.extend(entry)
    day = date.toordinal
    for line in plan.lines:
        numbers.extend(
            (
                line.product_id, line.warehouse_id, line.sale_id or 0, line.suggested,
                line.quantity, line.left_out, line.choice.supplier_id or 0,
                -1 if line.cost is None else line.cost,
                0 if line.expected_on is None else day(line.expected_on),
            )
        )  # fmt: skip
    for group in plan.groups:
        if group.draft is not None:
            numbers.extend((group.draft.id, group.draft.version))
    if options.to_customer:
        for (_line, row_id), gone in displaced_by(plan, facts).items():
            numbers.extend((row_id, *gone))
    numbers.extend(sale.id for sale in plan.taking_part)
    numbers.extend(sales_changing(plan, options))
    digest = hashlib.sha256(numbers.tobytes())
    words = [
        [line.offer.supplier_sku if line.offer is not None else "" for line in plan.lines],
        [[one.sale.id, one.row.id if one.row else 0, one.reason] for one in plan.left_out],
        plain(options),
        plain(edits),
        [group.address for group in plan.groups if group.address],
    ]
    digest.update(dump_json(words).encode())
    return digest.hexdigest()
