"""Every way out of the command: its status, one line on stderr, nothing half-written."""

from __future__ import annotations

import errno
import logging
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import typer

from sciml.core.errors import BadInput, CheckFailed, DataWarning, Missing, ScimlError, SettingsError, raise_all


def raising(error: BaseException):
    def command(argv: list[str]) -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ScimlError("a.bam", "went wrong", "try again"), 1, "a.bam: went wrong; try again"),
        (SettingsError("a.yaml:3", "is wrong"), 2, "a.yaml:3: is wrong"),
        (BadInput("a.bam", "is cut short", "copy it again"), 3, "a.bam: is cut short; copy it again"),
        (Missing("bcftools", "is not installed", "install it"), 4, "bcftools: is not installed; install it"),
        (CheckFailed("f1", "is 0.8"), 5, "f1: is 0.8"),
        (KeyboardInterrupt(), 130, "interrupted; nothing half-written was left behind"),
        (typer.Abort(), 130, "interrupted; nothing half-written was left behind"),
        (OSError(errno.ENOSPC, "No space left on device", "out.vcf"), 1, "out.vcf: no space left on device"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a"), 1, "a: no such file or directory"),
        (
            ModuleNotFoundError("No module named 'pysam'", name="pysam.libcalignmentfile"),
            4,
            "pysam: this Python package is needed and not installed; run `pip install pysam`",
        ),
        (MemoryError(), 1, "not enough memory; use fewer threads, more parts or a larger machine"),
        (
            KeyError("x\ny"),
            1,
            "this is a bug in sciml (KeyError: 'x\\ny'); please report it with the text of `sciml doctor`; "
            "-vv shows where it is",
        ),
        (
            ModuleNotFoundError("No module named 'sciml.gone'", name="sciml.gone"),
            1,
            "this is a bug in sciml (ModuleNotFoundError: No module named 'sciml.gone'); please report it with the "
            "text of `sciml doctor`; -vv shows where it is",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_each_error_has_its_status_and_one_line(ends, error: BaseException, code: int, line: str) -> None:
    ended = ends(raising(error))
    assert (ended.code, ended.error, ended.out) == (code, line, "")


def test_a_command_that_returns_nothing_is_done(ends) -> None:
    ended = ends(lambda argv: None)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize(("code", "status"), [(0, 0), (None, 0), (7, 7), ("words", 1)])
def test_an_exit_from_inside_keeps_its_status(ends, code: object, status: int) -> None:
    assert ends(raising(SystemExit(code))).code == status


def test_several_errors_are_one_line_each(ends) -> None:
    def command(argv: list[str]) -> None:
        raise_all([BadInput("a", "is wrong"), BadInput("b", "is wrong too")])

    ended = ends(command)
    assert ended.code == 3
    assert ended.err.splitlines() == ["sciml: a: is wrong", "sciml: b: is wrong too"]


@pytest.mark.parametrize("words", [["-vv"], ["x", "-v", "-v"], ["--verbose", "-v"]])
def test_the_traceback_comes_with_vv_only(ends, words: list[str]) -> None:
    assert "Traceback" not in ends(raising(ValueError("x")), "-v").err
    ended = ends(raising(ValueError("x")), *words)
    assert "Traceback" in ended.err
    assert ended.err.splitlines()[-1].startswith("sciml: this is a bug in sciml (ValueError: x)")


def test_the_traceback_comes_with_the_variable_too(ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIML_LOG", "debug")
    assert "Traceback" in ends(raising(ValueError("x"))).err


def test_verbosity_is_taken_out_of_the_words(ends) -> None:
    seen: list[list[str]] = []
    ends(lambda argv: seen.append(argv), "data", "-v", "list", "-vv", "--quiet")
    assert seen == [["data", "list", "--quiet"]]


def test_a_job_logs_what_it_does_and_a_person_is_left_in_peace(ends) -> None:
    def command(argv: list[str]) -> None:
        logging.getLogger("sciml.core.any").info("reading")

    assert ends(command, "variants", "call").err == ""
    line = ends(command, "stage", "prepare", "variants").err.strip()
    assert line.split(" ", 1)[1] == "INFO variants.prepare reading"
    assert "reading" in ends(command, "variants", "call", "-v").err


def test_a_warning_about_the_data_is_one_line(ends) -> None:
    def command(argv: list[str]) -> None:
        warnings.warn(DataWarning("a.bam: 3 reads have no qualities"), stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert ends(command).error == "warning: a.bam: 3 reads have no qualities"


def test_a_name_plays_no_tricks_on_the_terminal(ends) -> None:
    def command(argv: list[str]) -> None:
        warnings.warn(DataWarning("two\nlines\x1b[31m.jpg: is empty"), stacklevel=1)
        raise BadInput("two\nlines\x1b[31m.jpg", "is empty")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert ends(command).err.splitlines() == [
            "sciml: warning: two lines?[31m.jpg: is empty",
            "sciml: two lines?[31m.jpg: is empty",
        ]


def test_a_librarys_warning_does_not_reach_the_user(ends) -> None:
    def command(argv: list[str]) -> None:
        warnings.warn(FutureWarning("use something else"), stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert ends(command).err == ""


WORK = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is born deaf to it
from sciml.cli.exits import run
from sciml.core.whole import whole_file, whole_folder

def command(argv):
    with whole_file(Path(argv[0]) / "calls.vcf") as file, whole_folder(Path(argv[0]) / "parts") as folder:
        file.write_text("half")
        (folder / "x").write_text("half")
        print("ready", flush=True)
        time.sleep(60)

sys.exit(run(command, sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_signal_ends_a_command_cleanly(tmp_path: Path, number: signal.Signals, code: int, word: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORK, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert len(list(tmp_path.iterdir())) == 2
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert err == f"sciml: {word}; nothing half-written was left behind\n"
    assert list(tmp_path.iterdir()) == []


def test_a_second_sigterm_does_not_break_off_the_cleaning(tmp_path: Path) -> None:
    slow = WORK.replace(
        "        time.sleep(60)",
        "        try:\n            time.sleep(60)\n        finally:\n            time.sleep(0.3)",
    )
    with subprocess.Popen(
        [sys.executable, "-c", slow, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 143
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_a_training_is_an_interruption_although_lightning_exits_with_1(ends) -> None:
    def command(argv: list[str]) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            sys.exit(1)

    ended = ends(command)
    assert (ended.code, ended.error) == (130, "interrupted; nothing half-written was left behind")


def test_a_training_that_lightning_ends_on_sigterm_is_terminated(ends) -> None:
    class SIGTERMException(SystemExit):  # as Lightning defines it; its import takes seconds
        pass

    assert ends(raising(SIGTERMException())).code == 143


def test_a_called_program_that_breaks_its_pipe_is_a_failure_and_not_a_quiet_end() -> None:
    code = (
        "import sys\nfrom sciml.cli.exits import run\n"
        "def command(argv): raise BrokenPipeError(32, 'Broken pipe')\n"
        "sys.exit(run(command, []))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "sciml: broken pipe\n")


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_goes_away_ends_the_command_quietly(lines: int) -> None:
    # one line breaks the pipe at the last flush, many break it in the middle
    code = (
        "import sys, time\nfrom sciml.cli.exits import run\n"
        "def command(argv):\n    sys.stdin.read()\n    for _ in range(int(argv[0])): print('line')\n"
        "sys.exit(run(command, sys.argv[1:]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()  # only now may it print
        err = process.stderr.read()
        process.wait(timeout=30)
    assert (process.returncode, err) == (141, "")
