from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.scans.field_of_view import find_disc, square_of


def field(height: int, width: int, y: float, x: float, radius: float) -> np.ndarray:
    """A bright disc on black with a dark vessel across, (y, x, channel)."""
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot(rows - y, columns - x) < radius
    brightness = 0.6 * inside * (1 - 0.8 * (np.abs(rows - y - 10) < 3))
    return np.asarray(brightness[..., None] * np.array([1.0, 0.5, 0.25]), np.float32)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 1),
    st.floats(0.42, 0.7),
    st.floats(-0.04, 0.04),
    st.floats(-0.06, 0.06),
)
def test_the_disc_is_found_whether_or_not_the_camera_cuts_its_top_and_bottom(
    wide: int, share: float, down: float, right: float
) -> None:
    height = 300
    width = 460 if wide or share > 0.48 else 320
    y, x, radius = height * (0.5 + down), width / 2 + height * right, height * share
    found = find_disc(field(height, width, y, x, radius))
    assert found is not None
    assert (found.y, found.x, found.radius) == pytest.approx((y, x, radius), abs=2.0)


def test_lettering_beside_the_disc_and_a_notch_do_not_move_it() -> None:
    picture = field(300, 400, 150, 200, 140)
    picture[10:30, 10:90] = 0.9  # a name in the corner
    picture[60:80, 310:330] = 0.6  # a mark at the rim
    found = find_disc(picture)
    assert found is not None
    assert (found.y, found.x, found.radius) == pytest.approx((150, 200, 140), abs=2.0)
    # nothing of the lettering is left
    assert not square_of(picture, 128, "retina")[:, :15, :15].any()


def test_a_picture_without_a_dark_surround_has_no_disc() -> None:
    rng = np.random.default_rng(1)
    assert find_disc(rng.uniform(0.4, 0.6, (200, 200, 3)).astype(np.float32)) is None
    assert find_disc(np.zeros((200, 200, 3), np.float32)) is None
    bars = np.zeros((200, 300, 1), np.float32)
    bars[40:160, 50:250] = 0.7
    assert find_disc(bars) is None


def test_the_square_of_a_retina_is_filled_by_the_disc() -> None:
    cut = square_of(field(300, 400, 150, 200, 140), 128, "retina")
    assert cut.shape == (3, 128, 128)
    assert cut.dtype == np.uint8
    # the middle row is lit from edge to edge, and so is the middle column but for the vessel
    assert (cut[0, 64] > 0).mean() > 0.98
    assert (cut[0, :, 64] > 0).mean() > 0.98
    # 0.6 * 255 = 153, half and a quarter of it in green and blue
    assert cut[:, 30, 64].tolist() == pytest.approx([153, 76.5, 38.25], abs=1)
    # a disc covers pi / 4 of its square
    assert (cut[0] > 0).mean() == pytest.approx(np.pi / 4, abs=0.02)


def test_the_cut_of_a_field_is_black_where_the_camera_saw_nothing() -> None:
    # radius 180, 300 rows: 30 of 360 rows are missing at the top, and as many at the bottom
    cut = square_of(field(300, 460, 149.5, 230, 180), 120, "retina")
    lit = (cut[0] > 0).any(axis=1)
    assert (int(np.argmax(lit)), int(np.argmax(lit[::-1]))) == pytest.approx((10, 10), abs=1)


def test_a_chest_is_padded_in_the_middle_and_grey() -> None:
    colour = np.ones((100, 200, 3), np.float32) * np.array([1.0, 0.5, 0.0], np.float32)
    cut = square_of(colour, 64, "chest")
    assert cut.shape == (1, 64, 64)
    # 64 columns, 32 rows of picture between two bands of 16; grey by ITU-R BT.601: 0.299 + 0.587 / 2 = 0.5925
    assert not cut[0, :16].any()
    assert not cut[0, 48:].any()
    assert (cut[0, 16:48] == round(0.5925 * 255)).all()


def test_a_strip_makes_no_giant_square() -> None:
    assert square_of(np.ones((64, 20_000, 1), np.float32), 64, "chest").shape == (1, 64, 64)


def test_a_grey_photograph_of_a_retina_has_three_channels() -> None:
    grey = field(300, 400, 150, 200, 140)[..., :1]
    cut = square_of(grey, 64, "retina")
    assert cut.shape == (3, 64, 64)
    np.testing.assert_array_equal(cut[0], cut[2])
