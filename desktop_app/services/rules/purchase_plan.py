"""What a batch of sales needs bought: options + demand + cover -> lines (R3.1 to R3.9).

Everything is ids and ten-thousandths of a unit; nothing here knows a database or a screen. The
work is done in passes over plain lists, because a batch may hold 50,000 rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from .delivery_address import tidy, why_undeliverable
from .purchase_shapes import (
    CUSTOMER,
    NO_EDITS,
    NOBODY,
    BatchOptions,
    Cover,
    Draft,
    Edits,
    Facts,
    Inbound,
    LeftOutRow,
    Level,
    Pair,
    Pegged,
    Plan,
    PlannedGroup,
    PlannedLine,
    Row,
    Sale,
    SplitPart,
    SupplierChoice,
)
from .purchase_split import join_same, part_key, share_out, split
from .supplier_choice import Choice, choose, packed, price


def plan(facts: Facts, options: BatchOptions, edits: Edits = NO_EDITS) -> Plan:
    """Apply the rules of section 3 to the facts. Pure; the order of ``facts.sales`` decides."""
    rows, left_out, taking_part = taking_part_of(facts, options, edits)
    covered = cover(rows, options, facts)
    lines = split(_lines(covered, options), edits)
    _choose_suppliers(lines, facts, options, edits)
    lines = join_same(lines)
    _suggest(lines, options, edits)
    groups = _group(lines, facts, options, edits)
    _price(lines, groups, facts)
    share_out(covered, lines)
    dropped = _dropped(lines, edits)
    return Plan(covered, lines, groups, left_out, taking_part, dropped)


def _dropped(lines: list[PlannedLine], edits: Edits) -> list[str]:
    """Keys of edits that fit no line (BPO-11). A part's supplier is the split's, none other."""
    used = edits.quantities.keys() | edits.suppliers.keys() | edits.left_out_lines
    used |= {part_key(key, one.supplier_id) for key, parts in edits.splits.items() for one in parts}
    parts = {line.key for line in lines if line.part_of}
    return sorted((used - {line.key for line in lines}) | (edits.suppliers.keys() & parts))


def taking_part_of(
    facts: Facts, options: BatchOptions, edits: Edits = NO_EDITS
) -> tuple[list[Row], list[LeftOutRow], list[Sale]]:
    """Split the chosen rows by R3.8: those that take part, oldest first, and those left out.

    For customers, sales without a full address and rows without stock are left out too (R4.3).
    """
    wanted = {"stock"}
    if options.include_services and not options.to_customer:
        wanted.add("service")
    if options.include_non_stock and not options.to_customer:
        wanted.add("non_stock")
    rows: list[Row] = []
    left_out: list[LeftOutRow] = []
    taking_part: list[Sale] = []
    for sale in facts.sales:
        mine = facts.rows.get(sale.id, ())
        reason = _why_not(sale, options) or _no_address(sale, mine, facts, options, edits)
        if reason is not None:
            units = sum(_needed(r) for r in mine if r.kind in wanted)
            left_out.append(LeftOutRow(sale, None, units, reason))
            continue
        taking_part.append(sale)
        parents = {r.bundle_row_id for r in mine if r.bundle_row_id is not None}
        for row in mine:
            if row.kind in wanted and row.product_id is not None:
                rows.append(row)
            elif row.kind != "bundle":
                kind = row.kind if row.product_id is not None else "text"
                left_out.append(LeftOutRow(sale, row, row.ordered, kind))
            elif row.id not in parents:
                left_out.append(LeftOutRow(sale, row, row.ordered, "bundle_without_parts"))
    return rows, left_out, taking_part


def address_of(sale_id: int, facts: Facts, edits: Edits) -> str:
    """Where a supplier would deliver to: as typed in the preview, else the sale's address."""
    return tidy(edits.addresses.get(sale_id) or facts.addresses.get(sale_id, ""))


