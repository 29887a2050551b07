"""A barcode scanner is a dangerous keyboard: tell a burst from typing (RCV-03, PR-02).

`Burst` decides and knows no Qt; `ScanFilter` sits on the application and holds keys back while
it decides. A burst goes to the page that claimed scans, else to `scanned`, and never to the
focused widget; typing is handed on after at most `Timing.hold_ms`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from shiboken6 import isValid

SEPARATORS = "\x1d\x1e\x04"  # GS1 separators; GS arrives as Ctrl+]
LENGTH_MAX = 200
LATE_MS = 15


@dataclass(frozen=True, slots=True)
class Timing:
    """Thresholds of this workstation's scanner, in milliseconds and characters.

    `ends_by_pause` is for scanners that send no Enter or Tab.
    """

    gap_ms: float = 35
    length_min: int = 4
    hold_ms: float = 45
    ends_by_pause: bool = False


class Verdict(StrEnum):
    """What becomes of the keys held so far."""

    HOLD = "hold"
    TYPING = "typing"  # hand on what is held, then this key
    TYPING_THEN_HOLD = "typing_then_hold"  # hand on what is held, hold this key
    SCAN = "scan"  # `code` is complete; what is held and this key go nowhere else


@dataclass(slots=True)
class Burst:
    """Characters that came so fast that they may be a scan. Times in milliseconds."""

    timing: Timing = field(default_factory=Timing)
    code: str = ""
    last: float = 0.0

    def character(self, text: str, at: float) -> Verdict:
        """Take one printable character."""
        if self.code and at - self.last > self.timing.gap_ms:
            self.code, self.last = text, at
            return Verdict.TYPING_THEN_HOLD
        if len(self.code) >= LENGTH_MAX:
            self.reset()
            return Verdict.TYPING
        self.code += text
        self.last = at
        return Verdict.HOLD

    def end(self, at: float) -> Verdict:
        """Take Enter or Tab: a scan if enough came fast enough before it."""
        fast = self.code and at - self.last <= self.timing.gap_ms
        if fast and len(self.code.strip()) >= self.timing.length_min:
            return Verdict.SCAN
        self.reset()
        return Verdict.TYPING

    def pause(self, at: float) -> Verdict:
        """Nothing came since the last key, `at` is now."""
        if not self.code or at - self.last < self.timing.hold_ms:
            return Verdict.HOLD
        if self.timing.ends_by_pause and len(self.code.strip()) >= self.timing.length_min:
            return Verdict.SCAN
        self.reset()
        return Verdict.TYPING

    def take(self) -> str:
        """The finished code; forgets it."""
        code = self.code.strip()
        self.reset()
        return code

    def reset(self) -> None:
        """Forget what was held."""
        self.code = ""


@dataclass(slots=True)
class _Claim:
    owner: QObject
    take: Callable[[str], object]
    active: Callable[[], bool]


def now_ms() -> float:
    """The time a burst is measured with."""
    return time.monotonic() * 1000


class ScanFilter(QObject):
    """One per program; installs itself on the application.

    A page calls `claim(self, self.on_scan, active=...)` when it is shown and `release(self)`
    when hidden. The newest claim whose `active()` holds gets the code.
    """

    scanned = Signal(str)  # nobody claimed it (IA-10)

    def __init__(
        self,
        app: QGuiApplication,
        timing: Timing | None = None,
        clock: Callable[[], float] = now_ms,
    ) -> None:
        super().__init__(app)
        self._burst = Burst(timing or Timing())
        self._clock = clock
        self._held: list[tuple[QObject, QKeyEvent]] = []
        self._swallowed: set[int] = set()
        self._claims: list[_Claim] = []
        self._handing_on = False
        self._stamp = 0
        self._stamped_at = 0.0
        self._due = 0.0
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._paused)
        app.installEventFilter(self)

    @property
    def timing(self) -> Timing:
        """The thresholds in force."""
        return self._burst.timing

    @timing.setter
    def timing(self, timing: Timing) -> None:
        self._burst.timing = timing

    def claim(
        self,
        owner: QObject,
        take: Callable[[str], object],
        active: Callable[[], bool] = lambda: True,
    ) -> None:
        """Send scans to `take` while `active()` holds and `owner` lives."""
        self.release(owner)
        self._claims.append(_Claim(owner, take, active))

    def release(self, owner: QObject) -> None:
        """Give up this owner's claim."""
        self._claims = [c for c in self._claims if isValid(c.owner) and c.owner is not owner]

    def eventFilter(self, receiver: QObject, event: QEvent) -> bool:
        """Hold keys back until it is clear what they are."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return not self._handing_on and self._pressed(receiver, event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return not self._handing_on and self._released(receiver, event)
        if kind == QEvent.Type.MouseButtonPress and self._held and not self._handing_on:
            self._hand_on()  # keys typed before a click arrive before it
        return False

    # -- keys ---------------------------------------------------------------------

    def _pressed(self, receiver: QObject, event: QKeyEvent) -> bool:
        self._swallowed.discard(event.key())
        at = self._moment(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            return self._ended(receiver, event, at)
        text = _character(event)
        if not text:
            if event.key() not in _MODIFIERS:
                self._hand_on()
            return False
        if event.isAutoRepeat():  # a key that is held down is a person
            self._hand_on()
            return False
        verdict = self._burst.character(text, at)
        if verdict is Verdict.TYPING:
            self._hand_on()
            return False
        if verdict is Verdict.TYPING_THEN_HOLD:
            code, last = self._burst.code, self._burst.last
            self._hand_on()
            self._burst.code, self._burst.last = code, last
        self._hold(receiver, event)
        self._due = self._clock() + self._burst.timing.hold_ms
        self._timer.start(round(self._burst.timing.hold_ms))
        return True

    def _ended(self, receiver: QObject, event: QKeyEvent, at: float) -> bool:
        if event.modifiers() & ~_QUIET or self._burst.end(at) is not Verdict.SCAN:
            self._hand_on()
            return False
        self._swallow(event)
        return True

    def _released(self, receiver: QObject, event: QKeyEvent) -> bool:
        if event.key() in self._swallowed:
            self._swallowed.discard(event.key())
            return True
        if self._held and any(one.key() == event.key() for _, one in self._held):
            self._hold(receiver, event)  # a release must not overtake its press
            return True
        return False

    def _hold(self, receiver: QObject, event: QKeyEvent) -> None:
        self._held.append((receiver, event.clone()))

    def _swallow(self, end: QKeyEvent | None) -> None:
        self._timer.stop()
        pressed = {one.key() for _, one in self._held if one.type() == QEvent.Type.KeyPress}
        let_go = {one.key() for _, one in self._held if one.type() == QEvent.Type.KeyRelease}
        self._swallowed |= pressed - let_go
        if end is not None:
            self._swallowed.add(end.key())
        self._held.clear()
        code = self._burst.take()
        # Not from inside the key event: a page may open or close windows on a scan.
        QTimer.singleShot(0, self, lambda: self._send(code))

    def _send(self, code: str) -> None:
        for claim in reversed(self._claims):
            if isValid(claim.owner) and claim.active():
                claim.take(code)
                return
        self.scanned.emit(code)

    def _paused(self) -> None:
        if not self._held:
            return
        if self._clock() - self._due > LATE_MS and not self._burst.timing.ends_by_pause:
            # The program was busy, not the scanner: look at what is waiting in the queue first.
            self._due = self._clock()
            self._timer.start(1)
            return
        if self._burst.pause(self._burst.last + self._burst.timing.hold_ms) is Verdict.SCAN:
            self._swallow(None)
        else:
            self._hand_on()

    def _hand_on(self) -> None:
        self._timer.stop()
        self._burst.reset()
        held, self._held = self._held, []
        self._handing_on = True
        try:
            for receiver, event in held:
                if isValid(receiver):
                    QCoreApplication.sendEvent(receiver, event)
        finally:
            self._handing_on = False

    def _moment(self, event: QKeyEvent) -> float:
        """When the key was struck: by the system's stamp, which a busy program cannot stretch."""
        now, stamp = self._clock(), event.timestamp()
        passed = stamp - self._stamp
        real = now - self._stamped_at
        if stamp and self._stamp and 0 < passed <= real + 1000:
            at = self._burst.last + passed if self._burst.code else now
        else:
            at = now
        self._stamp, self._stamped_at = stamp, now
        return at


_QUIET = Qt.KeyboardModifier.KeypadModifier
_MODIFIERS = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
}


def _character(event: QKeyEvent) -> str:
    """The character a scanner may mean with this key, or nothing for a command key."""
    text = event.text()
    if text and text in SEPARATORS:
        return text
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
    if control != alt or event.modifiers() & Qt.KeyboardModifier.MetaModifier:
        return ""  # a shortcut; both together are AltGr
    return text if len(text) == 1 and text.isprintable() else ""
