"""How a panel becomes markup: the one look of tables, figures, viewers and words on all pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sciml.core.report.axes import measured, number
from sciml.core.report.csv_table import as_csv, bare_cell
from sciml.core.report.libraries import library, licence
from sciml.core.report.markup import Html, join, tag, to_json
from sciml.core.report.page import packed, packed_arrays
from sciml.core.report.panels import (
    Cell,
    Column,
    Estimate,
    Figure,
    Item,
    Panel,
    Provenance,
    Strong,
    Table,
    Text,
    Viewer,
)

_BAND = {
    "simulated": ("Simulated data", "The truth is known because we made it; real data are harder."),
    "real": ("Real data", "The truth is the best that its makers know, not certain."),
    "mixed": ("Simulated and real data", "The simulated part is easier than the real one; read them apart."),
}


# sections whose pictures show cases; the others describe the inputs, the model and the run
_OF_THE_CASES = frozenset({"answer", "scores", "cases", "errors", "curves"})


# programs of core that a viewer is made of, beside viewer.js
_PARTS = {"radar": ("grid_map.js", "step_series.js"), "structure": ("contact_map.js", "chain_trace.js")}
# vendored libraries that a viewer asks for
_LIBRARIES = {"structure": ("3dmol",)}


class Writer:
    """Turns panels into markup and keeps what they need elsewhere on the page: data blocks, programs, libraries."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance
        self._blocks: list[Html] = []
        self._viewers: list[str] = []
        self._libraries: list[str] = []

    @property
    def blocks(self) -> list[Html]:
        """Data and libraries of the panels written so far, each with an id of its own."""
        return [*self._blocks, *map(library, dict.fromkeys(self._libraries))]

    @property
    def licences(self) -> Html | None:
        """The licence texts of the libraries inside the page, as these demand."""
        return join(map(licence, dict.fromkeys(self._libraries))) if self._libraries else None

    @property
    def scripts(self) -> list[str]:
        """Programs that the viewers written so far need."""
        names = list(dict.fromkeys(self._viewers))
        parts = dict.fromkeys(part for name in names for part in _PARTS.get(name, ()))
        return ["viewer.js", *parts, *(f"viewers/{name}.js" for name in names)] if names else []

    def panel(self, panel: Panel) -> Html:
        """A panel with its heading, caption and help."""
        # in the caption, so that a screenshot of one figure still says it
        shows = panel.section in _OF_THE_CASES and any(not isinstance(item, Text) for item in panel.items)
        word = tag("strong", f"{_BAND[self.provenance][0]}.") if shows else None
        caption = tag("p", join([word, panel.caption], " "), class_="caption") if shows or panel.caption else None
        return tag("div", tag("h3", panel.title), *map(self.item, panel.items), caption, _help(panel), class_="panel")

    def panels(self, panels: Iterable[Panel]) -> Html:
        return join(map(self.panel, panels))

    def item(self, item: Item) -> Html:
        """One item of a panel."""
        match item:
            case Table():
                return self.table(item)
            case Figure():
                return self.figure(item)
            case Viewer():
                return self.viewer(item)
            case Text():
                return _text(item)

    def table(self, table: Table) -> Html:
        """A table that scrolls by itself when it is wider than the page."""
        name = table.name.replace("_", " ")
        content = join([_scrolled(_table(table), f"Table: {name}"), self._csv(table)])
        if table.folded:
            return tag("details", tag("summary", f"{table.folded} ({len(table.rows):,})"), content)
        return tag("div", content, class_="tabled")

    def figure(self, figure: Figure) -> Html:
        """A drawing; the numbers behind it folded below."""
        chart = None
        if figure.chart is not None:
            self._libraries.append("uplot")
            identifier = self._keep(to_json(figure.chart).encode("ascii"), "application/json")
            chart = tag(
                "button", "Zoom and read values", type="button", class_="explore js-only", data_chart=identifier
            )
        picture = tag("div", _scrolled(figure.svg, figure.sentence), figure.legend, class_="picture")
        if figure.data is None or not figure.data.rows:
            return tag("figure", picture, tag("p", chart, class_="tools") if chart else None)
        numbers = join([_scrolled(_table(figure.data), "Numbers of the figure"), self._csv(figure.data)])
        folded = tag("details", tag("summary", "Numbers"), numbers)
        return tag("figure", picture, tag("div", chart, folded, class_="tools"))

    def viewer(self, viewer: Viewer) -> Html:
        """An interactive view; its static pictures stand in its place until the program runs."""
        self._viewers.append(viewer.name)
        self._libraries += _LIBRARIES.get(viewer.name, ())
        identifier = f"block-{len(self._blocks)}"
        self._blocks.append(packed_arrays(identifier, viewer.header, viewer.arrays))
        without = tag(
            "noscript", tag("p", "The interactive view needs JavaScript; these pictures show the first cases.")
        )
        place = tag(
            "div",
            tag("div", without, *(_scrolled(figure.svg, figure.sentence) for figure in viewer.static), class_="static"),
            class_="viewer",
            data_viewer=viewer.name,
            data_block=identifier,
            data_sentence=viewer.sentence,
        )
        rest = tag("p", viewer.left_out, class_="left-out") if viewer.left_out else None
        listed = None
        if viewer.table is not None:
            listed = tag("details", tag("summary", "All of it as a table"), self.table(viewer.table))
        return join([place, rest, listed])

    def _csv(self, table: Table) -> Html:
        rest = len(table.rows) - table.shown
        identifier = self._keep(as_csv(table).encode("utf-8"), "text/csv")
        name = f"{table.name}.csv"
        button = tag(
            "button",
            "CSV",
            type="button",
            class_="csv js-only",
            data_csv=identifier,
            data_name=name,
            aria_label=f"Save {name}",
        )
        more = tag("span", f"{rest:,} more rows in the CSV", class_="more") if rest > 0 else None
        return tag("span", button, more, class_="tools")

    def _keep(self, content: bytes, kind: str) -> str:
        identifier = f"block-{len(self._blocks)}"
        self._blocks.append(packed(identifier, content, kind))
        return identifier


