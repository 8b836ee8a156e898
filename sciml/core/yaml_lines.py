"""What one settings file says, and on which line it says it.

Plain YAML only. Scalars are read as YAML 1.2 reads them, so that `NO` stays a name, `1e-3` is a number and
`20:10` is not sixty times twenty. Tags, anchors and duplicate keys are refused: the first two can run code or
grow without bound, the last loses a setting in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from sciml.core.errors import SettingsError

Key: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
PLAIN_YAML = "write plain mappings, lists and values"


@dataclass(frozen=True)
class Place:
    """A line of a file, printed as editors and compilers print it."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Lines:
    """The content of a settings file, the place of every value in it by its key, and what is wrong at a key."""

    content: dict[str, Any] = field(default_factory=dict)
    places: dict[Key, Place] = field(default_factory=dict)
    problems: dict[Key, SettingsError] = field(default_factory=dict)


def read_lines(path: Path) -> Lines:
    """Read one settings file; an empty one is an empty mapping."""
    text = _text(path)
    try:
        loader = _PlainLoader(text, path)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1) if mark else path
        raise SettingsError(str(place), f"is not YAML ({error.problem or error.context})", PLAIN_YAML) from None
    except yaml.YAMLError as error:
        raise SettingsError(path, f"is not YAML ({error})", PLAIN_YAML) from None
    if node is None:
        return Lines()
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path}:{node.start_mark.line + 1}", "holds no keys", "write `key: value` lines")
    lines = Lines()
    lines.content.update(_construct(node, (), path, lines))
    return lines


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(path, "does not exist", "check the name of the settings file") from None
    except OSError as error:
        raise SettingsError(path, f"cannot be read ({error.strerror})", "name a readable file") from None
    if len(content) > MAX_BYTES:
        raise SettingsError(path, f"is larger than {MAX_BYTES:,} bytes", "settings are small; is this a data file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}:{line}", "is not UTF-8 text", "save the file as UTF-8") from None


def _construct(node: yaml.Node, key: Key, path: Path, lines: Lines) -> Any:
    place = lines.places.setdefault(key, Place(path, node.start_mark.line + 1))
    if isinstance(node, yaml.SequenceNode):
        return [_construct(value, (*key, number), path, lines) for number, value in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        if node.value == "" and node.style is None:
            remedy = "write its value, or null for none; leave out a section that changes nothing"
            lines.problems[key] = SettingsError(str(place), f"{dotted(key)} has no value", remedy)
        return _scalar(node)
    content: dict[str, Any] = {}
    for name, value in node.value:
        word = str(name.value) if isinstance(name, yaml.ScalarNode) else f"line {name.start_mark.line + 1}"
        inner, here = (*key, word), Place(path, name.start_mark.line + 1)
        if not isinstance(name, yaml.ScalarNode):
            lines.problems[inner] = SettingsError(str(here), "a key is a list or a mapping", "keys are words")
        elif word in content:
            problem = f"{dotted(inner)} was already set on line {lines.places[inner].line}"
            lines.problems[inner] = SettingsError(str(here), problem, "keep one of the two")
        else:
            lines.places[inner] = here
            content[word] = _construct(value, inner, path, lines)
    return content


def dotted(key: Key) -> str:
    """A key as people write it: `train.batch_size`."""
    return ".".join(map(str, key))


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "null":
        return None
    if kind == "bool":
        return text[0] in "tT"
    if kind == "int":
        return int(text, 0) if text.startswith("0x") else int(text)
    if kind == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _PlainLoader(yaml.SafeLoader):
    """YAML's own reader with 1.2 scalars, without anchors and tags, and with a bound on the depth."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  (PyYAML's own name for a table of the class)

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self.name = str(path)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed", problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem=f"the tag {event.tag} is not allowed", problem_mark=event.start_mark)
        if self.depth == MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"deeper than {MAX_DEPTH} levels", problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


# https://yaml.org/spec/1.2.2/#1032-tag-resolution, with decimal and hexadecimal integers only
for _kind, _pattern, _first in (
    ("null", r"null|Null|NULL|~", list("nN~")),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", list("-+.0123456789")),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"^(?:{_pattern})$"), _first)
