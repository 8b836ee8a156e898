"""A picture of many colours is small, whole and the same every time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sciml.core.report.photo import fitted, photo
from sciml.core.report.shapes import Picture, drawing

RAMP = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))


def test_a_photo_is_nearly_what_was_put_in() -> None:
    colours = np.stack([RAMP, RAMP.T, np.full_like(RAMP, 90)], axis=-1)
    seen = np.asarray(Image.open(io.BytesIO(photo(colours, 95))).convert("RGB")).astype(int)
    assert np.abs(seen - colours).mean() < 3
    grey = np.asarray(Image.open(io.BytesIO(photo(RAMP, 95))).convert("L")).astype(int)
    assert np.abs(grey - RAMP).mean() < 3


def test_the_same_pixels_are_the_same_bytes_and_fewer_than_they_were() -> None:
    assert photo(RAMP) == photo(RAMP.copy())
    assert len(photo(RAMP)) < RAMP.nbytes / 8


@pytest.mark.parametrize("wrong", [RAMP.astype(np.float32), RAMP[None, None], np.zeros((4, 4, 2), np.uint8)])
def test_what_is_no_picture_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="neither grey nor in three colours"):
        photo(wrong)


def test_a_picture_is_made_smaller_but_never_larger() -> None:
    assert fitted(np.zeros((200, 100, 3), np.uint8), 50).shape == (50, 25, 3)
    assert fitted(RAMP, 64) is RAMP
    assert fitted(np.zeros((1, 500), np.uint8), 20).shape == (1, 20)


def test_a_drawing_says_which_kind_of_file_it_holds() -> None:
    drawn = drawing(10, 10, [Picture(0, 0, 10, 10, photo(RAMP), sharp=False)], "A ramp.").svg
    assert "data:image/webp;base64," in drawn
    assert "pixels" not in drawn
