"""The few ways in which sciml stops, each with the exit status that the command line returns.

A message is one line of three parts: the place (a file, a key, an option), what is wrong there, and the remedy.
"""

from __future__ import annotations

import os
from collections.abc import Sequence


class ScimlError(Exception):
    """Something went wrong that the user can mend; its text is one line, `place: problem; remedy`."""

    exit_code = 1

    def __init__(self, place: str | os.PathLike[str], problem: str, remedy: str = "") -> None:
        self.place, self.problem, self.remedy = os.fspath(place), problem, remedy
        line = f"{self.place}: {problem}" + (f"; {remedy}" if remedy else "")
        super().__init__(" ".join(line.split()))

    def __reduce__(self) -> tuple[type[ScimlError], tuple[str, str, str]]:
        # worker processes send errors home by pickling them
        return type(self), (self.place, self.problem, self.remedy)


class SettingsError(ScimlError):
    """A setting or an option is wrong: exit status 2."""

    exit_code = 2


class BadInput(ScimlError):
    """The user's data are not what they should be: exit status 3."""

    exit_code = 3


class Missing(ScimlError):
    """A needed program, package, model or data set is not there: exit status 4."""

    exit_code = 4


class CheckFailed(ScimlError):
    """The work was done, but a check asked for with `--fail-under` did not hold: exit status 5."""

    exit_code = 5


class Several(ScimlError):
    """More than one thing is wrong; the text has one line for each."""

    def __init__(self, errors: Sequence[ScimlError]) -> None:
        self.errors, self.exit_code = tuple(errors), max(error.exit_code for error in errors)
        Exception.__init__(self, "\n".join(str(error) for error in errors))

    def __reduce__(self) -> tuple[type[Several], tuple[tuple[ScimlError, ...]]]:  # type: ignore[override]
        return type(self), (self.errors,)


def raise_all(errors: Sequence[ScimlError]) -> None:
    """Raise what was collected: nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Several(errors)


class DataWarning(UserWarning):
    """One record of many was left out or looks odd; the text names it."""
