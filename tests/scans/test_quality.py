from __future__ import annotations

import numpy as np
import pytest
from scan_files import fundus_like
from scipy import ndimage

from sciml.core.streams import stream
from sciml.scans.field_of_view import square_of
from sciml.scans.fundus import draw_traits, photograph
from sciml.scans.fundus_camera import CAMERAS
from sciml.scans.quality import gradable, sharpness


@pytest.fixture(scope="module")
def eye() -> np.ndarray:
    rng = stream(1, "eye")
    return photograph(384, draw_traits(rng), CAMERAS[1], 2, True, rng).pixels


@pytest.mark.parametrize("side", [64, 128, 200])
def test_a_photograph_of_an_eye_is_gradable_at_every_side(eye: np.ndarray, side: int) -> None:
    assert gradable(square_of(eye, side, "retina"), "retina") == (True, "ok")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda eye: eye * 0, "blank"),
        (lambda eye: eye * 0.1, "too dark"),
        (lambda eye: np.where(eye.max(axis=2, keepdims=True) > 0.1, 0.97 + 0.03 * eye, 0), "too bright"),
        (lambda eye: ndimage.gaussian_filter(eye, (8, 8, 0)), "blurred"),
        (lambda eye: np.repeat(eye.mean(axis=2, keepdims=True), 3, axis=2), "no fundus disc"),
        (lambda eye: eye[130:250, 130:250], "no fundus disc"),
    ],
)
def test_what_spoils_a_photograph_is_named(eye: np.ndarray, spoil: object, reason: str) -> None:
    assert callable(spoil)
    spoilt = np.asarray(spoil(eye), np.float32)
    assert gradable(square_of(spoilt, 128, "retina"), "retina") == (False, reason)


def test_a_blank_or_blurred_chest_is_not_gradable() -> None:
    rng = np.random.default_rng(1)
    texture = ndimage.gaussian_filter(rng.normal(0, 1, (128, 128)), 1.0)
    chest = np.clip(128 + 60 * texture / texture.std(), 0, 255)[None]
    assert gradable(chest.astype(np.uint8), "chest") == (True, "ok")
    soft = ndimage.gaussian_filter(chest, (0, 4, 4))
    assert gradable(soft.astype(np.uint8), "chest") == (False, "blurred")
    assert gradable(np.full((1, 128, 128), 90, np.uint8), "chest") == (False, "blank")


def test_sharpness_does_not_depend_on_contrast() -> None:
    plane = fundus_like()[..., 1].astype(np.float32)
    field = plane > 8
    assert sharpness(0.3 * plane, field) == pytest.approx(sharpness(plane, field), rel=1e-3)
    assert sharpness(ndimage.gaussian_filter(plane, 2), field) < 0.5 * sharpness(plane, field)
