"""Which families are shown, and what did each method say of them? Drawn by lot, and the worst, middle and best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.contract import Unit
from sciml.core.netcdf import SUFFIX, read_netcdf
from sciml.core.report.panels import RunView
from sciml.core.report.score_tables import method_label, methods_in_order
from sciml.proteins.ingest import structure_of
from sciml.proteins.scoring import ranked_pairs
from sciml.proteins.settings import ProteinsEvaluateSettings, Settings
from sciml.proteins.similarity import distances, lddt
from sciml.proteins.superposition import broad_side, superpose

MOST, OF_A_KIND = 8, 2
RANDOM, WORST, MIDDLE, BEST = "by lot", "among the worst", "in the middle", "among the best"
FIRST = "precision_top_l"

Example = Mapping[str, Any]
Scores = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Map:
    """One method's map of a family.

    `values` (residue, residue2) is a probability of contact, or, if not `probable`, a score without a unit; `top`
    (pair, 2) are the L highest long-range pairs that the structure knows, 0-based.
    """

    label: str
    values: np.ndarray
    probable: bool
    top: np.ndarray
    precision: float | None


@dataclass(frozen=True, eq=False)
class Trace:
    """A fold, (residue, xyz) angstrom, beside it its confidence and its lDDT by residue, 0-100."""

    ca: np.ndarray
    confidence: np.ndarray
    lddt: np.ndarray
    expected: np.ndarray
    tm_score: float | None


@dataclass(frozen=True, eq=False)
class FamilyView:
    """A family: what the shown method and the `others` said; `native_ca` and `native_cb` (residue, xyz) are the truth.

    The native chain lies over the fold, and both are turned to their broad side.
    """

    name: str
    kind: str
    sequence: str
    rows: int
    neff: float
    shown: Map
    others: tuple[Map, ...]
    native_ca: np.ndarray
    native_cb: np.ndarray
    fold: Trace | None


def chosen(examples: Sequence[Example]) -> list[tuple[str, Example]]:
    """At most MOST families with why each is shown; each stands once, those that were drawn by lot first."""
    order = sorted(
        (e for e in examples if e[FIRST] is not None), key=lambda e: (e[FIRST], e["tm_score"] or 0, e["case"])
    )
    each = max(1, min(OF_A_KIND, len(order) // 4))
    middle = (len(order) - each) // 2
    kinds = {str(e["case"]): BEST for e in order[-each:]}
    for kind, some in ((WORST, order[:each]), (MIDDLE, order[middle : middle + each])):
        for example in some:
            kinds.setdefault(str(example["case"]), kind)
    drawn = sorted((e for e in examples if str(e["case"]) not in kinds), key=lambda e: float(e["draw"]))
    lots = [(RANDOM, example) for example in drawn[: MOST - len(kinds)]]
    by_case = {str(example["case"]): example for example in examples}
    rest = [(kind, by_case[case]) for kind in (WORST, MIDDLE, BEST) for case, of in kinds.items() if of == kind]
    return [*lots, *rest]


def pictured(view: RunView, scores: Scores, method: str, wanted: Sequence[tuple[str, Example]]) -> list[FamilyView]:
    """The wanted families whose answer and structure are where they were."""
    found = (_view(view, scores, method, kind, example) for kind, example in wanted)
    return [one for one in found if one is not None]


def done(scores: Scores) -> list[str]:
    """Methods that answered, models first."""
    return [method for method in methods_in_order(scores) if scores["methods"][method]["status"] == "done"]


def by_case(scores: Scores, method: str) -> dict[str, Example]:
    """The examples of a method by family."""
    return {str(example["case"]): example for example in scores["examples"].get(method, ())}


def answer_of(view: RunView, method: str, case: str) -> xr.Dataset | None:
    """What a method said of a family; None where the file is gone."""
    if view.predictions is None:
        return None
    path = next(iter(sorted((view.predictions / method).glob(f"*/{case}{SUFFIX}"))), None)
    return None if path is None else read_netcdf(path)


def unit_of(view: RunView, case: str) -> Unit | None:
    """The family in the index, if its structure is still where it was."""
    unit = next((each for each in view.index.units if each.id == case), None)
    return unit if unit is not None and Path(unit.files["structure"].path).exists() else None


def _view(view: RunView, scores: Scores, method: str, kind: str, example: Example) -> FamilyView | None:
    case = str(example["case"])
    unit, answer = unit_of(view, case), answer_of(view, method, case)
    if unit is None or answer is None:
        return None
    native = structure_of(unit)
    assert isinstance(view.settings, Settings)
    evaluate, known = view.settings.evaluate, distances(native.cb)
    others = [
        _map(scores, other, case, said, known, evaluate)
        for other in done(scores)
        if other != method and (said := answer_of(view, other, case)) is not None
    ]
    fold, native_ca = None, native.ca.astype(np.float64)
    if "ca" in answer:
        fold, native_ca = _trace(answer, native_ca, example)
    return FamilyView(
        case,
        kind,
        str(answer.attrs["sequence"]),
        int(answer.attrs["rows"]),
        float(answer.attrs["neff"]),
        _map(scores, method, case, answer, known, evaluate),
        tuple(others),
        native_ca,
        native.cb,
        fold,
    )


def _map(
    scores: Scores, method: str, case: str, answer: xr.Dataset, known: np.ndarray, settings: ProteinsEvaluateSettings
) -> Map:
    values = answer["contact"].values
    top = np.stack(ranked_pairs(values, known, settings), 1)[: len(values)]
    probable = answer["contact"].attrs["quantity"] == "probability"
    example = by_case(scores, method).get(case)
    return Map(method_label(scores, method), values, probable, top, example[FIRST] if example else None)


def _trace(answer: xr.Dataset, native_ca: np.ndarray, example: Example) -> tuple[Trace, np.ndarray]:
    """The fold and the native chain over it, both turned alike."""
    ca = answer["ca"].values.astype(np.float64)
    ca = ca - ca.mean(0)
    turned = broad_side(ca)
    native = superpose(native_ca, ca) @ turned
    confidence, expected = answer["confidence"].values, answer["distance"].values
    return Trace(ca @ turned, confidence, lddt(ca, native_ca), expected, example["tm_score"]), native
