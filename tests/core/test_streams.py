"""Streams of random numbers: repeatable, and independent of one another."""

import numpy as np

from sciml.core.streams import stream


def test_the_same_words_give_the_same_numbers() -> None:
    assert np.array_equal(stream(1, "a", "b").integers(1000, size=20), stream(1, "a", "b").integers(1000, size=20))


def test_other_words_or_another_seed_give_other_numbers() -> None:
    drawn = [stream(seed, *words).integers(2**62) for seed in (1, 2) for words in (("a",), ("b",), ("a", "b"))]
    assert len(set(drawn)) == 6
