"""A PNG of few colours shows what it was given."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sciml.core.report.palette_png import palette_png

COLOURS = [f"#{17 * step:02x}{255 - 13 * step:02x}{7 * step:02x}" for step in range(12)]


def pixels(png: bytes) -> np.ndarray:
    """RGB (row, column, part) as Pillow reads them."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 11)))
def test_every_pixel_has_the_colour_of_its_number(values: np.ndarray) -> None:
    table = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in COLOURS])
    np.testing.assert_array_equal(pixels(palette_png(values, COLOURS)), table[values])


def test_more_than_sixteen_colours_take_a_byte_a_pixel() -> None:
    colours = [f"#{step:02x}0000" for step in range(40)]
    values = np.arange(40).reshape(5, 8)
    np.testing.assert_array_equal(pixels(palette_png(values, colours))[..., 0], values)


def test_the_same_values_give_the_same_bytes() -> None:
    values = np.arange(12).reshape(3, 4)
    assert palette_png(values, COLOURS) == palette_png(values.copy(), COLOURS)


def test_a_value_without_a_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 12 colours"):
        palette_png(np.array([[12]]), COLOURS)
    with pytest.raises(ValueError, match="do not fit"):
        palette_png(np.zeros((0, 3), np.uint8), COLOURS)
