"""The menu bar: File, Edit, View, Help. app.py adds what only it knows (import, other company)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu

from desktop_app import __version__
from desktop_app.views import theme
from desktop_app.views.key_list import KeyList
from desktop_app.views.tokens import TEXT_PERCENT, Density

if TYPE_CHECKING:
    from desktop_app.views.main_window import MainWindow

SCHEME_WORDS = {"system": "As the system", "light": "Light", "dark": "Dark"}
DENSITY_WORDS = {
    Density.COMPACT: "Compact",
    Density.STANDARD: "Standard",
    Density.COMFORTABLE: "Comfortable",
}


class MainMenus(QObject):
    """Menus of the main window. `file.insertAction(self.quit, ...)` adds to File."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        bar = window.menuBar()
        self.file = bar.addMenu("&File")
        self.quit = self._add(self.file, "Quit", window.close, "Ctrl+Q")
        self.edit = bar.addMenu("&Edit")
        self.undo = self._add(self.edit, "Undo", window.desk.undo_last, "Ctrl+Z")
        self.edit.aboutToShow.connect(self._name_undo)
        self.view = bar.addMenu("&View")
        self._fill_view()
        self.help = bar.addMenu("&Help")
        self._add(self.help, "Keys on this page", self.show_keys, "F1")
        self._add(self.help, "About Backroom", self._about, "")

    def _add(self, menu: QMenu, text: str, then: Callable[[], object], keys: str) -> QAction:
        action = menu.addAction(text)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked: then())
        return action

    def _fill_view(self) -> None:
        window = self._window
        self._add(self.view, "Back", window.back, "").setText("Back\tAlt+Left")
        self._add(self.view, "Forward", window.forward, "").setText("Forward\tAlt+Right")
        self._add(self.view, "Navigation as a rail\tCtrl+\\", window.toggle_rail, "")
        self.view.addSeparator()
        config = window.config
        self._choices(
            "Theme",
            [(words, key) for key, words in SCHEME_WORDS.items()],
            config.scheme,
            lambda key: self._dress(scheme=str(key)),
        )
        self._choices(
            "Text size",
            [(f"{percent} %", percent) for percent in TEXT_PERCENT],
            config.text_percent,
            lambda percent: self._dress(text_percent=int(str(percent))),
        )
        self._choices(
            "Density",
            [(words, key.value) for key, words in DENSITY_WORDS.items()],
            config.density,
            lambda key: self._dress(density=str(key)),
        )

    def _choices(
        self,
        name: str,
        choices: list[tuple[str, object]],
        now: object,
        then: Callable[[object], object],
    ) -> None:
        menu = self.view.addMenu(name)
        group = QActionGroup(menu)
        for words, key in choices:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == now)
            group.addAction(action)
            action.triggered.connect(lambda _checked, value=key: then(value))

    def _dress(
        self,
        scheme: str | None = None,
        text_percent: int | None = None,
        density: str | None = None,
    ) -> None:
        config = self._window.config
        config.scheme = scheme or config.scheme
        config.text_percent = text_percent or config.text_percent
        config.density = density or config.density
        config.save()
        dress(config)

    def _name_undo(self) -> None:
        undoable = self._window.desk.undo_list
        self.undo.setText(f"Undo: {undoable[-1][1]}" if undoable else "Undo")

    def _about(self) -> None:
        self._window.strip.say(f"Backroom {__version__}")

    def show_keys(self) -> None:
        """F1: every key of this page and of the window."""
        page = self._window.stack.currentWidget()
        KeyList(getattr(page, "keys", ()), self._window).open()


def dress(config: object) -> None:
    """Put on the look this workstation remembers."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    scheme = getattr(config, "scheme", "system")
    percent = getattr(config, "text_percent", 100)
    density = getattr(config, "density", "standard")
    theme.apply(
        app,
        scheme if scheme in theme.SCHEMES else "system",
        percent if percent in TEXT_PERCENT else 100,
        Density(density) if density in set(Density) else Density.STANDARD,
    )
