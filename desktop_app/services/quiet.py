"""Putting Python's search for reference cycles off while a batch is worked out.

A batch makes tens of thousands of small tuples and no cycles. Each makes the collector walk every
object of the program, for longer than the batch itself takes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0


@contextmanager
def no_collection() -> Iterator[None]:
    """Collect no cycles inside the block, in any thread; counts those inside."""
    global _inside  # noqa: PLW0603 - the collector is one per process
    with _lock:
        was_on = gc.isenabled() or _inside > 0
        _inside += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if was_on and _inside == 0:
                gc.enable()
