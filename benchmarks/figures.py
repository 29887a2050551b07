"""Timing and tables of the benchmarks."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """What was measured, in milliseconds, beside its budget (p95) if it has one."""

    what: str
    median: float
    p95: float
    cpu: float
    """Median CPU of this process: what counts when others share the machine."""
    budget: float | None = None
    note: str = ""

    @property
    def is_kept(self) -> bool:
        return self.budget is None or self.p95 <= self.budget


def timed(
    work: Callable[[], Any], times: int = 20, warm: int = 2
) -> tuple[list[float], list[float], Any]:
    """Milliseconds of each run by the clock and by the CPU, each sorted, and the last answer."""
    spent, worked, answer = [], [], None
    for turn in range(warm + times):
        gc.collect()
        began, cpu = time.perf_counter(), time.process_time()
        answer = work()
        took, used = time.perf_counter() - began, time.process_time() - cpu
        if turn >= warm:
            spent.append(took * 1000)
            worked.append(used * 1000)
    return sorted(spent), sorted(worked), answer


def figure(
    what: str,
    work: Callable[[], Any],
    budget: float | None = None,
    *,
    times: int = 20,
    note: Callable[[Any], str] | None = None,
) -> Figure:
    """Measure one thing."""
    spent, worked, answer = timed(work, times)
    p95 = spent[min(len(spent) - 1, round(len(spent) * 0.95))]
    cpu = statistics.median(worked)
    return Figure(what, statistics.median(spent), p95, cpu, budget, note(answer) if note else "")


def table(title: str, figures: list[Figure]) -> str:
    """A plain table; a budget that is not kept is marked."""
    width = max(len(one.what) for one in figures)
    lines = [title, f"{'':{width}}  median ms    p95 ms   CPU ms  budget ms"]
    for one in figures:
        budget = "" if one.budget is None else f"{one.budget:.0f}"
        mark = "" if one.is_kept else "  OVER"
        lines.append(
            f"{one.what:{width}}  {one.median:9.2f} {one.p95:9.2f} {one.cpu:8.2f}  {budget:>9}  {one.note}{mark}".rstrip()
        )
    return "\n".join(lines)
