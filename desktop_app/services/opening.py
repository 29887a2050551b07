"""Opening, creating and filling a database: what the screens and commands may know of the store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .errors import Rejected
from .store.engine import Store, create, is_server, open_store


class Start(StrEnum):
    """How a new company begins (FRS-01)."""

    SAMPLE = "sample"
    EMPTY = "empty"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class NewCompany:
    """The answers of the first-run page; name, currency and warehouses count for an own company."""

    name: str = ""
    currency: str = "GBP"
    warehouses: Sequence[tuple[str, str]] = ()
    start: Start = Start.SAMPLE


def make(address: str, wanted: NewCompany, *, sales: int | None = None) -> Store:
    """Create the database with its company; a file that came to nothing is taken away again.

    ``sales``: a large company with so many sales instead, to measure with (FRS-02). Raises what ``store.engine.create`` and ``company.set_up`` refuse.
    """
    there = not is_server(address) and Path(address).exists()
    store = None
    try:
        store = create(address)
        if sales is not None:
            from . import large_sample

            large_sample.build(store, sales=max(sales, 1))
        elif wanted.start is Start.SAMPLE:
            from . import sample

            sample.create(store)
        else:
            from . import company

            company.set_up(
                store,
                name=wanted.name,
                base_currency=wanted.currency,
                warehouses=wanted.warehouses,
            )
    except BaseException as error:
        if store is not None:
            store.close()
        if not is_server(address) and not there and not _is_held(error):
            _take_away(address)
        if isinstance(error, OSError):
            reason = error.strerror or ""
            raise Rejected("unwritable_place", path=address, reason=reason) from error
        raise
    return store


def _is_held(error: BaseException) -> bool:
    """Whether somebody else is making this very file."""
    return isinstance(error, Rejected) and error.code in {"in_use", "file_exists"}


def _take_away(address: str) -> None:
    for ending in ("", "-wal", "-shm", ".lock", ".owner"):
        with suppress(OSError):
            Path(address + ending).unlink(missing_ok=True)


__all__ = ["NewCompany", "Start", "Store", "create", "is_server", "make", "open_store"]
