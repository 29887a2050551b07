"""Choosing suppliers for products that have none, right inside the preview (R3.7, BPO-13)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import batch_words
from desktop_app.models.formats import counted_units
from desktop_app.services.batch_preview import Line
from desktop_app.services.rules.purchase_plan import SupplierChoice
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.safe_dialog import SafeDialog

AT_ONCE = 40
"""So many products are shown; the rest come when these are assigned."""

NOBODY = None


class AssignSuppliers(SafeDialog):
    """One row per product: supplier, and whether to keep it as the product's primary one."""

    def __init__(
        self,
        lines: Sequence[Line],
        suppliers: Sequence[tuple[int, str]],
        parent: QWidget | None = None,
        *,
        keep: bool = True,
    ) -> None:
        super().__init__("Assign suppliers", parent)
        self._suppliers = suppliers
        self._keep = keep
        products = {line.product_id: line for line in lines}
        self._shown = list(products.values())[:AT_ONCE]
        self._rows: dict[int, tuple[CalmCombo, QCheckBox]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.PAGE_MARGIN] * 4)
        column.setSpacing(tokens.CARD_GAP)
        lead = QLabel(
            "Products without a supplier are not ordered. Choose one here; kept choices become"
            " the product's primary supplier when the purchase orders are created."
        )
        lead.setWordWrap(True)
        lead.setProperty("tone", "muted")
        column.addWidget(lead)
        if len(self._shown) > 1:
            column.addLayout(self._for_all())
        column.addWidget(self._grid(), 1)
        rest = len(products) - len(self._shown)
        if rest:
            column.addWidget(QLabel(f"{rest} more come when these are assigned."))
        column.addWidget(self._buttons())
        unit = theme.look().text_height / 16
        self.resize(round(640 * unit), round(min(520, 200 + 40 * len(self._shown)) * unit))

    def _for_all(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.RELATED_GAP)
        self.for_all = CalmCombo("Supplier for all")
        self.for_all.fill([(NOBODY, "Choose a supplier"), *self._suppliers])
        use = QPushButton("Use for all")
        use.clicked.connect(self._use_for_all)
        row.addWidget(self.for_all, 1)
        row.addWidget(use)
        return row

    def _grid(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("ground", "none")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, tokens.RELATED_GAP, 0)
        grid.setHorizontalSpacing(tokens.CARD_GAP)
        grid.setVerticalSpacing(6)
        for at, words in enumerate(("Product", "To order", "Supplier", "")):
            head = QLabel(words)
            head.setProperty("type", "strong")
            head.setProperty("tone", "muted")
            grid.addWidget(head, 0, at)
        for row, line in enumerate(self._shown, 1):
            name = QLabel(f"{line.sku}  {line.name}")
            name.setWordWrap(True)
            grid.addWidget(name, row, 0)
            grid.addWidget(QLabel(counted_units(line.quantity)), row, 1)
            combo = CalmCombo(f"Supplier of {line.sku}")
            offered = line.prices
            known = {one.supplier_id for one in offered}
            combo.fill(
                [
                    (NOBODY, "Not ordered"),
                    *((one.supplier_id, batch_words.supplier_price(one)) for one in offered),
                    *(one for one in self._suppliers if one[0] not in known),
                ]
            )
            keep = QCheckBox("Keep on product")
            keep.setChecked(self._keep)
            keep.setAccessibleName(f"Keep on {line.sku}")
            grid.addWidget(combo, row, 2)
            grid.addWidget(keep, row, 3)
            self._rows[line.product_id] = (combo, keep)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(2, 3)
        grid.setRowStretch(len(self._shown) + 1, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        return scroll

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        self.assign = QPushButton("Assign suppliers")
        self.assign.setProperty("kind", "primary")
        cancel = QPushButton("Cancel")
        box.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        box.addButton(self.assign, QDialogButtonBox.ButtonRole.AcceptRole)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def commit(self) -> None:
        self.accept()

    def _use_for_all(self) -> None:
        for combo, _keep in self._rows.values():
            combo.set_key(self.for_all.key())

    def combo_of(self, product_id: int) -> CalmCombo:
        """Return the supplier field of a product."""
        return self._rows[product_id][0]

    def choices(self) -> dict[int, SupplierChoice]:
        """Return what was chosen, by product id."""
        return {
            product: SupplierChoice(key, keep.isChecked())
            for product, (combo, keep) in self._rows.items()
            if isinstance(key := combo.key(), int)
        }
