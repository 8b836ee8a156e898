"""North and east are found from objects that are known on the sky and in pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.lenses.compass import compass

X, Y = np.array([0.0, 900.0, 100.0, 700.0]), np.array([0.0, 50.0, 800.0, 650.0])


def sky(angle: float, ra: float, dec: float, mirrored: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Places of X, Y on the sky, 0.2 arcsec a pixel, north turned by `angle` (radians) from up towards the left."""
    x = -X if mirrored else X
    east = -(np.cos(angle) * x + np.sin(angle) * Y) * 0.2 / 3600
    north = (-np.sin(angle) * x + np.cos(angle) * Y) * 0.2 / 3600
    return (ra + east / np.cos(np.radians(dec + north.mean()))) % 360, dec + north


def test_as_charts_have_it_north_is_up_and_east_is_left() -> None:
    found = compass(*sky(0.0, 150.0, 2.0), X, Y)
    assert found is not None
    north, east = found
    # on the screen down is positive
    assert north == pytest.approx((0, -1), abs=1e-6)
    assert east == pytest.approx((-1, 0), abs=1e-6)


@given(st.floats(-3, 3), st.floats(0, 360, exclude_max=True), st.floats(-70, 70))
def test_any_turn_is_found_anywhere_on_the_sky(angle: float, ra: float, dec: float) -> None:
    found = compass(*sky(angle, ra, dec), X, Y)
    assert found is not None
    north, east = found
    # up is (0, -1) on the screen; turned to the left it has a negative first number
    assert north == pytest.approx((-np.sin(angle), -np.cos(angle)), abs=1e-4)
    assert east == pytest.approx((-np.cos(angle), np.sin(angle)), abs=1e-4)


def test_a_mirrored_image_is_told_from_a_turned_one() -> None:
    found = compass(*sky(0.0, 359.9999, -30.0, mirrored=True), X, Y)
    assert found is not None
    assert found[1] == pytest.approx((1, 0), abs=1e-4)


def test_nobody_can_tell_from_two_objects_from_a_line_or_without_a_sky() -> None:
    ra, dec = sky(0.0, 150.0, 2.0)
    assert compass(ra[:2], dec[:2], X[:2], Y[:2]) is None
    assert compass(ra, dec, np.arange(4.0), np.arange(4.0)) is None
    assert compass(ra, dec, np.zeros(4), np.zeros(4)) is None
    assert compass(np.full(4, np.nan), np.full(4, np.nan), X, Y) is None
    assert compass(np.full(4, 10.0), np.full(4, 2.0), X, Y) is None
