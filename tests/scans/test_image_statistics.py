"""Statistics of images whose light, colour and spots are known."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.scans.image_statistics import SPOT_RADII, image_statistics


def disc(side: int = 128, colour: tuple[int, ...] = (200, 100, 50), noise: float = 3.0) -> np.ndarray:
    """A disc of one colour in black, with a little noise, so that there is something for a spot to stand out from."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    rng = np.random.default_rng(3)
    image = np.array(colour, float)[:, None, None] + noise * rng.normal(size=(len(colour), side, side))
    image[:, np.hypot(rows, columns) > side / 2] = 0
    return image.clip(0, 255).astype(np.uint8)


def spotted(image: np.ndarray, places: list[tuple[int, int]], radius: float, by: float) -> np.ndarray:
    """Discs of this radius, brighter or darker by a factor."""
    rows, columns = np.mgrid[: image.shape[1], : image.shape[2]]
    out = image.astype(float)
    for y, x in places:
        out[:, np.hypot(rows - y, columns - x) <= radius] *= by
    return out.clip(0, 255).astype(np.uint8)


PLACES = [(40, 40), (40, 80), (64, 64), (80, 40), (90, 80)]


def test_light_and_colour_are_those_of_the_disc() -> None:
    found = image_statistics(disc(noise=0.0))
    assert found["mean_0"] == pytest.approx(200 / 255, abs=1e-6)
    assert found["percentile_50_2"] == pytest.approx(50 / 255, abs=1e-6)
    assert found["deviation_1"] == pytest.approx(0, abs=1e-6)
    assert found["red_share"] == pytest.approx(200 / 350, abs=1e-4)
    # a circle in its square, less a rim of 3 of 64 pixels: pi / 4 x (61 / 64)^2 = 0.713
    assert found["field_share"] == pytest.approx(0.713, abs=0.01)


@pytest.mark.parametrize(("name", "other", "by"), [("dark", "bright", 0.5), ("bright", "dark", 2.0)])
def test_spots_are_counted_by_brightness_and_size(name: str, other: str, by: float) -> None:
    clean, radius = image_statistics(disc()), 2.8
    found = image_statistics(spotted(disc(), PLACES, radius, by))
    assert found[f"{name}_spots_{radius}"] >= np.log1p(len(PLACES))
    assert found[f"{name}_spots_{radius}"] > clean[f"{name}_spots_{radius}"]
    strongest = {size: found[f"{name}_strength_{size}"] for size in SPOT_RADII}
    # a filter answers most to the size that it was made for, and noise is least in wide ones
    assert max(strongest, key=strongest.__getitem__) in (2.8, 5.6)
    assert strongest[radius] > found[f"{other}_strength_{radius}"]


def test_an_image_and_its_mirror_image_have_the_same_statistics() -> None:
    image = spotted(disc(), PLACES, 2.0, 0.4)
    plain, mirrored = image_statistics(image), image_statistics(image[:, :, ::-1].copy())
    assert plain.keys() == mirrored.keys()
    for name, value in plain.items():
        assert mirrored[name] == pytest.approx(value, abs=1e-4), name


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("channels", [1, 3])
def test_an_empty_image_has_as_many_finite_numbers_as_any(level: int, channels: int) -> None:
    found = image_statistics(np.full((channels, 64, 64), level, np.uint8))
    assert np.isfinite(list(found.values())).all()
    assert found.keys() == image_statistics(disc(64, (90, 80, 70)[:channels])).keys()


def test_an_x_ray_has_one_channel_and_no_tint() -> None:
    found = image_statistics(disc(colour=(120,)))
    assert "mean_0" in found
    assert not {"mean_1", "red_share"} & found.keys()
