"""How many cores are ours, and how to use them without losing the order."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def cores(environ: Mapping[str, str], cgroups: Path = CGROUPS, own_cgroup: Path = OWN_CGROUP) -> int:
    """Cores this process may use: the least of its affinity, its container's quota and Slurm's grant."""
    limits = [float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)]
    limits += _quotas(cgroups, own_cgroup)
    granted = environ.get("SLURM_CPUS_PER_TASK", "")
    if granted.isdigit():
        limits.append(float(granted))
    return max(1, math.ceil(min(limits)))


def map_ordered(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[Result, None, None]:
    """Results in the order of the items, at most 2 x `threads` items ahead of the one that is asked for.

    The first failure is raised as soon as it is known; items that have not begun by then never do.
    """
    if threads <= 1:
        yield from map(function, items)
        return
    waiting = iter(items)
    executor = ThreadPoolExecutor(threads, thread_name_prefix="sciml")
    try:
        ahead = deque(executor.submit(function, item) for item in islice(waiting, 2 * threads))
        while ahead:
            _await_first(ahead)
            result = ahead.popleft().result()
            ahead.extend(executor.submit(function, item) for item in islice(waiting, 1))
            yield result
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _await_first(futures: Iterable[Future[Result]]) -> None:
    """Wait for the first of the futures to end; raise what any of them has raised by then."""
    futures = list(futures)
    while True:
        ended = [future for future in futures if future.done()]
        for future in ended:
            future.result()
        if futures[0].done():
            return
        wait([future for future in futures if not future.done()], return_when=FIRST_COMPLETED)


def _quotas(cgroups: Path, own_cgroup: Path) -> list[float]:
    """CPU quotas in cores, of this process's control group (version 2) and all groups above it."""
    try:
        lines = own_cgroup.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []  # not Linux: there is no such limit
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    folder, found = cgroups / own, []
    while folder.is_relative_to(cgroups):
        try:
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            quota, period = "max", "0"
        if quota != "max":
            found.append(int(quota) / int(period))
        folder = folder.parent
    return found
