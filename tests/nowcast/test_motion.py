"""Which way does the rain move?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from sciml.nowcast.motion import motion


def rain(rng: np.random.Generator, size: int = 192) -> np.ndarray:
    """A wide field with texture, on a grid without edges."""
    noise = rng.standard_normal((size, size))
    field = ndimage.gaussian_filter(noise, 6, mode="wrap") * 12 + ndimage.gaussian_filter(noise, 2, mode="wrap") * 2
    return np.asarray(np.maximum(np.exp(1.5 * field) - 1.0, 0), np.float32)


def drifting(field: np.ndarray, down: float, right: float, frames: int = 4) -> np.ndarray:
    """Frames of a field that only moves, exactly, by phase in Fourier space."""
    rows, columns = (np.fft.fftfreq(size) for size in field.shape)
    turn = np.exp(-2j * np.pi * (rows[:, None] * down + columns[None, :] * right))
    spectrum = np.fft.fft2(field)
    return np.stack([np.fft.ifft2(spectrum * turn**step).real for step in range(frames)]).astype(np.float32)


@settings(max_examples=8, deadline=None)
@given(st.floats(-6, 6), st.floats(-6, 6), st.integers(0, 5))
def test_rain_that_only_drifts_has_the_motion_of_its_drift(down: float, right: float, seed: int) -> None:
    frames = np.maximum(drifting(rain(np.random.default_rng(seed)), down, right), 0)
    inner = motion(frames)[:, 48:-48, 48:-48]
    np.testing.assert_allclose(inner.mean(axis=(1, 2)), [down, right], atol=0.3)


def test_two_halves_that_move_apart_keep_their_own_motion() -> None:
    field = rain(np.random.default_rng(1))
    west, east = drifting(field, 0, -2), drifting(field, 0, 2)
    frames = np.concatenate([west[:, :, :96], east[:, :, 96:]], axis=2)
    found = motion(np.maximum(frames, 0))[1, 48:-48]
    assert found[:, 24:48].mean() == pytest.approx(-2, abs=0.7)
    assert found[:, 144:168].mean() == pytest.approx(2, abs=0.7)


def test_without_rain_nothing_moves() -> None:
    np.testing.assert_array_equal(motion(np.zeros((4, 80, 100), np.float32)), np.zeros((2, 80, 100)))


def test_without_an_observed_cell_nothing_moves() -> None:
    assert not motion(np.full((4, 80, 100), np.nan, np.float32)).any()


def test_a_missing_frame_does_not_change_the_direction() -> None:
    frames = np.maximum(drifting(rain(np.random.default_rng(2)), 1.5, -2.5), 0)
    frames[1] = np.nan
    np.testing.assert_allclose(motion(frames)[:, 48:-48, 48:-48].mean(axis=(1, 2)), [1.5, -2.5], atol=0.3)


def test_standing_clutter_outside_the_rain_does_not_stop_it() -> None:
    frames = np.maximum(drifting(rain(np.random.default_rng(3)), 0.0, 4.0), 0)
    frames[:, 20:22, 20:22] = 40.0
    assert motion(frames)[1, 64:-48, 64:-48].mean() == pytest.approx(4.0, abs=0.4)


def test_motion_is_finite_on_any_grid() -> None:
    rng = np.random.default_rng(4)
    for shape in ((64, 64), (65, 97), (71, 200)):
        frames = rng.gamma(0.2, 3.0, (3, *shape)).astype(np.float32)
        found = motion(frames)
        assert found.shape == (2, *shape)
        assert np.isfinite(found).all()


def test_frames_must_be_a_series() -> None:
    with pytest.raises(ValueError, match="time, y, x"):
        motion(np.zeros((64, 64), np.float32))
