"""Markup whose text is always escaped: every piece of HTML and SVG is put together here."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable

# control characters, lone surrogates, and marks that reverse the reading direction: never part of a name
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Markup that is safe to put into a page; everything else is escaped on its way in."""

    __slots__ = ()


def escape(value: object) -> Html:
    """Any value as text of a page; markup passes unchanged."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(value)), quote=True))


def tag(element: str, *children: object, **attributes: object) -> Html:
    """One element; `None` children and `None` or `False` attributes are left out, `_` in a name becomes `-`."""
    written = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if element in _VOID:
        return Html(f"<{element}{written}>")
    return Html(f"<{element}{written}>{join(children)}</{element}>")


def join(children: Iterable[object], between: str = "") -> Html:
    """Pieces one after another; text among them is escaped."""
    return Html(escape(between).join(escape(child) for child in children if child is not None))


def script(code: str) -> Html:
    """A program of ours or a vendored one, inlined; nothing in it can end its element."""
    safe = re.sub(r"<(/script|!--)", r"\\x3c\1", code, flags=re.IGNORECASE)
    return Html(f"<script>\n{safe}\n</script>")


def style(rules: str) -> Html:
    """A style sheet of ours or a vendored one, inlined."""
    if "</" in rules:
        raise ValueError("a style sheet must not hold a closing tag")
    return Html(f"<style>\n{rules}\n</style>")


def to_json(value: object) -> str:
    """Compact JSON with sorted keys that is safe inside a script element; NaN is refused."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
