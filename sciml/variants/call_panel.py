"""Which calls are right and which are wrong? The model's calls with their reads, on the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sciml.core.report.panels import Column, Panel, RunView, Table, nothing
from sciml.core.report.score_tables import method_label
from sciml.core.weights import RECORD, read_record
from sciml.variants.answers import Answers
from sciml.variants.call_views import Place, call_views, kind_of
from sciml.variants.pileup_picture import thumbnail
from sciml.variants.pileup_view import HOW_TO_READ, LOOKS_WRONG, pileup_viewer
from sciml.variants.score_panels import total
from sciml.variants.settings import PrepareSettings, Settings

# name in scores.json, tab, the sums whose difference counts all of them
KINDS = (
    ("true positive", "Random true calls", "tp_query", None),
    ("false positive", "False positives", "fp", "fp_gt"),
    ("false negative", "False negatives", "fn", "fn_gt"),
    ("genotype error", "Wrong genotypes", "fp_gt", None),
)


def calls_panel(view: RunView) -> Panel:
    """The calls of the model that the verdict is about, right and wrong, with their reads."""
    title = "Calls and their reads"
    scores = view.scores
    model = scores["headline"]["model"] if scores is not None else None
    if scores is None or model is None:
        return nothing("cases", title, "No model was scored in this run.")
    found = _chosen(view, scores, model)
    if not found:
        return nothing("cases", title, "The scores hold no example; evaluate.examples may be 0.")
    answers = Answers(view.predictions, list(scores["sums"])) if view.predictions is not None else None
    views = call_views([_place(each) for each in found], view.index, _drawing(view, model), answers, model)
    sentence = f"Reads over a call of {method_label(scores, model)}, the network's image, and what each caller said."
    return Panel(
        "cases",
        title,
        (
            pileup_viewer(
                views,
                [(kind, tab) for kind, tab, _, _ in KINDS],
                f"{method_label(scores, model)}, run {view.run}.",
                sentence,
                _call_table(found),
                _left_out(scores, model, found, view.settings),
            ),
        ),
        f"Calls of {method_label(scores, model)}: true ones, drawn at random, come first; the errors are beside.",
        HOW_TO_READ,
        LOOKS_WRONG,
        thumbnail(views),
    )


def _chosen(view: RunView, scores: Mapping[str, Any], model: str) -> list[Mapping[str, Any]]:
    """At most `evaluate.examples` of each kind, those of the smallest lots."""
    settings = view.settings
    assert isinstance(settings, Settings)
    examples: Sequence[Mapping[str, Any]] = scores["examples"].get(model, ())
    return [
        each
        for kind, *_ in KINDS
        for each in sorted((e for e in examples if e["kind"] == kind), key=lambda e: float(e["draw"]))[
            : settings.evaluate.examples
        ]
    ]


def _place(example: Mapping[str, Any]) -> Place:
    qual, called, truth = example["qual"], example["called_gt"], example["truth_gt"]
    quality = "" if qual is None else f", QUAL {qual:.0f}"
    called, words = ("not called", "not called") if called == "." else (called, f"called {called}")
    return Place(
        kind=example["kind"],
        unit=example["unit"],
        contig=example["contig"],
        position=example["position"],
        ref=example["ref"],
        alt=example["alt"],
        type=kind_of(example["ref"], example["alt"]),
        short=(called if called == truth else f"{called}, truth {truth}") + quality,
        about=f"{example['kind'].capitalize()} in {example['unit']}: {words}, truth {truth}{quality}.",
        qual=qual,
        gq=example["gq"],
        truth_gt=truth,
        case=example["case"],
    )


def _drawing(view: RunView, model: str) -> PrepareSettings:
    """How the model that answered draws its images: its own record beside its answers says so."""
    settings = view.settings
    assert isinstance(settings, Settings)
    if view.predictions is not None:
        for part in sorted((view.predictions / model).glob("*")):
            if (part / RECORD).exists():
                return PrepareSettings.model_validate(read_record(part).settings["prepare"])
    return settings.prepare


def _call_table(examples: Sequence[Mapping[str, Any]]) -> Table:
    names = ("Kind", "Sample", "Contig", "Position", "Ref", "Alt", "Truth", "Called", "QUAL", "GQ", "Depth", "Filter")
    rows = tuple(
        (
            each["kind"],
            each["unit"],
            each["contig"],
            str(each["position"]),
            each["ref"],
            each["alt"],
            each["truth_gt"],
            each["called_gt"],
            each["qual"],
            each["gq"],
            each["dp"],
            each["filter"] or "",
        )
        for each in examples
    )
    return Table("calls", tuple(map(Column, names)), rows, shown=24)


def _left_out(scores: Mapping[str, Any], model: str, shown: Sequence[Mapping[str, Any]], settings: Any) -> str:
    parts = []
    for kind, tab, counted, less in KINDS:
        every = float(total(scores, model, counted, "all")) - (float(total(scores, model, less, "all")) if less else 0)
        here = sum(each["kind"] == kind for each in shown)
        parts.append(f"{here:,} of {round(every):,} {tab.lower().removeprefix('random ')}")
    words = ", ".join(parts)
    return (
        f"Shown: {words}; chosen by lot. evaluate.examples (now {settings.evaluate.examples}) sets the most of a kind."
    )
