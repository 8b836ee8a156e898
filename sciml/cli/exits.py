"""How a command ends: its exit status, one line on stderr, nothing half-written.

0 done; 1 failed while working; 2 wrong usage or settings; 3 wrong input data; 4 something needed is missing;
5 a check asked for did not hold; 130 interrupted; 141 the reader of the output went away; 143 terminated.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any, TextIO

from sciml.core.errors import DataWarning, ScimlError

FAILED, USAGE, MISSING, INTERRUPTED, PIPE, TERMINATED = 1, 2, 4, 130, 141, 143
WORDS = {INTERRUPTED: "interrupted", TERMINATED: "terminated"}
VERBOSE = {"-v": 1, "--verbose": 1, "-vv": 2}

log = logging.getLogger("sciml.cli")


class Terminated(SystemExit):
    """SIGTERM arrived: a cluster's time limit, or somebody's kill."""


def run(command: Callable[[list[str]], int | None], argv: list[str]) -> int:
    """Run a command and return its exit status, having said in one line why it is not 0."""
    level, argv = _verbosity(argv, os.environ.get("SCIML_LOG", ""))
    _set_up_log(level, argv)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = command(argv) or 0
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer turns Ctrl-C into a status
            raise KeyboardInterrupt
        return code
    except BaseException as error:
        log.debug("the command ended here:", exc_info=True)
        return _status(error)


def _status(error: BaseException) -> int:
    """The exit status of an error, said in one line."""
    why = _signal(error)
    if why is not None:
        _say(f"{WORDS[why]}; nothing half-written was left behind")
        return why
    if _lost_its_reader(error):
        # the interpreter flushes stdout once more at exit and would complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED if error.code else 0
    if isinstance(error, ScimlError):
        _say(str(error))
        return error.exit_code
    if hasattr(error, "format_message"):  # typer's own class of usage errors moves between its versions
        return _usage(error)
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.split(".")[0] != "sciml":
        package = error.name.split(".")[0].replace("_", "-")
        _say(f"{package}: this Python package is needed and not installed; run `pip install {package}`")
        return MISSING
    if isinstance(error, OSError) and error.strerror:
        _say(": ".join(filter(None, [str(error.filename or ""), error.strerror.lower()])))
        return FAILED
    if isinstance(error, MemoryError):
        _say("not enough memory; use fewer threads, more parts or a larger machine")
        return FAILED
    what = " ".join(f"{type(error).__name__}: {error}".split())
    _say(f"this is a bug in sciml ({what}); please report it with the text of `sciml doctor`; -vv shows where it is")
    return FAILED


def _usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "sciml"
    text = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        print(text, file=sys.stderr)
    else:
        place = path.removeprefix("sciml").strip()
        problem = " ".join(text.split()).rstrip(".")
        _say(f"{place}{': ' if place else ''}{problem[:1].lower()}{problem[1:]} (see `{path} --help`)")
    return USAGE


def _say(lines: str) -> None:
    for line in lines.splitlines():
        # names of files and cells of tables may hold what a terminal obeys
        print(f"sciml: {''.join(letter if letter.isprintable() else '?' for letter in line)}", file=sys.stderr)


def _signal(error: BaseException) -> int | None:
    """The status for SIGINT or SIGTERM, also where a library has turned the signal into an exit of its own."""
    if isinstance(error, Terminated) or type(error).__name__ == "SIGTERMException":  # Lightning's
        return TERMINATED
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":  # typer's
        return INTERRUPTED
    # Lightning ends a training on Ctrl-C with sys.exit(1)
    return _signal(error.__context__) if isinstance(error, SystemExit) and error.__context__ else None


def _lost_its_reader(error: BaseException | None) -> bool:
    """Is this the pipe of our own output, and not that of a program we called?"""
    if isinstance(error, SystemExit):  # typer turns EPIPE into an exit
        return _lost_its_reader(error.__context__)
    if not (isinstance(error, OSError) and error.errno == errno.EPIPE):
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))


def _terminate(number: int, frame: object) -> None:
    # the exception unwinds the stack, so temporary files are removed; a second signal must not break that off
    signal.signal(number, signal.SIG_IGN)
    raise Terminated(TERMINATED)  # said at the end, for where it strikes stderr may be redirected


def _verbosity(argv: list[str], variable: str) -> tuple[int, list[str]]:
    """Count and take away -v, -vv and --verbose, which every command understands in any place."""
    counted = sum(VERBOSE.get(word, 0) for word in argv)
    if variable.lower() == "debug":
        counted = 2
    return counted, [word for word in argv if word not in VERBOSE]


def _set_up_log(level: int, argv: list[str]) -> None:
    stage = argv[:1] == ["stage"]
    # the log of a job is a file: it may hold what a terminal should not
    floor = logging.INFO if stage else logging.WARNING
    name = ".".join([*argv[2:3], *argv[1:2]]) if stage else ".".join(argv[:2])
    handler = logging.StreamHandler()
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s %(levelname)s {name.replace('%', '')} %(message)s", "%H:%M:%S")
    )
    logger = logging.getLogger("sciml")
    logger.handlers[:] = [handler]
    logger.setLevel([floor, logging.INFO, logging.DEBUG][min(level, 2)])
    logger.propagate = False
    warnings.showwarning = _show_warning


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if issubclass(category, DataWarning):
        _say(f"warning: {' '.join(str(message).split())}")
    else:  # libraries warn their programmers, not our users
        log.info("%s:%d: %s: %s", filename, lineno, category.__name__, message)
