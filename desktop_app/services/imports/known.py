"""What the database has of the documents that files name, and what they have in common.

Sales and purchase orders are heads with rows: numbers are unique and stay, a row keeps its document
and has a position of its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Protocol

from sqlalchemy import Column, Table, select

from .report import Code
from .scope import Scope, matching


class Draft(Protocol):
    """A document being compared: ``facts`` is its row in the database, None of a new one."""

    id: int | None
    facts: Any


class Known:
    """Heads by External ID, ids by number, rows by the id of their head, owners of row ids."""

    def __init__(
        self, scope: Scope, head: Table, row: Table, parent: Column[Any], *, heads: str, rows: str,
        names: str,
    ) -> None:  # fmt: skip
        """``heads``, ``rows``: the templates; a record of a row says its document in ``names``."""
        self._scope, self._heads, self._rows, self._names = scope, heads, rows, names
        db, said, listed = scope.db, scope.source.of(heads), scope.source.of(rows)
        keys = {one.external_id for one in said} | {getattr(one, names) for one in listed}
        found = matching(db, select(head), head.c.external_id, keys)
        self.heads = {one.external_id: one for one in found}
        numbers = {one.number for one in said if one.number is not None}
        query = select(head.c.number, head.c.id)
        self.numbers = {one.number: one.id for one in matching(db, query, head.c.number, numbers)}
        self.rows: dict[int, list[Any]] = defaultdict(list)
        for one in matching(db, select(row), parent, {one.id for one in found}):
            self.rows[getattr(one, parent.name)].append(one)
        external = {one.external_id for one in listed} - {""}
        owned = matching(db, select(row.c.external_id, parent), row.c.external_id, external)
        self.owners = {one.external_id: getattr(one, parent.name) for one in owned}
        self.named: dict[str, int] = defaultdict(int)
        """How many rows the files have of each document."""
        self._numbered: dict[int, int] = {}
        self._taken: dict[tuple[str, int], int] = {}

    def judge_number(self, record: Any, draft: Draft) -> None:
        """Blame a number that is none, that another document has, or that was another one."""
        number = record.number
        if number is None:
            return
        line = self._numbered.setdefault(number, record.line)
        owner = self.numbers.get(number)
        if number == 0:
            self._scope.blame(self._heads, "number", Code.ZERO, record.line, "0")
        elif line != record.line or (owner is not None and owner != draft.id):
            self._scope.blame(self._heads, "number", Code.NUMBER_TAKEN, record.line, str(number))
        elif draft.facts is not None and draft.facts.number != number:
            now = draft.facts.number
            self._scope.blame(
                self._heads, "number", Code.FIXED, record.line, str(number), now=now
            )  # fmt: skip

    def place(self, record: Any) -> int | None:
        """Give the position of a row in its document; None, and blamed, where it has none."""
        document = getattr(record, self._names)
        self.named[document] += 1
        position = self.named[document] if record.position is None else int(record.position)
        first = self._taken.setdefault((document, position), record.line)
        if first == record.line and position:
            return position
        self._scope.blame(
            self._rows, "position", Code.POSITION_TAKEN, record.line, str(position), first=first
        )
        return None

    def is_anothers(self, record: Any, draft: Draft) -> bool:
        """Blame a row whose External ID is that of a row of another document."""
        owner = self.owners.get(record.external_id) if record.external_id else None
        if owner is None or owner == draft.id:
            return False
        self._scope.blame(
            self._rows, "external_id", Code.OTHER_OWNER, record.line, record.external_id
        )
        return True

    def row_of(self, record: Any, draft: Draft, position: int) -> Any:
        """Find the row in the database: by its External ID, else by its place."""
        rows = self.rows[draft.id] if draft.id is not None else []
        if record.external_id:
            found = next((r for r in rows if r.external_id == record.external_id), None)
            if found is not None:
                return found
        return next(
            (
                r for r in rows
                if r.position == position and not (r.external_id and record.external_id)
            ),
            None,
        )  # fmt: skip
