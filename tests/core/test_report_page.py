"""One file, nothing loaded from anywhere, the same bytes for the same content."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from importlib.resources import files

import numpy as np
import pytest

from sciml.core.errors import ScimlError
from sciml.core.report.libraries import LIBRARIES, library, licence
from sciml.core.report.markup import Html, tag
from sciml.core.report.page import MAX_BYTES, POLICY, Section, packed, packed_arrays, page, resource

LOADS = re.compile(
    r"""<(?:script|img|link|iframe|object|embed)\b[^>]*\b(?:src|href|data)\s*=\s*["']?(?!data:)"""
    r"""|@import|\burl\(|\bfetch\(|XMLHttpRequest|WebSocket|importScripts|\bimport\s*\(""",
    re.IGNORECASE,
)


def simple(body: Html, blocks: tuple[Html, ...] = ()) -> str:
    sections = [Section("one", "One", body), Section("two", "Two", tag("p", "second"))]
    return page("A page", tag("h1", "A page"), sections, tag("p", "end"), blocks, ("viewer.js", "viewers/pileup.js"))


def content(block: str) -> bytes:
    found = re.search(r'data-encoding="(\w+)">([^<]*)</script>', block)
    assert found
    body = base64.b64decode(found[2])
    return gzip.decompress(body) if found[1] == "gzip" else body


def test_a_page_names_nothing_that_a_browser_would_load() -> None:
    written = simple(tag("p", "x"), tuple(map(library, LIBRARIES)))
    assert LOADS.search(written) is None


def test_the_search_for_what_a_browser_would_load_finds_it() -> None:
    for bad in ('<img src="http://x/y.png">', "<script src=a.js></script>", "p{background:url(x)}", "fetch('x')"):
        assert LOADS.search(simple(Html(bad)))


def test_the_browser_itself_is_told_to_load_nothing() -> None:
    written = simple(tag("p", "x"))
    assert POLICY.startswith("default-src 'none'; ")
    policy = tag("meta", http_equiv="Content-Security-Policy", content=POLICY)
    # it holds for what follows it: nothing but the encoding may come before
    assert written.index(policy) < written.index("<style>")
    assert "http" not in POLICY


def test_a_page_has_one_heading_its_landmarks_and_a_skip_link() -> None:
    written = simple(tag("p", "x"))
    assert written.count("<h1>") == 1
    for landmark in ("<header", "<nav", "<main", "<footer", 'href="#main"', '<html lang="en">', 'href="#two"'):
        assert landmark in written


def test_the_same_content_gives_the_same_bytes() -> None:
    block = packed("a", b"x" * 30_000, "text/csv")
    assert block == packed("a", b"x" * 30_000, "text/csv")
    assert simple(tag("p", "x"), (block,)) == simple(tag("p", "x"), (block,))


def test_a_page_that_is_too_heavy_is_refused_with_a_remedy() -> None:
    with pytest.raises(ScimlError, match=r"21 MB, more than 20; show fewer examples"):
        simple(tag("p", "x" * (MAX_BYTES + 1_000_000)))


@pytest.mark.parametrize(("size", "encoding"), [(20_000, "base64"), (20_001, "gzip")])
def test_what_is_larger_than_20_kb_is_packed(size: int, encoding: str) -> None:
    block = packed("a", b"x" * size, "text/csv")
    assert f'data-encoding="{encoding}"' in block
    assert content(block) == b"x" * size


def test_arrays_come_back_as_the_viewer_reads_them() -> None:
    """The layout is a contract with viewer.js: length, JSON, then arrays on multiples of eight."""
    arrays = {"b": np.arange(5, dtype=np.uint8), "a": np.array([[1, -2], [3, 4]], np.int16)}
    raw = content(packed_arrays("x", {"title": "é"}, arrays))
    length = int.from_bytes(raw[:4], "little")
    header, body = json.loads(raw[4 : 4 + length]), raw[4 + length :]
    assert (4 + length) % 8 == 0
    assert header["title"] == "é"
    # a takes 8 bytes, so b begins at 8
    assert header["arrays"]["a"] == {"dtype": "int16", "shape": [2, 2], "offset": 0}
    assert header["arrays"]["b"] == {"dtype": "uint8", "shape": [5], "offset": 8}
    assert np.frombuffer(body, "<i2", 4).tolist() == [1, -2, 3, 4]
    assert np.frombuffer(body, np.uint8, 5, 8).tolist() == [0, 1, 2, 3, 4]


def test_vendored_files_are_what_their_record_says() -> None:
    folder = files("sciml.core.report") / "vendor"
    record = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    named = {name: digest for entry in record.values() for name, digest in entry["files"].items()}
    assert {entry.name for entry in folder.iterdir()} == {*named, "vendor.json"}
    for name, digest in named.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    for entry in record.values():
        assert entry["version"]
        assert entry["licence"]
        assert any(name.endswith("LICENSE") for name in entry["files"])


def test_every_library_in_a_page_has_its_licence_there() -> None:
    record = json.loads(resource("vendor/vendor.json"))
    assert {chosen.title.removesuffix(".js") for chosen in LIBRARIES.values()} == record.keys()
    for name, chosen in LIBRARIES.items():
        for file in (chosen.code, *chosen.licences, *([chosen.style] if chosen.style else [])):
            assert file in record[chosen.title.removesuffix(".js")]["files"]
        assert html.unescape(licence(name)).count("Copyright") >= len(chosen.licences)
        assert f'id="library-{name}"' in library(name)


def test_our_own_programs_use_no_markup_from_strings() -> None:
    folder = files("sciml.core.report")
    programs = [entry.name for entry in folder.iterdir() if entry.name.endswith(".js")]
    programs += [f"viewers/{entry.name}" for entry in (folder / "viewers").iterdir()]
    assert {"page.js", "viewer.js", "viewers/pileup.js"} <= set(programs)
    made = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")
    assert [name for name in programs if made.search(resource(name))] == []
