"""The batch preview as a tree: future purchase orders, their lines, an editable Order (BPO-10).

The model shows a `Preview` and the person's `BatchEdits` over it: a tick or a quantity is seen at
once, the next preview confirms it. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import BatchEdits
from desktop_app.models.formats import day, money, price, quantity
from desktop_app.services.batch_preview import Difference, Group, Line, Preview

Index = QModelIndex | QPersistentModelIndex

NO_SUPPLIER, NOTHING = "no_supplier", "nothing_to_order"

ROLE_LINE = Qt.ItemDataRole.UserRole
ROLE_NODE = Qt.ItemDataRole.UserRole + 1
ROLE_CHANGED = Qt.ItemDataRole.UserRole + 2
"""True where the cell differs from the preview the person had agreed to (BPO-14)."""


class Col(IntEnum):
    """The columns, in order."""

    NAME = 0
    SOLD = 1
    COVERED = 2
    NEEDED = 3
    STOCK = 4
    INBOUND = 5
    ORDER = 6
    COST = 7
    TOTAL = 8


HEADINGS = {
    Col.NAME: "Supplier / product",
    Col.SOLD: "Sold",
    Col.COVERED: "Covered",
    Col.NEEDED: "Needed",
    Col.STOCK: "On hand",
    Col.INBOUND: "Incoming",
    Col.ORDER: "Order",
    Col.COST: "Cost",
    Col.TOTAL: "Total",
}
HEADING_TIPS = {
    Col.SOLD: "Units on the selected sales",
    Col.COVERED: "Of them allocated, fulfilled, shipped or drop-shipped",
    Col.NEEDED: "What the options ask for",
    Col.STOCK: "Taken from stock",
    Col.INBOUND: "Taken from purchase orders not yet received",
    Col.ORDER: "What will be ordered: type to change it",
    Col.COST: "Per unit, in the supplier's currency",
    Col.TOTAL: "Order × cost, without tax",
}
FIGURES = {
    "quantity": Col.ORDER, "needed": Col.NEEDED, "from_stock": Col.STOCK,
    "from_inbound": Col.INBOUND, "cost": Col.COST, "supplier": Col.NAME, "expected": Col.NAME,
    "line": Col.ORDER,
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """A top row: a future purchase order, or the lines that go into none."""

    key: str
    group: Group | None
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is filtered to. Nothing chosen shows every line that may be ordered."""

    text: str = ""
    warnings: bool = False
    warning: str = ""
    edited: bool = False
    nothing: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it hides lines."""
        return bool(self.text) or self.warnings or self.edited or self.nothing


class BatchPreviewModel(QAbstractItemModel):
    """``edited`` fires after each change a person makes: the dialog asks for a new preview.

    ``settled`` once after each change of what is shown.
    """

    edited = Signal()
    settled = Signal()

    def __init__(self, edits: BatchEdits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.edits = edits
        self.preview: Preview | None = None
        self.flashing: frozenset[str] = frozenset()
        self._nodes: list[Node] = []
        self._differences: dict[tuple[str, Col], Difference] = {}
        self._filter = Shown()
        self._stock_heading = HEADINGS[Col.STOCK]

    # --- what is shown ---------------------------------------------------------------------------

    def show(self, preview: Preview, differences: Iterable[Difference] = ()) -> None:
        """Show a preview. Rows that are still the same keep their place, focus and editors."""
        before = self.preview
        self.preview = preview
        self._differences = {(d.key, FIGURES[d.what]): d for d in differences}
        in_stock = preview.options.exclude_stock == "in_stock"
        self._stock_heading = "In stock" if in_stock else "On hand"
        self.edits.settle(preview.lines(), preview.options, preview.dropped_edits)
        self.flashing = _moved(before, preview)
        self._rebuild()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, Col.STOCK, Col.STOCK)

    def set_filter(self, shown: Shown) -> None:
        """Narrow to what the search and the filter buttons say."""
        self._filter = shown
        self._rebuild()

    def stop_flashing(self) -> None:
        """Take the tint off the lines that changed."""
        self.flashing = frozenset()

    def forget_differences(self) -> None:
        """Take the marks of a changed preview off."""
        self._differences = {}
        self._refresh()

    @property
    def differing(self) -> int:
        """How many lines differ from what had been agreed to."""
        return len({key for key, _ in self._differences})

    def warned(self) -> list[Line]:
        """Every line with a warning that wants a person."""
        if self.preview is None:
            return []
        found = [line for group in self.preview.groups for line in group.lines if has_warning(line)]
        return [*found, *self.preview.no_supplier]

    def edited_lines(self) -> list[Line]:
        """Every line with a quantity, supplier, split or box of the person's own."""
        edits = self.edits
        if self.preview is None:
            return []
        return [
            line
            for line in self.preview.lines()
            if edits.is_edited(line)
            or line.key in edits.suppliers
            or line.key in edits.left_out_lines
            or line.split
        ]

    def _rebuild(self) -> None:
        nodes = self._made()
        if _shape(nodes) == _shape(self._nodes):
            self._nodes = nodes
            self._refresh()
            return
        self.beginResetModel()
        self._nodes = nodes
        self.endResetModel()
        self.settled.emit()

    def _refresh(self) -> None:
        for row, node in enumerate(self._nodes):
            top = self.index(row, 0)
            self.dataChanged.emit(top, self.index(row, Col.TOTAL))
            if node.lines:
                last = self.index(len(node.lines) - 1, Col.TOTAL, top)
                self.dataChanged.emit(self.index(0, 0, top), last)
        self.settled.emit()

    def _made(self) -> list[Node]:
        preview = self.preview
        if preview is None:
            return []
        keep = self._keeps()
        nodes = [
            Node(group.key, group, [x for x in group.lines if keep(x)]) for group in preview.groups
        ]
        nodes.append(Node(NO_SUPPLIER, None, [x for x in preview.no_supplier if keep(x)]))
        if self._filter.narrows:
            nodes.append(Node(NOTHING, None, [x for x in preview.nothing_to_order if keep(x)]))
        return [node for node in nodes if node.lines]

    def _keeps(self) -> Callable[[Line], bool]:
        shown = self._filter
        words = shown.text.casefold().split()
        wanted: set[str] = set()
        if shown.warnings:
            wanted |= {x.key for x in self.warned() if _has(x, shown.warning)}
        if shown.edited:
            wanted |= {x.key for x in self.edited_lines()}
        if shown.nothing and self.preview is not None:
            wanted |= {x.key for x in self.preview.nothing_to_order}
        boxes = shown.warnings or shown.edited or shown.nothing
        names = {g.supplier_id: g.supplier for g in self.preview.groups} if self.preview else {}

        def keep(line: Line) -> bool:
            if boxes and line.key not in wanted:
                return False
            text = f"{line.sku} {line.name} {names.get(line.supplier_id or 0, '')}".casefold()
            return all(word in text for word in words)

        return keep

    # --- Qt's questions --------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, child: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        above = child.internalId() if child.isValid() else 0
        return self.createIndex(above - 1, 0, 0) if above else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._nodes)
        if parent.internalId() or parent.column():
            return 0
        return len(self._nodes[parent.row()].lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(Col)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        col = Col(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._stock_heading if col == Col.STOCK else HEADINGS[col]
        if role == Qt.ItemDataRole.ToolTipRole:
            return HEADING_TIPS.get(col)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(col)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        made = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        line, node = self.line_at(index), self.node_at(index)
        can_order = node.group is not None or (line is not None and line.supplier_id is not None)
        if index.column() == Col.NAME and node.group is not None:
            made |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == Col.ORDER and line is not None and can_order:
            made |= Qt.ItemFlag.ItemIsEditable
        if line is not None:
            made |= Qt.ItemFlag.ItemNeverHasChildren
        return made

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, node, col = self.line_at(index), self.node_at(index), Col(index.column())
        if role == ROLE_LINE:
            return line
        if role == ROLE_NODE:
            return node
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(col)
        if role == Qt.ItemDataRole.CheckStateRole and col == Col.NAME and node.group is not None:
            return self._box(node, line)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            if line is None:
                return self._node_text(node, col)
            return self._line_text(line, col, editing=role == Qt.ItemDataRole.EditRole)
        if role == ROLE_CHANGED:
            return line is not None and (line.key, col) in self._differences
        if role == Qt.ItemDataRole.ToolTipRole and line is not None:
            return self._tip(line, col)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(node, line, col)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line, node = self.line_at(index), self.node_at(index)
        if role == Qt.ItemDataRole.CheckStateRole and node.group is not None:
            out = Qt.CheckState(value) != Qt.CheckState.Checked
            self.set_out(node, line, out=out)
            return True
        if role == Qt.ItemDataRole.EditRole and index.column() == Col.ORDER and line is not None:
            before = (self.edits.quantities.get(line.key), self.edits.unread.get(line.key))
            read = self.edits.type_quantity(line, str(value))
            after = (self.edits.quantities.get(line.key), self.edits.unread.get(line.key))
            if before != after:
                self._touched()
            return read
        return False

    # --- acts of the person ----------------------------------------------------------------------

    def set_out(self, node: Node, line: Line | None, *, out: bool) -> None:
        """Leave a line or a whole future order out, or take it in (BPO-10)."""
        if line is not None:
            self.edits.set_line_out(line, node.group, out=out)
        elif node.group is not None:
            self.edits.set_group_out(node.group, out=out)
        self._touched()

    def reset_line(self, line: Line) -> None:
        """Order what the rules suggest again."""
        self.edits.reset(line)
        self._touched()

    def set_supplier(self, line: Line, supplier_id: int | None) -> None:
        """Buy this line from somebody else; None: as the options say."""
        self.edits.set_supplier(line, supplier_id)
        self._touched()

    def split_line(self, line: Line, supplier_id: int, units: int) -> None:
        """Let another supplier deliver so much of a line (BPO-10)."""
        self.edits.split(line, supplier_id, units)
        self._touched()

    def change_part(self, line: Line, supplier_id: int, units: int) -> None:
        """Give a part other units or another supplier."""
        self.edits.change_part(line, supplier_id, units)
        self._touched()

    def join_line(self, line: Line) -> None:
        """Take a split back: of a part, or of the whole line."""
        self.edits.join(line)
        self._touched()

    def _touched(self) -> None:
        self._refresh()
        self.edited.emit()

    # --- finding ---------------------------------------------------------------------------------

    def node_at(self, index: Index) -> Node:
        """Return the top row of an index."""
        above = index.internalId()
        return self._nodes[above - 1 if above else index.row()]

    def line_at(self, index: Index) -> Line | None:
        """Return the line of an index, None on a top row."""
        above = index.internalId()
        return self._nodes[above - 1].lines[index.row()] if above else None

    def key_at(self, index: Index) -> str:
        """Return the key of a line or of a top row."""
        line = self.line_at(index)
        return self.node_at(index).key if line is None else line.key

    def find(self, key: str, column: int = 0) -> QModelIndex:
        """Return the index of a line or top row by its key; invalid where it is not shown."""
        for row, node in enumerate(self._nodes):
            if node.key == key:
                return self.index(row, column)
            for at, line in enumerate(node.lines):
                if line.key == key:
                    return self.index(at, column, self.index(row, 0))
        return QModelIndex()

    def shown_lines(self) -> list[Line]:
        """The lines that can be ordered, in the order they are shown."""
        return [x for node in self._nodes for x in node.lines if x.supplier_id is not None]

    def longest(self) -> dict[Col, str]:
        """The longest text of each number column, and the longest code, for widths (LST-08)."""
        lines = [line for node in self._nodes for line in node.lines]
        found = {Col.NAME: max((line.sku for line in lines), key=len, default="")}
        edits = self.edits
        numbers = {
            Col.SOLD: sum(line.sold for line in lines),
            Col.COVERED: sum(line.covered for line in lines),
            Col.NEEDED: max((sum(x.needed for x in node.lines) for node in self._nodes), default=0),
            Col.STOCK: max((line.from_stock for line in lines), default=0),
            Col.INBOUND: max((line.from_inbound for line in lines), default=0),
            Col.ORDER: max(
                [node.group.units for node in self._nodes if node.group is not None]
                + list(edits.quantities.values()),
                default=0,
            ),
        }
        found |= {col: quantity(number) for col, number in numbers.items()}
        costs = {line.currency: line for line in sorted(lines, key=lambda line: line.cost)}
        texts = [self._line_text(line, Col.COST) for line in costs.values()]
        found[Col.COST] = max(texts, key=len, default="")
        texts = [self._node_text(node, Col.TOTAL) for node in self._nodes]
        found[Col.TOTAL] = max(texts, key=len, default="")
        typed = [one.text for one in edits.unread.values()]
        found[Col.ORDER] = max([found[Col.ORDER], *typed], key=len)
        for key, col in self._differences:
            line = next((x for x in lines if x.key == key), None)
            if line is not None and col != Col.NAME:
                found[col] = max(found[col], self._line_text(line, col), key=len)
        return found

    def as_text(self, index: Index) -> str:
        """A row for the clipboard: tabs between the columns."""
        line, node = self.line_at(index), self.node_at(index)
        if line is None:
            return "\t".join(self._node_text(node, col) for col in Col)
        return "\t".join(
            [line.sku, line.name, *(self._line_text(line, col) for col in list(Col)[1:])]
        )

    # --- texts -----------------------------------------------------------------------------------

    def _box(self, node: Node, line: Line | None) -> Qt.CheckState:
        assert node.group is not None
        if line is not None:
            out = self.edits.is_out(line, node.group)
            return Qt.CheckState.Unchecked if out else Qt.CheckState.Checked
        out_count = sum(self.edits.is_out(one, node.group) for one in node.group.lines)
        if not out_count:
            return Qt.CheckState.Checked
        all_out = out_count == len(node.group.lines)
        return Qt.CheckState.Unchecked if all_out else Qt.CheckState.PartiallyChecked

    @staticmethod
    def name_of(node: Node) -> str:
        """What a top row is called."""
        if node.group is not None:
            return node.group.supplier
        return "No supplier, not ordered" if node.key == NO_SUPPLIER else "Nothing to order"

    def _node_text(self, node: Node, col: Col) -> str:
        group = node.group
        if col == Col.NAME:
            return self.name_of(node)
        if col == Col.NEEDED:
            return quantity(sum(line.needed for line in node.lines))
        if group is None:
            return "–" if col == Col.ORDER else ""
        if col == Col.ORDER:
            return quantity(group.units) if group.line_count else "–"
        if col == Col.TOTAL:
            return money(group.total, group.currency, group.digits) if group.line_count else ""
        return ""

    def _line_text(self, line: Line, col: Col, *, editing: bool = False) -> str:
        difference = self._differences.get((line.key, col))
        if difference is not None and not editing and not self.edits.is_edited(line):
            old, new = (_figure(line, difference, x) for x in (difference.old, difference.new))
            return f"{old} → {new}"
        if col == Col.NAME:
            return f"{line.sku}  {line.name}"
        if col == Col.ORDER:
            unread = self.edits.unread.get(line.key)
            if unread is not None:
                return unread.text
            if line.supplier_id is None:
                return "–"
            return quantity(self.edits.quantity(line))
        if col == Col.COST:
            if line.supplier_id is None:
                return ""
            return "no price" if "no_price" in line.warnings else price(line.cost, line.currency)
        if col == Col.TOTAL:
            shown = line.supplier_id is not None and line.quantity and not line.left_out
            return money(line.total, line.currency, line.digits) if shown else ""
        number = {
            Col.SOLD: line.sold, Col.COVERED: line.covered, Col.NEEDED: line.needed,
            Col.STOCK: line.from_stock, Col.INBOUND: line.from_inbound,
        }[col]  # fmt: skip
        return quantity(number)

    def _tip(self, line: Line, col: Col) -> str:
        if col == Col.NAME:
            notes = [words for _, words in self.notes(line)]
            return "\n".join([f"{line.sku}  {line.name}", *notes])
        if col == Col.ORDER:
            unread = self.edits.unread.get(line.key)
            if unread is not None:
                return unread.why
            if line.key in self.edits.quantities:
                return f"Suggested {quantity(line.suggested)}"
        return ""

    def notes(self, line: Line) -> list[tuple[str, str]]:
        """What the line wants said, as (tone, words)."""
        notes = batch_words.line_notes(line, self.edits.quantity(line))
        if line.key in self.edits.unread:
            notes.insert(0, ("wrong", "cannot be read"))
        elif line.key in self.edits.quantities:
            at = next((i for i, (tone, _) in enumerate(notes) if tone != "part"), len(notes))
            notes.insert(at, ("info", f"suggested {quantity(line.suggested)}"))
        return notes

    def _spoken(self, node: Node, line: Line | None, col: Col) -> str:
        if line is None:
            text = self._node_text(node, col)
            if col == Col.NAME and node.group is not None:
                return f"{text}, {batch_words.group_detail(node.group)}"
            return text
        text = self._line_text(line, col)
        if col == Col.NAME:
            return ", ".join([text, *(words for _, words in self.notes(line))])
        edited = ", edited" if col == Col.ORDER and self.edits.is_edited(line) else ""
        return f"{self.headerData(col, Qt.Orientation.Horizontal)}: {text}{edited}"


def has_warning(line: Line) -> bool:
    """Whether the line has a warning that wants a person (BPO-13)."""
    return line.supplier_id is None or any(x not in batch_words.INFORMATION for x in line.warnings)


def _has(line: Line, code: str) -> bool:
    if not code:
        return True
    return line.supplier_id is None if code == "no_supplier" else code in line.warnings


def _alignment(col: Col) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if col == Col.NAME else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _shape(nodes: list[Node]) -> list[tuple[str, list[str]]]:
    return [(node.key, [line.key for line in node.lines]) for node in nodes]


def _moved(before: Preview | None, now: Preview) -> frozenset[str]:
    """The lines whose outcome is another one than before: they flash (BPO-09)."""
    if before is None:
        return frozenset()
    was = {x.key: (x.quantity, x.supplier_id, x.cost) for x in before.lines()}
    return frozenset(
        x.key for x in now.lines() if was.get(x.key) != (x.quantity, x.supplier_id, x.cost)
    )


def _figure(line: Line, difference: Difference, figure: object) -> str:
    if figure is None:
        return "–"
    if isinstance(figure, int):
        is_cost = difference.what == "cost"
        return price(figure, line.currency) if is_cost else quantity(figure)
    return day(figure) if isinstance(figure, date) else str(figure)