def _no_address(
    sale: Sale, rows: Sequence[Row], facts: Facts, options: BatchOptions, edits: Edits
) -> str | None:
    """A sale that needs nothing wants no address either."""
    if not options.to_customer or not any(r.kind == "stock" and _asked(r, options) for r in rows):
        return None
    return why_undeliverable(address_of(sale.id, facts, edits))


def _why_not(sale: Sale, options: BatchOptions) -> str | None:
    if sale.is_cancelled:
        return "cancelled"
    if sale.is_closed:
        return "closed"
    if sale.is_on_hold:
        return "on_hold"
    return "quote" if sale.is_quote and not options.include_quotes else None


def _asked(row: Row, options: BatchOptions) -> int:
    """Choices 1 and 2 (R3.1). What is on a note cannot be delivered a second time (R4.3)."""
    if options.quantity == "needed":
        return _needed(row)
    return row.ordered - row.fulfilled if options.to_customer else row.ordered


def _needed(row: Row) -> int:
    """R1.4."""
    return max(row.ordered - row.reserved - row.fulfilled, 0)


def cover(rows: list[Row], options: BatchOptions, facts: Facts) -> Cover:
    """Cover rows oldest first: what is pegged to the row, then stock, then free inbound (R3.3, R3.4)."""
    asked = [_asked(row, options) for row in rows]
    pegged = [0] * len(rows)
    held: dict[int, int] = {}
    """Live units of the run's own rows, and of these what covers them, by order row."""
    mine: dict[int, int] = {}
    if options.exclude_purchase_orders:
        for i, row in enumerate(rows):
            for one in facts.pegs.get(row.id, ()):
                if one.live and one.counts:
                    take = min(one.live, asked[i] - pegged[i])
                    pegged[i] += take
                    held[one.po_row_id] = held.get(one.po_row_id, 0) + take
                    mine[one.po_row_id] = mine.get(one.po_row_id, 0) + one.live
    stock_left = _stock_pools(options, facts)
    free, promised = _inbound_pools(options, facts, held, mine)
    made = Cover(rows, asked, pegged, [0] * len(rows), [0] * len(rows), [0] * len(rows), [], [], [])
    for i, row in enumerate(rows):
        left = asked[i] - pegged[i]
        if left > 0:
            pair = (row.warehouse_id, row.product_id or 0)
            there = stock_left.get(pair, 0)
            if there > 0:
                take = min(left, there)
                stock_left[pair] = there - take
                made.stock[i] = take
                left -= take
            if left and pair in free:
                took = _draw(i, left, free[pair], made.used)
                made.inbound[i] = took
                left -= took
            if left and pair in promised:
                took = _draw(i, left, promised[pair], made.used_promised)
                made.promised[i] = took
                left -= took
        made.open.append(left)
    return made


def _stock_pools(options: BatchOptions, facts: Facts) -> dict[Pair, int]:
    if options.exclude_stock is None:
        return {}
    if options.exclude_stock == "on_hand":
        return {pair: level.on_hand for pair, level in facts.levels.items()}
    return {pair: level.in_stock for pair, level in facts.levels.items()}


Pools = dict[Pair, list[list[int]]]


def _inbound_pools(
    options: BatchOptions, facts: Facts, held: Mapping[int, int], mine: Mapping[int, int]
) -> tuple[Pools, Pools]:
    """Free units of open orders, and those promised to others, as [order row id, units] (R3.4)."""
    free: Pools = {}
    promised: Pools = {}
    if not options.exclude_purchase_orders:
        return free, promised
    for one in facts.inbound:
        pair = (one.warehouse_id, one.product_id)
        others = one.live - mine.get(one.po_row_id, 0)
        spare = one.outstanding - others - held.get(one.po_row_id, 0)
        if spare > 0:
            free.setdefault(pair, []).append([one.po_row_id, spare])
        if others > 0 and options.count_promised_deliveries:
            promised.setdefault(pair, []).append([one.po_row_id, others])
    return free, promised


