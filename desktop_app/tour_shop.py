"""The shop's day of the tour: a till's orders come in, are looked at, put right, and taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_app.tour import Tour

CHANNEL = "SHOP"
TAKEN_NOW, NOT_ON_RECORD = "GAL-TRAY-APPLE", "GAL-MUG-CHERRY"
UNKNOWN = "GAL-MUG-PLUM"


def shop_day(tour: Tour) -> None:
    """Messages, an order with goods that are not on record, its fix, and what is brought back."""
    inbox = tour.inbox(CHANNEL)
    page = tour.show("messages")
    _put(inbox, "1", json.dumps(_sale(), indent=1).encode())
    _put(inbox, "2", json.dumps(_unknown(), indent=1).encode())
    tour.window.desk.said.emit("The till of the shop has sent two messages")
    tour.wait(lambda: page.table.total == 1, "the message to be parked")
    tour.settle()
    tour.shot(
        "shop-parked", "A till sent two orders; one names a product that is not here, and waits for a person",
        message=page.table.peek(0).message_key, why=page.pane.reason.text(),
    )  # fmt: skip
    page.show_view("taken")
    tour.wait(lambda: page.table.total == 1 and page.table.peek(0) is not None, "the order")
    tour.settle()
    order = page.table.peek(0).orders[0]
    number = order.number
    _open_order(tour, order.id)
    record = _put_right(tour, number, order.id)
    _bring_back(tour, inbox, record)


def _open_order(tour: Tour, sale_id: int) -> None:
    tour.window.open("sale", sale_id)
    record: Any = tour.window.stack.currentWidget()
    tour.wait(lambda: record.sale is not None, "the shop order")
    tour.settle()
    tour.shot(
        "shop-order", "Opened the order: one row was handed over and is not on record",
        title=record.head.title.text(), statuses=record.marks.accessibleName(),
        timeline=record.timeline.browser.toPlainText().splitlines()[:4],
    )  # fmt: skip


def _put_right(tour: Tour, number: int, sale_id: int) -> Any:
    from PySide6.QtCore import Qt

    from desktop_app.views.fix_dialog import FixDialog

    desk = tour.show("exceptions")
    tour.wait(lambda: desk.table.total > 0 and not desk.table.busy, "the exceptions")
    tour.settle()
    tour.shot(
        "exceptions", "Opened Exceptions: what the shop sold and the books lack",
        list=desk.number.text(),
    )  # fmt: skip
    tour.key(desk.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    tour.wait(lambda: desk.view.current_id() == sale_id, "the newest order")
    tour.key(desk.view, Qt.Key.Key_Return)
    dialog = tour.dialog(FixDialog)
    tour.wait(dialog.commit_button.isEnabled, "the plan")
    tour.settle()
    tour.shot(
        "fix-plan", "Looked at the plan: transfer, allocate, fulfil, ship (Enter)", dialog,
        title=dialog.windowTitle(), button=dialog.commit_button.text(),
        after=dialog.after.accessibleName(), said=dialog.notice.label.text(),
    )  # fmt: skip
    tour.key(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    tour.wait(lambda: not dialog.isVisible(), "the order to be put right")
    tour.window.activateWindow()
    tour.window.open("sale", sale_id)
    record: Any = tour.window.stack.currentWidget()
    tour.wait(lambda: record.sale is not None and int(record.sale.shipping) == 2, "the goods to go")
    tour.settle()
    tour.shot(
        "shop-order-fixed", f"Did all of it at once (Ctrl+Enter): #{number} is handed over",
        statuses=record.marks.accessibleName(),
        timeline=record.timeline.browser.toPlainText().splitlines()[:4],
    )  # fmt: skip
    return record


def _bring_back(tour: Tour, inbox: Path, record: Any) -> None:
    sale_id = record.sale.id
    _put(inbox, "3", json.dumps(_refund(), indent=1).encode())
    page = tour.show("messages")
    page.show_view("taken")
    tour.wait(lambda: page.table.total == 2 and page.table.peek(0) is not None, "the refund")
    tour.settle()
    credit = next(one for one in page.table.peek(0).orders if one.kind == "credit")
    tour.window.open("credit", credit.id)
    tour.settle()
    shown: Any = tour.window.stack.currentWidget()
    tour.shot(
        "shop-credit", "The customer brought one back: a sales credit, linked to its order",
        title=shown.head.title.text(), facts=shown.facts.text(), order=sale_id,
    )  # fmt: skip


def _put(inbox: Path, name: str, raw: bytes) -> None:
    """As a till does: written beside, then moved into place."""
    inbox.mkdir(parents=True, exist_ok=True)
    part = inbox / f".{name}.part"
    part.write_bytes(raw)
    part.rename(inbox / f"{name}.json")


def _line(number: str, sku: str) -> dict[str, Any]:
    return {
        "id": number, "sku": sku, "quantity": 1, "price": "12.00", "tax_rate": "20", "fulfil": "now",
    }  # fmt: skip


def _head(message: str, kind: str) -> dict[str, Any]:
    return {
        "format": "backroom/1", "message_id": message, "kind": kind, "transaction_id": message,
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "till": "T1", "cashier": "Ann Lee",
        "receipt": message[-1], "currency": "GBP", "prices_include_tax": True,
    }  # fmt: skip


def _sale() -> dict[str, Any]:
    return _head("TOUR-1", "sale") | {
        "lines": [_line("1", TAKEN_NOW), _line("2", NOT_ON_RECORD)],
        "total": "24.00",
        "payment": {
            "kind": "full",
            "payments": [{"id": "TOUR-P1", "method": "card", "amount": "24.00"}],
        },
    }


def _unknown() -> dict[str, Any]:
    return _head("TOUR-2", "sale") | {
        "lines": [_line("1", UNKNOWN)], "total": "12.00", "payment": {"kind": "on_account"},
    }  # fmt: skip


def _refund() -> dict[str, Any]:
    return _head("TOUR-3", "refund") | {
        "refund": {
            "of": "TOUR-1",
            "lines": [
                {
                    "id": "1", "of_line": "2", "quantity": 1, "price": "12.00", "tax_rate": "20",
                    "reason": "unwanted", "disposition": "restock",
                }
            ],
            "total": "12.00",
            "paid": [{"id": "TOUR-R1", "method": "card", "amount": "12.00"}],
        },
    }  # fmt: skip
