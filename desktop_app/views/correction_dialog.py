"""Correct what is on record (ux INV-03, R8.2): counted and change show each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from desktop_app.models import formats
from desktop_app.models.moving_rows import signed
from desktop_app.services import corrections
from desktop_app.services.access import Permission
from desktop_app.services.catalogue import WarehouseChoice
from desktop_app.services.corrections import Bin, CorrectionRequest, StockFacts
from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.rules.money import UNIT, units
from desktop_app.services.serving import Served
from desktop_app.services.stock_value import worth
from desktop_app.services.stock_writing import TEXT_MAX

from .act_frame import StockDialog, reason_choice, served_words
from .choices import CalmCombo, wrapped_check
from .desk import Desk
from .losing_table import LosingTable
from .messages import sentence
from .number_field import NumberField

UNITS_MAX = 99_999_999
BELOW_PROMISED = "confirm:below_promised"


class CorrectionDialog(StockDialog):
    """``corrected(result)`` after the commit."""

    corrected = Signal(object)

    def __init__(
        self,
        desk: Desk,
        warehouses: Sequence[WarehouseChoice],
        product_id: int,
        warehouse_id: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, "Correct stock", 520, parent)
        self._product = product_id
        self._facts: StockFacts | None = None
        self._served: tuple[Served, ...] = ()
        self._build(warehouses)
        self.place.set_key(warehouse_id)
        self._settle()
        self._read()

    def _build(self, warehouses: Sequence[WarehouseChoice]) -> None:
        form = QFormLayout()
        self.goods = QLabel(self)
        self.goods.setProperty("type", "strong")
        self.place = CalmCombo("Warehouse", self)
        self.place.fill([(one.id, one.name) for one in warehouses])
        self.bin = CalmCombo("Bin", self)
        where = QHBoxLayout()
        where.addWidget(self.place, 1)
        where.addWidget(self.bin, 1)
        self.record = QLabel(self)
        self.record.setProperty("tone", "muted")
        self.counted = NumberField(self)
        self.counted.setAccessibleName("Counted")
        self.counted.setRange(0, UNITS_MAX)
        self.change = NumberField(self)
        self.change.setAccessibleName("Change by")
        self.change.setRange(-UNITS_MAX, UNITS_MAX)
        either = QHBoxLayout()
        either.addWidget(self.counted, 1)
        either.addWidget(QLabel("or change by", self))
        either.addWidget(self.change, 1)
        self.reason = reason_choice(self, "count")
        self.note = QLineEdit(self)
        self.note.setAccessibleName("Note")
        self.note.setMaxLength(TEXT_MAX)
        self.cost = QLineEdit(self)
        self.cost.setAccessibleName("Unit cost")
        for words, field in (
            ("Product", self.goods), ("At", where), ("", self.record), ("Counted", either),
            ("Reason", self.reason), ("Note", self.note), ("Unit cost", self.cost),
        ):  # fmt: skip
            form.addRow(words, field)
        self.body.addLayout(form)
        self._cost_label = form.labelForField(self.cost)
        self.allocate = wrapped_check(self, "Then allocate to waiting sales", " ")
        self.body.addWidget(self.allocate)
        self.losing = LosingTable(self)
        self.body.addWidget(self.losing, 1)
        self.place.chosen.connect(lambda _key: self._read())
        self.bin.chosen.connect(lambda _key: self._bin_changed())
        self.counted.valueChanged.connect(self._counted)
        self.change.valueChanged.connect(self._changed)
        self.reason.chosen.connect(lambda _key: self._edited())
        self.note.textChanged.connect(lambda _text: self._edited())
        self.cost.textChanged.connect(lambda _text: self._edited())
        self.allocate.button.clicked.connect(self._edited)
        self.losing.changed.connect(self._settle)

    # -- figures ----------------------------------------------------------------------------------

    def _read(self) -> None:
        key = self.place.key()
        if key is not None:
            self._facts = None
            self._settle()
            self.desk.read(
                self, corrections.stock_facts, key, self._product, then=self._show,
                failed=self.refuse, key="facts",
            )  # fmt: skip

    def _show(self, facts: StockFacts) -> None:
        keep = self.change.value() if self._facts is None and self.change.value() else 0
        self._facts = facts
        self.goods.setText(f"{facts.sku}  {facts.name}")
        entries: list[tuple[object, str]] = [(None, "Wherever it lies")]
        entries += [(one.id, _bin_words(one)) for one in facts.bins]
        self.bin.fill(entries, self.bin.key())
        apart = (
            f", {formats.quantity(facts.quarantined)} in quarantine" if facts.quarantined else ""
        )
        self.record.setText(
            f"On record {formats.quantity(facts.in_stock)}, of these"
            f" {formats.quantity(facts.allocated)} allocated{apart}"
        )
        if not self.cost.isModified():
            self.cost.setText(formats.quantity(facts.cost) if facts.cost is not None else "")
        self._set(keep)
        self.counted.setFocus()

    def _bin(self) -> Bin | None:
        key, facts = self.bin.key(), self._facts
        found = facts.bins if facts is not None else ()
        return next((one for one in found if one.id == key), None)

    def _base(self) -> int:
        """Whole units that are counted against: of the bin, or of the warehouse."""
        chosen = self._bin()
        if chosen is not None:
            return max(chosen.units, 0) // UNIT
        return self._facts.in_stock // UNIT if self._facts is not None else 0

    def _bin_changed(self) -> None:
        self._set(self.change.value())

    def _counted(self, value: int) -> None:
        self._put(self.change, value - self._base())
        self._edited()

    def _changed(self, value: int) -> None:
        self._put(self.counted, max(self._base() + value, 0))
        self._put(self.change, self.counted.value() - self._base())
        self._edited()

    def _set(self, change: int) -> None:
        base = self._base()
        self._put(self.counted, max(base + change, 0))
        self._put(self.change, self.counted.value() - base)
        self._edited()

    def _put(self, field: NumberField, value: int) -> None:
        blocked = field.blockSignals(True)
        field.setValue(value)
        field.setPrefix("+" if field is self.change and value > 0 else "")
        field.blockSignals(blocked)

    def _units(self) -> int:
        return self.change.value() * UNIT

    def _edited(self) -> None:
        self.renew()
        self.message.clear()
        self.losing.clear()
        self._settle()
        if self._units() > 0 and self._facts is not None and not self._in_quarantine():
            self.desk.read(
                self, corrections.found_goes_to, self._facts.warehouse_id, self._product,
                self._units(), then=partial(self._goes_to, self._units()), key="served",
            )  # fmt: skip

    def _in_quarantine(self) -> bool:
        chosen = self._bin()
        return chosen is not None and chosen.quarantine

    def _goes_to(self, found: int, served: tuple[Served, ...]) -> None:
        if found == self._units():
            self.allocate.hint.setText(served_words(served))

    # -- the act ----------------------------------------------------------------------------------

    def _cost(self) -> int | None:
        words = self.cost.text().strip().replace(",", ".")
        return units(words) if words else None

    def _why_not(self) -> str:
        if role := self.desk.why_not(Permission.CORRECT_STOCK):
            return role
        if self._facts is None:
            return "Reading the stock"
        if not self._units():
            return "The count is what is on record"
        if not self.reason.key():
            return "Choose a reason"
        if self.reason.key() == "other" and not self.note.text().strip():
            return "Write a note about the reason"
        try:
            cost = self._cost()
        except ValueError:
            return "The unit cost is not a number"
        if cost is not None and cost < 0:
            return "The unit cost is below zero"
        return self.losing.why_not() if self.losing.isVisibleTo(self) else ""

    def _settle(self) -> None:
        number, facts = self._units(), self._facts
        words = f"Correct by {signed(number)}"
        if self.losing.isVisibleTo(self):
            words += f", taking {self.losing.words()}"
        self.say_act(words, self._why_not())
        gained = number > 0
        for part in (self._cost_label, self.cost):
            if part is not None:
                part.setVisible(gained)
        self.allocate.setVisible(gained and not self._in_quarantine())
        self.total.setText(self._impact(facts, number) if facts is not None and number else "")

    def _impact(self, facts: StockFacts, number: int) -> str:
        try:
            cost = (self._cost() if number > 0 else facts.cost) or 0
        except ValueError:
            cost = 0
        value = formats.money(worth(number, cost, facts.digits), facts.currency, facts.digits)
        sign = "+" if number > 0 else ""
        said = f"Stock value {sign}{value}"
        if self._in_quarantine():
            return said
        after = max(facts.on_hand + number, 0)
        return f"{said} · on hand {formats.quantity(facts.on_hand)} → {formats.quantity(after)}"

    def commit(self) -> None:
        """Correct by what is shown."""
        facts = self._facts
        if self.busy or not self.button.isEnabled() or facts is None:
            return
        self.busy = True
        chosen = self._bin()
        request = CorrectionRequest(
            facts.warehouse_id, self._product, self._units(), cast("str", self.reason.key()),
            chosen.id if chosen is not None else None,
            self._cost() if self._units() > 0 else None, self.note.text().strip(),
            self.losing.chosen() if self.losing.isVisibleTo(self) else None,
            self._units() > 0 and not self._in_quarantine() and self.allocate.is_checked(),
            facts.in_stock,
        )  # fmt: skip
        self.desk.run(
            self, corrections.correct(request), once=self.once, failed=self._refused, says=_said,
            then=lambda done: self._done(done.result),
        )  # fmt: skip
        self._settle()

    def _done(self, result: object) -> None:
        self.busy = False
        self.corrected.emit(result)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self.busy = False
        if isinstance(error, Rejected) and error.code == BELOW_PROMISED:
            self.renew()
            self.losing.ask(error.items)
            self.grow()
        elif isinstance(error, Conflict) and isinstance(error.now, StockFacts):
            self._show(error.now)
            self.message.say("part", sentence(error))
        else:
            self.refuse(error)
        self._settle()


def _bin_words(one: Bin) -> str:
    kind = ", quarantine" if one.quarantine else ""
    return f"{one.code}{kind} ({formats.quantity(one.units)})"


def _said(made: dict[str, Any]) -> str:
    lost = ", ".join(f"#{one['number']}" for one in made["lost"][:3])
    given = ", ".join(f"#{one['number']}" for one in made["sales"][:3])
    ends = f", taken from {lost}" if lost else f", allocated to {given}" if given else ""
    number = signed(made["units"])
    return f"{made['product']['sku']} corrected by {number} in {made['warehouse']}{ends}"
