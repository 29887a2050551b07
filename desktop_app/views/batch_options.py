"""The options of a batch purchase order as one column: dialog, settings and automation use it.

The six documented choices (R3.1, BPO-01 to BPO-06) in their order and wording, each with its
formula, and what is under *More* (BPO-08).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.services.rules.purchase_plan import BatchOptions
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo, WrappedChoice, wrapped_check, wrapped_radio
from desktop_app.views.icons import icon

PRIMARY, CHEAPEST = "primary", "cheapest"
CUSTOMER = "customer"
"""The choice of *Deliver to* that is no warehouse."""
INDENT = 26
Entry = tuple[int, str]


@dataclass(frozen=True, slots=True)
class OptionChoices:
    """What the combos offer, as (id, name)."""

    suppliers: Sequence[Entry] = ()
    sale_statuses: Sequence[Entry] = ()
    po_statuses: Sequence[Entry] = ()
    warehouses: Sequence[Entry] = ()


class BatchOptionsColumn(QScrollArea):
    """``changed`` fires once per change a person makes; ``options()`` is what they chose."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Options")
        self._kept = BatchOptions()
        inside = QWidget(self)
        self._inside = inside
        inside.setProperty("ground", "none")
        self._column = QVBoxLayout(inside)
        margin = tokens.CARD_PADDING
        self._column.setContentsMargins(tokens.PAGE_MARGIN, margin, margin, margin)
        self._column.setSpacing(6)
        self.setWidget(inside)
        self._how_much()
        self._leave_out()
        self._vendor()
        self._status()
        self._more()
        self._column.addStretch(1)
        self._connect()
        self.set_choices(OptionChoices())
        self.set_options(BatchOptions())

    # --- building --------------------------------------------------------------------------------

    def _heading(self, words: str, above: int = tokens.PAGE_MARGIN) -> None:
        if above:
            self._column.addSpacing(above)
        label = QLabel(words, self._inside)
        label.setProperty("type", "strong")
        label.setProperty("tone", "muted")
        self._column.addWidget(label)
        self._column.addSpacing(tokens.LABEL_GAP)

    def _put(self, widget: QWidget, indent: int = 0) -> None:
        if indent:
            widget.setContentsMargins(indent, 0, 0, 0)
        self._column.addWidget(widget)

    def _how_much(self) -> None:
        self._heading("How much to order", above=0)
        self.all_items = wrapped_radio(
            self._inside,
            "Order all items on the selected sales",
            "Full quantities, even if already allocated, fulfilled, shipped or drop-shipped",
        )
        self.needed_items = wrapped_radio(
            self._inside,
            "Order items needed to fulfil selected sales",
            "Ordered minus allocated, fulfilled, shipped and drop-shipped",
        )
        self._amount = _group(self, self.all_items, self.needed_items)
        self._put(self.all_items)
        self._put(self.needed_items)

    def _leave_out(self) -> None:
        self._heading("Then leave out")
        self.exclude_stock = wrapped_check(self._inside, "Exclude items already on hand / in stock")
        self.on_hand = wrapped_radio(self._inside, "On hand", "= in stock minus allocated")
        self.in_stock = wrapped_radio(self._inside, "In stock", "= everything in the warehouse")
        self._stock = _group(self, self.on_hand, self.in_stock)
        self.exclude_orders = wrapped_check(
            self._inside,
            "Exclude items on purchase orders not yet received",
            "What is expected and free, or expected for these sales",
        )
        self.count_promised = wrapped_check(
            self._inside, "Count deliveries promised to other sales too"
        )
        self._put(self.exclude_stock)
        self._put(self.on_hand, INDENT)
        self._put(self.in_stock, INDENT)
        self._put(self.exclude_orders)
        self._put(self.count_promised, INDENT)

    def _vendor(self) -> None:
        self._heading("Vendor to use")
        self.vendor = CalmCombo("Vendor to use", self._inside)
        self.vendor_hint = _caption(self._inside)
        self._put(self.vendor)
        self._put(self.vendor_hint)

    def _status(self) -> None:
        self._heading("Update sales to status")
        self.sales_status = CalmCombo("Update sales to status", self._inside)
        self.only_ordered = wrapped_check(self._inside, "Only sales for which something is ordered")
        self._put(self.sales_status)
        self._put(self.only_ordered)

    def _more(self) -> None:
        self._column.addSpacing(tokens.PAGE_MARGIN)
        self.more = QToolButton(self._inside)
        self.more.setText("More")
        self.more.setAccessibleName("More options")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setCheckable(True)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.setAccessibleDescription("Deliver to, purchase order status, reference and more")
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.more_box = QWidget(self._inside)
        outside, self._inside = self._inside, self.more_box
        self.more_box.setProperty("ground", "none")
        outer, self._column = self._column, QVBoxLayout(self.more_box)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._more_inside()
        self._column, self._inside = outer, outside
        self._column.addWidget(self.more_box)
        self._open_more(opened=False)

    def _more_inside(self) -> None:
        self._heading("Deliver to", tokens.LABEL_GAP)
        self.deliver_to = CalmCombo("Deliver to", self._inside)
        self._put(self.deliver_to)
        self.customer_hint = _caption(self._inside)
        self.customer_hint.setText(
            "Each supplier delivers straight to the customers: one order per sale, nothing to receive"
        )
        self._put(self.customer_hint)
        self._heading("Purchase orders")
        self.per_supplier = wrapped_radio(self._inside, "One per supplier and warehouse")
        self.append_drafts = wrapped_radio(self._inside, "Add to open drafts of the same supplier")
        self.per_sale = wrapped_radio(self._inside, "One per sale")
        self._orders = _group(self, self.per_supplier, self.append_drafts, self.per_sale)
        for choice in (self.per_supplier, self.append_drafts, self.per_sale):
            self._put(choice)
        self._heading("Create as")
        self.po_state = CalmCombo("Create as", self._inside)
        self.po_state.fill([("draft", "Draft"), ("sent", "Placed with the supplier")], "draft")
        self.po_status = CalmCombo("Purchase order status", self._inside)
        self._put(self.po_state)
        self._heading("Purchase order status")
        self._put(self.po_status)
        self._heading("Reference")
        self.reference = QLineEdit(self._inside)
        self.reference.setAccessibleName("Reference")
        self.reference.setPlaceholderText("Printed on each purchase order")
        self.reference.setMaxLength(200)
        self._put(self.reference)
        self._heading("Also")
        self.round_up = wrapped_check(
            self._inside,
            "Round up to full packs",
            "And to the supplier's minimum; the rest is free stock",
        )
        self.cross_notes = wrapped_check(
            self._inside, "Cross-reference notes on sales and purchase orders"
        )
        self.quotes = wrapped_check(self._inside, "Order for quotes")
        self.services = wrapped_check(self._inside, "Order services")
        self.non_stock = wrapped_check(self._inside, "Order items that are not stock-tracked")
        for choice in (self.round_up, self.cross_notes, self.quotes, self.services, self.non_stock):
            self._put(choice)

    def _connect(self) -> None:
        self.more.toggled.connect(lambda opened: self._open_more(opened=opened))
        for group in (self._amount, self._stock, self._orders):
            group.buttonClicked.connect(self._touched)
        for choice in self._checks():
            choice.button.clicked.connect(self._touched)
        for combo in (
            self.vendor, self.sales_status, self.deliver_to, self.po_state, self.po_status,
        ):  # fmt: skip
            combo.chosen.connect(self._touched)
        self.reference.textEdited.connect(self._touched)

    def _checks(self) -> tuple[WrappedChoice, ...]:
        return (
            self.exclude_stock, self.exclude_orders, self.count_promised, self.only_ordered,
            self.round_up, self.cross_notes, self.quotes, self.services, self.non_stock,
        )  # fmt: skip

    # --- state -----------------------------------------------------------------------------------

    def set_choices(self, choices: OptionChoices) -> None:
        """Fill the combos; what was chosen stays chosen."""
        kept = self.options()
        named: list[tuple[object, str]] = [
            (PRIMARY, "Primary supplier"), (CHEAPEST, "Cheapest supplier"), *choices.suppliers,
        ]  # fmt: skip
        self.vendor.fill(named, kept.supplier_id if kept.vendor == "named" else kept.vendor)
        self.sales_status.fill(
            [(None, "Don't change"), *choices.sale_statuses], kept.sales_status_id
        )
        self.po_status.fill([(None, "From settings"), *choices.po_statuses], kept.po_status_id)
        self.deliver_to.fill(
            [
                (None, "Each sale's warehouse"),
                *choices.warehouses,
                (CUSTOMER, "Customer – drop-ship"),
            ],
            CUSTOMER if kept.to_customer else kept.deliver_to,
        )
        self._settle()

    def options(self) -> BatchOptions:
        """Return what is chosen now."""
        vendor = self.vendor.key() or PRIMARY
        named = vendor if isinstance(vendor, int) else None
        stock = "on_hand" if self.on_hand.is_checked() else "in_stock"
        place = self.deliver_to.key()
        to_customer = place == CUSTOMER
        return replace(
            self._kept,
            quantity="all" if self.all_items.is_checked() else "needed",
            exclude_stock=cast("Literal['on_hand', 'in_stock']", stock)
            if self.exclude_stock.is_checked()
            else None,
            exclude_purchase_orders=self.exclude_orders.is_checked(),
            count_promised_deliveries=self.count_promised.is_checked(),
            vendor=cast("Literal['primary', 'cheapest', 'named']", "named" if named else vendor),
            supplier_id=named,
            sales_status_id=cast("int | None", self.sales_status.key()),
            status_only_ordered=self.only_ordered.is_checked(),
            one_order_per_sale=self.per_sale.is_checked(),
            append_to_drafts=self.append_drafts.is_checked() and not to_customer,
            deliver_to=None if to_customer else cast("int | None", place),
            to_customer=to_customer,
            po_state=cast("Literal['draft', 'sent']", self.po_state.key() or "draft"),
            po_status_id=cast("int | None", self.po_status.key()),
            reference=self.reference.text().strip(),
            round_up_to_packs=self.round_up.is_checked(),
            cross_notes=self.cross_notes.is_checked(),
            include_quotes=self.quotes.is_checked(),
            include_services=self.services.is_checked(),
            include_non_stock=self.non_stock.is_checked(),
        )

    def set_options(self, options: BatchOptions) -> None:
        """Show these options; ``changed`` does not fire."""
        self._kept = options
        blocked = QSignalBlocker(self)
        (self.all_items if options.quantity == "all" else self.needed_items).set_checked(True)
        self.exclude_stock.set_checked(options.exclude_stock is not None)
        (self.in_stock if options.exclude_stock == "in_stock" else self.on_hand).set_checked(True)
        self.exclude_orders.set_checked(options.exclude_purchase_orders)
        self.count_promised.set_checked(options.count_promised_deliveries)
        self.vendor.set_key(options.supplier_id if options.vendor == "named" else options.vendor)
        self.sales_status.set_key(options.sales_status_id)
        self.only_ordered.set_checked(options.status_only_ordered)
        orders = self.per_sale if options.one_order_per_sale else self.per_supplier
        (self.append_drafts if options.append_to_drafts else orders).set_checked(True)
        self.deliver_to.set_key(CUSTOMER if options.to_customer else options.deliver_to)
        if options.to_customer:
            self.more.setChecked(True)
        self.po_state.set_key(options.po_state)
        self.po_status.set_key(options.po_status_id)
        if self.reference.text().strip() != options.reference:
            self.reference.setText(options.reference)
        self.round_up.set_checked(options.round_up_to_packs)
        self.cross_notes.set_checked(options.cross_notes)
        self.quotes.set_checked(options.include_quotes)
        self.services.set_checked(options.include_services)
        self.non_stock.set_checked(options.include_non_stock)
        blocked.unblock()
        self._settle()

    def _touched(self, *_what: object) -> None:
        self._settle()
        self.changed.emit()

    def _settle(self) -> None:
        """Grey what has no effect now, and say what the vendor choice means."""
        for choice in (self.on_hand, self.in_stock):
            choice.setEnabled(self.exclude_stock.is_checked())
        self.count_promised.setEnabled(self.exclude_orders.is_checked())
        drop_ship = self.deliver_to.key() == CUSTOMER
        self.customer_hint.setVisible(drop_ship)
        for choice in (self.per_supplier, self.append_drafts, self.per_sale):
            choice.setEnabled(not drop_ship)
        for choice in (self.round_up, self.services, self.non_stock):
            choice.setEnabled(not drop_ship)
        self.only_ordered.setVisible(self.sales_status.key() is not None)
        vendor = self.vendor.key()
        self.vendor_hint.setText(
            {
                PRIMARY: "Each product from its primary supplier",
                CHEAPEST: "Each product from the lowest cost at the quantity of the whole batch",
            }.get(vendor if isinstance(vendor, str) else "", "Everything from this supplier")
        )

    def _open_more(self, *, opened: bool) -> None:
        self.more.setIcon(icon("chevron-down" if opened else "chevron-right"))
        self.more_box.setVisible(opened)

    def column_width(self, room: int) -> int:
        """Pixels the column wants beside a preview in a window ``room`` wide (IA-05)."""
        unit = theme.look().text_height / 16
        return int(max(240, min(336 * unit, room * 0.30)))


def _group(parent: QWidget, *choices: WrappedChoice) -> QButtonGroup:
    group = QButtonGroup(parent)
    for choice in choices:
        group.addButton(choice.button)
    return group


def _caption(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setProperty("type", "caption")
    label.setWordWrap(True)
    return label
