"""Which galaxies and stars stand in an invented tile?

Red ellipticals follow the relations of Faber and Jackson and of Kormendy, with scatter, and are of an old population
at redshifts of 0.3 to 0.7. Every catalogued object has one, whether it lenses or not, and the blue light of rings, arms
and companions is as bright as that of arcs: neither colour nor brightness alone tells the classes apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sciml.lenses import lookalikes
from sciml.lenses.colours import blue_flux, red_flux, star_flux
from sciml.lenses.lookalikes import Shapes, arc_magnitudes, source_magnitudes
from sciml.lenses.raytrace import Deflectors, Profiles

EINSTEIN_RADII = (0.6, 2.6)
# Einstein radius of an isothermal sphere of 1000 km/s with all of the way between it and the source, arcsec
SPHERE_ARCSEC = 28.8
# i magnitude of a red galaxy of 255 km/s
MAGNITUDE = 19.9
FIELD_PER_ARCMIN2, STARS_PER_ARCMIN2 = 25.0, 1.3
# of the catalogued objects that are no galaxies to be searched: i magnitudes of discs and of stars, share of stars
ANY_DISC_MAGNITUDES, ANY_STAR_MAGNITUDES, ANY_STAR_SHARE = (20.0, 24.0), (16.5, 22.0), 0.3
POINT_ARCSEC = 0.05
BRIGHT_STAR_SHARE, BRIGHT_STAR_MAGNITUDES = 0.2, (12.5, 14.5)


@dataclass(frozen=True)
class Population:
    """All that shines in a tile: positions in arcsec from its middle, `*_flux` (component, band) in counts.

    `kind` and `einstein_radius` are those of the catalogued objects, whose red galaxies come first among `light`;
    `lensing` numbers those that lens, one for each of `deflectors` and `sources`.
    """

    kind: np.ndarray
    einstein_radius: np.ndarray
    light: Profiles
    light_flux: np.ndarray
    lensing: np.ndarray
    deflectors: Deflectors
    sources: Profiles
    source_flux: np.ndarray
    rings: Shapes
    ring_flux: np.ndarray
    arms: Shapes
    arm_flux: np.ndarray
    star_x: np.ndarray
    star_y: np.ndarray
    star_flux: np.ndarray


def population(
    x: np.ndarray,
    y: np.ndarray,
    side_arcsec: float,
    bands: Sequence[str],
    shares: tuple[float, float],
    rng: np.random.Generator,
) -> Population:
    """Galaxies at x, y (object,) and the field around them; `shares` are those of lenses and of lookalikes."""
    kind = _kinds(len(x), *shares, rng)
    einstein_radius, dispersion = _einstein_radii(len(x), rng)
    red, its_flux = _ellipticals(x, y, dispersion, bands, rng)
    lensing, ring, spiral, companion = (np.flatnonzero(kind == name) for name in ("lens", *lookalikes.KINDS))
    _anything(red, its_flux, np.flatnonzero(kind == "field"), bands, rng)
    # a spiral is but a bulge in red: the smaller part of it
    red.radius[spiral] *= 0.6
    its_flux[spiral] *= 0.5
    deflectors = _deflectors(red, einstein_radius, lensing, rng)
    sources = _sources(deflectors, rng)
    near, near_magnitudes = lookalikes.companions(x[companion], y[companion], einstein_radius[companion], rng)
    field, field_magnitudes = _field(side_arcsec, rng)
    star_x, star_y, star_magnitudes = _stars(side_arcsec, rng)
    blue = blue_flux(np.concatenate((near_magnitudes, field_magnitudes)), bands, rng)
    return Population(
        kind=kind,
        einstein_radius=einstein_radius,
        light=Profiles(*(np.concatenate(parts) for parts in zip(red, near, field, strict=True))),
        light_flux=np.concatenate((its_flux, blue)),
        lensing=lensing,
        deflectors=deflectors,
        sources=sources,
        source_flux=blue_flux(source_magnitudes(len(lensing), rng), bands, rng),
        rings=lookalikes.rings(x[ring], y[ring], einstein_radius[ring], rng),
        ring_flux=blue_flux(arc_magnitudes(len(ring), rng), bands, rng),
        arms=lookalikes.arms(x[spiral], y[spiral], rng),
        # arms reach further out than arcs, and must show all the same
        arm_flux=blue_flux(arc_magnitudes(len(spiral), rng) - 0.6, bands, rng),
        star_x=star_x,
        star_y=star_y,
        star_flux=star_flux(star_magnitudes, bands, rng),
    )


def _kinds(count: int, lens_share: float, lookalike_share: float, rng: np.random.Generator) -> np.ndarray:
    """Exact shares in a random order; of the others one half is plain, the other whatever a catalogue holds."""
    lenses = round(count * lens_share)
    alike = min(round(count * lookalike_share), count - lenses)
    which = np.arange(alike) + rng.integers(len(lookalikes.KINDS))
    names = ["lens"] * lenses + [lookalikes.KINDS[number % len(lookalikes.KINDS)] for number in which]
    others = count - lenses - alike
    names += ["plain"] * (others - others // 2) + ["field"] * (others // 2)
    return rng.permutation(np.array(names))


def _einstein_radii(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Einstein radii, arcsec, and the velocity dispersions that make them, km/s."""
    radii, dispersions = np.empty(0), np.empty(0)
    while len(radii) < count:
        dispersion = np.clip(rng.normal(265, 40, 4 * count), 150, 400)
        # share of the way to the source that lies behind the deflector, as an angular diameter distance
        radius = SPHERE_ARCSEC * (dispersion / 1000) ** 2 * rng.uniform(0.5, 0.85, 4 * count)
        fits = (radius > EINSTEIN_RADII[0]) & (radius < EINSTEIN_RADII[1])
        radii, dispersions = np.append(radii, radius[fits]), np.append(dispersions, dispersion[fits])
    return radii[:count], dispersions[:count]


