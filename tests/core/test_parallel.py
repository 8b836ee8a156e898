"""Cores and threads: the order stays, the memory stays, the first failure ends it."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sciml.core.parallel import cores, map_ordered


@pytest.fixture
def cgroups(tmp_path: Path) -> tuple[Path, Path]:
    """A control group with a quota of 1.5 cores in one without a limit."""
    inner = tmp_path / "cgroup/outer/inner"
    inner.mkdir(parents=True)
    (inner.parent / "cpu.max").write_text("max 100000\n")
    (inner / "cpu.max").write_text("150000 100000\n")
    own = tmp_path / "own"
    own.write_text("1:name=systemd:/x\n0::/outer/inner\n")
    return tmp_path / "cgroup", own


def test_the_least_of_affinity_quota_and_grant_counts(
    cgroups: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    nowhere = (Path("nowhere"), Path("nowhere"))
    assert cores({}, *nowhere) == 8
    assert cores({"SLURM_CPUS_PER_TASK": "3"}, *nowhere) == 3
    assert cores({"SLURM_CPUS_PER_TASK": "30"}, *nowhere) == 8
    # 1.5 cores: two threads keep them busy
    assert cores({"SLURM_CPUS_PER_TASK": "3"}, *cgroups) == 2
    (cgroups[0] / "outer/cpu.max").write_text("50000 100000\n")
    assert cores({}, *cgroups) == 1


def test_at_least_one_core_is_ours_on_this_machine() -> None:
    assert 1 <= cores({}) <= (os.cpu_count() or 1)


@pytest.mark.parametrize("threads", [1, 4])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.02 if number % 4 == 0 else 0)
        return number * number

    assert list(map_ordered(slow_first, range(20), threads)) == [n * n for n in range(20)]


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_than_twice_the_threads_are_taken_ahead(threads: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    results = map_ordered(lambda number: number, items(), threads)
    for asked in range(1, 51):
        next(results)
        assert taken - asked <= 2 * threads


def test_a_failure_is_raised_before_the_slower_items_ahead_of_it_end() -> None:
    release, began = threading.Event(), []

    def work(number: int) -> None:
        began.append(number)
        if number == 1:
            release.set()
            raise ZeroDivisionError("second item")
        if number == 0:
            release.wait(5)
            time.sleep(0.1)

    with pytest.raises(ZeroDivisionError, match="second item"):
        list(map_ordered(work, range(1000), 2))
    assert len(began) <= 5


def test_leaving_early_starts_nothing_more() -> None:
    began = []
    results = map_ordered(began.append, range(1000), 2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    count = len(began)
    time.sleep(0.05)
    assert len(began) == count <= 6
