"""The settings page without its widgets: what is stored, what is changed, what would be saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop_app.models.settings_words import WORDINGS, in_words
from desktop_app.services import receipt_drafts, receiving, settings
from desktop_app.services.errors import ServiceError
from desktop_app.services.receiving import ReceiptPreview
from desktop_app.services.settings import (
    COMPANY,
    Option,
    Options,
    Scope,
    SettingChange,
    Shown,
    Source,
)

EXAMPLES_TRIED = 8


@dataclass(frozen=True, slots=True)
class Everything:
    """What the page reads in one go."""

    shown: tuple[Shown, ...]
    options: Options


def everything(db: Any) -> Everything:
    """Read every setting that has words, and what the lists choose from."""
    shown = tuple(one for one in settings.overview(db) if one.definition.key in WORDINGS)
    return Everything(shown, settings.options(db))


class SettingsEdits:
    """Values of one scope at a time with what a person changed; nothing is stored from here."""

    def __init__(self) -> None:
        self.scope = COMPANY
        self.options = Options((), (), ())
        self._shown: dict[str, Shown] = {}
        self._edits: dict[tuple[str, str], Any] = {}

    def take(self, read: Everything) -> None:
        """Use what was read; changes that are stored already are no changes any more."""
        self.options = read.options
        self._shown = {one.definition.key: one for one in read.shown}
        self._edits = {
            (scope, key): value for (scope, key), value in self._edits.items()
            if key in self._shown and self.stored(key, scope) != value
        }  # fmt: skip

    def all(self) -> Sequence[Shown]:
        """The settings in the order of the page."""
        return tuple(self._shown.values())

    def stored(self, key: str, scope: str | None = None) -> Any:
        """The value that holds in a scope now; ids that are not set are 0."""
        one = self._shown[key]
        own = next((x.value for x in one.overrides if x.scope == (scope or self.scope)), None)
        value = one.value if own is None else own
        return 0 if value is None else value

    def value(self, key: str) -> Any:
        """The value as the page shows it: changed, else stored."""
        return self._edits.get((self.scope, key), self.stored(key))

    def default(self, key: str) -> Any:
        """What the program comes with."""
        value = self._shown[key].default
        return 0 if value is None else value

    def set(self, key: str, value: Any) -> None:
        """Change a value in this scope; back to the stored one is no change."""
        if value == self.stored(key):
            self._edits.pop((self.scope, key), None)
        else:
            self._edits[self.scope, key] = value

    def is_changed(self, key: str) -> bool:
        """Whether this scope has a change of this setting."""
        return (self.scope, key) in self._edits

    def can_have_own(self, key: str) -> bool:
        """Whether a value can be set in this scope."""
        return self.scope.partition(":")[0] in self._shown[key].definition.scopes

    def has_own(self, key: str) -> bool:
        """Whether this scope overrides the company's value."""
        if self.scope == COMPANY:
            return self._shown[key].source is not Source.DEFAULT
        return any(one.scope == self.scope for one in self._shown[key].overrides)

    def discard(self) -> None:
        """Forget every change."""
        self._edits = {}

    def __len__(self) -> int:
        return len(self._edits)

    def changes(self) -> list[SettingChange]:
        """What would be saved. The default in the company's scope puts the default back."""
        made = []
        for (scope, key), value in self._edits.items():
            one = self._shown[key]
            company = scope == COMPANY
            stored = None if company and value == self.default(key) else value
            made.append(SettingChange(key, stored, scope, one.seen if company else -1))
        return made

    def described(self) -> list[str]:
        """Each change in words: "Who is served: any… → only…"."""
        said = []
        for (scope, key), value in self._edits.items():
            one = self._shown[key].definition
            was = in_words(one, self.stored(key, scope), self.options)
            now = in_words(one, value, self.options)
            place = "" if scope == COMPANY else f" for {self.scope_name(scope)}"
            said.append(f"{WORDINGS[key].label}{place}: {was} → {now}")
        return said

    def scope_name(self, scope: str) -> str:
        """A scope in words: "Company", "Bristol"."""
        kind, _, number = scope.partition(":")
        if kind == COMPANY:
            return "Company"
        places = self.options.channels if kind == Scope.CHANNEL else self.options.warehouses
        found: Option | None = next((one for one in places if str(one.id) == number), None)
        return found.name if found is not None else f"a {kind}"


def allocate_example(db: Any, *, allocate: bool) -> ReceiptPreview | None:
    """Receive all that is to come on a real open order, on paper (PR-12). None: no order is open.

    The first order that would serve somebody; else the first one.
    """
    today = datetime.now(UTC).astimezone().date()
    lists = receipt_drafts.receivable(db, today)
    first: ReceiptPreview | None = None
    for card in (*lists.due, *lists.late, *lists.drafts, *lists.later)[:EXAMPLES_TRIED]:
        try:
            asked = receiving.outstanding_request(db, card.po_id, allocate=True)
            seen = receiving.allocation_preview(db, asked)
            if seen.allocated and not allocate:
                asked = receiving.outstanding_request(db, card.po_id, allocate=False)
                return receiving.allocation_preview(db, asked)
        except ServiceError:
            continue  # closed or received this very moment
        if seen.allocated:
            return seen
        first = first or seen
    return first
