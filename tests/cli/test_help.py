"""Every help text has examples, and every example is right."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from sciml.cli import stage
from sciml.cli.app import app

REPOSITORY = Path(__file__).parents[2]


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, by its words."""
    if inner := getattr(command, "commands", None):
        for name, one in inner.items():
            yield from leaves(one, (*path, name))
    else:
        yield path, command


COMMANDS = {path: command for path, command in leaves(get_command(app)) if path != ("stage",)}


def examples(text: str) -> list[list[str]]:
    """The words after `sciml` of each example, without variables before and a file after."""
    found = re.findall(r"^\s*(?:[A-Z_]+=\S+ )*sciml (.*)$", text, re.MULTILINE)
    return [shlex.split(line.split(" > ")[0]) for line in found]


ALL = [pytest.param(path, words, id=" ".join(words)) for path, one in COMMANDS.items() for words in examples(one.help)]
# cheap; an example with a path in it names a file that a run makes, and is left out
RUN = {"version", "data list", "models list", "models verify", "config check", "config show", "config schema"}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does_and_gives_examples(path: tuple[str, ...]) -> None:
    text = COMMANDS[path].help
    first = text.splitlines()[0]
    assert first.endswith((".", "them"))
    assert 1 <= len(examples(text)) <= 4


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is(path: tuple[str, ...]) -> None:
    assert [option.name for option in COMMANDS[path].params if not option.help] == []


@pytest.mark.parametrize(("path", "words"), ALL)
def test_every_example_is_of_its_own_command_and_parses(path: tuple[str, ...], words: list[str]) -> None:
    assert tuple(words[: len(path)]) == path
    # raises a usage error where a word is wrong
    COMMANDS[path].make_context(" ".join(path), words[len(path) :])


@pytest.mark.parametrize(
    ("path", "words"), [one for one in ALL if " ".join(one.values[0]) in RUN and "/" not in one.id]
)
def test_every_cheap_example_runs(
    sciml: Any, path: tuple[str, ...], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert sciml(*words).code == 0


def test_the_examples_of_the_stages_parse() -> None:
    found = examples(stage.EXAMPLES)
    assert len(found) == 3
    for words in found:
        assert stage._parser().parse_args(words[1:]).stage == words[1]


def test_the_help_fits_a_terminal_of_80_columns_where_it_is_not_an_example(sciml: Any) -> None:
    prose = [line for line in sciml("variants", "call", "--help").out.splitlines() if not line.startswith("    sciml")]
    assert max(map(len, prose)) <= 80


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("varints", "no such command 'varints'. Did you mean 'variants'? (see `sciml --help`)"),
        ("variants cal", "variants: no such command 'cal'. Did you mean 'call'? (see `sciml variants --help`)"),
        ("variants call", "variants call: missing argument 'READS' (see `sciml variants call --help`)"),
        ("version --no", "version: no such option: --no (see `sciml version --help`)"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_line(sciml: Any, words: str, line: str) -> None:
    ended = sciml(*words.split())
    assert (ended.code, ended.error) == (2, line)


def test_a_value_out_of_range_names_its_option(sciml: Any) -> None:
    ended = sciml("variants", "call", "a.bam", "--reference", "b.fa", "--out", "c.vcf", "--threads", "0")
    assert ended.code == 2
    assert ended.error.startswith("variants call: invalid value for '--threads': ")


@pytest.mark.parametrize("words", [[], ["variants"], ["data"]])
def test_a_command_without_words_shows_its_help(sciml: Any, words: list[str]) -> None:
    ended = sciml(*words)
    assert ended.code == 2
    assert ended.err.startswith("Usage: sciml")


def test_the_version_is_that_of_the_package(sciml: Any) -> None:
    from sciml import __version__

    assert sciml("version").out == sciml("--version").out == f"{__version__}\n"


def test_stage_can_be_reached_from_the_table_of_contents(ends: Any) -> None:
    ended = ends(lambda argv: app(argv, prog_name="sciml", standalone_mode=False), "stage", "gather")
    assert ended.code == 2
    assert ended.error.startswith("stage gather: the following arguments are required")