def _ellipticals(
    x: np.ndarray, y: np.ndarray, dispersion: np.ndarray, bands: Sequence[str], rng: np.random.Generator
) -> tuple[Profiles, np.ndarray]:
    count = len(x)
    # luminosity as the fourth power of the dispersion, size as its 0.6th power
    magnitude = MAGNITUDE - 10 * np.log10(dispersion / 255) + rng.normal(0, 0.45, count)
    radius = 0.8 * 10 ** (-0.24 * (magnitude - MAGNITUDE) + rng.normal(0, 0.12, count))
    profiles = Profiles(
        x=x,
        y=y,
        radius=np.clip(radius, 0.35, 2.5),
        axis_ratio=np.clip(rng.normal(0.78, 0.12, count), 0.4, 0.98),
        angle=rng.uniform(0, np.pi, count),
        sersic_index=np.clip(rng.normal(4, 0.6, count), 2.5, 6),
    )
    return profiles, red_flux(magnitude, bands, rng)


def _anything(
    red: Profiles, flux: np.ndarray, which: np.ndarray, bands: Sequence[str], rng: np.random.Generator
) -> None:
    """Make discs and stars of these galaxies: a user's catalogue is not of red ellipticals alone."""
    stars = rng.uniform(size=len(which)) < ANY_STAR_SHARE
    disc, star = which[~stars], which[stars]
    red.sersic_index[which] = 1
    red.radius[disc], red.radius[star] = rng.uniform(0.2, 0.7, len(disc)), POINT_ARCSEC
    red.axis_ratio[disc], red.axis_ratio[star] = rng.uniform(0.3, 1, len(disc)), 1
    flux[disc] = blue_flux(rng.uniform(*ANY_DISC_MAGNITUDES, len(disc)), bands, rng)
    flux[star] = star_flux(rng.uniform(*ANY_STAR_MAGNITUDES, len(star)), bands, rng)


def _deflectors(
    red: Profiles, einstein_radius: np.ndarray, lensing: np.ndarray, rng: np.random.Generator
) -> Deflectors:
    """Mass that follows the light, roughly, and the shear of what is around."""
    count = len(lensing)
    shear, towards = np.abs(rng.normal(0, 0.04, count)), rng.uniform(0, np.pi, count)
    return Deflectors(
        x=red.x[lensing],
        y=red.y[lensing],
        einstein_radius=einstein_radius[lensing],
        axis_ratio=np.clip(red.axis_ratio[lensing] + rng.normal(0, 0.07, count), 0.45, 0.98),
        angle=red.angle[lensing] + np.radians(rng.normal(0, 10, count)),
        shear_1=shear * np.cos(2 * towards),
        shear_2=shear * np.sin(2 * towards),
    )


def _sources(deflectors: Deflectors, rng: np.random.Generator) -> Profiles:
    """Discs behind the deflectors, close enough to be seen twice or more."""
    count = len(deflectors.x)
    away = 0.5 * deflectors.einstein_radius * np.sqrt(rng.uniform(size=count))
    towards = rng.uniform(0, 2 * np.pi, count)
    return Profiles(
        x=deflectors.x + away * np.cos(towards),
        y=deflectors.y + away * np.sin(towards),
        radius=rng.uniform(0.1, 0.4, count),
        axis_ratio=rng.uniform(0.4, 1, count),
        angle=rng.uniform(0, np.pi, count),
        sersic_index=np.ones(count),
    )


def _field(side_arcsec: float, rng: np.random.Generator) -> tuple[Profiles, np.ndarray]:
    """Small discs anywhere, the fainter the more, with their i magnitudes."""
    count = int(rng.poisson(FIELD_PER_ARCMIN2 * (side_arcsec / 60) ** 2))
    # number per magnitude grows by 10^0.3 from one to the next
    magnitude = 21 + np.log10(1 + rng.uniform(size=count) * (10 ** (0.3 * 4) - 1)) / 0.3
    x, y = rng.uniform(-side_arcsec / 2, side_arcsec / 2, (2, count))
    profiles = Profiles(
        x=x,
        y=y,
        radius=np.clip(0.45 * 10 ** (-0.1 * (magnitude - 22) + rng.normal(0, 0.12, count)), 0.15, 1.0),
        axis_ratio=rng.uniform(0.3, 1, count),
        angle=rng.uniform(0, np.pi, count),
        sersic_index=np.ones(count),
    )
    return profiles, magnitude


def _stars(side_arcsec: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and i magnitudes; some tiles have one that saturates."""
    count = int(rng.poisson(STARS_PER_ARCMIN2 * (side_arcsec / 60) ** 2))
    magnitude = rng.uniform(17, 22, count)
    if rng.uniform() < BRIGHT_STAR_SHARE:
        magnitude = np.append(magnitude, rng.uniform(*BRIGHT_STAR_MAGNITUDES))
    x, y = rng.uniform(-side_arcsec / 2, side_arcsec / 2, (2, len(magnitude)))
    return x, y, magnitude
