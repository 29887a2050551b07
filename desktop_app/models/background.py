"""Threads: reads run side by side, writes one at a time in the order asked (architecture 8).

Answers come back on the GUI thread through one queued signal; an answer whose asker is gone is
dropped. A Python pool rather than QRunnable, whose C++ ownership has crashed PySide programs.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from desktop_app.models.garbage import GarbageHere

READERS = 2
T = TypeVar("T")
Work = Callable[[], T]
Then = Callable[[T], object]
Failed = Callable[[Exception], object]


@dataclass(slots=True)
class _Parcel:
    future: Future[Any]
    owner: QObject
    then: Then[Any]
    failed: Failed | None
    key: tuple[int, Hashable] | None
    turn: int


class Background(QObject):
    """One per program. Call from the GUI thread only; `then` and `failed` run there too."""

    idle = Signal()
    busy_changed = Signal(int)  # how many answers are still to come
    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = ThreadPoolExecutor(READERS, "read")
        self._writer = ThreadPoolExecutor(1, "write")
        self._open = 0
        self._writing = 0
        self._turn = 0
        self._latest: dict[tuple[int, Hashable], tuple[int, Future[Any]]] = {}
        self._closed = False
        self._garbage = GarbageHere(self)
        self._garbage.start()
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> int:
        """How many answers are still to come."""
        return self._open

    @property
    def writing(self) -> int:
        """How many writes are waiting or running."""
        return self._writing

    def read(
        self, owner: QObject, work: Work[T], then: Then[T], failed: Failed | None = None
    ) -> None:
        """Run `work` on a reader thread. Without `failed`, an error reaches sys.excepthook."""
        self._submit(self._readers, owner, work, then, failed, None)

    def read_latest(
        self,
        owner: QObject,
        key: Hashable,
        work: Work[T],
        then: Then[T],
        failed: Failed | None = None,
    ) -> None:
        """As `read`, but only the newest call with this owner and key is answered."""
        place = (id(owner), key)
        before = self._latest.get(place)
        if before is not None:
            before[1].cancel()  # if it has not begun; a running one is ignored when it ends
        self._submit(self._readers, owner, work, then, failed, place)

    def forget(self, owner: QObject, key: Hashable) -> None:
        """Drop the answer that `read_latest` with this key is still owed."""
        waiting = self._latest.pop((id(owner), key), None)
        if waiting is not None:
            waiting[1].cancel()

    def write(
        self, owner: QObject, work: Work[T], then: Then[T], failed: Failed | None = None
    ) -> None:
        """Run `work` after every write asked for before it."""
        self._writing += 1
        self._submit(self._writer, owner, work, then, failed, None)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        owner: QObject,
        work: Work[T],
        then: Then[T],
        failed: Failed | None,
        key: tuple[int, Hashable] | None,
    ) -> None:
        if self._closed:
            return
        self._open += 1
        self._turn += 1
        turn = self._turn
        future = pool.submit(work)
        if key is not None:
            self._latest[key] = (turn, future)
        parcel = _Parcel(future, owner, then, failed, key, turn)
        if pool is self._writer:
            future.add_done_callback(lambda _: self._finished.emit((parcel, True)))
        else:
            future.add_done_callback(lambda _: self._finished.emit((parcel, False)))
        self.busy_changed.emit(self._open)

    @Slot(object)
    def _deliver(self, sent: tuple[_Parcel, bool]) -> None:
        parcel, was_write = sent
        self._open -= 1
        self._writing -= was_write
        try:
            if not self._is_wanted(parcel):
                return
            error = parcel.future.exception()
            if error is None:
                parcel.then(parcel.future.result())
            elif isinstance(error, Exception) and parcel.failed is not None:
                parcel.failed(error)
            else:
                raise error
        finally:
            self.busy_changed.emit(self._open)
            if self._open == 0:
                self.idle.emit()

    def _is_wanted(self, parcel: _Parcel) -> bool:
        if parcel.key is not None:
            waiting = self._latest.get(parcel.key)
            if waiting is None or waiting[0] != parcel.turn:
                return False
            del self._latest[parcel.key]
        return not parcel.future.cancelled() and not self._closed and isValid(parcel.owner)

    def close(self) -> None:
        """Give up reads, wait for every write that was asked for, and end the threads."""
        self._closed = True
        self._latest.clear()
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._garbage.stop()
