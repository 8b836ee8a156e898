"""Heatmaps lie where the square lies that they are about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_findings import fundus
from PIL import Image

from sciml.scans.formats import Scan
from sciml.scans.overlays import LARGEST_SIDE, LINE, field, overlay, write_overlay
from sciml.scans.settings import Kind


def scan_of(levels: np.ndarray, kind: Kind) -> Scan:
    return Scan(levels.astype(np.float32).reshape(*levels.shape[:2], -1) / 255, kind, {}, "")


def corner(row: int, column: int) -> np.ndarray:
    heatmap = np.zeros((8, 8), np.float32)
    heatmap[row, column] = 1
    return heatmap


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    # a chest is padded to a square about its centre
    [(100, 60, (-20.0, 0.0, 100.0)), (60, 100, (0.0, -20.0, 100.0)), (50, 50, (0.0, 0.0, 50.0))],
)
def test_the_square_of_a_chest_is_centred_on_it(height: int, width: int, expected: tuple[float, float, float]) -> None:
    assert field(np.zeros((height, width, 1), np.float32), "chest") == expected


def test_the_square_of_a_retina_is_that_around_its_disc() -> None:
    wide = np.zeros((200, 320, 3), np.uint8)
    wide[4:196, 100:292] = fundus(1)  # a disc of radius 0.47 x 192 = 90 about column 100 + 95.5, row 4 + 95.5
    found = field(wide / np.float32(255), "retina")
    assert found == pytest.approx((196 - 90.2, 100 - 90.2, 180.5), abs=2)


def test_the_highest_cell_of_the_map_is_the_brightest_place_of_a_grey_picture() -> None:
    grey = np.full((400, 240), 100, np.uint8)
    shown = overlay(scan_of(grey, "chest"), corner(1, 4), "chest", "nodule")[:400]
    row, column = np.unravel_index(np.argmax(shown.sum(axis=2, dtype=int)), shown.shape[:2])
    # cells are 400 / 8 = 50 pixels; the middle of cell (1, 4) is at 75, and at 225 less the padding of 80
    assert abs(row - 75) <= 3
    assert abs(column - 145) <= 3
    assert (shown[250:] == 100).all()  # where nothing is sensitive the image is as it was


def test_an_empty_map_leaves_the_image_alone() -> None:
    retina = fundus(2)
    shown = overlay(scan_of(retina, "retina"), np.zeros((8, 8), np.float32), "retina", "any_dr")
    assert np.array_equal(shown[:192], retina)


def test_the_words_stand_below_the_image(tmp_path: Path) -> None:
    shown = overlay(scan_of(fundus(2), "retina"), corner(0, 0), "retina", "any_dr")
    assert shown.shape == (192 + 2 * LINE, 192, 3)
    for line in range(2):
        words = shown[192 + LINE * line : 192 + LINE * (line + 1)]
        assert words.max() > 200  # white on black
        assert words[:, -3:].max() == 0  # and not cut off
    write_overlay(shown, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as read:
        assert np.array_equal(np.asarray(read), shown)


def test_a_large_image_is_shown_smaller() -> None:
    large = np.full((1200, 3000), 50, np.uint8)
    shown = overlay(scan_of(large, "chest"), corner(0, 0), "chest", "nodule")
    assert shown.shape[1] == LARGEST_SIDE
    # 1200 x 1024 / 3000 = 410
    assert shown.shape[0] == 410 + 2 * LINE
