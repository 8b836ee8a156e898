"""Degrees on a map are where the projection says."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from sciml.nowcast.graticule import cell_size_km, graticule

DEGREES = {"crs_wkt": pyproj.CRS.from_epsg(4326).to_wkt(), "grid_mapping_name": "latitude_longitude"}
LAEA = pyproj.CRS.from_epsg(3035)


def test_on_a_grid_of_degrees_the_lines_are_straight_and_where_they_say() -> None:
    """Cell centres 50.95 ... 50.05 and 5.05 ... 5.95: the map spans 50-51 N and 5-6 E."""
    y, x = 51 - 0.05 - 0.1 * np.arange(10), 5.05 + 0.1 * np.arange(10)
    found = graticule(y, x, DEGREES)
    assert found is not None
    labels = {line["label"]: line for line in found["lines"]}
    assert set(labels) >= {"50.2°N", "50.8°N", "5.2°E", "5.8°E"}
    down = np.array(labels["50.8°N"]["points"])[:, 1]
    np.testing.assert_allclose(down, 0.2, atol=1e-4)
    across = np.array(labels["5.2°E"]["points"])[:, 0]
    np.testing.assert_allclose(across, 0.2, atol=1e-4)
    assert found["latitude"][0][0] == pytest.approx(51)
    assert found["longitude"][-1][-1] == pytest.approx(6)


def test_on_a_projection_a_point_of_a_parallel_has_its_latitude() -> None:
    y, x = 3_100_000 - 1000 * np.arange(200.0), 4_200_000 + 1000 * np.arange(200.0)
    found = graticule(y, x, {"crs_wkt": LAEA.to_wkt()})
    assert found is not None
    to_earth = pyproj.Transformer.from_crs(LAEA, 4326, always_xy=True)
    for line in found["lines"]:
        across, down = np.array(line["points"]).T
        lon, lat = to_earth.transform(4_199_500 + 200_000 * across, 3_100_500 - 200_000 * down)
        said = float(line["label"].rstrip("°NE"))
        np.testing.assert_allclose(lat if line["kind"] == "parallel" else lon, said, atol=2e-3)


def test_a_line_reaches_the_frame() -> None:
    y, x = 3_100_000 - 1000 * np.arange(200.0), 4_200_000 + 1000 * np.arange(200.0)
    found = graticule(y, x, {"crs_wkt": LAEA.to_wkt()})
    assert found is not None
    parallel = next(line for line in found["lines"] if line["kind"] == "parallel")
    across = np.array(parallel["points"])[:, 0]
    assert across.min() <= 0
    assert across.max() >= 1


def test_west_and_the_date_line_are_named_right() -> None:
    y, x = 10.95 - 0.1 * np.arange(20), 179.05 + 0.1 * np.arange(20)
    found = graticule(y, x, DEGREES)
    assert found is not None
    labels = [line["label"] for line in found["lines"] if line["kind"] == "meridian"]
    assert "179.5°E" in labels
    assert "179.5°W" in labels


def test_without_a_projection_there_are_no_degrees() -> None:
    assert graticule(np.arange(5.0), np.arange(5.0), {}) is None


def test_a_degree_of_longitude_is_shorter_in_the_north() -> None:
    """At 60 N a degree of longitude is half as long as one of latitude: cos 60 = 0.5."""
    y, x = 60.05 - 0.1 * np.arange(2), 5 + 0.1 * np.arange(2)
    height, width = cell_size_km(y, x, 99.0, DEGREES)
    assert height == pytest.approx(11.12, abs=0.01)
    assert width / height == pytest.approx(0.5, abs=1e-3)
    assert cell_size_km(y, x, 2.0, {"crs_wkt": LAEA.to_wkt()}) == (2.0, 2.0)
