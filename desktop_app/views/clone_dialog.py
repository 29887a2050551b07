"""Clone a sale to a purchase order, for a warehouse or for the customer (ux 3.3, rules section 4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from desktop_app.models.clone_opening import CloneOpening, clone_opening
from desktop_app.models.clone_rows import COST, ORDER, CloneRows, Totals
from desktop_app.models.formats import count
from desktop_app.services import cloning
from desktop_app.services.access import Permission
from desktop_app.services.backend import Done
from desktop_app.services.cloning import ClonePreview, CloneRequest, CloneSupplier
from desktop_app.services.errors import Rejected, ServiceError
from desktop_app.views import tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.clone_delivery import DeliveryChoice, DropShipCard
from desktop_app.views.clone_table import CloneTable
from desktop_app.views.desk import Desk
from desktop_app.views.messages import may_help_to_retry, sentence
from desktop_app.views.notice import Notice
from desktop_app.views.rows_dialog import RowsDialog

CONFIRMED = {cloning.MORE_THAN_NEEDED: "Order anyway", cloning.DISPLACES_UNITS: "Drop-ship all"}
"""What a person may agree to, and the button that does."""


class CloneDialog(RowsDialog):
    """``placed(result)`` after the commit. Rows selected in the sale arrive ticked (CLN-01)."""

    placed = Signal(object)
    without = "cloning"

    def __init__(
        self, desk: Desk, sale_id: int, row_ids: Collection[int] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, "Clone to purchase order", parent)
        self._sale_id = sale_id
        self._wanted = tuple(row_ids)
        self._sale: ClonePreview | None = None
        self._others: tuple[CloneSupplier, ...] = ()
        self.rows = CloneRows(self)
        self._build()
        self._connect()
        self.open_at(1000, 600)
        self._settle()
        who = desk.backend.actor.person_id
        desk.read(self, clone_opening, sale_id, who, then=self._opened, failed=self._fail)

    # --- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        inside = self.frame()
        head = QHBoxLayout()
        self.title = QLabel(self)
        self.title.setProperty("type", "section")
        self.customer = QLabel(self)
        self.customer.setProperty("tone", "muted")
        head.addWidget(self.title, 1)
        head.addWidget(self.customer)
        self.message = Notice(self)
        self.table = CloneTable(self.rows, self)
        inside.addLayout(head)
        inside.addWidget(self.message)
        inside.addWidget(self.table, 1)
        inside.addLayout(self._form())
        self.card = DropShipCard(self)
        inside.addWidget(self.card)
        self.clone = self.end_with("Clone now")

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.CARD_GAP)
        grid.setVerticalSpacing(tokens.RELATED_GAP)
        self.supplier = CalmCombo("Supplier", self)
        self.lead = QLabel(self)
        self.lead.setProperty("tone", "muted")
        self.delivery = DeliveryChoice(self)
        self.warehouse = self.delivery.warehouse
        self.sale_status = CalmCombo("Sale status", self)
        self.po_state = CalmCombo("Create as", self)
        self.po_state.fill([("draft", "Draft"), ("sent", "Placed with the supplier")], "draft")
        self.po_status = CalmCombo("Purchase order status", self)
        self.reference = QLineEdit(self)
        self.reference.setAccessibleName("Reference")
        self.reference.setMaxLength(200)
        self.notes = QCheckBox("Cross-reference notes on both", self)
        self.each = QPushButton("One PO per supplier…", self)
        self.each.setProperty("kind", "link")
        fields: tuple[tuple[tuple[str, QWidget], ...], ...] = (
            (("Supplier", self.supplier), ("", self._supplier_end())),
            (("Deliver to", self.delivery), ("Reference", self.reference)),
            (("Sale status", self.sale_status), ("", self.notes)),
            (("Create as", self.po_state), ("PO status", self.po_status)),
        )
        for row, line in enumerate(fields):
            for at, (words, field) in enumerate(line):
                if words:
                    label = QLabel(words, self)
                    label.setBuddy(self.warehouse if field is self.delivery else field)
                    grid.addWidget(label, row, 2 * at)
                grid.addWidget(field, row, 2 * at + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _supplier_end(self) -> QWidget:
        end = QWidget(self)
        row = QHBoxLayout(end)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.lead, 1)
        row.addWidget(self.each)
        return end

    def _connect(self) -> None:
        self.rows.edited.connect(self._changed)
        self.supplier.chosen.connect(self._choose_supplier)
        self.delivery.changed.connect(self._choose_delivery)
        self.card.edited.connect(self._settle)
        self.each.clicked.connect(self._hand_over)

    # --- filling ---------------------------------------------------------------------------------

    def _opened(self, found: CloneOpening) -> None:
        sale, choices = found.sale, found.choices
        self._sale, self._others = sale, found.others
        self.title.setText(f"Clone sale #{sale.number} to a purchase order")
        self.customer.setText(sale.customer)
        self.warehouse.fill([*choices.warehouses], choices.options.deliver_to or sale.warehouse_id)
        self.sale_status.fill([(None, "Don't change"), *choices.sale_statuses])
        self.po_status.fill([(None, "From settings"), *choices.po_statuses])
        self.notes.setChecked(choices.options.cross_notes)
        self.card.show_sale(sale)
        self.rows.show_sale(sale, self._wanted)
        self._order_suppliers()
        self._choose_supplier(self.supplier.key())
        if self.rows.rowCount():
            self.table.setCurrentIndex(self.rows.index(0, self.table.column_of("order")))
        self.table.setFocus()

    def _order_suppliers(self) -> None:
        """By how many ticked rows they supply, then by price (CLN-02)."""
        sale = self._sale
        if sale is None:
            return
        ticked = len(self.rows.ticked())
        counted = [(one, *self.rows.supplies(one.id)) for one in sale.suppliers]
        counted.sort(key=lambda x: (not x[0].active, -x[1], x[2]))
        entries: list[tuple[object, str]] = [
            (one.id, f"{one.name} (supplies {supplied} of {ticked})")
            for one, supplied, _worth in counted
        ]
        entries += [(one.id, f"{one.name} (no prices yet)") for one in self._others]
        keep = self.supplier.key() if self.supplier.count() else None
        self.supplier.fill(entries, keep)

    def _choose_supplier(self, key: object) -> None:
        sale = self._sale
        if sale is None:
            return
        found = next((one for one in (*sale.suppliers, *self._others) if one.id == key), None)
        if found is not None:
            self.lead.setText(f"lead time {count(found.lead_time_days, 'day')}")
            self.rows.choose_supplier(found)

    def _choose_delivery(self) -> None:
        self.card.setVisible(self.delivery.is_drop_ship)
        self.rows.deliver_to_customer(self.delivery.is_drop_ship)
        self._changed()

    def _changed(self) -> None:
        self._leaving = False
        self.message.clear()
        self._order_suppliers()
        self._settle()

    def _settle(self) -> None:
        totals = self.rows.totals()
        supplier = self.rows.supplier
        words = totals.words(supplier) if supplier is not None else "Choose a supplier"
        if totals.unpriced:
            words += f" · {count(totals.unpriced, 'row')} left out: price needed"
        self.totals.setText(words if self._sale is not None else "Reading the sale…")
        self.card.say(totals, len(self.rows.wanted()))
        why = self._why_not(totals)
        self.clone.setEnabled(not why)
        self.clone.setToolTip(why or "Ctrl+Enter")
        self.table.setEnabled(not self._busy)

    def _why_not(self, totals: Totals) -> str:
        if role := self._desk.why_not(Permission.PLACE_PURCHASES):
            return role
        if self._busy or self._sale is None:
            return "Working on it"
        if totals.unread:
            return "Correct what cannot be read first"
        if not totals.lines:
            return "There is nothing to order"
        return self.card.why_not() if self.delivery.is_drop_ship else ""

    # --- committing ------------------------------------------------------------------------------

    def _request(self) -> CloneRequest:
        return CloneRequest(
            sale_id=self._sale_id,
            supplier_id=cast("int", self.supplier.key()),
            warehouse_id=None if self.delivery.is_drop_ship else cast("int", self.warehouse.key()),
            quantities=self.rows.wanted(),
            costs=self.rows.typed_costs(),
            sales_status_id=cast("int | None", self.sale_status.key()),
            po_state=cast("Literal['draft', 'sent']", self.po_state.key()),
            po_status_id=cast("int | None", self.po_status.key()),
            reference=self.reference.text().strip(),
            cross_notes=self.notes.isChecked(),
            address=self.card.text() if self.delivery.is_drop_ship else "",
        )

    def commit(self) -> None:
        """Clone what is shown; pressed twice, it is still one purchase order."""
        self._place(())

    def _place(self, confirmed: tuple[str, ...]) -> None:
        if self._busy or not self.clone.isEnabled():
            return
        self._busy = True
        self.message.clear()
        sale = self._sale
        number = sale.number if sale is not None else ""
        self._desk.run(
            self, cloning.clone_to_purchase_order(self._request(), confirmed), once=self._once,
            then=self._placed, failed=self._refused,
            says=lambda made: f"PO {made['number']} created for #{number}",
        )  # fmt: skip
        self._settle()

    def _placed(self, done: Done[dict[str, Any]]) -> None:
        self._busy = False
        self._leaving = True
        self.placed.emit(done.result)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._busy = False
        if not isinstance(error, ServiceError):
            raise error
        if isinstance(error, Rejected) and error.code in CONFIRMED:
            agreed = error.code
            again = ((CONFIRMED[agreed], lambda: self._place((agreed,))),)
            self.message.say("part", sentence(error), again)
        elif may_help_to_retry(error):
            self.message.say("wrong", sentence(error), (("Try again", self.commit),))
        else:
            self.message.say("wrong", sentence(error))
        self._settle()

    def _hand_over(self) -> None:
        """One purchase order per supplier is the batch dialog's business (CLN-02)."""
        from desktop_app.views.batch_dialog import BatchDialog

        parent = self.parentWidget()
        self._leaving = True
        self.reject()
        BatchDialog(self._desk, (self._sale_id,), parent).open()

    def changed_rows(self) -> int:
        rows = self.rows
        return sum(any(rows.is_edited(row, key) for key in (ORDER, COST)) for row in rows.rows())
