"""How did single families come out? Maps and folds of a few, the scores of all, and where the baseline wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sciml.core.report.panels import Cell, Column, Panel, RunView, Strong, Table, nothing
from sciml.core.report.scatter import Point, scatter
from sciml.core.report.score_tables import method_label
from sciml.proteins.family_views import FIRST, MOST, by_case, chosen, done, pictured
from sciml.proteins.settings import Settings
from sciml.proteins.structure_view import structure_viewer, thumbnail

NO_SCORES = "No method was scored in this run."
NO_EXAMPLES = "The scores hold no example; evaluate.examples may be 0."
TOP_L = "precision of the top L"

Scores = Mapping[str, Any]


def structures_panel(view: RunView) -> Panel:
    """Maps of contacts and folds of at most eight families, of the method that the verdict is about."""
    title = "Contacts and folds of single families"
    scores, method = view.scores, shown_method(view)
    if scores is None or method is None:
        return nothing("cases", title, NO_SCORES)
    examples = scores["examples"].get(method, ())
    views = pictured(view, scores, method, chosen(examples))
    if not views:
        why = "Answers or structures are no longer where the index says." if examples else NO_EXAMPLES
        return nothing("cases", title, why)
    assert isinstance(view.settings, Settings)
    settings, name = view.settings.evaluate, method_label(scores, method)
    cases = int(scores["methods"][method]["cases"])
    left_out = (
        f"{len(views)} of {cases:,} families are shown, at most {MOST}; the table of every family has the scores."
    )
    folded = any(each.fold is not None for each in views)
    sentence = f"Maps of contacts {'and folds ' if folded else ''}of {len(views)} test families, by {name}."
    return Panel(
        "cases",
        title,
        (structure_viewer(views, settings, sentence, left_out if len(views) < cases else ""),),
        f"Test families with the answers of {name}: some drawn by lot, then two each from the worst, the middle and "
        "the best by precision of the top L.",
        "Above the diagonal of the map stands what was predicted, below it the truth, or another method that you "
        f"choose: contacts are pairs of C-beta atoms within {settings.contact_angstrom:g} angstrom. Rings and crosses "
        f"mark the L likeliest pairs at least {settings.min_separation} residues apart (L is the length of the chain), "
        "rings those that do touch. The fold is a trace of C-alpha atoms, coloured by its own confidence (the lDDT "
        "that it expects); the native chain lies over it by least squares over all residues.",
        "A map that is dark along the diagonal alone: then only neighbours in the chain were found. Contacts in "
        "stripes over whole rows. High confidence where the fold leaves the native chain. A fold that is the mirror "
        "image of the native chain: its contacts are right and its handedness is not.",
        thumbnail(views[0], settings, view.provenance),
    )


def families_panel(view: RunView) -> Panel:
    """All families with the precision of every method."""
    title = "Every family"
    scores = view.scores
    if scores is None or not done(scores):
        return nothing("scores", title, NO_SCORES)
    methods = done(scores)
    found = {method: by_case(scores, method) for method in methods}
    if not found[methods[0]]:
        return nothing("scores", title, NO_EXAMPLES)
    folds = [method for method in methods if any(e["tm_score"] is not None for e in found[method].values())]
    rows: list[tuple[Cell, ...]] = []
    for case, example in sorted(found[methods[0]].items()):
        scored = [found[method].get(case, {}).get(FIRST) for method in methods]
        best = max((each for each in scored if each is not None), default=None)
        precisions = [Strong(each) if each is not None and each == best else each for each in scored]
        alike = [found[method].get(case, {}).get("tm_score") for method in folds]
        rows.append((case, example["length"], example["rows"], example["neff"], *precisions, *alike))
    columns = [Column("Family"), Column("Residues"), Column("Rows"), Column("Neff")]
    columns += [Column(method_label(scores, method)) for method in methods]
    columns += [Column(f"TM-score, {method_label(scores, method)}") for method in folds]
    return Panel(
        "scores",
        title,
        (Table("families", tuple(columns), tuple(rows)),),
        f"{how_many(scores, methods[0])} Columns named after a method hold its {TOP_L}; the best of a row is bold.",
        "Rows counts the sequences of the alignment as it came. Neff is how many of those that are used remain when "
        "sequences that are alike share their weight: it, not their number, limits what coevolution can tell.",
    )


def against_panel(view: RunView) -> Panel:
    """Model against baseline, a marker a family."""
    title = "Family by family against the best baseline"
    scores = view.scores
    model, baseline = (scores["headline"]["model"], scores["headline"]["baseline"]) if scores else (None, None)
    if scores is None or model is None or baseline is None:
        return nothing("errors", title, "A model and a baseline are needed, and one was not scored in this run.")
    mine, theirs = by_case(scores, model), by_case(scores, baseline)
    pairs = [
        (case, float(theirs[case][FIRST]), float(mine[case][FIRST]))
        for case in sorted(mine.keys() & theirs.keys())
        if mine[case][FIRST] is not None and theirs[case][FIRST] is not None
    ]
    if not pairs:
        return nothing("errors", title, NO_EXAMPLES)
    wins, losses = sum(y > x for _, x, y in pairs), sum(y < x for _, x, y in pairs)
    name, other = method_label(scores, model), method_label(scores, baseline)
    sentence = (
        f"{name} is ahead in {wins:,} of {len(pairs):,} families, {other} in {losses:,}; "
        f"{len(pairs) - wins - losses:,} are equal."
    )
    figure = scatter(
        "against",
        [Point(case, x, y, name) for case, x, y in pairs],
        [(name, 0)],
        f"{other}: {TOP_L}",
        f"{name}: {TOP_L}",
        sentence,
        (0.0, 1.0),
        (0.0, 1.0),
        diagonal=True,
    )
    worst = sorted((y - x, case, x, y) for case, x, y in pairs if y < x)[:10]
    lost = Table(
        "families_lost",
        (Column("Family"), Column(name), Column(other), Column("Neff"), Column("Residues")),
        tuple((case, y, x, mine[case]["neff"], mine[case]["length"]) for _, case, x, y in worst),
        folded="Families that the model loses, the worst first",
    )
    return Panel(
        "errors",
        title,
        (figure, *((lost,) if worst else ())),
        sentence,
        "A marker is a family. Above the dotted line the model is ahead. Hover over a marker for its name.",
        "Families at the bottom right: there coevolution alone found what the model overlooked.",
    )


def shown_method(view: RunView) -> str | None:
    """The method that the verdict is about: the model, else the best baseline."""
    if view.scores is None:
        return None
    method: str | None = view.scores["headline"]["model"] or view.scores["headline"]["baseline"]
    return method


def how_many(scores: Scores, method: str) -> str:
    """How many families the figures of single families hold, in words."""
    held, everything = len(by_case(scores, method)), int(scores["methods"][method]["cases"])
    if held >= everything:
        return f"All {everything:,} test families." if everything != 1 else "The only test family."
    return f"{held:,} of {everything:,} test families, drawn by lot; evaluate.examples sets how many."
