"""The guided fix of shop orders: four steps with before and after, done as one (ux 3.9, R7.9)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import fix_words
from desktop_app.models.formats import count
from desktop_app.models.lines_table import LinesTable
from desktop_app.services import exceptions
from desktop_app.services.access import Permission
from desktop_app.services.backend import Done
from desktop_app.services.errors import Conflict, ServiceError
from desktop_app.services.exceptions import FixRequest, Lack, Plan, PlanRow
from desktop_app.services.rules.exceptions_plan import Chosen

from . import theme, tokens
from .choices import CalmCombo, wrapped_check
from .desk import Desk
from .lines_view import LinesView
from .messages import sentence
from .notice import Notice
from .record_parts import MarksRow
from .safe_dialog import SafeDialog

LACKS_SHOWN = 60


class FixDialog(SafeDialog):
    """Shows the plan for some orders; commits what was shown. ``order_wanted(ids)``: the third way."""

    fixed = Signal()
    order_wanted = Signal(object)

    def __init__(
        self, desk: Desk, sale_ids: tuple[int, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__("Fix shop orders", parent)
        self.desk = desk
        self.may_correct = desk.may(Permission.CORRECT_STOCK)
        self._request = FixRequest(sale_ids, may_correct=self.may_correct)
        self._choices: dict[tuple[int, int], Chosen] = {}
        self._combos: dict[tuple[int, int], CalmCombo] = {}
        self._steps: dict[tuple[int, int], QLabel] = {}
        self._once = str(uuid4())
        self.plan: Plan | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.PAGE_MARGIN] * 4)
        column.setSpacing(tokens.RELATED_GAP)
        self.notice = Notice(self)
        column.addWidget(self.notice)
        column.addWidget(_heading("1 Make the stock right"))
        column.addWidget(self._stock_part())
        column.addWidget(_heading("2 to 4 Allocate, fulfil, ship"))
        self.rows = LinesTable[PlanRow](fix_words.ROWS, self, key=lambda row: row.id)
        self.rows_view = LinesView(self.rows, "Rows before and after")
        column.addWidget(self.rows_view, 1)
        self.hand_over = wrapped_check(
            self, "Handed over in the shop: ship the rows that were taken now",
            "Without it the goods stay on a goods-out note, and all of it can be undone.",
        )  # fmt: skip
        self.hand_over.set_checked(True)
        self.hand_over.toggled.connect(lambda _on: self._ask())
        column.addWidget(self.hand_over)
        self.after = MarksRow("After")
        self.after_words = QLabel()
        column.addWidget(self.after)
        column.addWidget(self.after_words)
        column.addWidget(self._buttons())
        unit = theme.look().text_height / 16
        self.resize(round(860 * unit), round(600 * unit))
        self._settle()
        self._ask()

    def _stock_part(self) -> QWidget:
        self._inside = QWidget()
        self._inside.setProperty("ground", "none")
        self._lines = QVBoxLayout(self._inside)
        self._lines.setContentsMargins(0, 0, tokens.RELATED_GAP, 0)
        self._lines.setSpacing(4)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._inside)
        self._scroll = scroll
        return scroll

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.order = QPushButton("Order from a supplier…")
        box.addButton(self.order, QDialogButtonBox.ButtonRole.ActionRole)
        self.order.setEnabled(self.desk.may(Permission.PLACE_PURCHASES))
        self.order.setToolTip(self.desk.why_not(Permission.PLACE_PURCHASES))
        self.order.clicked.connect(lambda _checked: self._order())
        self.commit_button = box.addButton("Fix", QDialogButtonBox.ButtonRole.AcceptRole)
        self.commit_button.setProperty("kind", "primary")
        self.commit_button.clicked.connect(lambda _checked: self.commit())
        box.rejected.connect(self.reject)
        return box

    # -- asking ------------------------------------------------------------------------------

    def _ask(self) -> None:
        self.plan = None
        self._request = replace(
            self._request,
            chosen=tuple(self._choices.values()),
            hand_over=self.hand_over.is_checked(),
        )
        self._settle()
        self.desk.read(
            self, exceptions.preview, self._request, then=self._show, failed=self._refused,
            key="plan",
        )  # fmt: skip

    def _show(self, plan: Plan) -> None:
        self.plan = plan
        named = f"#{plan.sales[0].number}" if len(plan.sales) == 1 else f"{len(plan.sales)} orders"
        self.setWindowTitle(f"Fix {named}")
        self._show_lacks(plan)
        self.rows.show(plan.rows)
        one = plan.sales[0] if len(plan.sales) == 1 else None
        self.after.setVisible(one is not None)
        self.after_words.setVisible(one is None)
        if one is not None:
            self.after.show_marks(fix_words.after_marks(one))
        else:
            self.after_words.setText(f"After: {fix_words.after_words(plan)}")
        if self.notice.property("notice") != "wrong" or self.notice.isHidden():
            words = fix_words.warning(plan)
            if words:
                self.notice.say("info", words)
            else:
                self.notice.clear()
        self._settle()

    def _show_lacks(self, plan: Plan) -> None:
        keys = [(one.warehouse_id, one.product_id) for one in plan.lacks[:LACKS_SHOWN]]
        if list(self._combos) != keys:
            self._build_lacks(plan.lacks[:LACKS_SHOWN])
        for lack in plan.lacks[:LACKS_SHOWN]:
            self._steps[lack.warehouse_id, lack.product_id].setText(fix_words.step_words(lack))
        most = round(230 * theme.look().text_height / 16)
        items = [self._lines.itemAt(at) for at in range(self._lines.count())]
        parts = [item.widget() for item in items if item is not None]
        high = sum(part.sizeHint().height() + self._lines.spacing() for part in parts if part)
        self._scroll.setFixedHeight(min(high + 4, most))

    def _build_lacks(self, lacks: tuple[Lack, ...]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._combos, self._steps = {}, {}
        for lack in lacks:
            key = (lack.warehouse_id, lack.product_id)
            head = QLabel(fix_words.lack_words(lack))
            head.setProperty("type", "strong")
            head.setToolTip(lack.name)
            combo = CalmCombo(f"How {lack.sku} is put right")
            combo.fill(
                [(one, words) for one, words in fix_words.fixes(lack, may_correct=self.may_correct)]
            )
            combo.chosen.connect(partial(self._chose, lack))
            steps = QLabel()
            steps.setWordWrap(True)
            steps.setProperty("tone", "muted")
            for part in (head, combo, steps):
                self._lines.addWidget(part)
            self._combos[key], self._steps[key] = combo, steps
        if not lacks:
            self._lines.addWidget(QLabel("Everything that was sold is on record now."))
        self._lines.addStretch(1)

    def _chose(self, lack: Lack, key: object) -> None:
        assert isinstance(key, tuple)
        self._choices[lack.warehouse_id, lack.product_id] = fix_words.chosen_of(lack, key)
        self._ask()

    # -- doing -------------------------------------------------------------------------------

    def _settle(self) -> None:
        plan = self.plan
        may = self.desk.may(Permission.SHIP)
        self.commit_button.setEnabled(may and plan is not None and plan.does_something)
        self.commit_button.setText(fix_words.commit_words(plan) if plan else "Working it out…")
        self.commit_button.setToolTip(self.desk.why_not(Permission.SHIP))

    def commit(self) -> None:
        """Do what is shown, all of it or nothing."""
        if self.plan is None or not self.commit_button.isEnabled():
            return
        self.commit_button.setEnabled(False)
        self.desk.run(
            self, exceptions.fix(self._request, self.plan.fingerprint), once=self._once,
            then=self._done, failed=self._refused, says=_says,
        )  # fmt: skip

    def _done(self, _done: Done[dict[str, object]]) -> None:
        self.fixed.emit()
        self.accept()

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, ServiceError):
            raise error
        self._once = str(uuid4())
        self.notice.say("wrong", sentence(error))
        if isinstance(error, Conflict) and isinstance(error.now, Plan):
            self._show(error.now)
        self._settle()

    def _order(self) -> None:
        self.order_wanted.emit(self._request.sale_ids)
        self.reject()


def _says(result: dict[str, int]) -> str:
    fixed = result["sales"] - result["still_short"]
    said = f"{count(fixed, 'shop order')} put right" if fixed else "Stock was given to shop orders"
    return f"{said}, {result['still_short']} still short" if result["still_short"] else said


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("type", "section")
    return label
