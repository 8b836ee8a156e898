"""Every real scan at hand is read or refused with a reason, and every photograph of an eye is found and gradable."""

from __future__ import annotations

import csv
import itertools
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from sciml.core.streams import stream
from sciml.scans.field_of_view import find_disc, square, square_of
from sciml.scans.formats import read_scan
from sciml.scans.fundus import draw_traits, photograph
from sciml.scans.fundus_camera import CAMERAS
from sciml.scans.ingest import cases, ingest
from sciml.scans.prepare import prepare_part
from sciml.scans.quality import gradable, sharpness
from sciml.scans.settings import Settings

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "scans"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "fundus").exists(), reason="the real scans are not here"),
]
FUNDUS = sorted((DATA / "fundus").glob("*"))
CHESTS = sorted(path for path in (DATA / "chest_cxr").glob("*") if path.suffix in (".jpg", ".png"))
SIDE = 128


def test_all_that_was_brought_is_here() -> None:
    assert (len(FUNDUS), len(CHESTS), len(list((DATA / "chest_dicom").glob("*.dcm")))) == (16, 33, 5)


@pytest.mark.parametrize("path", FUNDUS, ids=lambda path: path.stem)
def test_every_eye_is_found_and_gradable(path: Path) -> None:
    scan = read_scan(path, at_least=3 * SIDE)
    assert scan.kind_hint == "retina"
    disc = find_disc(scan.pixels)
    assert disc is not None
    # the outline by another way: where rows of the plain threshold begin and end, and one circle through all of them
    y, x, radius = circle_through(rim(scan.pixels))
    assert (disc.y, disc.x, disc.radius) == pytest.approx((y, x, radius), abs=0.015 * radius)
    seen = square(scan, SIDE, "retina")
    assert gradable(seen, "retina") == (True, "ok")
    # the disc fills the square: its middle row is lit from edge to edge, and nothing is lit beyond a circle
    lit = seen.max(axis=0) > 12
    assert lit[SIDE // 2, 2:-2].mean() > 0.97
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    assert not seen[:, np.hypot(rows, columns) > SIDE / 2].any()


@pytest.mark.parametrize("path", FUNDUS, ids=lambda path: path.stem)
def test_no_eye_is_gradable_after_a_blur_of_2_percent_of_its_height(path: Path) -> None:
    pixels = read_scan(path, at_least=3 * SIDE).pixels
    sigma = 0.02 * pixels.shape[0]
    blurred = ndimage.gaussian_filter(pixels, (sigma, sigma, 0))
    assert gradable(square_of(blurred, SIDE, "retina"), "retina") == (False, "blurred")


def test_a_photograph_of_10_million_pixels_takes_less_than_half_a_second() -> None:
    path = DATA / "fundus" / "IDRiD_12.jpg"  # 3798 x 2848; 0.09 CPU-s on an idle machine
    began = time.process_time()
    square(read_scan(path, at_least=3 * SIDE), SIDE, "retina")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("path", CHESTS, ids=lambda path: path.stem)
def test_every_chest_is_gradable_as_a_chest_and_not_as_an_eye(path: Path) -> None:
    scan = read_scan(path, at_least=3 * SIDE)
    assert scan.kind_hint == "chest"
    assert gradable(square(scan, SIDE, "chest"), "chest") == (True, "ok")
    assert gradable(square(scan, SIDE, "retina"), "retina") == (False, "no fundus disc")


@pytest.mark.parametrize("path", sorted((DATA / "tiles").glob("*")), ids=lambda path: path.stem)
def test_a_tile_of_tissue_is_no_eye(path: Path) -> None:
    assert gradable(square(read_scan(path), SIDE, "retina"), "retina") == (False, "no fundus disc")


def test_a_real_monochrome1_chest_has_bright_bone_and_dark_lungs() -> None:
    scan = read_scan(DATA / "chest_dicom" / "RG1_J2KI.dcm")
    assert scan.facts["grey"] == "window"
    shown = square(scan, 100, "chest")[0]
    mediastinum = np.median(shown[30:50, 48:54])
    for lung in (shown[35:60, 22:34], shown[35:60, 68:78]):
        assert np.median(lung) < mediastinum - 30


def test_the_test_objects_of_both_tables_are_shown_as_their_tables_say() -> None:
    """Both are a test pattern, the brightest patches of which are white; one has a Modality, one a VOI LUT."""
    modality = read_scan(DATA / "chest_dicom" / "mlut_18.dcm")
    interest = read_scan(DATA / "chest_dicom" / "vlut_04.dcm")
    assert (modality.facts["grey"], interest.facts["grey"]) == ("range", "lut")
    assert np.abs(modality.pixels - interest.pixels).max() < 0.01
    assert (modality.pixels.min(), modality.pixels.max()) == pytest.approx((0, 1), abs=0.01)


def test_a_mislabelled_file_is_read_as_it_says() -> None:
    """`Fake_MONOHR1` calls itself MONOCHROME1, and is inverted: its file, not the reader, turns bone dark."""
    scan = read_scan(DATA / "chest_dicom" / "Fake_MONOHR1.dcm")
    with_tag = scan.pixels[..., 0]
    assert np.median(with_tag[400:600, 480:540]) < np.median(with_tag[400:600, 200:300])


def test_real_chests_go_through_the_chain_by_their_patients(tmp_path: Path) -> None:
    with (DATA / "chest_cxr" / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if (DATA / "chest_cxr" / row["file"]).exists()]
    inputs = [
        {
            "name": Path(row["file"]).stem,
            "image": str(DATA / "chest_cxr" / row["file"]),
            "kind": "chest",
            "patient": row["patientid"],
            "findings": ("effusion=0",) if row["finding"] == "No Finding" else (),
        }
        for row in rows
    ]
    settings = Settings.model_validate({"ingest": {"kind": "chest", "inputs": inputs}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        listed = cases(settings, ingest(settings, None, tmp_path))
        part = prepare_part(settings, [case for case in listed if case.has_truth])
    assert len({case.group for case in listed}) == len({row["patientid"] for row in rows})
    assert part.sizes["sample"] == sum(row["finding"] == "No Finding" for row in rows)


def test_invented_photographs_have_the_light_and_texture_of_real_ones() -> None:
    """Medians of invented photographs lie within the range of the real ones."""
    real = np.array([measures(read_scan(path, at_least=600).pixels) for path in FUNDUS])
    invented = []
    for number in range(24):
        rng = stream(7, str(number))
        grade, right = [0, 0, 1, 2, 2, 4][number % 6], bool(number % 2)
        eye = photograph(384, draw_traits(rng), CAMERAS[number // 6 % 2], grade, right, rng)
        invented.append(measures(eye.pixels))
    low, high, middle = real.min(axis=0), real.max(axis=0), np.median(invented, axis=0)
    names = ("red", "green over red", "blue over green", "edge over middle", "fine", "medium", "coarse", "sharpness")
    outside = [name for name, a, b, c in zip(names, low, middle, high, strict=True) if not a <= b <= c]
    assert outside == []


def measures(pixels: np.ndarray) -> list[float]:
    """Colour, fall-off of light and the amplitude of three bands of log green, inside the field of view."""
    seen = square_of(pixels, 256, "retina").astype(np.float64)
    rows, columns = np.mgrid[:256, :256] - 127.5
    away = np.hypot(rows, columns) / 128
    field = ndimage.binary_erosion((seen.max(axis=0) > 10) & (away < 0.95), iterations=5)
    red, green, blue = (float(np.median(plane[field])) for plane in seen)
    log_green = np.log(seen[1] + 5)
    smooth = [ndimage.gaussian_filter(log_green, sigma) for sigma in (0.7, 1.4, 5.6, 22.0)]
    bands = [float((fine - coarse)[field].std()) for fine, coarse in itertools.pairwise(smooth)]
    edge = float(np.median(seen[1][field & (away > 0.8)]) / np.median(seen[1][field & (away < 0.3)]))
    small = square_of(pixels, SIDE, "retina")
    sharp = sharpness(small[1].astype(np.float32), np.asarray(small.max(axis=0) > 8))
    return [red, green / red, blue / green, edge, *bands, sharp]


def rim(pixels: np.ndarray) -> np.ndarray:
    """Ends of the bright rows (point, (y, x)) that are no edge of the picture, top and bottom tenth left out."""
    bright = np.asarray(Image.fromarray((pixels.max(axis=2) * 255).astype(np.uint8)), np.float32) / 255 > 0.1
    height, width = bright.shape
    points = []
    for row in range(height // 10, height - height // 10):
        lit = np.flatnonzero(bright[row])
        points += [(row, end) for end in (lit[0] - 0.5, lit[-1] + 0.5) if 3 < end < width - 4]
    return np.array(points, np.float64)


def circle_through(points: np.ndarray) -> tuple[float, float, float]:
    """The circle with the least median misfit of 2,000 through three points each."""
    rng = np.random.default_rng(1)
    best = (np.inf, 0.0, 0.0, 0.0)
    for _ in range(2000):
        three = points[rng.choice(len(points), 3, replace=False)]
        system = np.column_stack([2 * three, np.ones(3)])
        if abs(np.linalg.det(system)) < 1e-3:
            continue
        y, x, rest = np.linalg.solve(system, (three**2).sum(axis=1))
        radius = np.sqrt(max(rest + y * y + x * x, 0.0))
        misfit = float(np.median(np.abs(np.hypot(points[:, 0] - y, points[:, 1] - x) - radius)))
        best = min(best, (misfit, float(y), float(x), float(radius)))
    return best[1:]
