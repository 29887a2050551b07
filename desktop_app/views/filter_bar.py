"""The row of filter chips above a list, each opening a popover (SAL-01)."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QPushButton, QWidget

from desktop_app.views import icons, theme
from desktop_app.views.filter_popover import FilterPopover
from desktop_app.views.filters import FilterSpec, Picked

F = TypeVar("F")
PADDING = 10
GAP = 4


class FilterChip(QAbstractButton):
    """One filter: grey name, strong value; Backspace or its cross removes it."""

    removed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._value = ""
        self.locked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_value(self, value: str) -> None:
        """Show what it is set to; empty is a chip that filters nothing."""
        self._value = value
        name = f"{self._name}: {value}" if value else self._name
        self.setText(name)
        self.setAccessibleName(f"Filter {name}")
        self.setToolTip(f"{name}. Backspace removes it." if value and not self.locked else "")
        self.updateGeometry()
        self.update()

    def value(self) -> str:
        """What it shows."""
        return self._value

    def sizeHint(self) -> QSize:
        body, strong = QFontMetrics(theme.font()), QFontMetrics(theme.font("strong"))
        wide = body.horizontalAdvance(f"{self._name}: " if self._value else self._name)
        wide += strong.horizontalAdvance(self._value)
        return QSize(wide + 2 * PADDING + GAP + 14, max(26, body.height() + 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        active = bool(self._value)
        ground = "selection" if active else "surface"
        if self.underMouse() and not active:
            ground = "hover"
        if self.locked:
            ground = "header"
        painter.setBrush(theme.colour(ground))
        painter.setPen(QPen(theme.colour("mark" if active and not self.locked else "control"), 1))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        inner = self.rect().adjusted(PADDING, 0, -PADDING, 0)
        icon = QRect(inner.right() - 13, inner.center().y() - 6, 14, 14)
        text = QRect(inner.x(), inner.y(), inner.width() - 14 - GAP, inner.height())
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            icon.moveLeft(inner.x())
            text.moveRight(inner.right())
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        ink = "on_selection" if active and not self.locked else "text2"
        painter.setPen(theme.colour(ink))
        painter.setFont(theme.font())
        name = f"{self._name}: " if active else self._name
        painter.drawText(text, flags, name)
        if active:
            text.adjust(QFontMetrics(theme.font()).horizontalAdvance(name), 0, 0, 0)
            painter.setFont(theme.font("strong"))
            painter.drawText(text, flags, self._value)
        picture = "lock" if self.locked else ("x" if active else "chevron-down")
        icons.draw(painter, picture, ink, icon.topLeft(), 14)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and self._value and not self.locked:
            self.removed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at_end = event.position().x() > self.width() - PADDING - 18
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            at_end = event.position().x() < PADDING + 18
        if at_end and self._value and not self.locked:
            self.removed.emit()
            return
        super().mousePressEvent(event)


class FilterBar(QWidget, Generic[F]):
    """Chips over a filter value; `changed(filter)` when one is set or removed."""

    changed = Signal(object)

    def __init__(
        self, specs: Sequence[FilterSpec[F]], where: F, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._specs = {spec.key: spec for spec in specs}
        self._where: Any = where
        self._locked: set[str] = set()
        self._popover: FilterPopover | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._chips: dict[str, FilterChip] = {}
        for spec in specs:
            self._chips[spec.key] = self._make_chip(spec)
        self._add = QPushButton("Filter", self)
        self._add.setIcon(icons.icon("plus", "text2"))
        self._add.setProperty("kind", "quiet")
        self._add.setAutoDefault(False)
        self._add.clicked.connect(self._offer)
        self._add.setVisible(any(not spec.pinned for spec in specs))
        self._row.addWidget(self._add)
        self.clear_all = QPushButton("Clear filters", self)
        self.clear_all.setProperty("kind", "link")
        self.clear_all.setAutoDefault(False)
        self.clear_all.clicked.connect(self.clear)
        self._row.addWidget(self.clear_all)
        self._row.addStretch(1)
        theme.changes().changed.connect(self._follow)
        self._follow()

    def _make_chip(self, spec: FilterSpec[F]) -> FilterChip:
        chip = FilterChip(spec.name, self)
        chip.clicked.connect(self._call(self.open, spec.key))
        chip.removed.connect(self._call(self.remove, spec.key))
        self._row.addWidget(chip)
        return chip

    def _call(self, method: Callable[[str], object], key: str) -> Callable[[], object]:
        return lambda *_: method(key)

    @property
    def where(self) -> F:
        """The filter as the chips show it."""
        found: F = self._where
        return found

    def show_filter(self, where: F) -> None:
        """Show another filter without telling anyone."""
        self._where = where
        self._follow()

    def lock(self, key: str) -> None:
        """A chip that cannot be taken away: the channel of its own menu entry (IA-04)."""
        self._locked.add(key)
        self._chips[key].locked = True
        self._follow()

    def active(self) -> list[str]:
        """The filters that are set and can be removed, in the order shown."""
        return [
            key
            for key, spec in self._specs.items()
            if spec.read(self._where) is not None and key not in self._locked
        ]

    def remove(self, key: str) -> None:
        """Take one filter away."""
        self._set(key, None)

    def remove_last(self) -> None:
        """Take the last filter away."""
        if active := self.active():
            self.remove(active[-1])

    def clear(self) -> None:
        """Take every filter away that is not locked."""
        where = self._where
        for key in self.active():
            where = self._specs[key].write(where, None)
        self._tell(where)

    def open(self, key: str) -> None:
        """Open a filter's popover under its chip."""
        if key in self._locked:
            return
        spec, chip = self._specs[key], self._chips[key]
        chip.show()
        popover = FilterPopover(spec, spec.read(self._where), self)
        popover.picked.connect(lambda picked: self._set(key, picked))
        popover.closed.connect(lambda: self._popover_closed(chip))
        self._popover = popover
        popover.open_at(chip.mapToGlobal(QPoint(0, chip.height() + 4)))

    def popover(self) -> FilterPopover | None:
        """The popover that was opened last."""
        return self._popover

    def _popover_closed(self, chip: FilterChip) -> None:
        self._follow()
        chip.setFocus()

    def _offer(self) -> None:
        menu = QMenu(self)
        for key, spec in self._specs.items():
            if self._chips[key].isHidden():
                menu.addAction(spec.name).triggered.connect(self._call(self.open, key))
        menu.exec(self._add.mapToGlobal(QPoint(0, self._add.height() + 4)))

    def _set(self, key: str, picked: Picked | None) -> None:
        self._tell(self._specs[key].write(self._where, picked))

    def _tell(self, where: Any) -> None:
        if where != self._where:
            self._where = where
            self._follow()
            self.changed.emit(where)

    def _follow(self) -> None:
        for key, spec in self._specs.items():
            picked = spec.read(self._where)
            self._chips[key].set_value("" if picked is None else spec.words(picked))
            self._chips[key].setVisible(spec.pinned or picked is not None)
        self.clear_all.setVisible(len(self.active()) > 1)
