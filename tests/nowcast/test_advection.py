"""Where will the rain be if it only drifts?"""

from __future__ import annotations

import numpy as np

from sciml.nowcast.advection import advect, departures


def uniform(down: float, right: float, size: int = 40) -> np.ndarray:
    return np.broadcast_to(np.array([down, right], np.float32)[:, None, None], (2, size, size)).copy()


def test_in_a_uniform_flow_rain_comes_from_lead_times_motion_upstream() -> None:
    back = departures(uniform(1.5, -2.0), leads=4)
    # three steps of (1.5, -2.0): from 4.5 rows above and 6 columns to the right
    np.testing.assert_allclose(back[2, 0], -4.5, atol=1e-5)
    np.testing.assert_allclose(back[2, 1], 6.0, atol=1e-5)


def test_a_shower_arrives_where_the_flow_takes_it() -> None:
    field = np.zeros((40, 40), np.float32)
    field[10, 20] = 8.0
    arrived = advect(field, departures(uniform(2, -3), leads=3)[2])
    assert np.unravel_index(np.nanargmax(arrived), arrived.shape) == (16, 11)
    assert np.nanmax(arrived) == 8.0


def test_what_comes_from_outside_is_not_known() -> None:
    arrived = advect(np.ones((40, 40), np.float32), departures(uniform(0, 2), leads=5)[4])
    assert np.isnan(arrived[:, :10]).all()
    assert (arrived[:, 10:] == 1).all()


def test_what_comes_from_an_unobserved_cell_is_not_known() -> None:
    field = np.ones((40, 40), np.float32)
    field[12, 12] = np.nan
    arrived = advect(field, departures(uniform(1, 0), leads=1)[0])
    assert np.isnan(arrived[13, 12])
    assert np.isfinite(np.delete(arrived[1:].ravel(), 12 * 40 + 12)).all()


def test_in_a_rotating_flow_the_distance_to_the_centre_stays() -> None:
    size, turn = 81, 0.1  # radians a step
    offsets = np.arange(size, dtype=np.float32) - 40
    rows, columns = np.meshgrid(offsets, offsets, indexing="ij")
    back = departures(np.stack([turn * columns, -turn * rows]).astype(np.float32), leads=5)[4]
    radius, origin = np.hypot(rows, columns), np.hypot(rows + back[0], columns + back[1])
    ring = (radius > 5) & (radius < 30)
    # the midpoint rule: an error of third order in 0.05 rad a substep
    np.testing.assert_allclose(origin[ring], radius[ring], rtol=2e-3)
