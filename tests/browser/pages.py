"""How the tests open a page: in headless Chromium, from a file, offline, hearing every complaint."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")

CHROMIUM = shutil.which("chromium")
# Chromium no longer falls back to drawing in software by itself
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--headless"]
STILL = {"reduced_motion": "reduce"}
MAX_PAGE_BYTES, MAX_INDEX_BYTES, MAX_PRINT_BYTES = 5_000_000, 300_000, 2_000_000
MAX_NODES, MAX_HEAP_BYTES = 3_000, 150e6
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# what the Tab key must reach: of a row of which the arrows choose one, only that one
REACHABLE = (
    "button:visible:not([tabindex='-1']):not(:disabled), select:visible, input:visible:not(:disabled), "
    "summary:visible, canvas[tabindex='0']:visible, .scroll[tabindex='0']:visible"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium on the PATH (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Opened:
    """A page in a context of its own, with everything that the browser asked for or complained about."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "offline": True, **options})
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())

    def viewer(self) -> Any:
        """The first viewer, once it runs."""
        self.page.locator("[data-viewer]").first.scroll_into_view_if_needed()
        self.page.wait_for_selector(".view canvas[aria-label]")
        return self.page.locator(".view").first

    def picture(self) -> np.ndarray:
        """Every seventh pixel of the viewer's large canvas, its red."""
        # read from a copy: a canvas that is read often is drawn in another way, a shade apart
        code = """() => {
            const from = document.querySelector('.view canvas');
            const copy = Object.assign(document.createElement('canvas'), { width: from.width, height: from.height });
            const context = copy.getContext('2d');
            context.drawImage(from, 0, 0);
            const all = context.getImageData(0, 0, copy.width, copy.height).data;
            return btoa(String.fromCharCode(...all.filter((_, at) => at % 28 === 0)));
        }"""
        return np.frombuffer(base64.b64decode(self.page.evaluate(code)), np.uint8)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def asks_for_nothing_else(opened: Opened, path: Path) -> None:
    """The page alone was loaded, and nothing was complained of."""
    asked = [url for url in opened.requests if not url.startswith(("data:", "blob:"))]
    assert asked == [path.as_uri()]
    assert opened.complaints == []


def every_control_is_reached(opened: Opened, view: Any) -> None:
    """The Tab key goes through every control of a viewer, from its first button on, and its focus is seen."""
    view.get_by_role("button").first.focus()
    wanted, reached = view.locator(REACHABLE).count(), 1
    for _ in range(wanted + 5):
        opened.page.keyboard.press("Tab")
        inside = opened.page.evaluate(
            "() => { const at = document.activeElement; if (!at.closest('.view')) return null;"
            " const style = getComputedStyle(at); return [style.outlineStyle, style.outlineWidth]; }"
        )
        if inside is None:
            break
        assert inside[0] != "none", "the focus cannot be seen"
        assert float(inside[1].removesuffix("px")) >= 2
        reached += 1
    assert reached == wanted


def stays_within_its_limits(opened: Opened, path: Path) -> None:
    """Weight, nodes and memory of a page of one science."""
    assert path.stat().st_size <= MAX_PAGE_BYTES
    assert opened.page.evaluate("document.querySelectorAll('*').length") <= MAX_NODES
    assert opened.page.evaluate("performance.memory.usedJSHeapSize") <= MAX_HEAP_BYTES


def axe_core() -> str:
    """The program of axe-core; skips where there is none."""
    axe = os.environ.get("AXE_CORE")
    if axe is None:
        pytest.skip("AXE_CORE does not name axe.min.js (npm install axe-core)")
    return Path(axe).read_text(encoding="utf-8")


def axe_finds_nothing(opened: Opened, axe: str) -> None:
    """No violation of WCAG 2.1 AA; the page must have been opened with `bypass_csp`."""
    opened.page.add_script_tag(content=axe)
    found = opened.page.evaluate("tags => axe.run({ runOnly: { type: 'tag', values: tags } })", AXE_TAGS)
    told = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]]
    assert told == []


def text_of_pdf(content: bytes) -> str:
    """The text of a PDF as a search would find it: glyph codes through the fonts' own ToUnicode tables."""
    streams = []
    for body in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            streams.append(zlib.decompress(body).decode("latin-1"))
        except zlib.error:
            continue
    meanings: dict[str, str] = {}
    for table in streams:
        if "begincmap" in table:
            meanings.update(to_unicode(table))
    text = io.StringIO()
    for stream in streams:
        if "begincmap" not in stream:
            for shown in re.findall(r"<([0-9A-Fa-f]+)>", stream):
                text.write("".join(meanings.get(shown[at : at + 4].upper(), "") for at in range(0, len(shown), 4)))
    return text.getvalue()


def to_unicode(table: str) -> Iterator[tuple[str, str]]:
    """Glyph code and letter of a ToUnicode table."""
    for part in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, letter in re.findall(r"<(\w{4})>\s*<(\w{4,})>", part):
            yield code.upper(), bytes.fromhex(letter).decode("utf-16-be")
    for part in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, letter in re.findall(r"<(\w{4})>\s*<(\w{4})>\s*<(\w{4})>", part):
            for step in range(int(last, 16) - int(first, 16) + 1):
                yield f"{int(first, 16) + step:04X}", chr(int(letter, 16) + step)


def without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)
