"""Counts the SQL statements that the program sends, for the N+1 guard (performance section 2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Engine, event

_NOT_WORK = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET ", "SHOW ")


@dataclass(slots=True)
class Statements:
    """The texts sent, in order. An executemany and a COPY are one statement each."""

    texts: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.texts)

    @contextmanager
    def counting(self) -> Iterator["Statements"]:
        """Only what is sent inside the block: `with statements.counting() as few: ...`."""
        start = len(self.texts)
        part = Statements()
        yield part
        part.texts.extend(self.texts[start:])

    def __str__(self) -> str:
        return "\n".join(" ".join(text.split())[:160] for text in self.texts)


@contextmanager
def recorded() -> Iterator[Statements]:
    """Every engine of this process, in every thread; transactions and settings are not counted."""
    found = Statements()

    def note(_db: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.lstrip().upper().startswith(_NOT_WORK):
            found.texts.append(text)

    copy = psycopg.Cursor.copy

    def noted_copy(self: Any, statement: Any, *args: Any, **named: Any) -> Any:
        found.texts.append(str(statement))
        return copy(self, statement, *args, **named)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with patch.object(psycopg.Cursor, "copy", noted_copy):
            yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
