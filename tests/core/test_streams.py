"""Streams of random numbers: repeatable, and independent of one another."""

import numpy as np

from sciml.core.streams import draw, stream


def test_the_same_words_give_the_same_numbers() -> None:
    assert np.array_equal(stream(1, "a", "b").integers(1000, size=20), stream(1, "a", "b").integers(1000, size=20))


def test_other_words_or_another_seed_give_other_numbers() -> None:
    drawn = [stream(seed, *words).integers(2**62) for seed in (1, 2) for words in (("a",), ("b",), ("a", "b"))]
    assert len(set(drawn)) == 6


def test_a_lot_follows_from_its_words_alone_and_fills_the_unit_interval() -> None:
    assert draw("case", "object") == draw("case", "object")
    lots = np.array([draw("case", str(number)) for number in range(4_000)])
    assert 0 <= lots.min() < lots.max() < 1
    # the standard error of the mean of 4,000 uniform numbers is 0.0046
    assert abs(lots.mean() - 0.5) < 0.02
