"""A sound for each answer to a scan, told apart by rhythm (RCV-04, MIC-04).

Essentials has no audio module: the tones are written as WAV files once, and played by what the
platform has (winsound, afplay, PipeWire, PulseAudio, ALSA). Without a player the rhythm is beeped;
switched off, the card alone answers. Nothing here waits.
"""

from __future__ import annotations

import array
import math
import shutil
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTemporaryDir, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desktop_app.models.scan_answer import ScanEvent

RATE = 22_050
LOUDNESS = 0.5
FADE_S = 0.006


@dataclass(frozen=True, slots=True)
class Note:
    """A tone of `hertz` for `seconds`; 0 hertz is a pause."""

    hertz: float
    seconds: float


SHORT, PAUSE = 0.09, Note(0, 0.05)
RHYTHMS: dict[ScanEvent, tuple[Note, ...]] = {
    ScanEvent.COUNTED: (Note(1320, SHORT),),
    ScanEvent.LINE_DONE: (Note(988, SHORT), PAUSE, Note(1480, SHORT + 0.03)),
    ScanEvent.ALL_DONE: (
        Note(784, SHORT), PAUSE, Note(1047, SHORT), PAUSE, Note(1568, SHORT + 0.09),
    ),
    ScanEvent.EXTRA: (Note(660, 0.14), Note(0, 0.08), Note(660, 0.14)),
    ScanEvent.NOT_ON_ORDER: (Note(660, 0.14), Note(0, 0.08), Note(660, 0.14)),
    ScanEvent.UNKNOWN: (Note(196, 0.55),),
    ScanEvent.BIN: (Note(2400, 0.025),),
}  # fmt: skip
"""One short, two rising, three rising, two equal, one long low, one click."""


def samples(notes: tuple[Note, ...]) -> array.array[int]:
    """16-bit mono samples of a rhythm, faded at each end so that nothing cracks."""
    made = array.array("h")
    for note in notes:
        many = round(note.seconds * RATE)
        fade = min(round(FADE_S * RATE), many // 2)
        for at in range(many):
            level = min(1.0, (at + 1) / fade, (many - at) / fade) if fade else 1.0
            turn = 2 * math.pi * note.hertz * at / RATE
            made.append(round(32_767 * LOUDNESS * level * math.sin(turn)))
    return made


def write_wav(path: Path, notes: tuple[Note, ...]) -> None:
    """Write a rhythm as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        data = samples(notes)
        if sys.byteorder == "big":
            data.byteswap()
        file.writeframes(data.tobytes())


def player() -> tuple[str, list[str]] | None:
    """The platform's player and its arguments before the file; None where there is none."""
    if sys.platform == "win32":
        return ("winsound", [])
    wanted = {"afplay": []} if sys.platform == "darwin" else _LINUX
    return next(
        ((path, more) for name, more in wanted.items() if (path := shutil.which(name))), None
    )


_LINUX: dict[str, list[str]] = {"pw-play": [], "paplay": [], "aplay": ["-q"]}


class Sounds(QObject):
    """Plays the sound of an event when `enabled`; the newest sound replaces an older one."""

    enabled_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, enabled: bool = True) -> None:
        super().__init__(parent)
        self._enabled = enabled
        self._player = player()
        self._folder: QTemporaryDir | None = None
        self._process: QProcess | None = None

    @property
    def enabled(self) -> bool:
        """Whether anything is played; the card answers in any case."""
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        if enabled != self._enabled:
            self._enabled = enabled
            self.enabled_changed.emit(enabled)

    def play(self, event: ScanEvent) -> None:
        """Start the sound of an event and return at once."""
        notes = RHYTHMS.get(event)
        if not self._enabled or notes is None:
            return
        if self._player is None:
            self._beep(notes)
            return
        file = self._file(event, notes)
        if file is None:
            self._beep(notes)
        elif sys.platform == "win32":
            _play_on_windows(file)
        else:
            self._start(file)

    def _file(self, event: ScanEvent, notes: tuple[Note, ...]) -> Path | None:
        if self._folder is None:
            self._folder = QTemporaryDir()
        if not self._folder.isValid():
            return None
        path = Path(self._folder.path()) / f"{event}.wav"
        try:
            if not path.exists():
                write_wav(path, notes)
        except OSError:
            return None
        return path

    def _start(self, file: Path) -> None:
        assert self._player is not None
        program, more = self._player
        if self._process is None:
            self._process = QProcess(self)
            # A player that cannot reach a sound card says so at once: beep from then on.
            self._process.errorOccurred.connect(self._broken)
            self._process.finished.connect(self._finished)
        elif self._process.state() != QProcess.ProcessState.NotRunning:
            QProcess.startDetached(program, [*more, str(file)])
            return
        self._process.start(program, [*more, str(file)])

    def _broken(self, _error: QProcess.ProcessError) -> None:
        self._player = None

    def _finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        if code:
            self._player = None

    def _beep(self, notes: tuple[Note, ...]) -> None:
        at = 0.0
        for note in notes:
            if note.hertz:
                QTimer.singleShot(round(at * 1000), self, QApplication.beep)
            at += note.seconds


if sys.platform == "win32":

    def _play_on_windows(file: Path) -> None:
        import winsound

        winsound.PlaySound(
            str(file), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT
        )

else:

    def _play_on_windows(file: Path) -> None:
        raise AssertionError(file)
