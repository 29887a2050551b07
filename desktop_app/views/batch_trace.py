"""The pane that says why a quantity is what it is, with links to the records behind it (PR-04)."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import BatchEdits
from desktop_app.models.batch_preview_model import Node
from desktop_app.models.formats import count, counted_units, day, money, price, quantity
from desktop_app.models.marks import Tone
from desktop_app.services.batch_preview import Line, Link, Preview, TraceTerm
from desktop_app.services.rules.money import UNIT
from desktop_app.views import theme, tokens

NAMED_MAX, OPENED_MAX = 4, 100
"""So many sales or orders are named at first, and after "+6" was pressed."""

OF_SALES = ("sold", "allocated", "fulfilled", "shipped", "drop_shipped")
"""The terms that make up what is needed; the others cover it or change it."""

FIXES = {
    "no_price": ("supplier", "Choose another supplier"),
    "supplier_inactive": ("supplier", "Choose another supplier"),
    "discontinued": ("out", "Leave out"),
    "on_draft": ("drafts", "Leave out what is on purchase orders"),
    "below_minimum": ("packs", "Round up"),
    "not_full_packs": ("packs", "Round up"),
    "no_supplier": ("assign", "Assign a supplier"),
    "no_primary_supplier": ("assign", "Assign a supplier"),
    "no_priced_supplier": ("assign", "Assign a supplier"),
}
GLYPHS = {"part": "▲", "soft": "▲", "wrong": "▲", "info": "•", "none": "•"}


class TracePane(QFrame):
    """``link_wanted(kind, id)``, ``fix_wanted(Line, what)``, ``reset_wanted(Line)``."""

    link_wanted = Signal(str, int)
    fix_wanted = Signal(object, str)
    reset_wanted = Signal(object)

    def __init__(self, edits: BatchEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self._line: Line | None = None
        self._node: Node | None = None
        self._preview: Preview | None = None
        self._open = ""
        self.setProperty("ground", "surface")
        self.title = QLabel(self)
        self.title.setProperty("type", "strong")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reset = QPushButton("Reset", self)
        self.reset.setProperty("kind", "link")
        self.reset.setAutoDefault(False)
        stays = self.reset.sizePolicy()
        stays.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(stays)
        self.reset.clicked.connect(self._reset)
        head = QHBoxLayout()
        head.setSpacing(tokens.RELATED_GAP)
        head.addWidget(self.title, 1)
        head.addWidget(self.reset)
        scroll = QScrollArea(self)
        inside = QWidget(scroll)
        self.body = QLabel(inside)
        self.body.setWordWrap(True)
        self.body.setTextFormat(Qt.TextFormat.RichText)
        self.body.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.body.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.body.setAccessibleName("Why this quantity")
        self.body.linkActivated.connect(self._follow)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside.setProperty("ground", "none")
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.body)
        lines.addStretch(1)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(
            tokens.PAGE_MARGIN, tokens.CARD_PADDING, tokens.CARD_PADDING, tokens.CARD_PADDING
        )
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        theme.changes().changed.connect(self.refresh)
        self.refresh()

    def explain(self, preview: Preview | None, node: Node | None, line: Line | None) -> None:
        """Show the sum of a line, or the summary of a top row."""
        if line is None or self._line is None or line.key != self._line.key:
            self._open = ""
        self._preview, self._node, self._line = preview, node, line
        self.refresh()

    def refresh(self) -> None:
        """Write it again: the line, the edits or the colours are other ones."""
        line = self._line
        edited = line is not None and self._edits.is_edited(line)
        self.reset.setVisible(edited)
        if line is not None:
            self.reset.setText(f"Reset to {quantity(line.suggested)}")
            self.title.setText(f"{line.sku}  {line.name} · why {quantity(line.quantity)}?")
            self.body.setText(
                "".join(f"<p style='margin:0 0 4px 0'>{x}</p>" for x in self._paragraphs(line))
            )
        elif self._node is not None and self._node.group is not None:
            self.title.setText(self._node.group.supplier)
            self.body.setText(self._of_group(self._node))
        else:
            self.title.setText("Why this quantity?")
            self.body.setText("Choose a line above to see how its quantity comes about.")

    # --- words -----------------------------------------------------------------------------------

    def _paragraphs(self, line: Line) -> list[str]:
        unread = self._edits.unread.get(line.key)
        wrong = _toned("wrong", unread.why) if unread is not None else ""
        found = [
            wrong,
            self.sum_of(line),
            self._split(line),
            *self._notes(line),
            self._sales(line),
            self._supplier(line),
        ]
        return [one for one in found if one]

    def sum_of(self, line: Line) -> str:
        """The terms as one sum that adds up, as rich text."""
        trace = line.trace
        text = ""
        running = 0
        for at, term in enumerate(trace):
            running += term.units
            text += self._term(term, first=at == 0, line=line)
            later = trace[at + 1 :]
            of_sales_end = term.kind in OF_SALES and later and later[0].kind not in OF_SALES
            if of_sales_end and at > 0:
                text += f" = <b>{quantity(running)} needed</b>"
        if len(trace) > 1 or running != line.quantity:
            text += f" = <b>{quantity(line.quantity)}</b>"
        return text

    def _term(self, term: TraceTerm, *, first: bool, line: Line) -> str:
        sign = "" if first else (" − " if term.units < 0 else " + ")
        number = quantity(abs(term.units))
        links = self._named(term)
        sales = count(len({link.id for link in term.links}), "sale")
        words = {
            "sold": f"on {self._link(f'open:{term.kind}', sales)}{links}",
            "allocated": f"{self._link(f'open:{term.kind}', 'allocated')}{links}",
            "fulfilled": f"{self._link(f'open:{term.kind}', 'on goods-out notes')}{links}",
            "shipped": f"{self._link(f'open:{term.kind}', 'shipped')}{links}",
            "drop_shipped": f"{self._link(f'open:{term.kind}', 'drop-shipped')}{links}",
            "promised_to_these": f"already coming for these sales on {links}",
            "on_hand": f"on hand{links}",
            "in_stock": f"in stock{links}",
            "inbound": f"incoming on {links}",
            "promised_to_others": f"promised to other sales on {links}",
            "split": f"at {links}",
            "packs": f"to full packs of {quantity(line.pack_size)}"
            if line.pack_size > UNIT
            else "to the supplier's minimum",
            "edited": "by you",
        }
        return f"{sign}{number} {words.get(term.kind, escape(term.kind))}"

    def _named(self, term: TraceTerm) -> str:
        """The records of a term: orders and places always, sales when they are asked for."""
        links = term.links
        if term.kind in OF_SALES:
            if self._open != term.kind:
                return ""
            named = [self._sale(x.id, x.number, abs(x.units)) for x in links[:OPENED_MAX]]
            rest = len(links) - len(named)
            return f" ({', '.join(named)}{f' +{rest}' if rest else ''})"
        if term.kind in {"on_hand", "in_stock"}:
            return f", {escape(', '.join(x.label for x in links))}" if links else ""
        if term.kind == "split":
            if len(links) == 1:
                return escape(links[0].label)
            return escape(", ".join(f"{x.label} ({quantity(abs(x.units))})" for x in links))
        shown = links[: OPENED_MAX if self._open == term.kind else NAMED_MAX]
        named = [self._order(x, alone=len(links) == 1) for x in shown]
        rest = len(links) - len(shown)
        more = f" {self._link(f'open:{term.kind}', f'+{rest}')}" if rest else ""
        return ", ".join(named) + more

    def _order(self, link: Link, *, alone: bool) -> str:
        parts = [] if alone else [quantity(abs(link.units))]
        if link.on is not None:
            parts.append(day(link.on))
        behind = f" ({', '.join(parts)})" if parts else ""
        return self._link(f"purchase:{link.id}", f"PO {link.number}") + behind

    def _sale(self, key: int, number: int, units: int) -> str:
        return f"{self._link(f'sale:{key}', f'#{number}')} ({quantity(units)})"

    def _split(self, line: Line) -> str:
        """How a split line is divided, with the way back (BPO-10)."""
        if not line.split:
            return ""
        joined = self._link("fix:join", "Join again")
        return f"{_muted(escape(batch_words.split_sum(line)))} · {joined}"

    def _sales(self, line: Line) -> str:
        """Whom the line buys for, oldest first."""
        served = [one for one in line.served if one.pegged] or [x for x in line.served if x.asked]
        if not served:
            return ""
        shown = served[: OPENED_MAX if self._open == "served" else NAMED_MAX]
        named = " ".join(self._sale(x.sale_id, x.number, x.pegged or x.asked) for x in shown)
        rest = len(served) - len(shown)
        more = f" {self._link('open:served', f'+{rest}')}" if rest else ""
        return f"{_muted('For, oldest first:')} {named}{more}"

    def _supplier(self, line: Line) -> str:
        prices = line.prices
        if line.supplier_id is None or not prices:
            return ""
        chosen = next((x for x in prices if x.supplier_id == line.supplier_id), None)
        parts = []
        if chosen is not None:
            how = "primary" if chosen.is_primary else ""
            how = "cheapest" if line.how == "cheapest" else how
            cost = price(chosen.cost, chosen.currency) if chosen.cost is not None else "no price"
            parts.append(f"{chosen.name}{f', {how}' if how else ''}: {cost}")
        others = [x for x in prices if x is not chosen and x.cost is not None and x.active]
        if others:
            following = others[0]
            parts.append(f"next {following.name} {price(following.cost, following.currency)}")
        if line.supplier_sku:
            parts.append(f"their code {line.supplier_sku}")
        if line.expected_on is not None:
            parts.append(batch_words.expected(line))
        return _muted(escape(" · ".join(parts)))

    def _notes(self, line: Line) -> list[str]:
        found = []
        for tone, words in batch_words.line_notes(line, self._edits.quantity(line), split=False):
            if tone != "none" or line.quantity == 0:
                found.append(_toned(tone, words) + self._fix(line, words))
        options = self._preview.options if self._preview is not None else None
        if options is not None and options.quantity == "all" and line.shipped:
            found.append(_toned("info", f"includes {quantity(line.shipped)} already shipped"))
        if line.promised_units and "promised" in line.warnings:
            found.append(
                _toned(
                    "info",
                    f"{quantity(line.promised_units)} more incoming are promised to"
                    f" {count(line.promised_sales, 'other sale row')} and were left to them",
                )
            )
        return found

    def _fix(self, line: Line, words: str) -> str:
        codes = [line.reason or "", *line.warnings]
        for code in codes:
            said = batch_words.reason(code) or batch_words.warning(code).lower()
            if line.to_customer and FIXES.get(code, ("", ""))[0] == "packs":
                continue  # a customer gets no more than is needed, whole packs or not
            if code in FIXES and code and said == words:
                what, label = FIXES[code]
                return f" · {self._link(f'fix:{what}', label)}"
        return ""

    def _of_group(self, node: Node) -> str:
        group = node.group
        assert group is not None
        parts = [
            count(group.line_count, "line"),
            counted_units(group.units),
            f"{money(group.total, group.currency, group.digits)} excl. tax",
        ]
        if group.expected_on is not None:
            parts.append(f"expected {day(group.expected_on)}")
        text = escape(" · ".join(parts))
        if group.appended_to is not None:
            key, number = group.appended_to
            text += f" · added to {self._link(f'purchase:{key}', f'PO {number}')}"
        return text + "<br>" + _muted(escape(batch_words.group_detail(group)))

    # --- acts ------------------------------------------------------------------------------------

    def _link(self, target: str, words: str) -> str:
        colour = theme.look().palette.link
        return f"<a href='{target}' style='color:{colour}'>{escape(words)}</a>"

    def _follow(self, target: str) -> None:
        kind, _, rest = target.partition(":")
        if kind == "open":
            self._open = "" if self._open == rest else rest
            self.refresh()
        elif kind == "fix" and self._line is not None:
            self.fix_wanted.emit(self._line, rest)
        elif rest.isdigit():
            self.link_wanted.emit(kind, int(rest))

    def _reset(self) -> None:
        if self._line is not None:
            self.reset_wanted.emit(self._line)


def _muted(text: str) -> str:
    return f"<span style='color:{theme.look().palette.text2}'>{text}</span>"


def _toned(tone: str, words: str) -> str:
    which = {"part": Tone.PART, "soft": Tone.PART, "wrong": Tone.WRONG, "info": Tone.INFO}.get(
        tone, Tone.NONE
    )
    ink = theme.look().palette.statuses[which].text
    sentence = words[:1].upper() + words[1:]
    return f"<span style='color:{ink}'>{GLYPHS.get(tone, '')} {escape(sentence)}</span>"
