"""Settings: every setting with its consequence, saved together and on purpose (ux 3.5)."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import count
from desktop_app.models.settings_edits import (
    Everything,
    SettingsEdits,
    allocate_example,
    everything,
)
from desktop_app.models.settings_words import SECTIONS, WORDINGS, matches
from desktop_app.services import settings
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.errors import Conflict, ServiceError
from desktop_app.services.receiving import ReceiptPreview
from desktop_app.services.settings import COMPANY, Shown, channel_scope, warehouse_scope
from desktop_app.views.choices import CalmCombo
from desktop_app.views.desk import Desk
from desktop_app.views.messages import sentence
from desktop_app.views.notice import Notice
from desktop_app.views.record_parts import link_button
from desktop_app.views.settings_history import Example, SettingHistory, example_sentence
from desktop_app.views.settings_rows import SettingRow
from desktop_app.views.tokens import CARD_GAP, PAGE_MARGIN, RELATED_GAP

COLUMN_MAX = 1040
CHANGES_NAMED = 3
ROWS_AT_ONCE = 2


class SettingsPage(QWidget):
    """Read only for roles without the right; one Save for all changes."""

    title = "Settings"
    claims_scans = False
    keys = (("Ctrl+F", "Find a setting"), ("Ctrl+S", "Save the changes"))

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.edits = SettingsEdits()
        self.may = desk.may(Permission.CHANGE_SETTINGS)
        self.rows: dict[str, SettingRow] = {}
        self._headings: dict[str, QLabel] = {}
        self._example: ReceiptPreview | None = None
        self._asking = False
        self.complete = False
        self.notice = Notice()
        box = QVBoxLayout(self)
        box.setContentsMargins(PAGE_MARGIN, 8, PAGE_MARGIN, 12)
        box.setSpacing(RELATED_GAP)
        box.addLayout(self._head())
        box.addWidget(self.notice)
        box.addWidget(self._scroll(), 1)
        box.addWidget(self._foot())
        QShortcut(
            QKeySequence("Ctrl+S"), self, self.save,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )  # fmt: skip
        QShortcut(
            QKeySequence("Ctrl+F"), self, self.search.setFocus,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )  # fmt: skip
        desk.hub.changed.connect(self._changed)
        self.refresh()

    # -- building -------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        head = QLabel("Settings")
        head.setProperty("type", "title")
        self.scope = CalmCombo("Settings for")
        self.scope.setMinimumContentsLength(18)
        self.scope.chosen.connect(self._scope_chosen)
        self.scope_label = QLabel("For")
        self.scope_label.setBuddy(self.scope)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a setting")
        self.search.setAccessibleName("Find a setting")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(260)
        self.search.textChanged.connect(lambda _text: self._filter())
        self.search.installEventFilter(self)
        row = QHBoxLayout()
        row.setSpacing(RELATED_GAP)
        row.addWidget(head)
        row.addStretch(1)
        row.addWidget(self.scope_label)
        row.addWidget(self.scope)
        row.addWidget(self.search)
        return row

    def _scroll(self) -> QScrollArea:
        self._inside = inside = QWidget()
        inside.setProperty("ground", "none")
        inside.setMaximumWidth(COLUMN_MAX)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(CARD_GAP)
        self.nothing = QLabel()
        self.nothing.setProperty("tone", "muted")
        self.nothing.hide()
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        return self.area

    def _foot(self) -> QWidget:
        self.foot = QWidget()
        self.list = QLabel()
        self.list.setProperty("tone", "muted")
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.list.setWordWrap(True)
        self.discard = QPushButton("Discard")
        self.discard.setAccessibleName("Discard the changes")
        self.discard.clicked.connect(lambda _checked: self.discard_changes())
        self.save_button = QPushButton("Save")
        self.save_button.setProperty("kind", "primary")
        self.save_button.setToolTip("Ctrl+S")
        self.save_button.clicked.connect(lambda _checked: self.save())
        row = QHBoxLayout(self.foot)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(RELATED_GAP)
        row.addWidget(self.list, 1)
        for button in (self.discard, self.save_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        return self.foot

    def _build_rows(self) -> None:
        """Build a few rows, then let the window breathe; the first ones are seen at once."""
        missing = [x for x in self.edits.all() if x.definition.key not in self.rows]
        for shown in missing[:ROWS_AT_ONCE]:
            self._build_row(shown)
        if len(missing) > ROWS_AT_ONCE:
            QTimer.singleShot(0, self, self._build_rows)
        else:
            self.complete = True
        if missing:
            self._filter()

    def _build_row(self, shown: Shown) -> None:
        section, key = shown.definition.section, shown.definition.key
        if section not in self._headings:
            heading = QLabel(SECTIONS.get(section, section), self._inside)
            heading.setProperty("type", "section")
            self._headings[section] = heading
            self._column.insertWidget(self._column.count() - 1, heading)
        row = SettingRow(self.desk, shown, self.edits, self._inside)
        row.edited.connect(self._edited)
        row.history_wanted.connect(self._open_history)
        row.reset_wanted.connect(self._reset)
        if key == settings.ALLOCATE:
            self._add_example(row)
        self.rows[key] = row
        self._show_row(shown)
        self._column.insertWidget(self._column.count() - 1, row)

    def _add_example(self, row: SettingRow) -> None:
        self.example = QLabel()
        self.example.setProperty("tone", "info")
        self.show_example = link_button("Show", self._open_example)
        self.show_example.setAccessibleName("Show who would get what")
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.example)
        line.addWidget(self.show_example)
        line.addStretch(1)
        row.extra.addLayout(line)

    # -- reading --------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the settings again; unsaved changes stay."""
        self.desk.read(self, everything, then=self._take, key="settings")

    def _take(self, read: Everything) -> None:
        self.edits.take(read)
        entries: list[tuple[object, str]] = [(COMPANY, "The whole company")]
        entries += [(warehouse_scope(one.id), one.name) for one in read.options.warehouses]
        self.scope.fill(entries, self.edits.scope)
        entries += [
            (channel_scope(one.id), f"{one.name} (channel)") for one in read.options.channels
        ]
        several = len(read.options.warehouses) > 1 or bool(read.options.channels)
        self.scope.setVisible(several)
        self.scope_label.setVisible(several)
        if not self.rows:
            self._build_rows()
        self._show()
        self._read_example()

    def _show_row(self, shown: Shown) -> None:
        why_not = self.desk.why_not(Permission.CHANGE_SETTINGS)
        row = self.rows.get(shown.definition.key)
        if row is not None:
            row.show_setting(shown, may=self.may, why_not=why_not)

    def _show(self) -> None:
        why_not = self.desk.why_not(Permission.CHANGE_SETTINGS)
        for shown in self.edits.all():
            self._show_row(shown)
        if not self.may:
            self.notice.say(
                "info", f"You can look at the settings. To change them: {why_not.lower()}."
            )
        many = len(self.edits)
        said = self.edits.described()
        more = [f"and {many - CHANGES_NAMED} more"] if many > CHANGES_NAMED else []
        self.list.setText("\n".join([*said[:CHANGES_NAMED], *more]))
        self.list.setToolTip("\n".join(said))
        self.save_button.setText(f"Save {count(many, 'change')}" if many else "Save")
        self.save_button.setAccessibleName(self.save_button.text())
        self.save_button.setEnabled(bool(many))
        self.discard.setEnabled(bool(many))
        self.foot.setVisible(self.may)
        self._filter()

    def _filter(self) -> None:
        text = self.search.text().strip()
        seen: set[str] = set()
        for shown in self.edits.all():
            fits = not text or matches(shown, text)
            row = self.rows.get(shown.definition.key)
            if row is not None and row.isHidden() == fits:
                row.setVisible(fits)
            if fits:
                seen.add(shown.definition.section)
        for section, heading in self._headings.items():
            if heading.isHidden() == (section in seen):
                heading.setVisible(section in seen)
        self.nothing.setText(f"No setting is found for “{text}”.")
        self.nothing.setVisible(bool(text) and not seen)

    def _read_example(self) -> None:
        if settings.ALLOCATE in self.rows:
            self.desk.read(
                self, allocate_example, allocate=bool(self.edits.value(settings.ALLOCATE)),
                then=self._show_example, key="example",
            )  # fmt: skip

    def _show_example(self, seen: ReceiptPreview | None) -> None:
        self._example = seen
        self.example.setText(example_sentence(seen))
        self.show_example.setVisible(seen is not None and bool(seen.allocated))

    def _changed(self, changes: Changes) -> None:
        if Topic.SETTINGS in changes.topics:
            self.refresh()
        elif self.isVisible() and {Topic.SALES, Topic.PURCHASES} & changes.topics.keys():
            self._read_example()

    # -- changing -------------------------------------------------------------------

    def _edited(self, key: str, value: object) -> None:
        self.edits.set(key, value)
        self._show()
        if key == settings.ALLOCATE:
            self._read_example()

    def _scope_chosen(self, scope: object) -> None:
        self.edits.scope = str(scope)
        self._show()
        self._read_example()

    def discard_changes(self) -> None:
        """Forget every change that is not saved."""
        self.edits.discard()
        self.notice.clear()
        self._show()
        self._read_example()

    def save(self) -> None:
        """Store every change at once; the strip offers Undo."""
        changes = self.edits.changes()
        if not changes or not self.may:
            return
        self.save_button.setEnabled(False)
        self.desk.run(
            self, settings.save_settings(changes), then=lambda _done: self._saved(),
            failed=self._refused, says=f"Saved {count(len(changes), 'setting')}",
        )  # fmt: skip

    def _saved(self) -> None:
        self.edits.discard()
        self.notice.clear()
        self.refresh()

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, ServiceError):
            raise error
        if isinstance(error, Conflict) and isinstance(error.now, settings.Changed):
            label = WORDINGS[error.now.key].label
            self.notice.say(
                "part",
                f"{error.now.person} changed “{label}” meanwhile. Nothing was saved."
                " Save again to keep your change, or discard it to keep theirs.",
            )
        else:
            self.notice.say("wrong", sentence(error))
        self.refresh()

    def _reset(self, key: str) -> None:
        """Put the default, or the company's value, back at once; it can be undone."""
        self.edits.set(key, self.edits.stored(key))
        change = settings.SettingChange(key, None, self.edits.scope)
        self.desk.run(
            self, settings.save_settings([change]), then=lambda _done: self.refresh(),
            failed=self._refused, says=f"{WORDINGS[key].label}: put back",
        )  # fmt: skip

    def _open_history(self, key: str) -> None:
        SettingHistory(self.desk, key, self.edits, self).open()

    def _open_example(self) -> None:
        if self._example is not None:
            Example(self.desk, self._example, self).open()

    # -- leaving --------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if len(self.edits) and not event.spontaneous() and not self._asking:
            QTimer.singleShot(0, self, self._ask_once)

    def _ask_once(self) -> None:
        """Left with changes that are not saved: asked once, in the window that is still there."""
        window = self.window()
        if not len(self.edits) or self.isVisible() or not window.isVisible() or self._asking:
            return
        self._asking = True
        many = count(len(self.edits), "change")
        asked = QMessageBox(window)
        asked.setWindowTitle("Settings")
        asked.setText(
            f"{many} of the settings {'is' if len(self.edits) == 1 else 'are'} not saved."
        )
        asked.setInformativeText("\n".join(self.edits.described()))
        save = asked.addButton(f"Save {many}", QMessageBox.ButtonRole.AcceptRole)
        drop = asked.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        back = asked.addButton("Go back", QMessageBox.ButtonRole.RejectRole)
        for button in (save, drop, back):
            button.setAutoDefault(False)
        asked.setEscapeButton(back)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answered() -> None:
            self._asking = False
            if asked.clickedButton() is save:
                self.save()
            elif asked.clickedButton() is drop:
                self.discard_changes()
            else:
                self.desk.open("settings", None)

        asked.finished.connect(lambda _result: answered())
        asked.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
            and self.search.text()
        ):
            self.search.clear()
            return True
        return super().eventFilter(watched, event)
