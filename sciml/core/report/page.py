"""One self-contained HTML file: nothing is loaded from anywhere, and the browser is told to enforce that."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from sciml.core.errors import ScimlError
from sciml.core.report.markup import Html, escape, join, script, style, tag, to_json

MAX_BYTES = 20_000_000
PACK_OVER_BYTES = 20_000
STYLES = ("tokens.css", "figures.css", "style.css")
POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Section:
    """One landmark of a page: what the navigation names it, and its content."""

    id: str
    title: str
    body: Html


def page(
    title: str,
    head: Html,
    sections: Sequence[Section],
    footer: Html,
    blocks: Sequence[Html] = (),
    scripts: Sequence[str] = (),
    wide: bool = False,
) -> str:
    """The whole file.

    `head` stands above the sections and holds the only h1; `blocks` are data (see `packed`), `scripts` names of
    programs in this folder, run in this order. A `wide` page has its navigation above, not beside. The same arguments
    give the same bytes.
    """
    content = join(
        [
            tag("a", "Skip to the content", href="#main", class_="skip"),
            tag("header", tag("div", head, class_="wrap"), class_="top"),
            tag(
                "div",
                _navigation(sections),
                tag("main", join(map(_section, sections)), id="main", tabindex="-1"),
                class_="wrap columns" if len(sections) > 1 and not wide else "wrap",
            ),
            tag("footer", tag("div", footer, class_="wrap")),
            *blocks,
            *(script(resource(name)) for name in ("page.js", *scripts)),
        ],
        "\n",
    )
    body = tag("body", Html(f"\n{content}\n"), class_="wide" if wide else None)
    document = f'<!doctype html>\n<html lang="en">\n{_head(title)}\n{body}\n</html>\n'
    size = len(document.encode("utf-8"))
    if size > MAX_BYTES:
        raise ScimlError(
            title,
            f"the page would weigh {size / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}",
            "show fewer examples (evaluate.examples)",
        )
    return document


def packed(identifier: str, content: bytes, kind: str = "application/octet-stream") -> Html:
    """Bytes for a program of the page: base64, and gzipped first where that pays."""
    return _block(identifier, content, kind, always=kind == "application/octet-stream")


def packed_arrays(identifier: str, header: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> Html:
    """Arrays by name with a JSON header, as `unpackArrays` in viewer.js reads them.

    Layout: uint32 length of the JSON, the JSON (padded with blanks), then the arrays, little-endian, each on a
    multiple of 8 bytes; the JSON's key `arrays` gives dtype, shape and offset of each.
    """
    places, body = {}, b""
    for name, array in sorted(arrays.items()):
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        places[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": len(body)}
        body += little.tobytes() + b"\0" * (-little.nbytes % 8)
    text = to_json({**header, "arrays": places}).encode("ascii")
    text += b" " * (-(4 + len(text)) % 8)
    return packed(identifier, len(text).to_bytes(4, "little") + text + body)


@cache
def resource(name: str) -> str:
    """A text file that lies beside this module."""
    return (files("sciml.core.report") / name).read_text(encoding="utf-8")


def _block(identifier: str, content: bytes, kind: str, always: bool) -> Html:
    if not always and len(content) <= PACK_OVER_BYTES:
        body, encoding = content, "base64"
    else:
        # level 9, no time and no name in the header: the same bytes for the same content
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        body, encoding = packer.compress(content) + packer.flush(), "gzip"
    text = Html(base64.b64encode(body).decode("ascii"))
    # a type that no browser runs: the content is only ever read by our own loader
    return tag("script", text, type="application/x-sciml-block", id=identifier, data_kind=kind, data_encoding=encoding)


def _head(title: str) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content="sciml"),
        tag("title", title),
        *(style(resource(name)) for name in STYLES),
        # buttons that need a program are shown only where programs run
        script("document.documentElement.classList.add('js')"),
    )


def _navigation(sections: Sequence[Section]) -> Html | None:
    if len(sections) < 2:
        return None
    links = (tag("li", tag("a", section.title, href=f"#{section.id}")) for section in sections)
    return tag("nav", tag("ul", join(links)), aria_label="Sections of this page")


def _section(section: Section) -> Html:
    heading = tag("h2", section.title, id=f"{section.id}-title")
    return tag("section", heading, section.body, id=section.id, aria_labelledby=f"{section.id}-title")


__all__ = ["Section", "escape", "packed", "packed_arrays", "page", "resource"]
