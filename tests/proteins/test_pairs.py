"""Maps of pairs come back as they were packed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sciml.proteins.pairs import pack, pair_count, unpack


def test_the_upper_triangle_is_kept_row_by_row_with_its_diagonal() -> None:
    one = np.array([[[11, 12, 13], [12, 22, 23], [13, 23, 33]]])
    assert pack(one)[:, 0].tolist() == [11, 12, 13, 22, 23, 33]


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 99))
def test_unpacking_undoes_packing(length: int, maps: int, seed: int) -> None:
    half = np.random.default_rng(seed).normal(size=(maps, length, length)).astype(np.float16)
    whole = half + half.transpose(0, 2, 1)
    flat = pack(whole)
    assert flat.shape == (pair_count(length), maps)
    np.testing.assert_array_equal(unpack(flat, length), whole)
    assert unpack(flat, length).dtype == np.float16
