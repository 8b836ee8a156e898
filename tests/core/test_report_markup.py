"""Whatever a name holds, a page shows it as text."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.report.markup import Html, escape, join, script, style, tag, to_json

HOSTILE = '<img src=x onerror="alert(1)">'


class Reader(HTMLParser):
    """Collects elements with their attributes, and the text between them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(
    st.text(
        st.characters(
            min_codepoint=32, max_codepoint=0x2000, exclude_characters="\x7f", categories=["L", "P", "S", "N"]
        )
    )
)
def test_any_text_comes_back_as_text_and_never_as_an_element(text: str) -> None:
    read = Reader(tag("p", text, title=text))
    assert [name for name, _ in read.tags] == ["p"]
    assert read.text == text
    assert read.tags[0][1]["title"] == text


def test_markup_passes_unchanged_and_text_joined_to_it_loses_that_right() -> None:
    safe = tag("b", "x")
    assert tag("p", safe) == "<p><b>x</b></p>"
    assert not isinstance(safe + HOSTILE, Html)
    assert "<img" not in tag("p", safe + HOSTILE)
    assert join([safe, HOSTILE], " & ") == f"<b>x</b> &amp; {escape(HOSTILE)}"


def test_attributes_that_are_none_or_false_are_left_out() -> None:
    assert tag("input", type="range", disabled=False, title=None, required=True) == '<input type="range" required>'
    assert tag("div", class_="a", aria_label="b") == '<div class="a" aria-label="b"></div>'


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\ud800", "\u202e", "\u2066", "\x85"])
def test_marks_that_cannot_be_seen_are_replaced(mark: str) -> None:
    assert escape(f"a{mark}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_program_cannot_end_its_element() -> None:
    written = script('const a = "</script><b>"; // </SCRIPT <!-- ')
    assert written.lower().count("</script") == 1
    assert "<!--" not in written


def test_json_in_a_page_keeps_its_meaning_and_holds_no_bracket() -> None:
    value = {"name": "</script><img onerror=alert(1)>", "n": [1, None, 0.5]}
    text = to_json(value)
    assert "<" not in text
    assert ">" not in text
    assert json.loads(text) == value


def test_json_in_a_page_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"x": float("nan")})


def test_a_style_sheet_with_a_closing_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="closing tag"):
        style("p{} </style>")
