"""What does the reader say of single images? Test images with their answers, and training images as they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.contract import Index, Unit
from sciml.core.report.panels import Panel, RunView, nothing
from sciml.core.report.score_tables import method_label
from sciml.scans.answers import read_answer
from sciml.scans.case_views import (
    HOW_TO_READ,
    LOOKS_WRONG,
    MOST_CASES,
    SIDE,
    CaseView,
    Finding,
    labelled_sheet,
    scan_viewer,
    thumbnail,
)
from sciml.scans.field_of_view import square
from sciml.scans.formats import read_scan
from sciml.scans.ingest import labels_of
from sciml.scans.settings import FINDINGS, Kind, Settings

KINDS = (
    ("false negative", "Missed"),
    ("false positive", "False alarms"),
    ("true positive", "Rightly called"),
    ("true negative", "Rightly not called"),
)
OF_A_LABEL = 4

Example = Mapping[str, Any]


def cases_panel(view: RunView) -> Panel:
    """Test images drawn by lot from each outcome of the method that the verdict is about."""
    title = "Images and what was said of them"
    scores = view.scores
    method = (scores["headline"]["model"] or scores["headline"]["baseline"]) if scores is not None else None
    if scores is None or method is None:
        return nothing("cases", title, "No method was scored in this run.")
    examples = chosen(scores["examples"].get(method, ()))
    if not examples or view.predictions is None:
        return nothing("cases", title, "The scores hold no example; evaluate.examples may be 0.")
    kind = kind_of(view)
    views = [each for example in examples if (each := _view(view, method, example, kind)) is not None]
    if not views:
        return nothing("cases", title, "Images or answers are no longer where the index says.")
    name = method_label(scores, method)
    # one that shows a finding and one that does not, both rightly told
    shown = [next((each for each in views if each.kind == kind), None) for kind in ("true positive", "true negative")]
    pictures = [each.pixels for each in shown if each is not None] or [views[0].pixels]
    return Panel(
        "cases",
        title,
        (
            scan_viewer(
                views,
                KINDS,
                f"Test images with what {name} says of them.",
                f"{len(views)} images are shown, drawn by lot from each outcome; at most {MOST_CASES} are, and "
                f"evaluate.examples ({view.settings.evaluate.examples} now) of an outcome.",
            ),
        ),
        f"Test images with the answers of {name}, in random order. An image stands here once, for one of its "
        "findings; the table beside it holds all.",
        HOW_TO_READ,
        LOOKS_WRONG,
        thumbnail(pictures, f"Images of this run, {view.provenance} data."),
    )


def images_panel(view: RunView) -> Panel:
    """A few images of each label, as the network sees them."""
    title = "What the images look like"
    kind = kind_of(view)
    by_label: dict[str, list[Unit]] = {}
    for unit in view.index.units:
        if unit.facts["kind"] == kind and Path(unit.files["image"].path).exists():
            by_label.setdefault(_label(unit, kind), []).append(unit)
    known = {label: units for label, units in sorted(by_label.items()) if label != "not known"} or by_label
    if not known:
        return nothing("cases", title, f"No image of the {kind} is where the index says.")
    drawn = {label: [_pixels(unit, kind) for unit in _spread(units)] for label, units in known.items()}
    figures = tuple(
        labelled_sheet([(unit.id, pixels) for unit, pixels in zip(_spread(known[label]), images, strict=True)], label)
        for label, images in drawn.items()
    )
    return Panel(
        "cases",
        title,
        figures,
        f"Up to {OF_A_LABEL} images of each label, cut to the field of view.",
        "The heading of each row says what is known of its images. What a camera writes beside the field of view is "
        "cut away.",
        "A label that can be told by the frame, the brightness or the camera: then so will the network tell it.",
        thumbnail([images[0] for images in drawn.values()][-2:], f"Images of this run, {view.provenance} data."),
    )


def chosen(examples: Sequence[Example]) -> list[Example]:
    """At most MOST_CASES, equally many of each outcome as far as there are, each image once; those of small lots."""
    seen, kept = set[str](), dict[str, list[Example]]()
    for example in sorted(examples, key=lambda each: float(each["draw"])):
        held = kept.setdefault(str(example["kind"]), [])
        if example["case"] not in seen and len(held) < MOST_CASES // len(KINDS):
            seen.add(str(example["case"]))
            held.append(example)
    return [example for kind, _ in KINDS for example in kept.get(kind, ())]


def kind_of(view: RunView) -> Kind:
    """The kind of image that the run is about."""
    settings = view.settings
    assert isinstance(settings, Settings)
    return settings.ingest.kind


def _view(view: RunView, method: str, example: Example, kind: Kind) -> CaseView | None:
    """One image with its answer; None where a file is gone."""
    unit = _unit(view.index, str(example["case"]))
    path = _answer(view, method, str(example["case"]))
    if unit is None or path is None or not Path(unit.files["image"].path).exists():
        return None
    answer, truth = read_answer(path), labels_of(unit, kind)
    thresholds = answer["threshold"].values.tolist() if "threshold" in answer else [None] * answer.sizes["finding"]
    known = dict(zip(FINDINGS[kind], truth.tolist(), strict=True))
    findings = tuple(
        Finding(
            str(name),
            float(answer["probability"].values[place]),
            thresholds[place],
            int(answer["decision"].values[place]),
            int(known.get(str(name), -1)),
        )
        for place, name in enumerate(answer["finding"].values)
    )
    return CaseView(
        name=str(example["case"]),
        kind=str(example["kind"]),
        finding=str(example["finding"]),
        lot=float(example["draw"]),
        site=str(unit.facts["site"]),
        gradable=bool(answer["gradable"]),
        reason=str(answer.attrs.get("reason", "")),
        pixels=_pixels(unit, kind),
        findings=findings,
        heatmap=answer["heatmap"].values if "heatmap" in answer else None,
    )


def _unit(index: Index, name: str) -> Unit | None:
    return next((unit for unit in index.units if unit.id == name), None)


def _answer(view: RunView, method: str, case: str) -> Path | None:
    assert view.predictions is not None
    return next(iter(sorted((view.predictions / method).glob(f"*/{case}.nc"))), None)


def _pixels(unit: Unit, kind: Kind) -> np.ndarray:
    """(y, x) or (y, x, colour) uint8: the square that methods see, but finer."""
    scan = read_scan(unit.files["image"].path, at_least=SIDE)
    side = min(SIDE, max(scan.pixels.shape[:2]))
    planes = square(scan, side, kind)
    return planes[0] if len(planes) == 1 else np.moveaxis(planes, 0, -1)


def _label(unit: Unit, kind: Kind) -> str:
    """What is known of an image, in words."""
    words = [
        f"{finding.replace('_', ' ')}: {'yes' if value else 'no'}"
        for finding, value in zip(FINDINGS[kind], labels_of(unit, kind).tolist(), strict=True)
        if value >= 0
    ]
    return ", ".join(words) or "not known"


def _spread(units: Sequence[Unit]) -> list[Unit]:
    """A few of many, of as many patients and sites as there are."""
    first: dict[tuple[str, str], Unit] = {}
    for unit in units:
        first.setdefault((str(unit.facts["site"]), unit.sample), unit)
    by_site: dict[str, list[Unit]] = {}
    for (site, _), unit in first.items():
        by_site.setdefault(site, []).append(unit)
    rounds = [unit for turn in range(OF_A_LABEL) for group in by_site.values() for unit in group[turn : turn + 1]]
    return rounds[:OF_A_LABEL]
