"""Features are those of the rows that count, the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.core.errors import BadInput
from sciml.proteins.alignments import ALPHABET, Alignment
from sciml.proteins.features import MAPS, NEAR, features, kept_rows, standardised
from sciml.proteins.pairs import pair_count, unpack
from sciml.proteins.settings import FeatureSettings


def an_alignment(rows: int = 60, length: int = 20, seed: int = 0) -> Alignment:
    states = np.random.default_rng(seed).integers(0, 20, (rows, length)).astype(np.uint8)
    return Alignment("it", "".join(ALPHABET[state] for state in states[0]), states, 0, ())


def test_the_features_have_the_promised_shapes_and_types() -> None:
    found = features(an_alignment(), FeatureSettings())
    assert found["sequence"].dtype == np.uint8
    assert found["profile"].sizes == {"residue": 20, "state": 21}
    assert found["maps"].sizes == {"pair": pair_count(20), "map": 3}
    assert found["maps"].dtype == np.float16
    assert tuple(found["map"].values) == MAPS
    assert found["profile"].dtype == np.float32
    assert (float(found["neff"]), int(found["rows"])) == (60, 60)
    np.testing.assert_allclose(found["profile"].sum("state"), 1, atol=1e-5)


def test_a_single_sequence_has_maps_of_zero_and_one_effective_row() -> None:
    found = features(an_alignment(rows=1), FeatureSettings())
    assert not found["maps"].values.any()
    assert float(found["neff"]) == 1
    np.testing.assert_array_equal(found["profile"].values.argmax(axis=1), found["sequence"].values)


def test_a_map_has_mean_zero_and_spread_one_over_pairs_far_enough_apart() -> None:
    maps = unpack(features(an_alignment(300), FeatureSettings())["maps"].values.astype(np.float64), 20)
    far = maps[:, *np.triu_indices(20, NEAR)]
    # clipping at -3 and 12 moves few of them
    np.testing.assert_allclose(far.mean(axis=1), 0, atol=0.02)
    np.testing.assert_allclose(far.std(axis=1), 1, atol=0.05)


def test_a_map_too_small_or_without_contrast_is_zero() -> None:
    assert not standardised(np.ones((5, 5), np.float32)).any()
    assert not standardised(np.full((20, 20), 3.0, np.float32)).any()


def test_rows_of_many_gaps_are_left_out_and_the_query_never() -> None:
    rows = np.zeros((4, 10), np.uint8)
    rows[0, :8], rows[1, :5], rows[2, :6] = 20, 20, 20
    assert kept_rows(rows, FeatureSettings(max_gaps=0.5)).tolist() == [0, 1, 3]


def test_too_many_rows_are_drawn_from_by_seed_the_query_among_them() -> None:
    rows = np.zeros((100, 10), np.uint8)
    first = kept_rows(rows, FeatureSettings(max_rows=20))
    assert len(first) == 20
    assert first[0] == 0
    assert (np.diff(first) > 0).all()
    assert kept_rows(rows, FeatureSettings(max_rows=20)).tolist() == first.tolist()
    assert kept_rows(rows, FeatureSettings(max_rows=20, seed=2)).tolist() != first.tolist()
    assert kept_rows(rows, FeatureSettings(max_rows=1)).tolist() == [0]
    assert len(kept_rows(rows, FeatureSettings(max_rows=100))) == 100


def test_an_absurdly_long_query_is_refused_before_it_takes_the_memory() -> None:
    with pytest.raises(BadInput, match="2001 residues, more than 2000"):
        features(an_alignment(rows=1, length=2001), FeatureSettings())
