"""Progress: sparse lines in a log, silence when asked for."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.cli.progress import MILESTONES, PlainLines, in_words, progress


def lines(steps: int, duration_s: float) -> list[str]:
    """What a task of this many steps and seconds writes."""
    now, stream = 0.0, io.StringIO()
    advance = PlainLines("calling", "bases", stream, lambda: now)
    for step in range(1, steps + 1):
        now = duration_s * step / steps
        advance(step, steps)
    return stream.getvalue().splitlines()


def test_a_task_of_ten_seconds_writes_one_line() -> None:
    assert lines(1000, 10) == ["calling: 100 % of 1,000 bases in 10 s, 100 bases/s"]


def test_a_task_of_ten_hours_writes_a_line_at_each_milestone() -> None:
    found = lines(36_000, 36_000)
    assert [int(line.split()[1]) for line in found] == list(MILESTONES)
    # at 1 %, 360 of 36,000 s are over and 35,640 s are left: 9 h 54 min
    assert found[0] == "calling: 1 % of 36,000 bases in 6 min 0 s, 1 bases/s, 9 h 54 min left"


def test_a_task_of_five_minutes_writes_no_two_lines_within_a_minute() -> None:
    # milestones that lie a minute apart: 20 % at 60 s, 40, 60, 80, 100
    assert [int(line.split()[1]) for line in lines(300, 300)] == [20, 40, 60, 80, 100]


@given(st.integers(1, 300), st.floats(0, 1e6))
def test_no_log_is_flooded_and_every_log_has_an_end(steps: int, duration_s: float) -> None:
    found = lines(steps, duration_s)
    assert len(found) <= len(MILESTONES) <= 40
    assert found[-1].startswith("calling: 100 %")


def test_a_task_without_work_is_done() -> None:
    stream = io.StringIO()
    PlainLines("calling", "bases", stream, lambda: 0.0)(0, 0)
    assert stream.getvalue() == "calling: 100 % of 0 bases in 0 s\n"


def test_the_end_is_said_once() -> None:
    stream = io.StringIO()
    advance = PlainLines("calling", "bases", stream, lambda: 0.0)
    advance(5, 5)
    advance(5, 5)
    assert len(stream.getvalue().splitlines()) == 1


def test_on_a_pipe_ten_thousand_steps_are_at_most_forty_lines_and_rich_is_not_loaded() -> None:
    code = (
        "import sys\nfrom sciml.cli.progress import progress\n"
        "with progress('calling', 'bases') as advance:\n"
        "    for step in range(10_000): advance(step + 1, 10_000)\n"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert 1 <= len(done.stderr.splitlines()) <= 40
    assert "\r" not in done.stderr
    assert "\x1b" not in done.stderr


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("calling", "bases", quiet=True) as advance:
        advance(1, 1)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress("calling", "bases") as advance:
        advance(50, 100)
        advance(100, 100)
    shown = terminal.getvalue()
    assert "calling" in shown
    assert "100 %" in shown
    assert "left" in shown
    assert "bases/s" in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3600, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
