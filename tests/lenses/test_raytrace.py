"""Light is bent as the lens equation says: known answers, and lenstronomy's."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.lenses.psf import blurred, moffat
from sciml.lenses.raytrace import Deflectors, Profiles, binned, grid, sersic, sersic_slope, source_plane

SIDE, SCALE = 61, 0.2


def one(*values: float) -> list[np.ndarray]:
    return [np.array([value], np.float32) for value in values]


def sphere(radius: float) -> Deflectors:
    return Deflectors(*one(0, 0, radius, 1, 0, 0, 0))


def disc(x: float, y: float, radius: float) -> Profiles:
    return Profiles(*one(x, y, radius, 1, 0, 1))


def lensed(source: Profiles, deflector: Deflectors, supersampling: int = 2) -> np.ndarray:
    beta = source_plane(*grid(SIDE, SCALE, supersampling), deflector)
    return binned(sersic(*beta, source), SCALE, supersampling)[0]


def test_a_source_right_behind_a_sphere_is_a_ring_of_the_einstein_radius() -> None:
    x, y = grid(SIDE, SCALE, 8)
    ring = sersic(*source_plane(x, y, sphere(1.2)), disc(0, 0, 0.03))
    # exponential of scale length 0.03 / 1.678 = 0.018": the mean radius is 2 * 0.018^2 / 1.2 = 0.0005" too large
    assert (ring * np.hypot(x, y)).sum() / ring.sum() / SCALE == pytest.approx(1.2 / SCALE, abs=0.02)


@pytest.mark.parametrize(("x", "y"), [(0.3, 0.0), (0.0, 0.3), (-0.24, 0.18)])
def test_images_lie_at_the_einstein_radius_beyond_and_before_the_source_on_its_line(x: float, y: float) -> None:
    # |beta| = 0.3: images at 1.2 + 0.3 towards the source and at 1.2 - 0.3 on the other side
    far, near = np.array([x, y]) / 0.3 * 1.5, np.array([x, y]) / 0.3 * -0.9
    for image in (far, near):
        beta = source_plane(*(np.full((1, 1, 1), value, np.float32) for value in image), sphere(1.2))
        np.testing.assert_allclose(np.ravel(beta), (x, y), atol=2e-3)
    picture = lensed(disc(x, y, 0.05), sphere(1.2))
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    # columns grow with x, rows with y: the brighter image is the outer one, on the side of the source
    assert np.hypot(column - SIDE // 2 - far[0] / SCALE, row - SIDE // 2 - far[1] / SCALE) < 1.0


def test_surface_brightness_is_kept_and_flux_grows_by_the_magnification() -> None:
    source = disc(0.4, 0, 0.05)
    fine = grid(SIDE, SCALE, 8)
    before, after = sersic(*fine, source), sersic(*source_plane(*fine, sphere(1.2)), source)
    peak = float(sersic(np.full((1, 1, 1), 0.4, np.float32), np.zeros((1, 1, 1), np.float32), source)[0, 0, 0])
    assert 0.5 * peak < after.max() <= peak
    # the two images of a point behind an isothermal sphere: 2 theta_E / beta
    assert after.sum() / before.sum() == pytest.approx(2 * 1.2 / 0.4, rel=0.02)


def test_shear_alone_stretches_along_its_axes() -> None:
    deflector = Deflectors(*one(0, 0, 0, 1, 0, 0.1, 0.05))
    beta = source_plane(np.full((1, 1, 1), 2.0, np.float32), np.full((1, 1, 1), 1.0, np.float32), deflector)
    # beta_x = x - g1 x - g2 y, beta_y = y - g2 x + g1 y
    np.testing.assert_allclose(np.ravel(beta), (2 - 0.2 - 0.05, 1 - 0.1 + 0.1), atol=1e-6)


@pytest.mark.parametrize("index", [1.0, 2.5, 4.0])
def test_half_of_a_galaxys_light_falls_within_its_half_light_radius(index: float) -> None:
    x, y = grid(801, 0.1, 1)
    light = sersic(x, y, Profiles(*one(0.02, -0.03, 1.5, 0.6, 0.7, index)), softening=0.03) * 0.1**2
    # of an ellipse of this axis ratio, the circle of equal area
    along, across = np.cos(0.7) * x + np.sin(0.7) * y, np.cos(0.7) * y - np.sin(0.7) * x
    within = 0.6 * along**2 + across**2 / 0.6 < 1.5**2
    assert light.sum() == pytest.approx(1, abs=0.02)
    assert light[within].sum() == pytest.approx(0.5, abs=0.02)


def test_the_long_axis_points_where_the_angle_says() -> None:
    x, y = grid(41, 0.2, 1)
    light = sersic(x, y, Profiles(*one(0, 0, 0.4, 0.4, np.pi / 6, 1)))
    moments = [float((light * product).sum()) for product in (x * x, y * y, x * y)]
    assert 0.5 * np.arctan2(2 * moments[2], moments[0] - moments[1]) == pytest.approx(np.pi / 6, abs=0.01)


def test_binning_keeps_the_flux() -> None:
    fine = np.random.default_rng(1).uniform(size=(3, 8, 8)).astype(np.float32)
    pixels = binned(fine, 0.2, 2)
    assert pixels.shape == (3, 4, 4)
    assert pixels[1, 2, 3] == pytest.approx(fine[1, 4:6, 6:8].mean() * 0.04)


@pytest.mark.slow
def test_images_are_those_of_lenstronomy() -> None:
    from lenstronomy.LensModel.lens_model import LensModel
    from lenstronomy.LightModel.light_model import LightModel
    from lenstronomy.Util.param_util import phi_q2_ellipticity

    rng = np.random.default_rng(4)
    x, y = grid(45, SCALE, 2)
    flat = x[0].astype(np.float64).ravel(), y[0].astype(np.float64).ravel()
    for _ in range(12):
        einstein_radius, ratio, turned = rng.uniform(0.6, 2), rng.uniform(0.5, 0.95), rng.uniform(0, np.pi)
        shear, place = rng.uniform(-0.06, 0.06, 2), rng.uniform(-0.4, 0.4, 2)
        radius, source_ratio, source_turned = rng.uniform(0.15, 0.5), rng.uniform(0.4, 0.95), rng.uniform(0, np.pi)
        index = rng.uniform(0.8, 2)
        ours = sersic(
            *source_plane(x, y, Deflectors(*one(0.05, -0.02, einstein_radius, ratio, turned, *shear))),
            Profiles(*one(*place, radius, source_ratio, source_turned, index)),
        )[0]
        e1, e2 = phi_q2_ellipticity(turned, ratio)
        bend = LensModel(["SIE", "SHEAR"])
        its_lens = [
            {"theta_E": einstein_radius, "e1": e1, "e2": e2, "center_x": 0.05, "center_y": -0.02},
            {"gamma1": shear[0], "gamma2": shear[1], "ra_0": 0.05, "dec_0": -0.02},
        ]
        # its b_n is 1.9992 n - 0.3271: the same profile has another radius and another brightness there
        exact, its = float(sersic_slope(np.array(index))), 1.9992 * index - 0.3271
        its_radius = radius * (its / exact) ** index
        e1, e2 = phi_q2_ellipticity(source_turned, source_ratio)
        model = {"R_sersic": its_radius, "n_sersic": index, "e1": e1, "e2": e2}
        model |= {"center_x": place[0], "center_y": place[1]}
        theirs = LightModel(["SERSIC_ELLIPSE"]).surface_brightness(
            *bend.ray_shooting(*flat, its_lens), [{"amp": 1.0, **model}]
        )
        # from its brightness at its radius to a flux of 1, by the brightness at the same place
        level = sersic(*(np.full((1, 1, 1), value, np.float32) for value in place), disc_like(place, radius, index))
        theirs = theirs.reshape(ours.shape) * float(level[0, 0, 0]) / np.exp(its)
        assert np.abs(blur(ours) - blur(theirs)).max() / blur(theirs).max() <= 1e-4


def disc_like(place: np.ndarray, radius: float, index: float) -> Profiles:
    """The same total flux and central brightness as any ellipse of this area."""
    return Profiles(*one(*place, radius, 1, 0, index))


def blur(fine: np.ndarray) -> np.ndarray:
    return blurred(binned(np.asarray(fine, np.float32)[None], SCALE, 2)[0], moffat(0.75 / SCALE, 15))
