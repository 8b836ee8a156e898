"""Which galaxies look like a lens and are none? Rings, spirals, and blue companions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sciml.lenses.raytrace import Profiles

KINDS = ("ring", "spiral", "companion")
# the light of an arc: the source's, times what lensing makes of it (median and scatter of the logarithm)
SOURCE_MAGNITUDES = (22.4, 24.6, 25.6)
MAGNIFICATION, MAGNIFICATION_SCATTER = 6.0, 0.35
MAX_COMPANIONS = 3
# how much narrower than a cosine an arm is
ARM_CONTRAST = 3.0


class Shapes(NamedTuple):
    """Rings, or pairs of arms, around galaxies; `radius` in arcsec, `angle` in radians, `lopsided` from 0 to 1.

    `width` is that of a ring, arcsec, or the pitch of arms, radians; the radius of arms is the scale length of
    the disc.
    """

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    width: np.ndarray
    axis_ratio: np.ndarray
    angle: np.ndarray
    lopsided: np.ndarray


def arc_magnitudes(count: int, rng: np.random.Generator) -> np.ndarray:
    """i magnitudes as arcs have them, for the blue light of what is no lens."""
    gain = np.log(MAGNIFICATION) + rng.normal(0, MAGNIFICATION_SCATTER, count)
    return np.asarray(source_magnitudes(count, rng) - 2.5 * gain / np.log(10))


def source_magnitudes(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.triangular(*SOURCE_MAGNITUDES, count)


def rings(x: np.ndarray, y: np.ndarray, radius: np.ndarray, rng: np.random.Generator) -> Shapes:
    """Ring galaxies, as wide as the Einstein rings that they are taken for."""
    count = len(x)
    return Shapes(
        x=x + rng.normal(0, 0.05, count),
        y=y + rng.normal(0, 0.05, count),
        radius=radius,
        width=rng.uniform(0.12, 0.3, count),
        axis_ratio=rng.uniform(0.55, 1, count),
        angle=rng.uniform(0, np.pi, count),
        lopsided=rng.uniform(0, 0.9, count),
    )


def arms(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Shapes:
    """Two arms each."""
    count = len(x)
    return Shapes(
        x=x,
        y=y,
        radius=rng.uniform(0.6, 1.2, count),
        width=np.radians(rng.uniform(12, 35, count)) * rng.choice((-1, 1), count),
        axis_ratio=rng.uniform(0.4, 1, count),
        angle=rng.uniform(0, 2 * np.pi, count),
        lopsided=rng.uniform(0, 0.4, count),
    )


def companions(
    x: np.ndarray, y: np.ndarray, radius: np.ndarray, rng: np.random.Generator
) -> tuple[Profiles, np.ndarray]:
    """One to three small galaxies about as far off as images would be, and the i magnitude of each.

    Half of them lie across the line to the galaxy, as an arc does.
    """
    number = rng.integers(1, MAX_COMPANIONS + 1, len(x))
    host = np.repeat(np.arange(len(x)), number)
    count = len(host)
    towards = rng.uniform(0, 2 * np.pi, count)
    distance = radius[host] * rng.uniform(0.7, 1.5, count)
    across = np.where(rng.uniform(size=count) < 0.5, rng.normal(0, 0.25, count), rng.uniform(0, np.pi, count))
    profiles = Profiles(
        x=x[host] + distance * np.cos(towards),
        y=y[host] + distance * np.sin(towards),
        radius=rng.uniform(0.15, 0.45, count),
        axis_ratio=rng.uniform(0.25, 1, count),
        angle=towards + np.pi / 2 + across,
        sersic_index=np.ones(count),
    )
    shared = arc_magnitudes(len(x), rng)[host] + 2.5 * np.log10(number[host])
    return profiles, shared + rng.normal(0, 0.3, count)


def ring_light(x: np.ndarray, y: np.ndarray, shapes: Shapes) -> np.ndarray:
    """Surface brightness per square arcsec of rings of flux 1, brighter on one side: (object, y, x)."""
    each, radius, azimuth = _polar(x, y, shapes)
    profile = np.exp(-0.5 * ((radius - each.radius) / each.width) ** 2)
    light = profile * (1 + each.lopsided * np.cos(azimuth - 2 * each.angle))
    return _of_unit_flux(light, x)


def arm_light(x: np.ndarray, y: np.ndarray, shapes: Shapes) -> np.ndarray:
    """Surface brightness per square arcsec of two logarithmic arms of flux 1, in an exponential disc."""
    each, radius, azimuth = _polar(x, y, shapes)
    turned = np.log(radius / each.radius + np.float32(0.05)) / np.tan(each.width)
    arm = np.exp(ARM_CONTRAST * (np.cos(2 * (azimuth - turned)) - 1))
    disc = np.exp(-radius / each.radius) * (1 - np.exp(-((radius / (np.float32(0.5) * each.radius)) ** 2)))
    return _of_unit_flux(disc * (arm + np.float32(0.1)) * (1 + each.lopsided * np.cos(azimuth)), x)


def _polar(x: np.ndarray, y: np.ndarray, shapes: Shapes) -> tuple[Shapes, np.ndarray, np.ndarray]:
    each = Shapes(*(np.asarray(values, np.float32)[:, None, None] for values in shapes))
    dx, dy = x - each.x, y - each.y
    cos, sin = np.cos(each.angle), np.sin(each.angle)
    along, across = cos * dx + sin * dy, (cos * dy - sin * dx) / each.axis_ratio
    return each, np.hypot(along, across), np.arctan2(across, along)


def _of_unit_flux(light: np.ndarray, x: np.ndarray) -> np.ndarray:
    cell = float(x[0, 0, 1] - x[0, 0, 0]) ** 2
    return np.asarray(light / (light.sum(axis=(1, 2), keepdims=True) * np.float32(cell)))
