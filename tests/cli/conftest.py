"""Running the `sciml` command inside the test's own process, with everything put back afterwards."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from sciml.cli import _command
from sciml.cli.exits import run


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that it said on stderr."""
        (line,) = self.err.splitlines()
        assert line.startswith("sciml: ")
        assert "Traceback" not in line
        return line.removeprefix("sciml: ")


@pytest.fixture
def unchanged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what running a command changes in a process."""
    monkeypatch.delenv("SCIML_LOG", raising=False)
    logger, terminate, show = logging.getLogger("sciml"), signal.getsignal(signal.SIGTERM), warnings.showwarning
    handlers, level, propagate = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = handlers, propagate
    logger.setLevel(level)
    signal.signal(signal.SIGTERM, terminate)
    warnings.showwarning = show


@pytest.fixture
def ends(capsys: pytest.CaptureFixture[str], unchanged: None) -> Callable[..., Ended]:
    """Run a function as if it were the command."""

    def call(command: Callable[[list[str]], int | None], *argv: str) -> Ended:
        code = run(command, list(argv))
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return call


@pytest.fixture
def sciml(ends: Callable[..., Ended]) -> Callable[..., Ended]:
    """Run `sciml` with these words."""
    return lambda *argv: ends(_command, *argv)
