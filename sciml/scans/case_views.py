"""Scans as the viewer takes them: a small file of the image, coarse heatmaps, and what a method said.

Nothing that names a person or a file comes in here: a case is its name in the sheet, a patient a code.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sciml.core.report.panels import Cell, Column, Figure, Table, Viewer
from sciml.core.report.photo import fitted, photo
from sciml.core.report.shapes import Boxes, Picture, Shape, Words, drawing

MOST_CASES = 40
SIDE = 512
BUDGET_BYTES = 3_000_000
STATIC_CASES, ACROSS, TILE, GAP = 8, 4, 154.0, 8.0
WARNING = "where the score is sensitive, not where disease is"
HOW_TO_READ = (
    "Drag over the image: sideways changes the window (contrast), up and down the level (brightness). The heatmap is "
    "off at first, so that it does not lead the eye; it is coarse, and bright where a change of the image would change "
    "the score most. It marks no lesion. The probability is calibrated; the decision is made where it reaches the "
    "threshold, which was set on validation images and is seldom a half."
)
LOOKS_WRONG = (
    "A heatmap that is bright at the edge of the field, on letters or on devices: then the score follows the camera or "
    "the hospital. Probabilities that are all alike, or thresholds beyond all of them."
)


@dataclass(frozen=True)
class Finding:
    """What a method said of one finding, and what is known: `truth` 1, 0 or -1 (not known); `decision` likewise."""

    name: str
    probability: float
    threshold: float | None
    decision: int
    truth: int


@dataclass(frozen=True)
class CaseView:
    """One image: `pixels` (y, x, colour) or (y, x) uint8, `heatmap` (finding, row, column) 0 to 1 over the same square.

    `finding` is the one that it was chosen for, `kind` what the method made of it there.
    """

    name: str
    kind: str
    finding: str
    lot: float
    site: str
    gradable: bool
    reason: str
    pixels: np.ndarray
    findings: tuple[Finding, ...]
    heatmap: np.ndarray | None = None


def scan_viewer(
    views: Sequence[CaseView], kinds: Sequence[tuple[str, str]], sentence: str, left_out: str = ""
) -> Viewer:
    """The viewer `scan` of at least one case; `kinds` are (kind, tab)."""
    arrays, cases = dict[str, np.ndarray](), list[dict[str, Any]]()
    spent = 0
    for place, view in enumerate(views[:MOST_CASES]):
        file = np.frombuffer(photo(fitted(view.pixels, SIDE)), np.uint8)
        heat = None if view.heatmap is None else np.rint(255 * np.clip(view.heatmap, 0, 1)).astype(np.uint8)
        spent += len(file) + (0 if heat is None else len(zlib.compress(heat.tobytes(), 1)))
        if spent > BUDGET_BYTES and cases:
            break
        arrays[f"image_{place}"] = file
        if heat is not None:
            arrays[f"heat_{place}"] = heat
        cases.append(_case(view, place, heat))
    header = {
        "warning": WARNING,
        "findings": [finding.name for finding in views[0].findings],
        "kinds": [list(kind) for kind in kinds if any(case["kind"] == kind[0] for case in cases)],
        "cases": cases,
    }
    kept = views[: len(cases)]
    if len(kept) < len(views):
        left_out += f" {len(views) - len(kept)} more are in the table alone, to keep the page below 5 MB."
    static = (contact_sheet(_one_of_each(kept, kinds), "Examples"),)
    return Viewer("scan", sentence, header, arrays, static, case_table(views), left_out.strip())


def case_table(views: Sequence[CaseView]) -> Table:
    """One row for each image and finding."""
    rows: list[tuple[Cell, ...]] = [
        (view.name, view.site, finding.name, finding.probability, finding.threshold, *_words(view, finding))
        for view in views
        for finding in view.findings
    ]
    names = ("Image", "Site", "Finding", "Probability", "Threshold", "Decision", "Known")
    return Table("images", tuple(map(Column, names)), tuple(rows), shown=24)


def contact_sheet(views: Sequence[CaseView], title: str) -> Figure:
    """Images with what was said of them, for paper and for a page without programs."""
    shapes: list[Shape] = [Words("name", 0, 13, title)]
    lines = 1 + max((len(view.findings) for view in views), default=0)
    tall = TILE + 8 + 14 * lines + 8
    for place, view in enumerate(views):
        x, y = (place % ACROSS) * (TILE + GAP), 22 + (place // ACROSS) * tall
        shapes += [Boxes("gap", [(x, y, TILE, TILE)]), _picture(view.pixels, x, y, TILE)]
        shapes.append(Words("value", x, y + TILE + 14, _short(view.name)))
        for line, finding in enumerate(view.findings, start=1):
            shapes.append(Words("small", x, y + TILE + 14 + 14 * line, _line(finding)))
    rows = -(-len(views) // ACROSS)
    sentence = f"{title}: {len(views)} images with what was said of them and what is known."
    return drawing(ACROSS * (TILE + GAP) - GAP, 22 + rows * tall, shapes, sentence)


def labelled_sheet(images: Sequence[tuple[str, np.ndarray]], title: str) -> Figure:
    """Images (y, x[, colour]) each with one line under it."""
    shapes: list[Shape] = [Words("name", 0, 13, title)]
    for place, (label, pixels) in enumerate(images):
        x, y = (place % ACROSS) * (TILE + GAP), 22 + (place // ACROSS) * (TILE + 30)
        shapes += [_picture(pixels, x, y, TILE), Words("small", x, y + TILE + 14, _short(label, 26))]
    rows = -(-len(images) // ACROSS)
    return drawing(ACROSS * (TILE + GAP) - GAP, 22 + rows * (TILE + 30), shapes, f"{title}: {len(images)} images.")


def thumbnail(images: Sequence[np.ndarray], sentence: str) -> Figure | None:
    """At most two images side by side, for the front page; at most 25 kB."""
    if not images:
        return None
    side = 156.0
    shapes = [
        Picture((side + 8) * place, 0, side, side, photo(fitted(pixels, 192), 70), sharp=False)
        for place, pixels in enumerate(images[:2])
    ]
    return drawing((side + 8) * len(shapes) - 8, side, shapes, sentence)


def _case(view: CaseView, place: int, heat: np.ndarray | None) -> dict[str, Any]:
    return {
        "name": view.name,
        "kind": view.kind,
        "about": view.finding.replace("_", " "),
        "finding": view.finding,
        "lot": view.lot,
        "facts": f"Site {view.site}.",
        "gradable": view.gradable,
        "reason": view.reason,
        "image": f"image_{place}",
        "heat": None if heat is None else {"array": f"heat_{place}", "shape": list(heat.shape)},
        "answers": [
            {
                "finding": finding.name,
                "probability": round(finding.probability, 4),
                "threshold": None if finding.threshold is None else round(finding.threshold, 4),
                "decision": decision,
                "truth": truth,
            }
            for finding in view.findings
            for decision, truth in (_words(view, finding),)
        ],
    }


def _words(view: CaseView, finding: Finding) -> tuple[str, str]:
    decision = "not gradable" if not view.gradable or finding.decision < 0 else ("yes" if finding.decision else "no")
    return decision, {1: "yes", 0: "no"}.get(finding.truth, "not known")


def _line(finding: Finding) -> str:
    known = {1: "yes", 0: "no"}.get(finding.truth, "not known")
    return f"{finding.name.replace('_', ' ')}: {100 * finding.probability:.0f} %, known: {known}"


def _picture(pixels: np.ndarray, x: float, y: float, side: float) -> Picture:
    height, width = pixels.shape[:2]
    wide, tall = side * min(1, width / height), side * min(1, height / width)
    file = photo(fitted(pixels, 224), 75)
    return Picture(x + (side - wide) / 2, y + (side - tall) / 2, wide, tall, file, sharp=False)


def _one_of_each(views: Sequence[CaseView], kinds: Sequence[tuple[str, str]]) -> list[CaseView]:
    """Of each kind the first ones by lot, as many of each."""
    each = max(1, STATIC_CASES // max(1, len(kinds)))
    return [
        view
        for kind, _ in kinds
        for view in sorted((v for v in views if v.kind == kind), key=lambda view: view.lot)[:each]
    ]


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
