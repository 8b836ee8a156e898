"""What does precision depend on? How many pairs are asked for, how deep the alignment is, how sure the fold is."""

from __future__ import annotations

import math

from sciml.core.report.panels import Panel, RunView, nothing
from sciml.core.report.scatter import Point, scatter
from sciml.core.report.score_tables import estimate, method_label, method_looks
from sciml.proteins.family_panels import NO_EXAMPLES, NO_SCORES, TOP_L, how_many
from sciml.proteins.family_views import FIRST, by_case, done

ALL = "all"
ASKED = (("precision_top_l5", "top L/5"), ("precision_top_l2", "top L/2"), ("precision_top_l", "top L"))
APART = 0.11


def asked_panel(view: RunView) -> Panel:
    """Precision of few and of many pairs, every method with its interval."""
    title = "Precision by the number of pairs asked for"
    scores = view.scores
    if scores is None or not done(scores):
        return nothing("curves", title, NO_SCORES)
    looks, methods, points = method_looks(scores), done(scores), list[Point]()
    for place, (metric, words) in enumerate(ASKED):
        for turn, method in enumerate(methods):
            found = estimate(scores, method, ALL, metric)
            if found is None or found[0].value is None:
                continue
            # side by side, so that no whisker hides another
            x = place + APART * (turn - (len(methods) - 1) / 2)
            name = method_label(scores, method)
            points.append(Point(f"{name}, {words}", x, found[0].value, name, found[0].low, found[0].high))
    if not points:
        return nothing("curves", title, "No test family has a long-range pair.")
    sentence = f"Precision of the top L/5, L/2 and L long-range pairs of {len(methods)} methods."
    figure = scatter(
        "precision_asked",
        points,
        [(method_label(scores, method), looks[method]) for method in methods],
        "pairs taken, from the highest score down",
        "precision",
        sentence,
        (-0.5, len(ASKED) - 0.5),
        (0.0, 1.0),
        [(float(place), words) for place, (_, words) in enumerate(ASKED)],
    )
    return Panel(
        "curves",
        title,
        (figure,),
        "Means over the test families; whiskers are bootstrap intervals over fold groups.",
        "L is the length of the chain. A method whose scores rank well has its best pairs right more often than the "
        "rest, so the markers fall from left to right. A protein has some one to two long-range contacts a residue, so "
        "that a precision of 1 at L is seldom possible for small ones.",
        "Precision that rises from left to right: the highest scores are then no better than the others.",
    )


def depth_panel(view: RunView) -> Panel:
    """Precision over the effective number of sequences, a marker for each family and method."""
    title = "Precision by depth of the alignment"
    scores = view.scores
    if scores is None or not done(scores):
        return nothing("curves", title, NO_SCORES)
    looks = method_looks(scores)
    compared = [
        method
        for method in (scores["headline"]["model"], scores["headline"]["baseline"])
        if method is not None and by_case(scores, method)
    ]
    points = [
        Point(case, float(example["neff"]), float(example[FIRST]), method_label(scores, method))
        for method in compared
        for case, example in sorted(by_case(scores, method).items())
        if example[FIRST] is not None and example["neff"] > 0
    ]
    if not points:
        return nothing("curves", title, NO_EXAMPLES)
    names = " and ".join(method_label(scores, method) for method in compared)
    sentence = f"Precision of the top L over the effective number of sequences: {names}."
    low, high = (math.log10(end(point.x for point in points)) for end in (min, max))
    figure = scatter(
        "precision_depth",
        points,
        [(method_label(scores, method), looks[method]) for method in compared],
        "effective sequences (Neff), logarithmic",
        TOP_L,
        sentence,
        (low - 0.1, high + 0.1),
        (0.0, 1.0),
        logarithmic=True,
    )
    return Panel(
        "curves",
        title,
        (figure,),
        how_many(scores, compared[0]),
        "A marker is a family. Coevolution needs many sequences that differ: the markers should rise to the right. "
        "What a network adds is most of all on the left, where alignments are thin.",
        "No rise at all: the scores then come from the length of the chain or from the order of the pairs.",
    )


def confidence_panel(view: RunView) -> Panel:
    """Mean confidence of each fold against the lDDT that it reached."""
    title = "Does the confidence mean what it says?"
    scores = view.scores
    if scores is None or not done(scores):
        return nothing("curves", title, NO_SCORES)
    looks = method_looks(scores)
    folded = {
        method: [e for e in by_case(scores, method).values() if e["confidence"] is not None and e["lddt"] is not None]
        for method in done(scores)
    }
    folded = {method: examples for method, examples in folded.items() if examples}
    if not folded:
        return nothing("curves", title, "No method of this run folds.")
    points = [
        Point(str(e["case"]), float(e["confidence"]), float(e["lddt"]), method_label(scores, method))
        for method, examples in folded.items()
        for e in sorted(examples, key=lambda example: str(example["case"]))
    ]
    gap = sum(point.x - point.y for point in points) / len(points)
    compared = "as high as" if abs(gap) < 0.5 else f"{abs(gap):.0f} {'above' if gap > 0 else 'below'}"
    sentence = f"Over {len(points)} folds the mean confidence is {compared} the lDDT that was reached."
    figure = scatter(
        "confidence",
        points,
        [(method_label(scores, method), looks[method]) for method in folded],
        "mean confidence of a fold, 0-100",
        "lDDT of C-alpha atoms, 0-100",
        sentence,
        (0.0, 100.0),
        (0.0, 100.0),
        diagonal=True,
    )
    return Panel(
        "curves",
        title,
        (figure,),
        sentence,
        "A marker is a fold. Confidence is the lDDT that the model expects of its own fold; on the dotted line it is "
        "right. Below the line it promises too much.",
        "Markers in a column: the confidence is then the same whatever comes out.",
    )
