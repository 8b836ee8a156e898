"""What does a galaxy look like behind another one that bends its light?

x grows along the columns of an image and y along its rows, both in arcsec from the middle of a stamp; angles turn from
x to y. That right ascension grows to the left is a matter of the WCS alone. Everything is float32, of shape (object,
y, x); parameters are of shape (object,).

The deflector is the singular isothermal ellipsoid of Kormann et al. 1994, A&A 284, 285, with the core of Keeton 2001,
astro-ph/0102341, section 4.2; its Einstein radius is that of the circle with the same critical area.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gamma, gammaincinv

# the core, arcsec: below any pixel, above what float32 resolves
CORE = 1e-6
# a sphere is taken for an ellipsoid that is nearly one, where the formula still has digits
ROUNDEST = 0.999


class Deflectors(NamedTuple):
    """Isothermal ellipsoids with shear; `angle` is that of the major axis, radians."""

    x: np.ndarray
    y: np.ndarray
    einstein_radius: np.ndarray
    axis_ratio: np.ndarray
    angle: np.ndarray
    shear_1: np.ndarray
    shear_2: np.ndarray


class Profiles(NamedTuple):
    """Elliptical Sersic profiles; `radius` is the half-light radius, of the circle with the same area."""

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    axis_ratio: np.ndarray
    angle: np.ndarray
    sersic_index: np.ndarray


def grid(side: int, scale_arcsec: float, supersampling: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the centres of the fine pixels of a stamp, (1, y, x)."""
    fine = side * supersampling
    axis = ((np.arange(fine) - (fine - 1) / 2) * (scale_arcsec / supersampling)).astype(np.float32)
    return np.broadcast_arrays(axis[None, None, :], axis[None, :, None])  # type: ignore[return-value]


def source_plane(x: np.ndarray, y: np.ndarray, deflectors: Deflectors) -> tuple[np.ndarray, np.ndarray]:
    """Where the light that is seen at x, y comes from: the lens equation, beta = theta - alpha(theta)."""
    each = Deflectors(*(_per_object(values) for values in deflectors))
    ratio = np.minimum(each.axis_ratio, np.float32(ROUNDEST))
    dx, dy = x - each.x, y - each.y
    cos, sin = np.cos(each.angle), np.sin(each.angle)
    along, across = cos * dx + sin * dy, cos * dy - sin * dx
    flattening = np.sqrt(1 - ratio**2)
    psi = np.sqrt(ratio**2 * (along**2 + np.float32(CORE**2)) + across**2)
    strength = each.einstein_radius * np.sqrt(ratio) / flattening
    bent_along = strength * np.arctan(flattening * along / (psi + np.float32(CORE)))
    bent_across = strength * np.arctanh(flattening * across / (psi + ratio**2 * np.float32(CORE)))
    return (
        x - (cos * bent_along - sin * bent_across) - (each.shear_1 * dx + each.shear_2 * dy),
        y - (sin * bent_along + cos * bent_across) - (each.shear_2 * dx - each.shear_1 * dy),
    )


def sersic(x: np.ndarray, y: np.ndarray, profiles: Profiles, softening: float = 0.0) -> np.ndarray:
    """Surface brightness per square arcsec of a galaxy of flux 1; `softening`, arcsec, rounds off the cusp."""
    each = Profiles(*(_per_object(values) for values in profiles))
    dx, dy = x - each.x, y - each.y
    cos, sin = np.cos(each.angle), np.sin(each.angle)
    along, across = cos * dx + sin * dy, cos * dy - sin * dx
    squared = each.axis_ratio * along**2 + across**2 / each.axis_ratio + np.float32(softening**2)
    slope = sersic_slope(profiles.sersic_index)
    # (r / R)^(1/n) as a power of the square: no root is taken
    steepness = np.power(squared / each.radius**2, 0.5 / each.sersic_index)
    brightness = np.exp(_per_object(slope) * (1 - steepness))
    return np.asarray(brightness * _per_object(1 / _flux_in_units(profiles, slope)))


def sersic_slope(sersic_index: np.ndarray) -> np.ndarray:
    """b_n, for which half of the light falls within the half-light radius: P(2n, b) = 1/2."""
    return np.asarray(gammaincinv(2 * np.asarray(sersic_index, np.float64), 0.5))


def binned(fine: np.ndarray, scale_arcsec: float, supersampling: int) -> np.ndarray:
    """Flux per pixel from the surface brightness at the fine pixels: (object, y, x)."""
    if supersampling == 1:
        return fine * np.float32(scale_arcsec**2)
    parts = [
        fine[:, row::supersampling, column::supersampling]
        for row in range(supersampling)
        for column in range(supersampling)
    ]
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    total *= np.float32((scale_arcsec / supersampling) ** 2)
    return total


def _flux_in_units(profiles: Profiles, slope: np.ndarray) -> np.ndarray:
    """Flux over surface brightness at the half-light radius: 2 pi n R^2 e^b b^(-2n) Gamma(2n)."""
    index, radius = np.asarray(profiles.sersic_index, np.float64), np.asarray(profiles.radius, np.float64)
    return np.asarray(2 * np.pi * index * radius**2 * np.exp(slope) * slope ** (-2 * index) * gamma(2 * index))


def _per_object(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float32)[:, None, None]
