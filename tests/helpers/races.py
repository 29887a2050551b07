"""Several people at once: each call on a thread of its own, let go at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

DONE_WITHIN_S = 90.0


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the exception it raised, in the order of the calls."""
    gate = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def act(place: int, call: Callable[[], Any]) -> None:
        gate.wait(DONE_WITHIN_S)
        try:
            answers[place] = call()
        except Exception as error:
            answers[place] = error

    threads = [
        threading.Thread(target=act, args=(place, call), name=f"person {place + 1}")
        for place, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DONE_WITHIN_S)
        assert not thread.is_alive(), f"{thread.name} is not done after {DONE_WITHIN_S:.0f} s"
    return answers


def worked(answers: Sequence[Any]) -> list[Any]:
    """The answers, when nobody was refused; the first refusal is raised otherwise."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return list(answers)
