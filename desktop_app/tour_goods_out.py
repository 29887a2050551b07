"""The packer's part of the tour: open goods-out notes are picked, packed and shipped by keys (R6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.tour import Tour


def goods_out(tour: Tour) -> None:
    """Choose every note that is to be picked, pick and pack them, and see them leave."""
    from PySide6.QtCore import Qt

    from desktop_app.views.sure_dialog import SureDialog

    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    page = tour.show("goods_out")
    tour.wait(lambda: page.table.exact and page.table.peek(0) is not None, "the notes")
    notes = page.table.total
    tour.key(page.view, Qt.Key.Key_A, control)
    tour.wait(lambda: len(page.chosen) == notes, "the notes to be chosen")
    tour.settle()
    tour.shot(
        "goods-out", "Opened Goods out and chose every note that is to be picked (Ctrl+A)",
        list=page.number.text(), chosen=len(page.chosen), act=page.pick.text(),
    )  # fmt: skip
    tour.key(page.view, Qt.Key.Key_P, control | shift)
    tour.wait(lambda: page.table.exact and page.table.total == 0, "the notes to be picked")
    page.show_view("to_pack")
    tour.wait(lambda: page.table.exact and page.table.total == notes, "the notes to pack")
    tour.key(page.view, Qt.Key.Key_A, control)
    tour.wait(lambda: page.pack.text().startswith(f"Pack {notes} "), "the notes to be chosen")
    tour.key(page.view, Qt.Key.Key_K, control | shift)
    tour.wait(lambda: page.table.exact and page.table.total == 0, "the notes to be packed")
    page.show_view("to_ship")
    tour.wait(lambda: page.table.exact and page.table.total == notes, "the notes to ship")
    tour.key(page.view, Qt.Key.Key_A, control)
    tour.wait(lambda: page.ship.text().startswith(f"Ship {notes} "), "the notes to be chosen")
    tour.key(page.view, Qt.Key.Key_Return, control)
    sure = tour.dialog(SureDialog)
    sure.activateWindow()
    tour.wait(sure.isActiveWindow, "the question to be in front")
    tour.key(sure, Qt.Key.Key_Return, control)
    tour.wait(lambda: page.table.exact and page.table.total == 0, "the goods to leave")
    tour.window.activateWindow()
    page.show_view("shipped")
    tour.wait(lambda: page.table.exact and page.table.total >= notes, "what was shipped")
    tour.settle()
    tour.shot(
        "goods-gone", "Picked, packed and shipped all of them by keys: what has left",
        said=tour.window.strip.words(), first=str(page.table.peek(0).number),
    )  # fmt: skip
