"""The right side of the batch dialog: notices, filters, the tree and the trace (BPO-09 to BPO-13)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import BatchEdits, Dropped, whole_key
from desktop_app.models.batch_paste import Pasted, read_paste
from desktop_app.models.batch_preview_model import BatchPreviewModel, Col, Shown, has_warning
from desktop_app.models.formats import count, quantity
from desktop_app.services.batch_preview import Difference, Line, Preview
from desktop_app.views import theme, tokens
from desktop_app.views.batch_addresses import lacking
from desktop_app.views.batch_preview import PreviewTree
from desktop_app.views.batch_split import SplitDialog
from desktop_app.views.batch_trace import TracePane
from desktop_app.views.notice import Notice

NAMED_MAX = 6
INCLUDE = {
    "quote": "Order for quotes",
    "service": "Order services",
    "non_stock": "Order items without stock",
}
"""What is left out until it is ticked here or under More (R3.8)."""
TRACE_LINES, TRACE_SHARE = 5, 0.36
"""So much of the trace is seen to begin with, and no more than this part of the room."""


class PreviewPane(QWidget):
    """Shows a preview and takes edits. It asks for what it cannot do itself by signals."""

    assign_wanted = Signal(object)  # lines
    open_wanted = Signal(str, int)
    fix_wanted = Signal(object, str)  # line or None, what
    restore_wanted = Signal(object)  # Dropped

    def __init__(self, edits: BatchEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self.suppliers: Sequence[tuple[int, str]] = ()
        self.model = BatchPreviewModel(edits, self)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.tree = PreviewTree(self.model, self.splitter)
        self.tree.menu_for = self._fill_menu
        self.tree.supplier_menu_for = self._fill_acts
        self.trace = TracePane(edits, self.splitter)
        self.message = Notice(self)
        self.no_supplier = Notice(self)
        self.left_out = Notice(self)
        self.dropped = Notice(self)
        self.paste = Notice(self)
        self._warning = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        notices = QVBoxLayout()
        notices.setContentsMargins(tokens.CARD_PADDING, 0, tokens.CARD_PADDING, 0)
        notices.setSpacing(6)
        for notice in (self.message, self.paste, self.no_supplier, self.left_out, self.dropped):
            notices.addWidget(notice)
        column.addLayout(notices)
        column.addLayout(self._filters())
        self.splitter.addWidget(self.tree)
        self.splitter.addWidget(self.trace)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.tree.setMinimumHeight(3 * theme.look().row)
        self.trace.setMinimumHeight(4 * theme.look().text_height)
        column.addWidget(self.splitter, 1)
        self._connect()

    def _filters(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(tokens.CARD_PADDING, 6, tokens.CARD_PADDING, 8)
        row.setSpacing(tokens.RELATED_GAP)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find in preview")
        self.search.setAccessibleName("Find in preview")
        self.search.setClearButtonEnabled(True)
        row.addWidget(self.search, 1)
        self.warnings = QPushButton(self)
        self.edited = QPushButton(self)
        self.nothing = QPushButton(self)
        for button in (self.warnings, self.edited, self.nothing):
            button.setProperty("chip", "true")
            button.setAutoDefault(False)
            button.setCheckable(button is not self.warnings)
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.warnings.clicked.connect(self._open_warnings)
        self.edited.toggled.connect(self._filter)
        self.nothing.toggled.connect(self._filter)
        self.tree.line_shown.connect(self._explain)
        self.tree.paste_wanted.connect(self._ask_to_paste)
        self.trace.link_wanted.connect(self.open_wanted)
        self.trace.fix_wanted.connect(self._fix)
        self.trace.reset_wanted.connect(self.model.reset_line)
        self.left_out.link_activated.connect(self._follow)
        self.model.edited.connect(self._count)
        self.model.edited.connect(self.trace.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            room = self.splitter.height()
            trace = min(TRACE_LINES * theme.look().text_height + 56, round(room * TRACE_SHARE))
            self.splitter.setSizes([room - trace, trace])

    # --- showing ---------------------------------------------------------------------------------

    def show_preview(self, preview: Preview, differences: Sequence[Difference] = ()) -> None:
        """Replace what is shown; the differences of a changed plan are marked old → new."""
        self.model.show(preview, differences)
        self.tree.flash()
        self._notices(preview)
        self._count()
        self._explain()
        if differences:
            self.tree.show_line(differences[0].key)

    def set_pending(self, *, pending: bool) -> None:
        """Dim what is about to be worked out again (BPO-09)."""
        self.tree.set_dimmed(pending)

    def _explain(self, *_line: object) -> None:
        index = self.tree.currentIndex()
        if index.isValid():
            node, line = self.model.node_at(index), self.model.line_at(index)
            self.trace.explain(self.model.preview, node, line)
        else:
            self.trace.explain(self.model.preview, None, None)

    def _notices(self, preview: Preview) -> None:
        waiting = [x for x in preview.no_supplier if x.key not in self._edits.left_out_lines]
        if waiting:
            units = sum(line.quantity for line in waiting)
            whole = [line for line in waiting if not line.is_part]
            acts = [("Leave out", lambda: self._leave_out(waiting))]
            if whole:
                acts.insert(0, ("Assign suppliers…", lambda: self.assign_wanted.emit(whole)))
            self.no_supplier.say("part", batch_words.no_supplier(waiting, units), acts)
        else:
            self.no_supplier.clear()
        words = batch_words.left_out(preview.left_out)
        if words:
            reasons = {one.reason for one in preview.left_out}
            includes = [
                (label, partial(self.fix_wanted.emit, None, what))
                for what, label in INCLUDE.items()
                if what in reasons and not preview.options.to_customer
            ]
            if lacking(preview.left_out):
                acts_of = partial(self.fix_wanted.emit, None, "address")
                includes.insert(0, ("Type addresses…", acts_of))
            self.left_out.say("info", words + self._named_sales(preview), includes)
        else:
            self.left_out.clear()
        dropped = self._edits.dropped(preview.dropped_edits)
        if dropped:
            names = ", ".join(dict.fromkeys(one.sku for one in dropped[:NAMED_MAX]))
            text = f"Edits dropped ({len(dropped)}): {names} is not in this preview"
            if ", " in names:
                text = f"Edits dropped ({len(dropped)}): {names} are not in this preview"
            first, act = dropped[0], ("Restore", lambda: self._restore(dropped[0]))
            if first.home == preview.options:  # it is not the options that took its line away
                act = ("Forget", lambda: self._forget(first.key))
            self.dropped.say("info", text, (act,))
        else:
            self.dropped.clear()

    def _named_sales(self, preview: Preview) -> str:
        sales = {x.sale_id: x.number for x in preview.left_out if x.sale_row_id is None}
        if not sales:
            return ""
        colour = theme.look().palette.link
        named = ", ".join(
            f"<a href='sale:{key}' style='color:{colour}'>#{number}</a>"
            for key, number in list(sales.items())[:NAMED_MAX]
        )
        rest = len(sales) - NAMED_MAX
        return f" ({named}{f' +{rest}' if rest > 0 else ''})"

    def _restore(self, dropped: Dropped) -> None:
        self.restore_wanted.emit(dropped)

    def _forget(self, key: str) -> None:
        self._edits.forget(key)
        self.model.edited.emit()

    def _follow(self, target: str) -> None:
        kind, _, key = target.partition(":")
        self.open_wanted.emit(kind, int(key))

    # --- filters ---------------------------------------------------------------------------------

    def _count(self) -> None:
        """The numbers on the filter buttons, also before the next preview is there."""
        preview = self.model.preview
        nothing = len(preview.nothing_to_order) if preview is not None else 0
        for button, words, number in (
            (self.warnings, "Warnings", len(self.model.warned())),
            (self.edited, "Edited", len(self.model.edited_lines())),
            (self.nothing, "Nothing to order", nothing),
        ):
            button.setText(f"{words} {number}")
            button.setAccessibleName(f"Show only: {words}, {count(number, 'line')}")
            button.setEnabled(number > 0 or button.isChecked() or bool(self._warning))

    def _filter(self, *_changed: object) -> None:
        self.model.set_filter(
            Shown(
                self.search.text(),
                warnings=bool(self._warning),
                warning="" if self._warning == "all" else self._warning,
                edited=self.edited.isChecked(),
                nothing=self.nothing.isChecked(),
            )
        )
        for button, active in (
            (self.warnings, bool(self._warning)),
            (self.edited, self.edited.isChecked()),
            (self.nothing, self.nothing.isChecked()),
        ):
            button.setProperty("active", "true" if active else "false")
            theme.restyle(button)
        self._count()
        self._explain()

    def show_warning(self, code: str) -> None:
        """Narrow to the lines with one warning, "all" warnings, or "" for no narrowing."""
        self._warning = code
        self._filter()

    def _open_warnings(self) -> None:
        if self._warning:
            self.show_warning("")
            return
        preview = self.model.preview
        found = [x for x in preview.warnings if x.keys and x.code != "promised"] if preview else []
        if len(found) <= 1:
            self.show_warning("all")
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        total = len(self.model.warned())
        menu.addAction(f"All warnings ({total})", lambda: self.show_warning("all"))
        menu.addSeparator()
        for one in found:
            menu.addAction(batch_words.warning_entry(one), partial(self.show_warning, one.code))
        menu.popup(self.warnings.mapToGlobal(self.warnings.rect().bottomLeft()))

    # --- acts on a line --------------------------------------------------------------------------

    def _fill_menu(self, menu: QMenu, line: Line) -> None:
        suppliers = menu.addMenu("Change supplier")
        self._fill_suppliers(suppliers, line)
        self._fill_split(menu, line)
        node = self.model.node_at(self.tree.currentIndex())
        if node.group is not None:
            out = self._edits.is_out(line, node.group)
            words = "Take in" if out else "Leave out"
            menu.addAction(words, lambda: self.model.set_out(node, line, out=not out))
        if self._edits.is_edited(line):
            words = f"Reset to {quantity(line.suggested)}"
            menu.addAction(words, lambda: self.model.reset_line(line))
        sales = menu.addMenu("Show sales")
        for one in line.served[:20]:
            words = f"#{one.number}  {one.customer}  ({quantity(one.pegged or one.asked)})"
            sales.addAction(words, partial(self.open_wanted.emit, "sale", one.sale_id))
        if has_warning(line) and line.supplier_id is None and not line.is_part:
            menu.addAction("Assign suppliers…", lambda: self.assign_wanted.emit([line]))

    def _fill_suppliers(self, menu: QMenu, line: Line) -> None:
        """Those that offer the product first, with their prices (BPO-10)."""
        taken = self._edits.taken(line)
        for one in line.prices:
            action = menu.addAction(batch_words.supplier_price(one))
            action.setCheckable(True)
            action.setChecked(one.supplier_id == line.supplier_id)
            action.setEnabled(one.supplier_id not in taken)
            key = one.supplier_id
            action.triggered.connect(
                lambda _checked=False, key=key: self.model.set_supplier(line, key)
            )
        if line.prices:
            menu.addSeparator()
        if line.key in self._edits.suppliers:
            menu.addAction("As the options say", lambda: self.model.set_supplier(line, None))
        if line.is_part:
            menu.addAction("Another supplier…", lambda: self._split(line, change=True))
        else:
            menu.addAction("Another supplier…", lambda: self.assign_wanted.emit([line]))

    def _fill_acts(self, menu: QMenu, line: Line) -> None:
        """Alt+Down: everything that says who delivers the line."""
        self._fill_suppliers(menu, line)
        menu.addSeparator()
        self._fill_split(menu, line)

    def _fill_split(self, menu: QMenu, line: Line) -> None:
        if line.supplier_id is not None:
            menu.addAction("Split…", lambda: self._split(line))
        if line.is_part:
            menu.addAction("Change part…", lambda: self._split(line, change=True))
        if line.split:
            menu.addAction("Join again", lambda: self._join(line))

    def _split(self, line: Line, *, change: bool = False) -> None:
        """Ask how much another supplier delivers, and which one (BPO-10)."""
        taken = self._edits.taken(line)
        dialog = SplitDialog(
            line, self._edits.quantity(line), self.suppliers, taken, self, change=change
        )
        dialog.accepted.connect(lambda: self._divide(line, dialog, change=change))
        dialog.open()

    def _divide(self, line: Line, dialog: SplitDialog, *, change: bool) -> None:
        supplier_id = dialog.supplier_id()
        if supplier_id is None:
            return
        if change:
            self.model.change_part(line, supplier_id, dialog.units())
        else:
            self.model.split_line(line, supplier_id, dialog.units())

    def _join(self, line: Line) -> None:
        self.tree.show_line(whole_key(line))
        self.model.join_line(line)

    def _ask_to_paste(self, text: str) -> None:
        """Say what pasting would change; nothing is taken before it is agreed to (MIC-08)."""
        lines = self.model.shown_lines()
        current = self.tree.current_line()
        start = next((at for at, line in enumerate(lines) if line is current), 0)
        pasted = read_paste(text, lines, start)
        if not pasted.quantities:
            self.paste.say("info", "There is no quantity to paste.", (("Close", self.paste.clear),))
            return
        acts = (("Paste", lambda: self._paste(pasted)), ("Cancel", self.paste.clear))
        self.paste.say("info", pasted.words(self._edits), acts)
        self.paste.buttons[0].setFocus()

    def _paste(self, pasted: Pasted) -> None:
        self.paste.clear()
        for line, text in pasted.quantities:
            self.model.setData(self.model.find(line.key, Col.ORDER), text)
        self.tree.setFocus()

    def _leave_out(self, lines: Sequence[Line]) -> None:
        self._edits.left_out_lines.update(line.key for line in lines)
        self.model.edited.emit()

    def _fix(self, line: Line, what: str) -> None:
        if what == "out":
            self.model.set_out(self.model.node_at(self.model.find(line.key)), line, out=True)
        elif what == "assign":
            self.assign_wanted.emit([line])
        elif what == "join":
            self._join(line)
        elif what == "supplier":
            self.tree.open_supplier_menu(line)
        else:
            self.fix_wanted.emit(line, what)
