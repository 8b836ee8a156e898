from __future__ import annotations

import numpy as np
import pytest

from sciml.core.streams import stream
from sciml.scans.field_of_view import find_disc, square_of
from sciml.scans.fundus import Photograph, draw_traits, photograph
from sciml.scans.fundus_camera import CAMERAS, Camera
from sciml.scans.lesions import icdr_grade
from sciml.scans.quality import gradable


def taken(seed: int, grade: int, camera: Camera = CAMERAS[0], size: int = 192, right: bool = False) -> Photograph:
    rng = stream(seed, "fundus")
    return photograph(size, draw_traits(rng), camera, grade, right, rng)


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.site)
def test_a_photograph_is_gradable_and_its_field_is_where_it_was_drawn(camera: Camera) -> None:
    for seed in range(4):
        drawn = taken(seed, seed % 5, camera)
        assert drawn.pixels.shape == (192, round(192 * camera.aspect), 3)
        assert drawn.pixels.dtype == np.float32
        assert (drawn.pixels.min() >= 0, drawn.pixels.max() <= 1) == (True, True)
        found = find_disc(drawn.pixels)
        assert found is not None
        assert (found.y, found.x, found.radius) == pytest.approx((*drawn.centre, drawn.radius), abs=0.02 * drawn.radius)
        assert gradable(square_of(drawn.pixels, 128, "retina"), "retina") == (True, "ok")


def test_the_grade_is_that_of_the_planted_lesions() -> None:
    assert [icdr_grade(taken(1, grade).lesions) for grade in range(5)] == [0, 1, 2, 3, 4]


def test_a_left_and_a_right_eye_are_mirrored() -> None:
    left, right = taken(5, 0, right=False), taken(5, 0, right=True)
    # the disc lies on the nose's side of the fovea: in a left eye to the left in the picture
    assert left.anatomy.disc[1] < left.anatomy.fovea[1]
    assert right.anatomy.disc[1] > right.anatomy.fovea[1]


def test_lesions_show_where_they_are() -> None:
    drawn = taken(2, 2, CAMERAS[1], 384)
    green = drawn.pixels[..., 1]
    darker = []
    for spot in drawn.lesions.haemorrhages:
        row, column = (
            round(at + place * drawn.radius) for at, place in zip(drawn.centre, (spot.y, spot.x), strict=True)
        )
        around = green[row - 18 : row + 19, column - 18 : column + 19]
        darker.append(green[row, column] / np.median(around))
    assert np.median(darker) < 0.8


def test_the_disc_is_brighter_and_the_fovea_darker_than_what_lies_around() -> None:
    for seed in range(3):
        drawn = taken(seed, 0, CAMERAS[1])
        rows, columns = (np.arange(size) for size in drawn.pixels.shape[:2])

        def contrast(place: tuple[float, float], channel: int, drawn: Photograph = drawn) -> float:
            """Median within a fifth of a disc diameter of a place, over that of the ring from 0.9 to 1.3."""
            y, x = (drawn.centre[axis] + place[axis] * drawn.radius for axis in (0, 1))
            away = np.hypot(rows[:, None] - y, columns - x) / (drawn.anatomy.diameter * drawn.radius)  # noqa: B023
            plane = drawn.pixels[..., channel]
            ring = (away > 0.9) & (away < 1.3) & (plane > 0.02)
            return float(np.median(plane[away < 0.2]) / np.median(plane[ring]))

        assert contrast(drawn.anatomy.disc, 1) > 1.15
        assert contrast(drawn.anatomy.fovea, 1) < 0.9


def test_only_its_lesions_tell_an_eye_from_the_same_eye_in_health() -> None:
    """Neither colour nor camera tells the grade: beside lesions nothing changes."""
    healthy, ill = taken(7, 0), taken(7, 2)
    assert (healthy.centre, healthy.radius, healthy.anatomy) == (ill.centre, ill.radius, ill.anatomy)
    changed = np.abs(healthy.pixels - ill.pixels).max(axis=2) > 0.02
    assert 0.001 < changed.mean() < 0.12
    medians = [np.median(each.pixels.reshape(-1, 3), axis=0) for each in (healthy, ill)]
    np.testing.assert_allclose(medians[0], medians[1], atol=0.01)


def test_the_same_stream_takes_the_same_photograph() -> None:
    np.testing.assert_array_equal(taken(3, 2).pixels, taken(3, 2).pixels)
    assert (taken(3, 2).pixels != taken(4, 2).pixels).any()