def _draw(i: int, wanted: int, pool: list[list[int]], used: list[tuple[int, int, int]]) -> int:
    """Take up to ``wanted`` units for row ``i`` from the first orders of the pool."""
    left = wanted
    while left and pool:
        first = pool[0]
        take = min(left, first[1])
        used.append((i, first[0], take))
        left -= take
        first[1] -= take
        if not first[1]:
            del pool[0]
    return wanted - left


def line_key(product_id: int, warehouse_id: int, sale_id: int | None) -> str:
    """The key by which edits name a line: stable whatever the supplier."""
    end = "" if sale_id is None else f"#{sale_id}"
    return f"{product_id}@{warehouse_id}{end}"


def group_key(supplier_id: int, warehouse_id: int, sale_id: int | None) -> str:
    """The key by which edits name a future purchase order."""
    end = "" if sale_id is None else f"#{sale_id}"
    return f"S{supplier_id}@{warehouse_id}{end}"


def _lines(covered: Cover, options: BatchOptions) -> list[PlannedLine]:
    """One line per product and delivery warehouse, and per sale where asked (R3.5)."""
    found: dict[tuple[int, int, int | None], PlannedLine] = {}
    for i, row in enumerate(covered.rows):
        place = CUSTOMER if options.to_customer else options.deliver_to or row.warehouse_id
        sale_id = row.sale_id if options.per_sale else None
        which = (row.product_id or 0, place, sale_id)
        line = found.get(which)
        if line is None:
            line = PlannedLine(line_key(*which), which[0], place, sale_id)
            found[which] = line
        line.rows.append(i)
        line.needed += covered.open[i]
    return list(found.values())


def _choose_suppliers(
    lines: list[PlannedLine], facts: Facts, options: BatchOptions, edits: Edits
) -> None:
    """Set supplier and left-out of each line (R3.6, R3.7). Parts count for the batch total."""
    totals: dict[int, int] = {}
    anything: dict[int, int] = {}
    for line in lines:
        line.left_out = line.key in edits.left_out_lines
        line.quantity = edits.quantities.get(line.key, line.needed)
        product = line.product_id
        anything[product] = anything.get(product, 0) + line.quantity
        if not line.left_out:
            totals[product] = totals.get(product, 0) + line.quantity
    chosen: dict[int, Choice] = {}
    for line in lines:
        product = line.product_id
        offers = facts.offers.get(product, ())
        default = chosen.get(product)
        if default is None:
            picked = edits.product_suppliers.get(product)
            if picked is not None:
                default = Choice(picked.supplier_id, "chosen")
            else:
                # What a product is compared at when nothing of it is ordered decides nothing.
                at = totals.get(product) or anything[product]
                default = choose(options.vendor, options.supplier_id, offers, facts.suppliers, at)
            chosen[product] = default
        own = line.split_to if line.part_of else edits.suppliers.get(line.key)
        line.choice = default if own is None else Choice(own, "chosen")
        for offer in offers:
            if offer.supplier_id == line.choice.supplier_id:
                line.offer = offer
        if facts.own_products_only and line.offer is None and not _becomes_own(line, edits):
            reason = line.choice.reason or "not_supplied"
            line.choice = Choice(None, line.choice.how, reason)


def _suggest(lines: list[PlannedLine], options: BatchOptions, edits: Edits) -> None:
    """Set the quantity of each line: its need, to full packs where asked, or as edited (R3.9)."""
    for line in lines:
        line.suggested = line.needed
        # A customer gets what was sold: a surplus would have nobody to go to.
        if options.round_up_to_packs and line.offer is not None and not options.to_customer:
            line.suggested = packed(line.needed, line.offer.pack_size, line.offer.minimum)
        line.quantity = edits.quantities.get(line.key, line.suggested)
        line.edited = line.quantity != line.suggested


