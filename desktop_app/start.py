"""The first quarter of a second: a window at once, then everything else is loaded behind it."""

from __future__ import annotations

import logging
import signal
from logging.handlers import RotatingFileHandler

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app import config as workstation
from desktop_app.config import Workstation
from desktop_app.models.formats import settle_locale
from desktop_app.paths import user_logs
from desktop_app.views.main_menus import dress
from desktop_app.views.window_place import NAME, Curtain

LOG_BYTES_MAX = 2_000_000
SIGNAL_LOOK_MS = 250
SHOWN_MS_MAX = 200


def set_up_log() -> None:
    """Write warnings and worse to a file of bounded size; never values of orders or people."""
    handler = RotatingFileHandler(
        user_logs() / "backroom.log", maxBytes=LOG_BYTES_MAX, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("desktop_app").setLevel(logging.INFO)


def raise_curtain(app: QApplication, config: Workstation) -> Curtain:
    """Show the empty window, painted, before anything slow is loaded."""
    app.setApplicationName(NAME)
    settle_locale()
    dress(config)
    curtain = Curtain(config)
    curtain.show()
    # A window system shows it when it likes: painted before that, it would stay black till the end.
    patience = QDeadlineTimer(SHOWN_MS_MAX)
    handle = curtain.windowHandle()
    while handle is not None and not handle.isExposed() and not patience.hasExpired():
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
    app.processEvents()
    curtain.repaint()
    return curtain


def run_window(address: str | None, login: str | None) -> int:
    """Open the program; returns Qt's exit code. ``address`` None: as last time."""
    app = QApplication([])
    app.setQuitOnLastWindowClosed(True)
    set_up_log()
    config = workstation.load()
    curtain = raise_curtain(app, config)
    from desktop_app.__main__ import default_address
    from desktop_app.app import Shell

    shell = Shell(app, config, address or config.database or default_address(), login)
    # Ctrl+C in the terminal ends the program as closing its window does; the timer lets Python look.
    signal.signal(signal.SIGINT, lambda *_: app.quit())
    looks = QTimer(app, interval=SIGNAL_LOOK_MS)
    looks.timeout.connect(lambda: None)
    looks.start()
    shell.begin()
    curtain.close()
    curtain.deleteLater()
    code = app.exec()
    shell.close()
    return code
