"""Messages that shops sent: what became of each, and what a person can do (R7.1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.config import Workstation
from desktop_app.models.formats import count
from desktop_app.models.messages_table import COLUMNS, STATES, source
from desktop_app.services import pos_messages
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call
from desktop_app.services.pos_messages import MessageDetails, MessageLine, MessagesFilter

from .desk import Desk
from .filters import Choice, ViewSpec, one_of
from .key_list import LIST_KEYS
from .list_frame import ListSpec
from .list_page import ListPage
from .messages import words_of
from .pick_lists import PickLists
from .record_parts import MarksRow
from .tokens import PAGE_MARGIN, RELATED_GAP

AT_ONCE = 5_000
NEEDS_A_PERSON = frozenset({"parked", "differs"})
VIEWS = (
    ViewSpec("todo", "Needs you", MessagesFilter(states=NEEDS_A_PERSON)),
    ViewSpec("waiting", "Waiting", MessagesFilter(states=frozenset({"new", "waiting"}))),
    ViewSpec("taken", "Taken in", MessagesFilter(states=frozenset({"applied", "repeated"}))),
    ViewSpec("out", "Not orders", MessagesFilter(states=frozenset({"refused", "dismissed"}))),
    ViewSpec("all", "All", MessagesFilter(), counted=False),
)


def reason_of(line: MessageLine) -> str:
    """Why a message stands where it stands, empty where that is plain."""
    if not line.reason:
        return ""
    params = dict(line.params or {})
    items = params.pop("items", ())
    return words_of(line.reason, params, items)


class MessagePane(QWidget):
    """One message: its state, the reason in words, what it became, and what was sent."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._id: int | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(RELATED_GAP, RELATED_GAP, PAGE_MARGIN, PAGE_MARGIN)
        column.setSpacing(RELATED_GAP)
        self.title = QLabel()
        self.title.setProperty("type", "section")
        self.title.setWordWrap(True)
        self.marks = MarksRow("State")
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.links = QHBoxLayout()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("What was sent")
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        for part in (self.title, self.marks, self.reason):
            column.addWidget(part)
        column.addLayout(self.links)
        column.addWidget(self.text, 1)

    def show_line(self, line: MessageLine | None) -> None:
        """Show a message of the list; the text is read when it is needed."""
        self._id = None if line is None else line.id
        while (item := self.links.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if line is None:
            self.title.setText("No message chosen")
            self.marks.show_marks(())
            self.reason.clear()
            self.text.clear()
            return
        self.title.setText(line.message_key)
        self.marks.show_marks((("State", STATES[line.state]),))
        self.reason.setText(reason_of(line))
        self.reason.setVisible(bool(self.reason.text()))
        for one in line.orders:
            words = f"#{one.number}" if one.kind == "sale" else f"Credit {one.number}"
            button = QPushButton(words)
            button.setProperty("kind", "link")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked, order=one: self.desk.open(order.kind, order.id))
            self.links.addWidget(button)
        self.links.addStretch(1)
        self.desk.read(self, pos_messages.details, line.id, then=self._arrived, key="message")

    def _arrived(self, found: MessageDetails) -> None:
        if found.line.id == self._id:
            self.text.setPlainText(_pretty(found.text))


class MessagesPage(ListPage[MessageLine, MessagesFilter]):
    """The list, with *Try again*, *Put aside* and *Use this one instead*."""

    keys = LIST_KEYS

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        spec = ListSpec(
            key="messages",
            title="Shop messages",
            noun="message",
            nouns="messages",
            source=source(),
            columns=COLUMNS,
            views=VIEWS,
            saves=True,
            filters=(
                one_of(
                    "channel_code",
                    "Channel",
                    lambda: [Choice(one.code, one.name) for one in lists.channels],
                    pinned=True,
                    blank="",
                ),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="Message ID",
            first_use=(
                "No messages yet",
                "Tills and web shops send their orders to the watched folder or over the network.",
            ),
            all_done={
                "todo": "Nothing needs you: every message was taken in.",
                "waiting": "Nothing waits.",
            },
        )
        super().__init__(desk, config, spec, parent)
        self.again = self._action("Try again", self._retry)
        self.aside = self._action("Put aside", self._dismiss)
        self.use = self._action("Use this one instead", self._accept)
        self.batch.add_action(self.aside)
        self.batch.add_action(self.again, primary=True)
        self.set_pane(pane := MessagePane(desk))
        self.pane_row_changed.connect(pane.show_line)
        self.opened.connect(lambda _key: self._open(self.view.current_row()))

    def _action(self, words: str, then: Callable[[], object]) -> QAction:
        action = QAction(words, self)
        action.setEnabled(self.desk.may(Permission.TAKE_IN))
        action.setToolTip(self.desk.why_not(Permission.TAKE_IN) or words)
        action.triggered.connect(lambda _checked: then())
        self.addAction(action)
        return action

    def refresh_counts(self) -> None:
        self.desk.read(self, pos_messages.state_counts, then=self._counted_states, key="counts")

    def _counted_states(self, states: dict[str, int]) -> None:
        self.tabs.set_counts(
            {
                view.key: sum(states.get(state, 0) for state in view.where.states)
                for view in VIEWS
                if view.counted
            }
        )
        self.strip.say(count(sum(states.values()), "message"))

    def _open(self, line: MessageLine | None) -> None:
        """Enter: what the message became, else the pane with why it did not."""
        if line is not None and line.orders:
            self.desk.open(line.orders[0].kind, line.orders[0].id)
        elif self.pane is not None and not self.pane.isVisible():
            self.toggle_pane()

    def _retry(self) -> None:
        self._run(pos_messages.retry, "tried again")

    def _dismiss(self) -> None:
        self._run(pos_messages.dismiss, "put aside")

    def _run(self, call: Callable[[list[int]], Call[dict[str, int]]], done: str) -> None:
        ids = sorted(self.act_on_choice())[:AT_ONCE]
        if not ids:
            self.desk.said.emit("Tick the messages first.")
            return
        self.desk.run(
            self, call(ids), then=lambda _done: self.chosen.used() if self.chosen else None,
            says=lambda result: (
                f"{count(result['messages'], 'message')} {'are' if result['messages'] > 1 else 'is'}"
                f" {done}"
            ),
        )  # fmt: skip

    def _accept(self) -> None:
        line = self.view.current_row()
        if line is not None:
            self.desk.run(
                self, pos_messages.accept(line.id), says="This message is taken in instead"
            )

    def fill_menu(self, menu: QMenu, row: MessageLine) -> None:
        for one in row.orders:
            words = f"Open #{one.number}" if one.kind == "sale" else f"Open credit {one.number}"
            menu.addAction(words).triggered.connect(
                lambda _c, order=one: self.desk.open(order.kind, order.id)
            )
        menu.addAction(self.again)
        menu.addAction(self.aside)
        if row.state == "differs":
            menu.addAction(self.use)


def _pretty(text: str) -> str:
    """JSON set out for reading; anything else as it came."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
