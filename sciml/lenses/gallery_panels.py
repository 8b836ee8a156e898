"""Which lenses were found, which missed, and what was taken for one? Galleries for the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sciml.core.report.panels import Panel, RunView, nothing
from sciml.core.report.score_tables import method_label
from sciml.lenses.example_cutouts import pictured, seen_by, shown_kinds
from sciml.lenses.gallery_view import HOW_TO_READ, LOOKS_WRONG, Candidate, gallery_viewer, sheet, thumbnail
from sciml.lenses.settings import Settings

# kind in scores.json, tab
KINDS = (
    ("lens found", "Lenses found"),
    ("lens missed", "Lenses missed"),
    ("false alarm", "False alarms"),
    ("other", "Others"),
)
MOST_OF_A_KIND = 48
DATA_TILES, DATA_OF_A_KIND = 3, 6


LABELS = {
    "lens": "Lenses",
    "plain": "Plain galaxies",
    "field": "Field galaxies and stars",
    "ring": "Ring galaxies",
    "spiral": "Spirals",
    "companion": "Galaxies with a companion",
}


def gallery_panel(view: RunView) -> Panel:
    """Objects of the test tiles: found, missed, false alarms and others, drawn by lot."""
    title = "What was found and what was missed"
    scores = view.scores
    method = (scores["headline"]["model"] or scores["headline"]["baseline"]) if scores is not None else None
    if scores is None or method is None:
        return nothing("cases", title, "No method was scored in this run.")
    examples = _chosen(scores, method)
    if not examples:
        return nothing("cases", title, "The scores hold no example; evaluate.examples may be 0.")
    prepare = seen_by(view, method)
    candidates = pictured(view.index, examples, prepare)
    if not candidates:
        return nothing("cases", title, "The images are no longer where the index says.")
    name = method_label(scores, method)
    sentence = f"Test objects as {name} saw them, with its scores."
    left_out = " ".join(
        [
            f"{len(candidates):,} objects are shown, drawn by lot from each kind; evaluate.examples",
            f"({view.settings.evaluate.examples} now) and {MOST_OF_A_KIND} on a page set the most of a kind.",
        ]
    )
    caption = f"{name}, run {view.run}, {view.provenance} data."
    viewer = gallery_viewer(candidates, KINDS, prepare.scale_arcsec, caption, sentence, True, left_out)
    return Panel(
        "cases",
        title,
        (viewer,),
        f"Objects of the test tiles with the scores of {name}, in random order: the best alone would mislead. Found "
        "is a lens among as many of the best of its tile as the tile has lenses; a false alarm is another object "
        "among them.",
        HOW_TO_READ,
        LOOKS_WRONG,
        thumbnail(candidates),
    )


def kinds_panel(view: RunView) -> Panel:
    """A few objects of each kind, before anything was learnt from them."""
    title = "What the objects look like"
    settings = view.settings
    assert isinstance(settings, Settings)
    candidates = shown_kinds(view.index, settings.prepare, DATA_TILES, DATA_OF_A_KIND)
    if not candidates:
        return nothing("cases", title, "No tile has a catalogue that says what its objects are.")
    kinds = list(dict.fromkeys(each.kind for each in candidates))
    figures = tuple(sheet([each for each in candidates if each.kind == kind], _label(kind)) for kind in kinds)
    return Panel(
        "cases",
        title,
        figures,
        f"The first objects of each kind of {DATA_TILES} tiles at most, in colour.",
        HOW_TO_READ,
        LOOKS_WRONG,
        thumbnail(_lenses_first(candidates)),
    )


def _chosen(scores: Mapping[str, Any], method: str) -> list[Mapping[str, Any]]:
    examples: Sequence[Mapping[str, Any]] = scores["examples"].get(method, ())
    return [
        each
        for kind, _ in KINDS
        for each in sorted((e for e in examples if e["kind"] == kind), key=lambda e: float(e["draw"]))[:MOST_OF_A_KIND]
    ]


def _lenses_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The lens of the widest arc first, so that it is what stands for the data."""
    return sorted(candidates, key=lambda each: (each.kind != "lens", -(each.radius or 0.0)))[:1]


def _label(kind: str) -> str:
    return LABELS.get(kind, kind.capitalize())
