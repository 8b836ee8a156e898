"""What can be said of an image, and what is another kind of image altogether."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sciml.scans.formats import read_scan
from sciml.scans.sight import seen


def picture(path: Path, tint: tuple[float, float, float]) -> Path:
    """Rough structure of some colour, 160 pixels wide."""
    rough = np.random.default_rng(1).uniform(60, 200, (40, 40, 1)).repeat(4, 0).repeat(4, 1)
    Image.fromarray(np.clip(rough * tint, 0, 255).astype(np.uint8)).save(path)
    return path


def test_an_eye_is_no_chest(tmp_path: Path) -> None:
    sight = seen(read_scan(picture(tmp_path / "eye.png", (1.0, 0.5, 0.2))), 128, "chest")
    assert (sight.gradable, sight.reason) == (False, "a colour photograph")


def test_an_x_ray_saved_in_colour_is_still_one(tmp_path: Path) -> None:
    sight = seen(read_scan(picture(tmp_path / "chest.png", (1.0, 1.0, 1.0))), 128, "chest")
    assert (sight.gradable, sight.reason) == (True, "")
