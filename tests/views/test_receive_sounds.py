"""Sounds differ by rhythm, are real WAV files, never wait, and are silent where told (MIC-04)."""

import time
import wave

import pytest
from PySide6.QtWidgets import QApplication

from desktop_app.models.scan_answer import ScanEvent
from desktop_app.views import sounds
from desktop_app.views.sounds import RHYTHMS, Sounds


def rhythm(event):
    """Lengths of tones, and whether the pitch rises: what is heard in a noisy dock."""
    tones = [note for note in RHYTHMS[event] if note.hertz]
    return (
        len(tones),
        tones[-1].hertz > tones[0].hertz,
        sum(note.seconds for note in tones) > 0.5,
        sum(note.seconds for note in tones) < 0.05,
    )


def test_each_event_of_the_table_has_its_rhythm():
    """RCV-04: one short, two rising, three rising, two equal, one long low, one click."""
    assert rhythm(ScanEvent.COUNTED) == (1, False, False, False)
    assert rhythm(ScanEvent.LINE_DONE) == (2, True, False, False)
    assert rhythm(ScanEvent.ALL_DONE) == (3, True, False, False)
    assert rhythm(ScanEvent.EXTRA) == (2, False, False, False)
    assert RHYTHMS[ScanEvent.NOT_ON_ORDER] == RHYTHMS[ScanEvent.EXTRA]
    assert rhythm(ScanEvent.UNKNOWN) == (1, False, True, False)
    assert rhythm(ScanEvent.BIN) == (1, False, False, True)
    silent = {ScanEvent.BOUNCE, ScanEvent.READY, ScanEvent.SAVING, ScanEvent.TAKEN_BACK}
    assert set(RHYTHMS) == set(ScanEvent) - silent


@pytest.mark.parametrize("event", list(RHYTHMS))
def test_each_is_a_wav_file_of_its_length(tmp_path, event):
    path = tmp_path / "sound.wav"
    sounds.write_wav(path, RHYTHMS[event])
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        wanted = sum(note.seconds for note in RHYTHMS[event])
        assert abs(file.getnframes() / 22_050 - wanted) < 0.001
        loudest = max(
            abs(value) for value in memoryview(file.readframes(file.getnframes())).cast("h")
        )
    assert 14_000 < loudest < 17_000


def test_the_players_file_is_played_without_waiting(qtbot, tmp_path, monkeypatch):
    script, played = tmp_path / "player", tmp_path / "played"
    script.write_text(f'#!/bin/sh\nsleep 0.3\necho "$1" >> {played}\n')
    script.chmod(0o755)
    monkeypatch.setattr(sounds, "player", lambda: (str(script), []))
    made = Sounds()
    began = time.monotonic()
    made.play(ScanEvent.COUNTED)
    assert time.monotonic() - began < 0.25
    qtbot.waitUntil(played.exists, timeout=5000)
    assert played.read_text().strip().endswith("counted.wav")
    qtbot.waitUntil(lambda: made._process.state() == made._process.ProcessState.NotRunning)


def test_a_player_that_fails_is_not_asked_again(qtbot, tmp_path, monkeypatch):
    script = tmp_path / "player"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    beeps = []
    monkeypatch.setattr(sounds, "player", lambda: (str(script), []))
    monkeypatch.setattr(QApplication, "beep", lambda: beeps.append(1))
    made = Sounds()
    made.play(ScanEvent.COUNTED)
    qtbot.waitUntil(lambda: made._player is None, timeout=5000)
    made.play(ScanEvent.ALL_DONE)
    qtbot.waitUntil(lambda: len(beeps) == 3, timeout=2000)


def test_switched_off_nothing_is_heard(qtbot, monkeypatch):
    beeps = []
    monkeypatch.setattr(sounds, "player", lambda: None)
    monkeypatch.setattr(QApplication, "beep", lambda: beeps.append(1))
    made = Sounds(enabled=False)
    made.play(ScanEvent.UNKNOWN)
    qtbot.wait(50)
    assert beeps == []
    made.enabled = True
    made.play(ScanEvent.UNKNOWN)
    qtbot.waitUntil(lambda: beeps == [1], timeout=1000)
