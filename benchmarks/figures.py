"""Timing and tables of the benchmarks."""

import contextlib
import gc
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WARM = 2


@dataclass(frozen=True)
class Figure:
    """What was measured, in milliseconds, beside its budget (p95) if it has one."""

    what: str
    median: float
    p95: float
    cpu: float
    """Mean CPU of this process and of the server: what counts when others share the machine."""
    budget: float | None = None
    note: str = ""
    best: float = 0.0
    """The fastest run by the clock: nearest to a quiet machine when it is not."""

    @property
    def is_kept(self) -> bool:
        return self.budget is None or self.p95 <= self.budget


def server_cpu(postmaster: int) -> float:
    """CPU seconds that a PostgreSQL server and all its processes have used."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parts = place.read_text().rsplit(")", 1)[1].split()
            if place.parent.name == str(postmaster):
                ticks += sum(int(part) for part in parts[11:15])  # those of ended children too
            elif parts[1] == str(postmaster):
                ticks += int(parts[11]) + int(parts[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def timed(
    work: Callable[[], Any], times: int, postmaster: int | None
) -> tuple[list[float], float, Any]:
    """Milliseconds of each run by the clock, sorted; mean CPU milliseconds; the last answer."""
    spent, answer = [], None
    for _ in range(WARM):
        work()
    gc.collect()
    cpu = time.process_time()
    server = server_cpu(postmaster) if postmaster else 0.0
    for _ in range(times):
        began = time.perf_counter()
        answer = work()
        spent.append((time.perf_counter() - began) * 1000)
    used = time.process_time() - cpu
    if postmaster:
        used += server_cpu(postmaster) - server
    return sorted(spent), used * 1000 / times, answer


@dataclass(frozen=True)
class Stopwatch:
    """How often each thing is measured, and whose CPU counts."""

    times: int = 20
    postmaster: int | None = None

    def figure(
        self,
        what: str,
        work: Callable[[], Any],
        budget: float | None = None,
        note: Callable[[Any], str] | None = None,
    ) -> Figure:
        """Measure one thing."""
        spent, cpu, answer = timed(work, self.times, self.postmaster)
        p95 = spent[min(len(spent) - 1, round(len(spent) * 0.95))]
        said = note(answer) if note else ""
        return Figure(what, statistics.median(spent), p95, cpu, budget, said, spent[0])


def table(title: str, figures: list[Figure]) -> str:
    """A plain table; a budget that is not kept is marked."""
    width = max(len(one.what) for one in figures)
    lines = [title, f"{'':{width}}    best ms median ms    p95 ms   CPU ms  budget ms"]
    for one in figures:
        budget = "" if one.budget is None else f"{one.budget:.0f}"
        busy = one.budget is not None and one.cpu <= one.budget
        mark = "" if one.is_kept else "  over by the clock, not by the CPU" if busy else "  OVER"
        lines.append(
            f"{one.what:{width}}  {one.best:9.2f} {one.median:9.2f} {one.p95:9.2f} {one.cpu:8.2f}  {budget:>9}  {one.note}{mark}".rstrip()
        )
    return "\n".join(lines)
