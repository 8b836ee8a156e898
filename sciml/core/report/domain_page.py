"""The pages of one science: what its data look like, and how its models did beside the classical methods."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from sciml.core.report.front_card import card_block
from sciml.core.report.markup import Html, join, tag
from sciml.core.report.page import Section, page
from sciml.core.report.panels import Panel, RunView, Subject, Table, Text, nothing
from sciml.core.report.render import Writer, band
from sciml.core.report.score_tables import (
    difference_sentences,
    difference_table,
    headline,
    headline_bars,
    method_table,
    stratum_table,
)
from sciml.core.report.standard import cite_panels, data_panels, model_panels, run_panels

Maker = Callable[[RunView], Panel]

TITLES = {
    "answer": "Answer",
    "scores": "Scores",
    "cases": "Cases",
    "errors": "Errors",
    "curves": "Curves",
    "data": "Data",
    "model": "Model",
    "run": "Run",
    "cite": "Cite",
}


def report_page(view: RunView, subject: Subject, makers: Sequence[Maker]) -> str:
    """The report of a run: answer, scores, cases, errors, curves, data, model, run, cite, always in this order."""
    made = [maker(view) for maker in makers]
    if view.scores is not None:
        made = [*_score_panels(view), *made]
    made += [*data_panels(view, subject), *model_panels(view), *run_panels(view, subject), *cite_panels(view, subject)]
    writer = Writer(view.provenance)
    answer = Section("answer", TITLES["answer"], _answer(view, subject, writer))
    rest = [_section(name, made, writer) for name in TITLES if name != "answer"]
    return _page(view, subject, "report", [answer, *rest], writer, made)


def data_page(view: RunView, subject: Subject, makers: Sequence[Maker]) -> str:
    """The page made right after prepare: what the data look like, before anything has been learnt from them."""
    view = replace(view, scores=None, cost=None, record=None, model=None, predictions=None)
    made = [
        *(maker(view) for maker in makers),
        *data_panels(view, subject),
        *run_panels(view, subject),
        *cite_panels(view, subject),
    ]
    writer = Writer(view.provenance)
    sections = [_section(name, made, writer) for name in ("cases", "data", "run", "cite")]
    sections[0] = replace(sections[0], title="Samples")
    return _page(view, subject, "data", sections, writer, made)


def _page(
    view: RunView, subject: Subject, kind: str, sections: Sequence[Section], writer: Writer, made: Sequence[Panel]
) -> str:
    other = "the data" if kind == "data" else "report"
    head = join(
        [
            tag("p", f"sciml · run {view.run} · {view.domain} · {other}", class_="crumb"),
            tag("h1", subject.title),
            tag("p", subject.question, class_="question"),
            band(view.provenance),
        ]
    )
    made_by = f"Made by sciml {view.versions.get('sciml', '')}".strip()
    footer = join([tag("p", f"Run {view.run}, {view.domain}, {_digest(view)}. {made_by}."), writer.licences])
    return page(
        f"{subject.title}: {kind} of run {view.run}",
        head,
        sections,
        footer,
        [*writer.blocks, card_block(view, subject, made)],
        writer.scripts,
    )


def _section(name: str, panels: Sequence[Panel], writer: Writer) -> Section:
    mine = [panel for panel in panels if panel.section == name]
    if not mine:
        mine = [nothing("run", "Nothing to show", f"This science shows nothing under {TITLES[name].lower()} yet.")]
    return Section(name, TITLES[name], writer.panels(mine))


def _answer(view: RunView, subject: Subject, writer: Writer) -> Html:
    scores = view.scores
    if scores is None:
        said = tag("p", "No test case with a truth was scored in this run.", class_="verdict")
    else:
        compared = tag("ul", *(tag("li", sentence) for sentence in difference_sentences(scores)), class_="compared")
        said = join([tag("p", scores["verdict"], class_="verdict"), writer.figure(headline_bars(scores)), compared])
    marked = None
    if scores is not None and any(method.get("demonstration") for method in scores["methods"].values()):
        marked = tag("p", "* a demonstration: trained too briefly to be used", class_="caption")
    return join([said, marked, tag("p", tag("strong", "Not for: "), subject.not_for, class_="not-for")])


def _score_panels(view: RunView) -> list[Panel]:
    scores = view.scores or {}
    metric, stratum = headline(scores)
    title = scores["metrics"][metric]["title"]
    tables: list[tuple[str, Table, str]] = [
        (
            "All methods on the same test cases" + ("" if stratum == "all" else f": {stratum}"),
            method_table(scores, view.cost, stratum),
            "Square brackets hold the interval that the bootstrap over test blocks gives; n counts what was scored. "
            "The best value of a column is bold, whoever has it. Two rows whose intervals overlap may still differ: "
            "the table of differences below compares them case by case.",
        ),
        (
            f"{title} by stratum",
            stratum_table(scores, metric),
            "Each row is a part of the test cases. A method can lead overall and still lose where it matters to you.",
        ),
        (
            f"{title}: model minus baseline",
            difference_table(scores, metric),
            "Both methods are drawn again and again on the same blocks, so what the blocks share cancels. The meaning "
            "is 'better' or 'worse' only if the whole interval lies on one side of zero.",
        ),
    ]
    wrong = "Intervals of zero width (too few blocks), or a model that wins overall and loses in every stratum."
    missing = Text(tuple(method["note"] for method in scores["methods"].values() if method["note"]))
    return [
        Panel("scores", title, (table, *([missing] if place == 0 else [])), "", how, wrong if place == 0 else "")
        for place, (title, table, how) in enumerate(tables)
        if table.rows
    ]


def _digest(view: RunView) -> str:
    parts = (view.manifest or {}).get("parts", ())
    digests = "".join(str(part["digest"]) for part in parts)
    if not digests:
        return "no data set yet"
    return f"data set {hashlib.sha256(digests.encode()).hexdigest()[:12]}"
