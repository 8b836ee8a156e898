"""How far a command is: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeAlias

Advance: TypeAlias = Callable[[int, int], None]

MILESTONES = (1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
BETWEEN_LINES_S = 60.0


@contextmanager
def progress(verb: str, unit: str, *, quiet: bool = False) -> Iterator[Advance]:
    """Yield the function that a long task calls with (done, total), in `unit`."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        with _bar(verb, unit) as advance:
            yield advance
    else:
        yield PlainLines(verb, unit, sys.stderr, time.monotonic)


class PlainLines:
    """Lines for a log: when a milestone is passed, but not within a minute of the line before; and at the end.

    So a job of ten seconds writes one line, and one of ten hours thirteen.
    """

    def __init__(self, verb: str, unit: str, stream: TextIO, clock: Callable[[], float]) -> None:
        self._verb, self._unit, self._stream, self._clock = verb, unit, stream, clock
        self._start = self._written = clock()
        self._passed = 0
        self._ended = False

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done / total if total else 100.0
        passed = sum(milestone <= percent for milestone in MILESTONES)
        now, ends = self._clock(), done >= total
        if self._ended or passed <= self._passed or not (ends or now - self._written >= BETWEEN_LINES_S):
            return
        self._passed, self._written, self._ended = passed, now, ends
        print(self._line(done, total, percent, now - self._start), file=self._stream, flush=True)

    def _line(self, done: int, total: int, percent: float, elapsed_s: float) -> str:
        rate = done / elapsed_s if elapsed_s > 0 else 0.0
        left = f", {in_words((total - done) / rate)} left" if rate and done < total else ""
        speed = f", {rate:,.0f} {self._unit}/s" if rate else ""
        return f"{self._verb}: {percent:.0f} % of {total:,} {self._unit} in {in_words(elapsed_s)}{speed}{left}"


def in_words(seconds: float) -> str:
    """A duration as people say it: 8 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@contextmanager
def _bar(verb: str, unit: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        Rate(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(verb, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
