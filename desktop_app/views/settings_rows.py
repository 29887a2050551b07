"""One setting on the page: control, consequence, default, where used, last change (PR-12, SET-02)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import day
from desktop_app.models.settings_edits import SettingsEdits
from desktop_app.models.settings_words import (
    BATCH_QUANTITY,
    BATCH_STOCK,
    BATCH_VENDOR,
    CHOICES,
    WORDINGS,
    consequence,
    in_words,
    names_of,
)
from desktop_app.services import settings
from desktop_app.services.settings import COMPANY, Definition, Kind, Shown
from desktop_app.views import theme
from desktop_app.views.choices import CalmCombo, wrapped_check, wrapped_radio
from desktop_app.views.desk import Desk
from desktop_app.views.record_parts import link_button
from desktop_app.views.tokens import CARD_PADDING, RELATED_GAP

from .number_field import NumberField

FACTS_WIDTH = 260


class Editor(QWidget):
    """The control of one kind of setting. ``edited(value)`` for what a person did."""

    edited = Signal(object)

    def show_value(self, value: Any) -> None:
        """Put a value on without telling anybody."""

    def column(self) -> QVBoxLayout:
        """An empty column without margins."""
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        return box


class FlagEditor(Editor):
    """A check box with its words."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.box = wrapped_check(self, label)
        self.box.title.setProperty("type", "strong")
        self.box.button.clicked.connect(lambda on: self.edited.emit(bool(on)))
        self.column().addWidget(self.box)

    def show_value(self, value: Any) -> None:
        self.box.set_checked(bool(value))


class ChoiceEditor(Editor):
    """Radio buttons under a heading."""

    def __init__(self, label: str, words: Mapping[Any, str]) -> None:
        super().__init__()
        box = self.column()
        box.addWidget(_heading(label))
        self.group = QButtonGroup(self)
        self.radios = {}
        for value, said in words.items():
            radio = wrapped_radio(self, said)
            radio.button.setAccessibleName(f"{label}: {said}")
            self.group.addButton(radio.button)
            self.radios[value] = radio
            box.addWidget(radio)
        self.group.buttonClicked.connect(self._clicked)

    def _clicked(self, button: QAbstractButton) -> None:
        self.edited.emit(next(v for v, radio in self.radios.items() if radio.button is button))

    def show_value(self, value: Any) -> None:
        if value in self.radios:
            self.radios[value].set_checked(True)


class PercentEditor(Editor):
    """Refuse, or allow up to so many per cent."""

    def __init__(self, label: str) -> None:
        super().__init__()
        box = self.column()
        box.addWidget(_heading(label))
        self.refuse = wrapped_radio(self, "Refuse (extras kept apart, row can be raised)")
        self.allow = QRadioButton("Allow up to")
        self.allow.setAccessibleName(f"{label}: allow up to")
        self.group = QButtonGroup(self)
        self.group.addButton(self.refuse.button)
        self.group.addButton(self.allow)
        self.percent = NumberField()
        self.percent.setRange(1, 100)
        self.percent.setSuffix(" %")
        self.percent.setValue(5)
        for field in (self.percent, self.percent.lineEdit()):
            field.setAccessibleName("Per cent more than ordered")
        self.percent.setKeyboardTracking(False)
        self.percent.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout()
        row.setSpacing(RELATED_GAP)
        row.addWidget(self.allow)
        row.addWidget(self.percent)
        row.addStretch(1)
        box.addWidget(self.refuse)
        box.addLayout(row)
        self.group.buttonClicked.connect(lambda _button: self._tell())
        self.percent.valueChanged.connect(lambda _value: self._tell())

    def _tell(self) -> None:
        allow = self.allow.isChecked()
        self.percent.setEnabled(allow)
        self.edited.emit(self.percent.value() if allow else 0)

    def show_value(self, value: Any) -> None:
        blocked = self.percent.blockSignals(True)
        self.refuse.set_checked(not value)
        self.allow.setChecked(bool(value))
        if value:
            self.percent.setValue(int(value))
        self.percent.blockSignals(blocked)
        self.percent.setEnabled(bool(value))