def _becomes_own(line: PlannedLine, edits: Edits) -> bool:
    """The product is about to be kept as this supplier's (R3.7)."""
    picked = edits.product_suppliers.get(line.product_id)
    return picked is not None and picked.keep and picked.supplier_id == line.choice.supplier_id


def _group(
    lines: list[PlannedLine], facts: Facts, options: BatchOptions, edits: Edits
) -> list[PlannedGroup]:
    """Lines with something to order, one group per supplier and delivery place (R3.5)."""
    found: dict[str, PlannedGroup] = {}
    for line in lines:
        supplier_id = line.choice.supplier_id
        if supplier_id is None or (line.quantity <= 0 and not line.edited):
            continue
        key = group_key(supplier_id, line.warehouse_id, line.sale_id)
        line.group_key = key
        group = found.get(key)
        if group is None:
            draft = None
            if options.append_to_drafts and not options.to_customer:
                draft = facts.drafts.get((supplier_id, line.warehouse_id))
            group = PlannedGroup(
                key, supplier_id, line.warehouse_id, line.sale_id, draft,
                key in edits.left_out_groups,
            )  # fmt: skip
            if options.to_customer and line.sale_id is not None:
                group.address = address_of(line.sale_id, facts, edits)
            found[key] = group
        if group.left_out:
            line.left_out = True
        group.lines.append(line)
    suppliers = facts.suppliers
    return sorted(
        found.values(),
        key=lambda g: (
            suppliers[g.supplier_id].name.casefold(), g.supplier_id, g.warehouse_id, g.sale_id or 0
        ),
    )  # fmt: skip


def _price(lines: list[PlannedLine], groups: list[PlannedGroup], facts: Facts) -> None:
    """Unit cost at what the batch buys of the product from that supplier, and the day (R3.9).

    A line left out is priced as if it alone were bought. In a draft the units already on its row
    count for the price break too.
    """
    bought: dict[Pair, int] = {}
    for group in groups:
        for line in group.lines:
            which = (group.supplier_id, line.product_id)
            if line.is_ordered:
                there = 0
                if group.draft is not None and line.product_id in group.draft.rows:
                    there = group.draft.rows[line.product_id][1]
                bought[which] = bought.get(which, 0) + line.quantity + there
    for line in lines:
        supplier_id = line.choice.supplier_id
        if supplier_id is None:
            continue
        at = bought.get((supplier_id, line.product_id)) or line.quantity
        line.cost = price(line.offer, at)
        lead = line.offer.lead_time_days if line.offer is not None else None
        if lead is None:
            lead = facts.suppliers[supplier_id].lead_time_days
        line.expected_on = facts.today + timedelta(days=lead)


def raised_for(covered: Cover, line: PlannedLine) -> list[tuple[int, int]]:
    """(row index, units) of a line's quantity per sale row, oldest first; a surplus has no row.

    The parts of a split share the rows among them, see ``purchase_split.share_out``.
    """
    if line.raised is not None:
        return line.raised
    left = line.quantity
    found = []
    for i in line.rows:
        take = min(covered.open[i], left)
        if take > 0:
            found.append((i, take))
            left -= take
    return found


def live_room(row: Row, pegs: Sequence[Pegged]) -> int:
    """Units of a row that may still be pegged: needed and promised by nothing yet (R1.7)."""
    room = _needed(row)
    return room - sum(one.live for one in pegs) if pegs else room


__all__ = [
    "CUSTOMER",
    "NOBODY",
    "NO_EDITS",
    "BatchOptions",
    "Cover",
    "Draft",
    "Edits",
    "Facts",
    "Inbound",
    "LeftOutRow",
    "Level",
    "Pair",
    "Pegged",
    "Plan",
    "PlannedGroup",
    "PlannedLine",
    "Row",
    "Sale",
    "SplitPart",
    "SupplierChoice",
    "address_of",
    "cover",
    "group_key",
    "line_key",
    "live_room",
    "part_key",
    "plan",
    "raised_for",
    "taking_part_of",
]
