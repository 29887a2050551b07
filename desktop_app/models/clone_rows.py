"""The rows of a sale as the clone dialog offers them: ticks, quantities and costs (CLN-01, R4.2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import count, counted_units, money, parse_quantity, price, quantity
from desktop_app.models.lines_table import Index, LinesTable
from desktop_app.services.cloning import ClonePreview, CloneRow, CloneSupplier, CloneTerms
from desktop_app.services.rules.money import row_total, units
from desktop_app.services.rules.supplier_choice import cost_at

ORDER, COST = "order", "cost"
NAMED_MAX = 2
REASONS = {"text": "free text", "bundle": "a bundle: its parts are ordered"}


@dataclass(frozen=True, slots=True)
class Totals:
    """What would be on the purchase order; ``unpriced``: ticked rows that wait for a price.

    Of a drop-ship also: units ``released`` and ``freed`` by it (R4.3), and how many ticked rows
    cannot be delivered to a customer.
    """

    lines: int
    units: int
    total: int
    unpriced: int
    unread: int
    released: int = 0
    freed: int = 0
    undeliverable: int = 0

    def words(self, supplier: CloneSupplier) -> str:
        """The footer: "New PO: 2 lines · 3 units · £140.35 excl. tax"."""
        if not self.lines:
            return "Nothing to order"
        total = money(self.total, supplier.currency, supplier.digits)
        parts = [f"New PO: {count(self.lines, 'line')}", counted_units(self.units)]
        return " · ".join([*parts, f"{total} excl. tax"])


class CloneRows(LinesTable[CloneRow]):
    """``edited`` after each change a person makes. Costs and quantities as stored integers."""

    edited = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            self._made(),
            parent,
            tickable=lambda row: row.reason is None,
            key=lambda r: r.sale_row_id,
        )
        self.supplier: CloneSupplier | None = None
        self.names: dict[int, CloneSupplier] = {}
        self.quantities: dict[int, int] = {}
        self.costs: dict[int, int] = {}
        self._costs: dict[int, dict[int, int]] = {}
        self.unread: dict[tuple[int, str], tuple[str, str]] = {}
        self.to_customer = False
        self.ticked_changed.connect(self.edited)

    def _made(self) -> Sequence[Column[CloneRow]]:
        end, fixed = Align.END, True
        return (
            Column(
                key="item", heading="Item", width=30, width_min=18, stretch=True,
                text=lambda r: f"{r.sku}  {r.name}" if r.sku else r.name,
            ),
            Column(key="qty", heading="Qty", text=lambda r: quantity(r.ordered), width=6, align=end, fixed=fixed),
            Column(key="alloc", heading="Alloc", text=lambda r: _stock(r, r.allocated), width=7, align=end, fixed=fixed, priority=3, heading_tip="Allocated or fulfilled"),
            Column(key="shipped", heading="Shipped", text=lambda r: _stock(r, r.shipped), width=8, align=end, fixed=fixed, priority=3),
            Column(key="on_order", heading="On PO", text=lambda r: _stock(r, r.on_order), width=7, align=end, fixed=fixed, priority=2, heading_tip="On open purchase orders for this row"),
            Column(key=ORDER, heading="Order", text=self._order_text, width=9, align=end, fixed=fixed),
            Column(key=COST, heading="Cost", text=self._cost_text, width=10, align=end, fixed=fixed),
            Column(
                key="why", heading="Suppliers", text=self._remark, width=26, width_min=17,
                stretch=True, muted=True,
            ),
        )  # fmt: skip

    # --- what is chosen --------------------------------------------------------------------------

    def show_sale(self, found: ClonePreview, wanted: Collection[int]) -> None:
        """Show a sale; rows selected in it arrive ticked, else all that are short (CLN-01)."""
        self.names = {one.id: one for one in found.suppliers}
        self.quantities = {row.sale_row_id: row.offered for row in found.rows}
        ticked = {
            row.sale_row_id
            for row in found.rows
            if row.reason is None and (row.sale_row_id in wanted if wanted else row.offered > 0)
        }
        self._ticked = set(ticked)
        self.show(found.rows)

    def choose_supplier(self, supplier: CloneSupplier) -> None:
        """Price the rows by another supplier's terms."""
        self.supplier = supplier
        self.costs = self._costs.setdefault(supplier.id, {})
        self.unread = {key: value for key, value in self.unread.items() if key[1] == ORDER}
        self._moved()

    def deliver_to_customer(self, yes: bool) -> None:
        """Whether the supplier delivers to the customer: then stock items only, and no surplus."""
        if self.to_customer != yes:
            self.to_customer = yes
            self._moved()

    def can_go(self, row: CloneRow) -> bool:
        """Whether the row can be on the order at all."""
        return row.reason is None and (row.kind == "stock" or not self.to_customer)

    def _too_many(self, row: CloneRow) -> bool:
        units = self.quantities.get(row.sale_row_id, 0)
        return self.to_customer and self.can_go(row) and units > row.deliverable

    def terms_of(self, row: CloneRow) -> CloneTerms | None:
        """The chosen supplier's terms for a row."""
        chosen = self.supplier.id if self.supplier is not None else 0
        return next((one for one in row.terms if one.supplier_id == chosen), None)

    def cost_of(self, row: CloneRow) -> int | None:
        """The unit cost: typed, or the supplier's at the quantity of all rows of the product."""
        if row.sale_row_id in self.costs:
            return self.costs[row.sale_row_id]
        terms = self.terms_of(row)
        if terms is None or not terms.breaks:
            return None
        same = [x for x in self.ticked() if x.product_id == row.product_id]
        total = sum(self.quantities.get(x.sale_row_id, 0) for x in same)
        found = cost_at(terms.breaks, total)
        return terms.breaks[0][1] if found is None else found

    def wanted(self) -> dict[int, int]:
        """Units by sale row: ticked, above 0 and with a price. A row without blocks only itself."""
        return {
            row.sale_row_id: self.quantities[row.sale_row_id]
            for row in self.ticked()
            if self.can_go(row)
            and self.quantities.get(row.sale_row_id)
            and self.cost_of(row) is not None
        }

    def typed_costs(self) -> dict[int, int]:
        """Costs that were typed, for the rows that go on the order."""
        wanted = self.wanted()
        return {key: cost for key, cost in self.costs.items() if key in wanted}

    def totals(self) -> Totals:
        """What the footer says."""
        wanted = self.wanted()
        digits = self.supplier.digits if self.supplier is not None else 2
        lines: dict[tuple[int | None, int], int] = {}  # one per product and cost
        unpriced = 0
        for row in self.ticked():
            if row.sale_row_id in wanted:
                which = (row.product_id, self.cost_of(row) or 0)
                lines[which] = lines.get(which, 0) + wanted[row.sale_row_id]
            elif self.can_go(row) and self.quantities.get(row.sale_row_id):
                unpriced += 1
        total = sum(row_total(number, cost, digits) for (_p, cost), number in lines.items())
        ticked = {row.sale_row_id for row in self.ticked()}
        unread = sum(key in ticked for key, _field in self.unread)
        unread += sum(self._too_many(row) for row in self.ticked())
        made = Totals(len(lines), sum(wanted.values()), total, unpriced, unread)
        return self._displacing(made, wanted) if self.to_customer else made

    def _displacing(self, made: Totals, wanted: dict[int, int]) -> Totals:
        """With what a drop-ship of these units displaces (CLN-03)."""
        gone = [
            row.displaced(wanted[row.sale_row_id])
            for row in self.ticked()
            if row.sale_row_id in wanted
        ]
        return replace(
            made,
            released=sum(one[0] for one in gone),
            freed=sum(one[1] for one in gone),
            undeliverable=sum(not self.can_go(row) for row in self.ticked()),
        )

    def supplies(self, supplier_id: int) -> tuple[int, int]:
        """(ticked rows the supplier has a price for, their cost in ten-thousandths)."""
        rows = [
            (row, terms)
            for row in self.ticked()
            for terms in row.terms
            if terms.supplier_id == supplier_id and terms.breaks
        ]
        worth = sum(t.breaks[0][1] * self.quantities.get(r.sale_row_id, 0) for r, t in rows)
        return len(rows), worth

    # --- editing ---------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        made = super().flags(index)
        row = self.row_at(index.row())
        key = self.columns[index.column()].key if index.isValid() else ""
        if (
            row is not None
            and self.can_go(row)
            and (key == ORDER or (key == COST and self._needs_cost(row)))
        ):
            made |= Qt.ItemFlag.ItemIsEditable
        return made

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.isValid():
            row = self.row_at(index.row())
            why = self.why_wrong(row, self.columns[index.column()].key) if row is not None else ""
            if why:
                return why
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index.row())
        if row is None or role != Qt.ItemDataRole.EditRole:
            return False
        key, text = self.columns[index.column()].key, str(value).strip()
        place = (row.sale_row_id, key)
        kept = self.quantities if key == ORDER else self.costs
        self.unread.pop(place, None)
        if not text:
            kept.pop(row.sale_row_id, None)
            if key == ORDER:
                self.quantities[row.sale_row_id] = row.offered
        else:
            try:
                if key == ORDER:
                    kept[row.sale_row_id] = parse_quantity(text, whole=row.whole_units)
                else:
                    kept[row.sale_row_id] = parse_cost(text)
            except ValueError as error:
                self.unread[place] = (text, str(error))
        if key == ORDER and self.quantities.get(row.sale_row_id):
            self._ticked.add(row.sale_row_id)
        self._moved()
        return place not in self.unread

    def is_edited(self, row: CloneRow, key: str) -> bool:
        """Whether the cell holds something a person typed."""
        if (row.sale_row_id, key) in self.unread:
            return True
        if key == COST:
            return row.sale_row_id in self.costs
        return self.quantities.get(row.sale_row_id) != row.offered

    def why_wrong(self, row: CloneRow, key: str) -> str:
        """Why a typed text cannot be used."""
        if key == ORDER and self._too_many(row):
            return f"At most {quantity(row.deliverable)}: a customer gets no more than was sold."
        return self.unread.get((row.sale_row_id, key), ("", ""))[1]

    def _needs_cost(self, row: CloneRow) -> bool:
        terms = self.terms_of(row)
        is_wanted = row.sale_row_id in self._ticked
        return is_wanted and self.supplier is not None and (terms is None or not terms.breaks)

    def _moved(self) -> None:
        self._ticks_moved()

    # --- texts -----------------------------------------------------------------------------------

    def _order_text(self, row: CloneRow) -> str:
        unread = self.unread.get((row.sale_row_id, ORDER))
        if unread is not None:
            return unread[0]
        return "–" if not self.can_go(row) else quantity(self.quantities.get(row.sale_row_id, 0))

    def _cost_text(self, row: CloneRow) -> str:
        unread = self.unread.get((row.sale_row_id, COST))
        if unread is not None:
            return unread[0]
        if not self.can_go(row) or self.supplier is None:
            return ""
        return price(self.cost_of(row), self.supplier.currency)

    def _remark(self, row: CloneRow) -> str:
        """What stands in the way, what is too much, or who else supplies it."""
        if row.reason is not None:
            return REASONS.get(row.reason, row.reason)
        if not self.can_go(row):
            return "not a stock item: not drop-shipped"
        ordered = self.quantities.get(row.sale_row_id, 0)
        if self._too_many(row):
            return f"at most {quantity(row.deliverable)} can be drop-shipped"
        if self.why_wrong(row, ORDER) or self.why_wrong(row, COST):
            return "cannot be read"
        if ordered and self.cost_of(row) is None and self.supplier is not None:
            return "not supplied – price needed"
        if self.to_customer and (gone := self._gone(row, ordered)):
            return gone
        if ordered > row.offered:
            return f"{quantity(ordered - row.offered)} more than needed: goes to free stock"
        if not row.offered:
            return self._covered(row)
        named = [
            f"{self.names[one.supplier_id].name} {price(one.cost, self.names[one.supplier_id].currency)}"
            for one in row.terms
            if one.cost is not None and one.supplier_id in self.names
        ]
        more = len(named) - NAMED_MAX
        return " · ".join([*named[:NAMED_MAX], *([f"+{more}"] if more > 0 else [])])

    def _gone(self, row: CloneRow, ordered: int) -> str:
        """What the drop-ship of a row displaces: "1 allocated released, 2 incoming freed"."""
        released, freed = row.displaced(ordered)
        said = [
            f"{quantity(units)} {words}"
            for units, words in ((released, "allocated released"), (freed, "incoming freed"))
            if units
        ]
        return ", ".join(said) if ordered else ""

    def _covered(self, row: CloneRow) -> str:
        if row.kind != "stock":
            return "a service" if row.kind == "service" else "not a stock item"
        if row.shipped >= row.ordered:
            return "all shipped"
        return "all covered by a purchase order" if row.on_order else "all allocated"


def parse_cost(text: str) -> int:
    """A unit cost as typed, in ten-thousandths. Raises ValueError with a sentence."""
    plain = text.strip().lstrip("£€$¥").strip()
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        made = units(plain.replace(",", ""))
    except ValueError:
        raise ValueError(f"“{text}” is not an amount. Type digits, for example 17.95.") from None
    if made < 0:
        raise ValueError("A cost is 0 or more.")
    return made


def _stock(row: CloneRow, number: int) -> str:
    return "–" if row.kind != "stock" else quantity(number)
