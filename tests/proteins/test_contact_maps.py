"""Above the diagonal stands what was predicted, below it what is true."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.core.report.palette_png import palette_png
from sciml.proteins.chain_pictures import BANDS, band_of, trace_shapes
from sciml.proteins.contact_maps import COLOURS, CONTACT, NEAR, SHADES, UNRESOLVED, codes, strength
from sciml.proteins.family_views import Map


def shown(values: np.ndarray, probable: bool = True) -> Map:
    return Map("model", values, probable, np.zeros((0, 2), int), None)


def line(count: int, step: float) -> np.ndarray:
    """Atoms on a line, so many angstrom apart."""
    return np.column_stack([step * np.arange(count), np.zeros(count), np.zeros(count)])


def test_each_half_says_what_it_should() -> None:
    values = np.zeros((4, 4))
    values[0, 3] = values[3, 0] = 1.0
    # 5 angstrom a step: neighbours touch (5 < 8), the next but one are near (10 < 12), the ends are far (15)
    picture = codes(shown(values), line(4, 5.0), 8.0)
    assert picture[0].tolist() == [0, 0, 0, SHADES - 1]
    assert picture[:, 0].tolist() == [0, CONTACT, NEAR, 0]
    assert picture[3, :3].tolist() == [0, NEAR, CONTACT]


def test_what_is_not_resolved_has_a_colour_of_its_own() -> None:
    native = line(4, 5.0)
    native[1] = np.nan
    picture = codes(shown(np.zeros((4, 4))), native, 8.0)
    assert picture[1, 0] == picture[2, 1] == picture[3, 1] == UNRESOLVED
    assert picture[3, 2] == CONTACT
    assert len(COLOURS) == UNRESOLVED + 1
    assert palette_png(picture, COLOURS).startswith(b"\x89PNG")


def test_scores_are_shares_of_the_highest_one_beyond_the_neighbours() -> None:
    scores = np.zeros((10, 10))
    scores[0, 1], scores[0, 8], scores[1, 9], scores[2, 9] = 9.0, 2.0, 0.5, -3.0
    share = strength(shown(scores, probable=False))
    # the neighbours' 9 is cut at the highest of the others, 2; what is below zero is nothing
    assert [share[0, 1], share[0, 8], share[1, 9], share[2, 9]] == [1.0, 1.0, 0.25, 0.0]
    assert strength(shown(np.zeros((10, 10)), probable=False)).max() == 0


def test_the_bands_are_those_of_the_structure_databases() -> None:
    assert band_of(np.array([90.1, 90.0, 70.1, 70.0, 50.1, 50.0, 0.0])).tolist() == [0, 1, 1, 2, 2, 3, 3]
    assert [band.colour for band in BANDS] == ["#0053D6", "#65CBF3", "#FFDB13", "#FF7D45"]


def test_a_trace_is_drawn_from_the_farthest_bond_to_the_nearest() -> None:
    # a chain that comes towards the reader: the last bond is the nearest
    fold = np.column_stack([np.arange(13.0), np.zeros(13), np.arange(13.0)])
    confidence = np.array([95.0] * 6 + [20.0] * 7)
    drawn = trace_shapes(fold, confidence, np.full((13, 3), np.nan), 0, 0, 120)
    coloured = [shape for shape in drawn if getattr(shape, "look", "").startswith("confidence-")]
    assert coloured[0].look == "confidence-0"
    assert coloured[-1].look == "confidence-3"
    # 12 bonds of 10 on paper, each drawn once, between x = 0 and x = 120
    bonds = [stroke for shape in coloured for stroke in shape.strokes]  # type: ignore[union-attr]
    assert sorted(bond[0][0] for bond in bonds) == pytest.approx([10.0 * place for place in range(12)])


def test_a_residue_without_a_place_breaks_the_native_chain() -> None:
    native = np.column_stack([np.arange(6.0), np.zeros(6), np.zeros(6)])
    native[2] = np.nan
    grey = trace_shapes(native[[0, 1, 3, 4, 5, 5]], np.zeros(6), native, 0, 0, 60)[0]
    # bonds 1-2 and 2-3 are gone of five
    assert len(grey.strokes) == 3  # type: ignore[union-attr]
