"""Which settings hold: layered files, one above the other, read into a frozen settings object.

Mappings merge key by key; a list or a value of a later file replaces the earlier one. `${NAME}` in a value is
taken from the environment that the caller hands in. Everything that is wrong is reported at once, a line each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sciml.core.errors import SettingsError, Several
from sciml.core.suggest import did_you_mean
from sciml.core.yaml_lines import Key, Lines, Place, dotted, read_lines

S = TypeVar("S", bound=BaseModel)
VARIABLE = re.compile(r"\$\{([^}]*)\}")


class SettingsErrors(Several, SettingsError):
    """Everything that is wrong with the settings; its text has one line for each."""


def load(paths: Sequence[Path], settings_class: type[S], environ: Mapping[str, str]) -> S:
    """The settings that these layers add up to; the last layer wins."""
    return _resolve(paths, settings_class, environ)[0]


def origins(paths: Sequence[Path], settings_class: type[BaseModel], environ: Mapping[str, str]) -> dict[str, str]:
    """Where each setting was set: `file:line`, or `default`, by its dotted key."""
    settings, layers = _resolve(paths, settings_class, environ)
    found = {}
    for key in leaves(settings):
        # a section that a layer set to null or that is all defaults has no deeper place of its own
        place = layers.places.get(key)
        found[dotted(key)] = str(place) if place else "default"
    return found


def leaves(settings: BaseModel, above: Key = ()) -> dict[Key, Any]:
    """Every setting by its key, sections opened; a list counts as one value."""
    found: dict[Key, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            found |= leaves(value, (*above, name))
        else:
            found[(*above, name)] = value
    return found


def _resolve(paths: Sequence[Path], settings_class: type[S], environ: Mapping[str, str]) -> tuple[S, Lines]:
    layers = Lines()
    unread: list[SettingsError] = []
    for path in paths:
        try:
            layers = _merge(layers, _expanded(read_lines(path), environ))
        except SettingsError as error:
            unread.append(error)
    problems = layers.problems
    errors = [*unread, *problems.values()]
    try:
        settings = settings_class.model_validate(layers.content)
    except ValidationError as found:
        if not unread:  # a file that cannot be read would make its settings look missing
            fresh = [error for error in found.errors() if not _known(error["loc"], problems)]
            fresh.sort(key=lambda error: _order(error["loc"], layers, paths))
            name = str(paths[0]) if paths else settings_class.__name__
            errors += [_explain(dict(error), settings_class, layers, name) for error in fresh]
        raise SettingsErrors(errors) from None
    if errors:
        raise SettingsErrors(errors)
    return settings, layers


def _merge(below: Lines, above: Lines) -> Lines:
    places = dict(below.places)

    def over(old: Any, new: Any, key: Key) -> Any:
        if isinstance(old, dict) and isinstance(new, dict):
            places[key] = above.places[key]
            return old | {name: over(old.get(name), value, (*key, name)) for name, value in new.items()}
        for gone in [known for known in places if known[: len(key)] == key]:
            del places[gone]
        places.update({known: place for known, place in above.places.items() if known[: len(key)] == key})
        return new

    content = over(below.content, above.content, ()) if above.content else below.content
    return Lines(content, places, below.problems | above.problems)


def _expanded(layer: Lines, environ: Mapping[str, str]) -> Lines:
    """The layer with `${NAME}` replaced; a name that is not set becomes a problem of its key."""
    problems = dict(layer.problems)

    def expand(value: Any, key: Key) -> Any:
        if isinstance(value, dict):
            return {name: expand(inner, (*key, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [expand(inner, (*key, number)) for number, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        for name in VARIABLE.findall(value):
            if name not in environ:
                problem = f"{dotted(key)}: the environment variable {name or 'with an empty name'} is not set"
                remedy = f"run `export {name or 'NAME'}=...` first, or write the value in its place"
                problems[key] = SettingsError(str(layer.places[key]), problem, remedy)
        return VARIABLE.sub(lambda match: environ.get(match[1], ""), value)

    return Lines(expand(layer.content, ()), layer.places, problems)


def _explain(error: dict[str, Any], settings_class: type[BaseModel], layers: Lines, name: str) -> SettingsError:
    key: Key = tuple(error["loc"])
    name_of_key = dotted(key)
    place = str(_nearest(key, layers) or name)
    if error["type"] == "extra_forbidden":
        section = _class_at(settings_class, key[:-1])
        known = section.model_fields if section else {}
        return SettingsError(place, f"{name_of_key}: there is no such setting", did_you_mean(str(key[-1]), known))
    if error["type"] == "missing":
        return SettingsError(place, f"{name_of_key}: is missing", "add it")
    if error["type"] in ("model_type", "dict_type") and error["input"] is None:
        return SettingsError(place, f"{name_of_key}: the section is empty", "put a setting under it, or remove it")
    problem = str(error["msg"]).removeprefix("Value error, ")
    shown = "" if isinstance(error["input"], dict | list) else f", not {error['input']!r}"
    return SettingsError(place, f"{name_of_key or 'settings'}: {problem[0].lower()}{problem[1:]}{shown}")


def _known(key: Key, problems: Mapping[Key, SettingsError]) -> bool:
    return any(key[: len(problem)] == problem for problem in problems)


def _order(key: Key, layers: Lines, paths: Sequence[Path]) -> tuple[int, int]:
    place = _nearest(key, layers)
    return (list(paths).index(place.path), place.line) if place else (-1, 0)


def _nearest(key: Key, layers: Lines) -> Place | None:
    for length in range(len(key), 0, -1):
        if place := layers.places.get(key[:length]):
            return place
    return None


def _class_at(annotation: Any, key: Key) -> type[BaseModel] | None:
    """The settings class at a key: through sections, optional sections and lists of sections."""
    if get_origin(annotation) in (Union, UnionType):
        found = (_class_at(choice, key) for choice in get_args(annotation))
        return next((cls for cls in found if cls), None)
    if get_origin(annotation) in (tuple, list) and key:
        return _class_at(get_args(annotation)[0], key[1:])
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    if not key:
        return annotation
    field = annotation.model_fields.get(str(key[0]))
    return _class_at(field.annotation, key[1:]) if field else None
