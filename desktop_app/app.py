"""The composition root: configuration, backend, threads, window. The only module that knows all."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from desktop_app.config import Workstation
from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.models.kept_scans import KeptScans
from desktop_app.models.receipt_queue import ReceiptQueue
from desktop_app.models.receipt_words import resumed_words
from desktop_app.models.scan_filter import ScanFilter, Timing
from desktop_app.pages import Pages, load_all
from desktop_app.paths import user_data
from desktop_app.services import code_lookup, opening, people
from desktop_app.services.access import Permission
from desktop_app.services.backend import Backend
from desktop_app.services.errors import ServiceError
from desktop_app.services.opening import Start, Store
from desktop_app.views import icons
from desktop_app.views.crash import Crashes
from desktop_app.views.desk import Desk
from desktop_app.views.focus_ring import FocusRings
from desktop_app.views.main_window import MainWindow
from desktop_app.views.messages import sentence
from desktop_app.views.messages_intake import parked
from desktop_app.views.nav_counts import NavCounts
from desktop_app.views.pick_lists import PickLists

if TYPE_CHECKING:
    from desktop_app.models.intake_watch import IntakeWatch
    from desktop_app.views.welcome import Welcome

REST_AFTER_MS = 400
"""By then the first list is there; what is loaded beside it takes nothing from it."""


class Shell(QObject):
    """The running program: one store, one person at a time, one main window."""

    def __init__(
        self, app: QApplication, config: Workstation, address: str, login: str | None
    ) -> None:
        super().__init__(app)
        self.app, self.config = app, config
        self.address = address
        self.login = login
        self.store: Store | None = None
        self.window: MainWindow | None = None
        self.counts: ReceiptQueue | None = None
        self.welcome: Welcome | None = None
        self.background = Background(self)
        self.hub: ChangeHub | None = None
        self.intake: IntakeWatch | None = None
        self.crashes = Crashes(self)
        self._give_back = self.crashes.install()
        self.rings = FocusRings(app)
        timing = config.scanner
        self.scans = ScanFilter(
            app, Timing(timing.gap_ms, timing.length_min, ends_by_pause=timing.ends_by_pause)
        )
        icon = icons.icon("boxes", "accent")
        app.setWindowIcon(icon)

    # -- opening -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Open the database of last time, or ask how to begin."""
        missing = not opening.is_server(self.address) and not Path(self.address).exists()
        if missing:
            self.ask(None)
            return
        try:
            self.enter(opening.open_store(self.address), "")
        except ServiceError as error:
            self.ask(error)

    def ask(self, problem: ServiceError | None) -> None:
        """Show the first-run page, with what is wrong if something is."""
        from desktop_app.views.welcome import Welcome

        self.welcome = Welcome(self.background, self.address, problem)
        self.welcome.opened.connect(self._welcomed)
        self.welcome.show()

    def _welcomed(self, store: Store, start: str) -> None:
        if self.welcome is not None:
            self.welcome.close()
            self.welcome.deleteLater()
            self.welcome = None
        self.enter(store, start)

    def enter(self, store: Store, start: str) -> None:
        """Work on this store as the person of last time, or its first manager."""
        self.store = store
        self.address = self.config.database = store.address
        self.config.save()
        self.sign_in(self.login or self.config.login)
        if start == Start.IMPORT.value and self.window is not None:
            QTimer.singleShot(0, self, self.import_files)

    def sign_in(self, login: str) -> None:
        """Show the main window for this person; another one's window goes."""
        assert self.store is not None
        known = people.of(self.store)
        chosen = next((one for one in known if one.login == login), None) or known[0]
        backend = Backend.sign_in(self.store, chosen.login, platform.node() or "this computer")
        self.login = self.config.login = chosen.login
        old, self.window = self.window, None
        self._stop_listening()
        self.hub = ChangeHub(self)
        self.window = self._window(backend, self.hub)
        self.hub.listen(backend.feed)
        self.window.show()
        self.window.start()
        QTimer.singleShot(REST_AFTER_MS, self.window, partial(self._load_rest, self.window))
        if old is not None:
            old.close()
            old.deleteLater()

    # -- the window ----------------------------------------------------------------------------

    def _window(self, backend: Backend, hub: ChangeHub) -> MainWindow:
        desk = Desk(backend, self.background, hub, self, self.config)
        self._keep_counts(desk)
        lists = PickLists(desk, desk)
        config = self.config

        made = Pages(desk, config, lists, self.scans, self.counts, self.import_files)
        window = MainWindow(desk, config, made.specs(), made.records(), self.scans)
        made.route(window)
        NavCounts(desk, window.nav)
        self._menus(window, backend)
        window.on_scan = partial(self._scanned, window)
        self.crashes.happened.connect(window.strip.say)
        return window

    def _menus(self, window: MainWindow, backend: Backend) -> None:
        file, quit_ = window.menus.file, window.menus.quit

        def add(words: str, then: Callable[[], object]) -> Any:
            action = window.menus.file.addAction(words)
            action.triggered.connect(lambda _checked: then())
            file.insertAction(quit_, action)
            return action

        take = add("Import CSV files…", self.import_files)
        take.setEnabled(backend.actor.may(Permission.IMPORT))
        take.setToolTip(window.desk.why_not(Permission.IMPORT))
        add("Open another company…", self.leave)
        who = QMenu("Work as", window)
        who.aboutToShow.connect(partial(self._fill_people, who))
        file.insertMenu(quit_, who)
        file.insertSeparator(quit_)
        fault = window.menus.help.addAction("Copy details of the last fault")
        fault.triggered.connect(lambda _checked: self.crashes.copy_details())
        assert self.store is not None
        if people.is_sample(self.store):
            bar = window.menuBar()
            tag = QPushButton("Sample data – start your own company", bar)
            tag.setProperty("kind", "sample")
            tag.setAutoDefault(False)
            tag.clicked.connect(self.leave)
            bar.setCornerWidget(tag)

    def _fill_people(self, menu: QMenu) -> None:
        assert self.store is not None
        menu.clear()
        for one in people.of(self.store):
            action = menu.addAction(f"{one.name}, {one.role.value}")
            action.setCheckable(True)
            action.setChecked(one.login == self.login)
            action.triggered.connect(partial(self._work_as, one.login))

    def _work_as(self, login: str, _checked: bool = False) -> None:
        if login != self.login:
            QTimer.singleShot(0, self, partial(self.sign_in, login))

    def _scanned(self, window: MainWindow, code: str) -> None:
        """A scan outside pages that claim scans opens its record, and does nothing else (IA-10)."""
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            # It would open behind the dialog, or over it: either takes the person away (PR-02).
            QApplication.beep()
            window.strip.say(f"{code} was scanned over a dialog or menu: nothing was opened.")
            return

        def found(record: tuple[str, int] | None) -> None:
            if record is None:
                QApplication.beep()
                window.strip.say(f"{code} is no purchase order, sale or product.")
            elif record[0] == "product":
                window.open("stock_product", code)
            elif record[0] == "purchase":
                window.open("receive", record[1])
            else:
                window.open(*record)

        window.desk.read(window, code_lookup.record_of, code, then=found)

    def import_files(self) -> None:
        """Check and import a folder of CSV files."""
        from desktop_app.views.import_dialog import ImportDialog

        if self.window is not None:
            ImportDialog(self.window.desk, self.window).open()

    # -- leaving -------------------------------------------------------------------------------

    def leave(self) -> None:
        """Close this company and ask for another one."""
        self._stop_listening()
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        self._close_store()
        if not opening.is_server(self.address):
            self.address = next_free(Path(self.address))
        self.login = None
        self.ask(None)

    def close(self) -> None:
        """End: writes that were asked for are done first, unless the server is away."""
        self._stop_listening()
        if self.window is not None:
            self.window.desk.backend.give_up()
        self.background.close()
        self._close_store()
        self.config.save()
        self._give_back()
        if self.app.platformName() == "offscreen":
            # Its clipboard outlives Python, and then calls into what was copied from here.
            self.app.clipboard().clear()

    def _load_rest(self, window: MainWindow) -> None:
        """Load what the other pages need while the person reads the first one; then watch the shops."""
        self.background.read(
            window,
            partial(load_all, lambda: self.hub is None),  # closing does not wait for it
            partial(self._watch_shops, window),
        )

    def _watch_shops(self, window: MainWindow, _loaded: object) -> None:
        """Take in what shops send while this window is open."""
        backend = window.desk.backend
        if window is not self.window or self.hub is None or not backend.actor.may(Permission.TAKE_IN):
            return
        from desktop_app.models.intake_watch import IntakeWatch

        self.intake = IntakeWatch(backend, window.desk.hub, self)
        self.intake.waiting.connect(lambda number: window.strip.say(parked(number)))
        self.intake.refused.connect(lambda error: window.strip.say(sentence(error)))
        self.intake.start()

    def _keep_counts(self, desk: Desk) -> None:
        """Keep what is counted on this computer; send what an earlier program left (RCV-12)."""
        backend = desk.backend
        kept = KeptScans(user_data() / "scans", backend.store.address, backend.actor.login)
        self.counts = ReceiptQueue(desk, desk, kept)
        desk.hub.reachable.connect(self.counts.reachable)

        def resumed(counted: int, errors: list[Exception]) -> None:
            refused = [sentence(one) for one in errors if isinstance(one, ServiceError)]
            desk.said.emit(resumed_words(counted, refused))

        self.counts.resumed.connect(resumed)
        QTimer.singleShot(0, self.counts, self.counts.resume)

    def _stop_listening(self) -> None:
        if self.counts is not None:
            self.counts.close()
            self.counts = None
        if self.intake is not None:
            self.intake.close()
            self.intake.deleteLater()
            self.intake = None
        if self.hub is not None:
            self.hub.close()
            self.hub = None

    def _close_store(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None


def next_free(path: Path) -> str:
    """A file beside this one that is not there yet: company.backroom, company-2.backroom."""
    number = 2
    made = path
    while made.exists():
        made = path.with_name(
            f"{path.stem.rstrip('0123456789-') or 'company'}-{number}{path.suffix}"
        )
        number += 1
    return str(made)
