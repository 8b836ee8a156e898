"""Tandem repeats are found whole, once, and with their shortest unit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sciml.variants.tandem import find_tracts


def tracts(text: str) -> set[tuple[int, int, int]]:
    found = find_tracts(np.frombuffer(text.encode(), np.uint8))
    return set(zip(found.start.tolist(), found.end.tolist(), found.unit.tolist(), strict=True))


def test_a_homopolymer_is_one_tract_of_unit_one() -> None:
    assert tracts("CGAAAAAAGC") == {(2, 8, 1)}


def test_a_dinucleotide_repeat_keeps_its_part_of_a_unit() -> None:
    # TACACACAC: from the first A on, ACACACAC is four units
    assert tracts("GTACACACACAG") == {(2, 11, 2)}


def test_four_letters_that_are_two_twice_are_no_unit_of_four() -> None:
    assert all(unit == 2 for _, _, unit in tracts("GG" + "AT" * 8 + "CC"))


def test_an_unknown_stretch_repeats_nothing() -> None:
    assert tracts("ACG" + "N" * 30 + "TGC") == set()


@given(st.text("ACGT", min_size=1, max_size=200))
def test_every_tract_repeats_its_unit_and_cannot_grow(text: str) -> None:
    for start, end, unit in tracts(text):
        assert all(text[i] == text[i - unit] for i in range(start + unit, end))
        assert end == len(text) or text[end] != text[end - unit]
        assert start == 0 or text[start - 1] != text[start - 1 + unit]
