"""What opens under a filter chip: is / is not, and the values to pick from (SAL-01)."""

from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.views.filters import FilterSpec, Picked

SEARCH_FROM = 9
TYPING_MS = 200


class FilterPopover(QFrame):
    """Sets the filter as it is ticked; Esc or a click outside closes it."""

    picked = Signal(object)  # Picked or None
    closed = Signal()

    def __init__(self, spec: FilterSpec[Any], now: Picked | None, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._spec = spec
        self._boxes: list[tuple[Any, QAbstractButton]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        self._out = QButtonGroup(self)
        if spec.can_exclude:
            column.addLayout(self._build_sense(now))
        if spec.typed:
            column.addWidget(self._build_text(now))
        else:
            column.addWidget(self._build_choices(now))
        clear = QPushButton("Remove filter", self)
        clear.setProperty("kind", "link")
        clear.setAutoDefault(False)
        clear.setEnabled(now is not None)
        clear.clicked.connect(self._clear)
        self._clear_button = clear
        column.addWidget(clear, 0, Qt.AlignmentFlag.AlignLeft)
        self.setMinimumWidth(220)

    def _build_sense(self, now: Picked | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        for number, word in enumerate(("is", "is not")):
            button = QRadioButton(word, self)
            button.setChecked(bool(now and now.out) == bool(number))
            self._out.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        self._out.idToggled.connect(lambda _id, on: self._tell() if on else None)
        return row

    def _build_text(self, now: Picked | None) -> QWidget:
        field = QLineEdit(str(now.values[0]) if now else "", self)
        field.setPlaceholderText(self._spec.hint)
        field.setAccessibleName(self._spec.name)
        field.setClearButtonEnabled(True)
        wait = QTimer(self, singleShot=True, interval=TYPING_MS)
        wait.timeout.connect(self._tell)
        field.textEdited.connect(lambda _: wait.start())
        field.returnPressed.connect(self._entered)
        self._field, self._wait = field, wait
        return field

    def _build_choices(self, now: Picked | None) -> QWidget:
        body = QWidget(self)
        body.setProperty("ground", "none")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(2)
        choices = self._spec.offered()
        chosen = set(now.values) if now else set()
        for choice in choices:
            kind = QCheckBox if self._spec.several else QRadioButton
            box = kind(choice.label, body)
            box.setChecked(choice.value in chosen)
            box.toggled.connect(lambda _on: self._tell())
            column.addWidget(box)
            self._boxes.append((choice.value, box))
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(body.sizeHint().width() + 16)
        area.setFixedHeight(min(body.sizeHint().height() + 4, 320))
        if len(choices) < SEARCH_FROM:
            return area
        whole = QWidget(self)
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        find = QLineEdit(whole)
        find.setPlaceholderText(f"Find {self._spec.name.lower()}")
        find.setAccessibleName(f"Find {self._spec.name.lower()}")
        find.textEdited.connect(self._narrow)
        rows.addWidget(find)
        rows.addWidget(area)
        return whole

    def boxes(self) -> dict[Any, QAbstractButton]:
        """The box of every value."""
        return dict(self._boxes)

    def open_at(self, place: QPoint) -> None:
        """Show it here, inside the screen."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        x = min(place.x(), screen.right() - self.width())
        y = min(place.y(), screen.bottom() - self.height())
        self.move(max(x, screen.left()), max(y, screen.top()))
        self.show()
        if self._spec.typed:
            self._field.setFocus()
            self._field.selectAll()
        else:
            ticked = [box for _, box in self._boxes if box.isChecked()]
            for box in ticked or [box for _, box in self._boxes[:1]]:
                box.setFocus(Qt.FocusReason.PopupFocusReason)
                break

    def _narrow(self, text: str) -> None:
        for _, box in self._boxes:
            box.setVisible(text.lower() in box.text().lower())

    def _tell(self) -> None:
        if self._spec.typed:
            text = self._field.text().strip()
            picked = Picked((text,)) if text else None
        else:
            values = tuple(value for value, box in self._boxes if box.isChecked())
            out = self._out.checkedId() == 1
            picked = Picked(values, out) if values else None
        self._clear_button.setEnabled(picked is not None)
        self.picked.emit(picked)

    def _entered(self) -> None:
        self._wait.stop()
        self._tell()
        self.close()

    def _clear(self) -> None:
        self.picked.emit(None)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        boxes = [box for _, box in self._boxes if box.isVisible()]
        at = next((n for n, box in enumerate(boxes) if box.hasFocus()), -1)
        if event.key() == Qt.Key.Key_Escape or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and boxes:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            boxes[(at + step) % len(boxes)].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