def band(provenance: Provenance) -> Html:
    """The line under the title that says whether the data are simulated or real."""
    word, meaning = _BAND[provenance]
    return tag("p", tag("strong", word), " ", meaning, class_=f"band {provenance}")


def definitions(facts: Sequence[tuple[str, object]]) -> Html:
    """Names and values, one under the other."""
    pairs = (tag("div", tag("dt", name), tag("dd", value)) for name, value in facts)
    return tag("dl", join(pairs), class_="facts")


def code(text: str) -> Html:
    """Text to be pasted elsewhere, with a button that copies it."""
    button = tag("button", "Copy", type="button", class_="copy js-only")
    return tag("div", button, tag("pre", tag("code", text), tabindex="0"), class_="code")


def _table(table: Table) -> Html:
    head = tag("tr", *(_heading(column, table, place) for place, column in enumerate(table.columns)))
    rows = (
        tag(
            "tr",
            *(_cell(cell, column, place) for place, (cell, column) in enumerate(zip(row, table.columns, strict=True))),
        )
        for row in table.rows[: table.shown]
    )
    # in a wide table an interval stands under its value
    stacked = "stacked" if len(table.columns) > 7 else None
    return tag("table", tag("thead", head), tag("tbody", join(rows)), class_=stacked)


def _heading(column: Column, table: Table, place: int) -> Html:
    numeric = any(not isinstance(bare_cell(row[place]), str | None) for row in table.rows)
    unit = tag("span", f" {column.unit}", class_="unit") if column.unit else None
    return tag("th", column.name, unit, scope="col", class_="number" if numeric else None)


def _cell(cell: Cell, column: Column, place: int) -> Html:
    bare, strong = bare_cell(cell), isinstance(cell, Strong)
    element = "th" if place == 0 else "td"
    scope = "row" if place == 0 else None
    if isinstance(bare, str):
        # a path or a digest may break anywhere, words may not
        long = "long" if any(len(word) > 40 for word in bare.split()) else None
        return tag(element, tag("strong", bare) if strong else bare, scope=scope, class_=long)
    if isinstance(bare, Estimate):
        sort = bare.value
        value, limits = measured(bare.value, bare.low, bare.high, column.digits)
        interval = tag("span", f" {limits}", class_="interval") if limits else None
        word = (f" {bare.word}" if not strong else tag("strong", f" {bare.word}")) if bare.word else None
        content: object = join([tag("strong", value) if strong else value, interval, word])
    else:
        sort, text = bare, number(bare, column.digits)
        content = tag("strong", text) if strong else text
    return tag(element, content, scope=scope, class_="number", data_sort=sort)


def _scrolled(content: Html, name: str) -> Html:
    # what may be wider than a small screen scrolls in its own box, which the keyboard must reach
    return tag("div", content, class_="scroll", tabindex="0", role="group", aria_label=name)


def _help(panel: Panel) -> Html | None:
    if not panel.how_to_read:
        return None
    wrong = None
    if panel.what_would_look_wrong:
        wrong = tag("p", tag("strong", "What would look wrong: "), panel.what_would_look_wrong)
    return tag("details", tag("summary", "How to read this"), tag("p", panel.how_to_read), wrong, class_="how")


def _text(text: Text) -> Html:
    if text.kind == "code":
        return join(map(code, text.paragraphs))
    return join(tag("p", paragraph) for paragraph in text.paragraphs)