class NameEditor(Editor):
    """A status or a warehouse out of a list."""

    def __init__(self, label: str, names: list[tuple[int, str]]) -> None:
        super().__init__()
        self.combo = CalmCombo(label)
        self.combo.fill(list(names), 0)
        self.combo.chosen.connect(self.edited.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        words = _heading(label)
        words.setBuddy(self.combo)
        words.setMinimumWidth(230)
        row.addWidget(words)
        row.addWidget(self.combo)
        row.addStretch(1)

    def show_value(self, value: Any) -> None:
        self.combo.set_key(value)


class BatchEditor(Editor):
    """The options that a person's first batch begins with."""

    def __init__(self, label: str, statuses: list[tuple[int, str]]) -> None:
        super().__init__()
        self._kept: dict[str, Any] = dict(settings.BATCH_DEFAULTS)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(RELATED_GAP)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        grid.addWidget(_heading(label), 0, 0, 1, 3)
        self.quantity = self._combo(grid, 1, "Quantity basis", list(BATCH_QUANTITY.items()))
        self.stock = self._combo(grid, 2, "Leave out", list(BATCH_STOCK.items()))
        self.vendor = self._combo(grid, 3, "Vendor to use", list(BATCH_VENDOR.items()))
        self.status = self._combo(grid, 4, "Sales become", [(None, "Don't change"), *statuses])
        self.incoming = wrapped_check(self, "Leave out what is incoming on purchase orders")
        self.incoming.button.clicked.connect(lambda _on: self._tell())
        grid.addWidget(self.incoming, 5, 0, 1, 3)

    def _combo(
        self, grid: QGridLayout, row: int, label: str, entries: list[tuple[Any, str]]
    ) -> CalmCombo:
        combo = CalmCombo(label)
        combo.fill(cast("list[tuple[object, str]]", entries))
        combo.setMinimumContentsLength(22)
        combo.chosen.connect(lambda _key: self._tell())
        words = QLabel(label)
        words.setBuddy(combo)
        grid.addWidget(words, row, 0)
        grid.addWidget(combo, row, 1)
        return combo

    def _tell(self) -> None:
        self.edited.emit(
            self._kept
            | {
                "quantity": self.quantity.key(),
                "exclude_stock": self.stock.key(),
                "exclude_purchase_orders": self.incoming.is_checked(),
                "vendor": self.vendor.key(),
                "sales_status_id": self.status.key(),
            }
        )

    def show_value(self, value: Any) -> None:
        self._kept = {**settings.BATCH_DEFAULTS, **(value or {})}
        self.quantity.set_key(self._kept["quantity"])
        self.stock.set_key(self._kept["exclude_stock"])
        self.vendor.set_key(self._kept["vendor"])
        self.status.set_key(self._kept["sales_status_id"])
        self.incoming.set_checked(bool(self._kept["exclude_purchase_orders"]))


def editor_for(one: Definition, edits: SettingsEdits) -> Editor:
    """The control for a setting's kind."""
    label = WORDINGS[one.key].label
    if one.kind is Kind.FLAG:
        return FlagEditor(label)
    if one.kind is Kind.CHOICE:
        return ChoiceEditor(label, CHOICES[one.key])
    if one.kind is Kind.PERCENT:
        return PercentEditor(label)
    if one.kind is Kind.OPTIONS:
        return BatchEditor(label, [(o.id, o.name) for o in edits.options.sale_statuses])
    return NameEditor(label, names_of(one, edits.options))


class SettingRow(QFrame):
    """A setting with everything that is known about it."""

    edited = Signal(str, object)
    history_wanted = Signal(str)
    reset_wanted = Signal(str)

    def __init__(
        self, desk: Desk, shown: Shown, edits: SettingsEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.key = shown.definition.key
        self._edits = edits
        self.setProperty("card", "true")
        self.editor = editor_for(shown.definition, edits)
        self.editor.edited.connect(lambda value: self.edited.emit(self.key, value))
        self.then = QLabel()
        self.then.setWordWrap(True)
        self.then.setProperty("tone", "muted")
        self.extra = QVBoxLayout()
        used = QHBoxLayout()
        used.setSpacing(2)
        caption = QLabel("Used in")
        caption.setProperty("type", "caption")
        used.addWidget(caption)
        for words, kind, key in WORDINGS[self.key].used:
            button = link_button(words, partial(desk.open, kind, key))
            button.setAccessibleName(f"{WORDINGS[self.key].label} is used in {words}")
            used.addWidget(button)
        used.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.editor)
        left.addWidget(self.then)
        left.addLayout(self.extra)
        left.addLayout(used)
        row = QHBoxLayout(self)
        row.setContentsMargins(CARD_PADDING + 4, CARD_PADDING, CARD_PADDING + 4, CARD_PADDING)
        row.setSpacing(24)
        row.addLayout(left, 1)
        row.addLayout(self._facts())

    def _facts(self) -> QVBoxLayout:
        self.default = _caption()
        self.scope = _caption()
        self.changed = _caption()
        self.history = link_button("History", lambda: self.history_wanted.emit(self.key))
        self.history.setAccessibleName(f"History of {WORDINGS[self.key].label}")
        self.reset = link_button("", lambda: self.reset_wanted.emit(self.key))
        box = QVBoxLayout()
        box.setSpacing(2)
        for label in (self.default, self.scope, self.changed):
            label.setFixedWidth(FACTS_WIDTH)
            box.addWidget(label)
        links = QHBoxLayout()
        links.setContentsMargins(0, 0, 0, 0)
        links.setSpacing(2)
        links.addWidget(self.history)
        links.addWidget(self.reset)
        links.addStretch(1)
        box.addLayout(links)
        box.addStretch(1)
        return box

    def show_setting(self, shown: Shown, *, may: bool, why_not: str) -> None:
        """Show the value of the scope in hand and what is known about it."""
        edits, one = self._edits, shown.definition
        value = edits.value(self.key)
        self.editor.show_value(value)
        can = may and edits.can_have_own(self.key)
        self.editor.setEnabled(can)
        self.editor.setToolTip(why_not)
        self.then.setText(consequence(one, value, edits.options))
        default = in_words(one, edits.default(self.key), edits.options)
        self.default.setText(f"default: {default}")
        self.scope.setText(_scope_words(shown, edits))
        if edits.is_changed(self.key):
            was = in_words(one, edits.stored(self.key), edits.options)
            self.changed.setText(f"Not saved yet; was: {was}")
        elif shown.last is not None:
            when = day(shown.last.at.astimezone().date())
            self.changed.setText(f"Last changed by {shown.last.person}, {when}")
        else:
            self.changed.setText("Never changed")
        _tone(self.changed, "part" if edits.is_changed(self.key) else "hint")
        self.history.setEnabled(shown.last is not None or bool(shown.overrides))
        own = edits.has_own(self.key) and can
        words = "Back to default" if edits.scope == COMPANY else "Use the company's"
        self.reset.setText(words)
        self.reset.setAccessibleName(f"{words}: {WORDINGS[self.key].label}")
        self.reset.setVisible(own)


def _scope_words(shown: Shown, edits: SettingsEdits) -> str:
    if edits.scope != COMPANY:
        name = edits.scope_name(edits.scope)
        if not edits.can_have_own(shown.definition.key):
            return "The same for the whole company"
        return (
            f"{name} overrides the company"
            if edits.has_own(shown.definition.key)
            else "As the company"
        )
    said = ["For the company"]
    for one in shown.overrides:
        words = in_words(shown.definition, one.value, edits.options)
        said.append(f"{one.name} overrides this: {words}")
    if settings.Scope.PERSON in shown.definition.scopes:
        said.append("Each person's own choice comes first")
    return "\n".join(said)


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("type", "strong")
    return label


def _caption() -> QLabel:
    label = QLabel()
    label.setProperty("type", "caption")
    label.setWordWrap(True)
    return label


def _tone(label: QLabel, tone: str) -> None:
    if label.property("tone") != tone:
        label.setProperty("tone", tone)
        theme.restyle(label)
