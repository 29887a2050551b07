"""Telling a scan from typing, with an injected clock (RCV-03)."""

import pytest

from desktop_app.models.scan_filter import Burst, Timing, Verdict


def feed(burst, text, gap, start=1000.0):
    verdicts, at = [], start
    for character in text:
        verdicts.append(burst.character(character, at))
        at += gap
    return verdicts, at


@pytest.mark.parametrize("gap", [0, 1, 10, 34])
def test_a_burst_ended_by_enter_is_a_scan(gap):
    burst = Burst()
    verdicts, at = feed(burst, "5012345678900", gap)
    assert set(verdicts) == {Verdict.HOLD}
    assert burst.end(at) is Verdict.SCAN
    assert burst.take() == "5012345678900"
    assert burst.code == ""


@pytest.mark.parametrize("gap", [36, 90, 120])
def test_typing_is_never_a_scan(gap):
    burst = Burst()
    verdicts, at = feed(burst, "5012345678900", gap)
    assert verdicts == [Verdict.HOLD] + [Verdict.TYPING_THEN_HOLD] * 12
    assert burst.end(at) is Verdict.TYPING
    assert burst.code == ""


def test_three_quick_characters_are_typing():
    burst = Burst()
    _, at = feed(burst, "123", 5)
    assert burst.end(at) is Verdict.TYPING


def test_four_are_a_scan_but_not_four_blanks():
    burst = Burst()
    _, at = feed(burst, "AB12", 5)
    assert burst.end(at) is Verdict.SCAN
    burst.reset()
    _, at = feed(burst, "    ", 5)
    assert burst.end(at) is Verdict.TYPING


def test_enter_long_after_the_burst_is_not_its_end():
    burst = Burst()
    _, at = feed(burst, "12345678", 5)
    assert burst.end(at + 200) is Verdict.TYPING


def test_a_number_typed_before_a_scan_is_handed_on_alone():
    """RCV-05: 12 typed slowly, then a scan."""
    burst = Burst()
    assert burst.character("1", 0) is Verdict.HOLD
    assert burst.pause(45) is Verdict.TYPING
    assert burst.character("2", 120) is Verdict.HOLD
    assert burst.pause(165) is Verdict.TYPING
    _, at = feed(burst, "5012345678900", 4, start=400)
    assert burst.end(at) is Verdict.SCAN
    assert burst.take() == "5012345678900"


def test_a_pause_hands_on_within_fifty_milliseconds():
    assert Timing().hold_ms <= 50
    burst = Burst()
    burst.character("a", 0)
    assert burst.pause(44) is Verdict.HOLD
    assert burst.pause(45) is Verdict.TYPING
    assert burst.pause(500) is Verdict.HOLD  # nothing is held any more


def test_a_scanner_without_an_end_key():
    burst = Burst(Timing(ends_by_pause=True))
    feed(burst, "40123455", 5)
    assert burst.pause(2000) is Verdict.SCAN
    assert burst.take() == "40123455"
    feed(burst, "401", 5)
    assert burst.pause(2000) is Verdict.TYPING


def test_separators_and_blanks_inside_a_code_stay():
    burst = Burst()
    _, at = feed(burst, "0109506000134352\x1d10AB 12", 2)
    assert burst.end(at) is Verdict.SCAN
    assert burst.take() == "0109506000134352\x1d10AB 12"


def test_a_code_without_end_is_given_up():
    burst = Burst()
    verdicts, _ = feed(burst, "1" * 201, 1)
    assert verdicts[-1] is Verdict.TYPING
    assert burst.code == ""
