"""Where are north and east on the image? Fitted to objects whose place is known both on the sky and in pixels."""

from __future__ import annotations

import numpy as np

LEAST_OBJECTS = 3

Direction = tuple[float, float]


def compass(ra: np.ndarray, dec: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[Direction, Direction] | None:
    """North and east as (right, down) of length 1 on an image whose y runs upwards; None where nobody can tell.

    Arrays (object,) in degrees and pixels. A plane is fitted, which is right to a small angle over a survey tile.
    """
    known = np.isfinite(ra) & np.isfinite(dec) & np.isfinite(x) & np.isfinite(y)
    if known.sum() < LEAST_OBJECTS:
        return None
    ra, dec, x, y = (np.asarray(values, np.float64)[known] for values in (ra, dec, x, y))
    # differences over 0 and 360 degrees alike
    east = ((ra - ra[0] + 180) % 360 - 180) * np.cos(np.radians(dec.mean()))
    places = np.stack([x - x.mean(), y - y.mean()], axis=1)
    if np.linalg.matrix_rank(places, tol=1e-6 * max(np.abs(places).max(), 1e-9)) < 2:
        return None
    sky = np.stack([east - east.mean(), dec - dec.mean()], axis=1)
    matrix = np.linalg.lstsq(places, sky, rcond=None)[0].T
    if abs(np.linalg.det(matrix)) < 1e-20:
        return None
    to_pixels = np.linalg.inv(matrix)
    return _unit(to_pixels @ [0.0, 1.0]), _unit(to_pixels @ [1.0, 0.0])


def _unit(step: np.ndarray) -> Direction:
    across, up = step / np.hypot(*step)
    return float(across), float(-up)
