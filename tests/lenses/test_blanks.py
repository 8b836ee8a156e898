"""A number that stands where nothing was observed is told from one that was measured."""

from __future__ import annotations

import numpy as np
import pytest
from survey_files import noise

from sciml.lenses.blanks import without_blanks


@pytest.mark.parametrize("sentinel", [0.0, -99.0, 100.0])
def test_a_sentinel_that_stands_out_is_unobserved(sentinel: float) -> None:
    pixels = noise((100, 100), sigma=40)
    pixels[:3, :10] = sentinel
    found = without_blanks(pixels, whole_numbers=False)
    assert np.isnan(found[:3, :10]).all()
    assert np.isnan(found).sum() == 30


def test_one_measured_hundred_stays() -> None:
    pixels = noise((100, 100), sigma=40)
    pixels[5, 5] = 100
    assert not np.isnan(without_blanks(pixels, whole_numbers=False)).any()


def test_numbers_of_an_image_in_steps_stay() -> None:
    # a scatter of 3 in steps of 1: the commonest number is met in 13 % of the pixels, 0 among them
    pixels = np.rint(noise((200, 200), sigma=3))
    assert not np.isnan(without_blanks(pixels.copy(), whole_numbers=False)).any()
    assert not np.isnan(without_blanks(np.zeros((50, 50), np.float32), whole_numbers=True)).any()


def test_what_no_detector_gives_is_unobserved() -> None:
    pixels = np.array([[1e16, -1e30, np.inf, np.nan, 5.0]], np.float32)
    np.testing.assert_array_equal(without_blanks(pixels, whole_numbers=True), [[np.nan] * 4 + [5.0]])
