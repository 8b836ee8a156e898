"""Which vendored programs may stand inside a page, what each is for, and what its licence demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sciml.core.report.markup import Html, join, tag
from sciml.core.report.page import packed, resource


@dataclass(frozen=True)
class Library:
    """Files in `vendor/`; `does` completes the sentence "<title>, which ..."."""

    title: str
    does: str
    code: str
    licences: tuple[str, ...]
    style: str | None = None


LIBRARIES: Mapping[str, Library] = {
    "uplot": Library(
        "uPlot",
        "draws the charts that can be zoomed",
        "uPlot.iife.min.js",
        ("uPlot.LICENSE",),
        "uPlot.min.css",
    ),
    "3dmol": Library(
        "3Dmol.js",
        "draws the folds in three dimensions",
        "3Dmol.min.js",
        ("3Dmol.LICENSE", "3Dmol-parts.LICENSE"),
    ),
}


def library(name: str) -> Html:
    """A vendored library, kept packed until a program of the page asks for it."""
    chosen = LIBRARIES[name]
    blocks = [packed(f"library-{name}", _text(chosen.code).encode("utf-8"), "text/javascript")]
    if chosen.style is not None:
        blocks.append(packed(f"library-{name}-style", _text(chosen.style).encode("utf-8"), "text/css"))
    return join(blocks)


def licence(name: str) -> Html:
    """Its licence texts, which must go wherever it goes, folded."""
    chosen = LIBRARIES[name]
    texts = (tag("pre", _text(file), tabindex="0") for file in chosen.licences)
    return tag("details", tag("summary", f"Licence of {chosen.title}, which {chosen.does}"), *texts)


def _text(file: str) -> str:
    return resource(f"vendor/{file}")
