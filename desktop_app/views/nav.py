"""The list of pages at the leading edge: 184 px, or a rail of 56 px (IA-03, IA-05)."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QLabel, QVBoxLayout, QWidget

from desktop_app.models.formats import locale
from desktop_app.views import icons, theme
from desktop_app.views.delegates import unit
from desktop_app.views.tokens import LEADING_BAR, NAV_WIDTH, RAIL_WIDTH

ICON = 20
CHILD_ICON = 16
MARGIN = 8
CHILD_INDENT = 10


class NavButton(QAbstractButton):
    """A page: icon, name, and a badge with the work that waits there."""

    def __init__(
        self, title: str, icon: str, shortcut: str, parent: QWidget, *, is_child: bool = False
    ) -> None:
        super().__init__(parent)
        self._indent = CHILD_INDENT if is_child else 0
        self._icon_size = CHILD_ICON if is_child else ICON
        self._counted = "to do" if not is_child else "sales"
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._icon, self._shortcut = icon, shortcut
        self._badge = 0
        self.rail = False
        self._tell()

    def set_badge(self, number: int) -> None:
        """Work to do on that page; 0 shows nothing."""
        if number != self._badge:
            self._badge = number
            self._tell()
            self.update()

    def badge(self) -> int:
        """The number shown."""
        return self._badge

    def _tell(self) -> None:
        waiting = f", {locale().toString(self._badge)} {self._counted}" if self._badge else ""
        self.setAccessibleName(f"{self.text()}{waiting}")
        keys = f" ({self._shortcut})" if self._shortcut else ""
        self.setToolTip(f"{self.text()}{keys}")

    def sizeHint(self) -> QSize:
        room = 18 if not self._indent else 10
        return QSize(
            RAIL_WIDTH, max(36 if not self._indent else 28, theme.look().text_height + room)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        box = self.rect().adjusted(MARGIN, 2, -MARGIN, -2)
        on = self.isChecked()
        if on or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selection" if on else "header"))
            painter.drawRoundedRect(box, 6, 6)
        if on:
            bar = QRectF(box.x(), box.y() + 7, LEADING_BAR, box.height() - 14)
            if mirrored:
                bar.moveRight(box.right() + 1)
            painter.setBrush(theme.colour("mark"))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        ink = "on_selection" if on else "text2"
        size, lead = self._icon_size, 12 + self._indent
        x = box.center().x() - size // 2 + 1 if self.rail else box.x() + lead
        if mirrored and not self.rail:
            x = box.right() - lead - size + 1
        icons.draw(painter, self._icon, ink, QPoint(x, box.center().y() - size // 2 + 1), size)
        if self.rail:
            if self._badge:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("mark"))
                painter.drawEllipse(QPoint(x + ICON + 1, box.y() + 9), 4, 4)
            return
        painter.setPen(theme.colour("on_selection" if on else "text"))
        painter.setFont(theme.font("strong" if on else "body"))
        text = box.adjusted(lead + size + 10, 0, -10, 0)
        if mirrored:
            text = box.adjusted(10, 0, -(lead + size + 10), 0)
        room = self._badge_room()
        name = text.adjusted(room, 0, 0, 0) if mirrored else text.adjusted(0, 0, -room, 0)
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        metrics = QFontMetrics(painter.font())
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, flags, words)
        if self._badge:
            self._paint_badge(painter, text, mirrored=mirrored)

    def _badge_room(self) -> int:
        if not self._badge:
            return 0
        figures = QFontMetrics(theme.font("caption"))
        return figures.horizontalAdvance(locale().toString(self._badge)) + 8

    def _paint_badge(self, painter: QPainter, text: QRect, *, mirrored: bool) -> None:
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("on_selection" if self.isChecked() else "text2"))
        side = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        number = locale().toString(self._badge)
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | side), number)


class Nav(QFrame):
    """The pages in order; `picked(key)` when one is chosen."""

    picked = Signal(str)

    def __init__(
        self, pages: Sequence[tuple[str, str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("nav")
        self.setAccessibleName("Pages")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 10)
        column.setSpacing(2)
        self._group = QButtonGroup(self)
        self._column = column
        self._children: dict[str, list[str]] = {}
        self._now = ""
        self.buttons: dict[str, NavButton] = {}
        for key, title, icon, shortcut in pages:
            button = NavButton(title, icon, shortcut, self)
            button.clicked.connect(lambda _on, page=key: self.picked.emit(page))
            self._group.addButton(button)
            self.buttons[key] = button
            column.addWidget(button)
        column.addStretch(1)
        self._person = QLabel(self)
        self._person.setProperty("type", "caption")
        self._person.setContentsMargins(20, 0, 12, 4)
        self._person.setWordWrap(True)
        column.addWidget(self._person)
        theme.changes().changed.connect(self._measure)
        self.rail = False
        self._measure()

    def set_children(self, page: str, entries: Sequence[tuple[str, str, str, int]]) -> None:
        """Entries under a page, (key, title, icon, number): shown while one of them is (IA-04)."""
        now = self._children.get(page, [])
        if [(key, self.buttons[key].text()) for key in now] == [one[:2] for one in entries]:
            for key, _, _, number in entries:
                self.buttons[key].set_badge(number)
            return
        for key in self._children.pop(page, []):
            button = self.buttons.pop(key)
            self._group.removeButton(button)
            self._column.removeWidget(button)
            button.deleteLater()
        at = self._column.indexOf(self.buttons[page]) + 1
        for place, (key, title, icon, number) in enumerate(entries):
            button = NavButton(title, icon, "", self, is_child=True)
            button.set_badge(number)
            button.clicked.connect(lambda _on, child=key: self.picked.emit(child))
            self._group.addButton(button)
            self.buttons[key] = button
            self._column.insertWidget(at + place, button)
        self._children[page] = [key for key, *_ in entries]
        self.show_page(self._now)
        self._measure()

    def set_rail(self, *, on: bool) -> None:
        """Icons only, or icons and names."""
        self.rail = on
        self._measure()

    def set_person(self, text: str) -> None:
        """Who works here, at the foot."""
        self._person.setText(text)

    def show_page(self, key: str) -> None:
        """Mark a page as the one shown; an unknown key marks none."""
        self._now = key
        self._unfold()
        if key in self.buttons:
            self.buttons[key].setChecked(True)
            return
        self._group.setExclusive(False)
        for button in self.buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def _unfold(self) -> None:
        for page, children in self._children.items():
            shown = not self.rail and (self._now == page or self._now in children)
            for child in children:
                self.buttons[child].setVisible(shown)

    def _measure(self) -> None:
        self._unfold()
        names = QFontMetrics(theme.font("strong"))
        children = {key for listed in self._children.values() for key in listed}
        pages = [button for key, button in self.buttons.items() if key not in children]
        widest = max((names.horizontalAdvance(one.text()) for one in pages), default=0)
        wide = max(NAV_WIDTH, widest + 76 + round(4 * unit()))
        self.setFixedWidth(RAIL_WIDTH if self.rail else wide)
        self._person.setVisible(not self.rail)
        for button in self.buttons.values():
            button.rail = self.rail
            button.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        buttons = [one for one in self.findChildren(NavButton) if one.isVisible()]
        buttons.sort(key=lambda one: one.y())
        at = next((n for n, button in enumerate(buttons) if button.hasFocus()), None)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and at is not None:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            buttons[(at + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at is not None:
            buttons[at].click()
        else:
            super().keyPressEvent(event)
