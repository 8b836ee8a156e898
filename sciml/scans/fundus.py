"""What would a camera see of this retina? An invented fundus photograph whose lesions are known.

Light falls on a pigmented background, the optic disc reflects it, blood takes the short waves out of it; the camera
adds its field of view, colours, blur and noise. Colour, camera and everything else that is drawn here but the lesions
are independent of the grade. Bounds are set by eye and by statistics against real photographs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sciml.scans.fundus_camera import Camera, View, step, taken
from sciml.scans.lesions import Lesions, Spot, plant
from sciml.scans.vessels import Anatomy, draw_vessels, grow_vessels

# optical density of blood by channel, red, green, blue; arterial blood lets more red through
VENOUS, ARTERIAL, BLEEDING = (
    np.array(each, np.float32) for each in ((0.26, 0.54, 0.34), (0.09, 0.38, 0.24), (0.50, 0.90, 0.62))
)
EXUDATE_COLOUR = np.array([1.0, 0.82, 0.36], np.float32)
COTTON_COLOUR = np.array([1.0, 0.80, 0.46], np.float32)
DRUSEN_COLOUR = np.array([1.0, 0.78, 0.42], np.float32)


@dataclass(frozen=True)
class Traits:
    """What both eyes of a person share."""

    red: float
    green: float  # over red
    blue: float  # over green
    tessellation: float
    calibre: float
    tortuosity: float
    cup: float
    diameter: float
    reflex: float
    drusen: int


@dataclass(frozen=True)
class Photograph:
    """`pixels` (y, x, channel) float32 in 0..1 with what was drawn; `lesions` and `anatomy` in field radii."""

    pixels: np.ndarray
    lesions: Lesions
    anatomy: Anatomy
    centre: tuple[float, float]
    radius: float


def draw_traits(rng: np.random.Generator) -> Traits:
    """A person."""
    return Traits(
        red=rng.uniform(0.66, 0.98),
        green=float(np.clip(rng.normal(0.42, 0.09), 0.25, 0.60)),
        blue=float(np.clip(rng.normal(0.36, 0.16), 0.10, 0.68)),
        tessellation=rng.beta(1.0, 2.2),
        calibre=rng.uniform(0.0150, 0.0205),
        tortuosity=rng.uniform(0.035, 0.075),
        cup=rng.beta(4, 8),
        diameter=rng.uniform(0.25, 0.32),
        reflex=max(0.0, rng.normal(0.0, 0.5)),
        drusen=int(rng.integers(4, 26)) if rng.random() < 0.22 else 0,
    )


def photograph(
    size: int, traits: Traits, camera: Camera, grade: int, right_eye: bool, rng: np.random.Generator
) -> Photograph:
    """One eye with lesions of this grade, `size` pixels high."""
    view = View(size, round(size * camera.aspect), camera, rng)
    anatomy = _anatomy(traits, camera, right_eye, rng)
    # a stream of its own: the same eye looks the same but for its lesions, whatever the grade
    lesions = plant(grade, anatomy, view.shows, rng.spawn(1)[0])
    light = _background(view, anatomy, traits, rng)
    _add_disc(light, view, anatomy, traits, rng)
    _add_pale(light, view, anatomy, traits, lesions, rng)
    light *= np.exp(-_blood(view, anatomy, traits, lesions, rng))
    _add_specks(light, view, rng)
    pixels = taken(light, view, camera, rng)
    return Photograph(pixels, lesions, anatomy, view.centre, view.radius)


def _anatomy(traits: Traits, camera: Camera, right_eye: bool, rng: np.random.Generator) -> Anatomy:
    """The view is centred on the macula, or sometimes between it and the disc, or on the disc."""
    temporal = -1 if right_eye else 1
    diameter = traits.diameter * (1.0 if camera.field[0] > 0.5 else 0.92)
    apart = rng.uniform(2.3, 2.7) * diameter
    shift = rng.choice([0.05, 0.45, 1.0], p=[0.72, 0.20, 0.08]) + rng.normal(0, 0.08)
    # in the picture of a right eye the disc lies to the right of the macula, whose temple is to the left
    fovea_x = temporal * apart * shift
    fovea = (float(rng.normal(0.02, 0.05)), float(fovea_x))
    disc = (fovea[0] - diameter * rng.uniform(0.1, 0.45), fovea_x - temporal * apart)
    return Anatomy((float(disc[0]), float(disc[1])), fovea, float(diameter), temporal)


def _background(view: View, anatomy: Anatomy, traits: Traits, rng: np.random.Generator) -> np.ndarray:
    """Light from the choroid and the pigment epithelium (y, x, channel)."""
    shade = 0.08 * view.field(0.8, rng) + 0.02 * view.field(0.2, rng) + 0.014 * view.field(0.03, rng)
    lit = (rng.normal(0, 0.18), rng.normal(0, 0.18))
    shade -= rng.uniform(0.25, 0.85) * view.around(lit)
    if traits.tessellation > 0.12:
        # choroidal vessels show as a net between which there is pigment; least at the macula
        away = 1 - np.exp(-view.around(anatomy.fovea) / 0.25)
        shade += 0.13 * traits.tessellation * view.streaks(anatomy.disc, rng) * away
    macula = view.around(anatomy.fovea) / anatomy.diameter**2
    dip = rng.uniform(0.20, 0.42) * np.exp(-macula / 0.75) + rng.uniform(0.12, 0.35) * np.exp(-macula / 0.06)
    disc = view.around(anatomy.disc) / anatomy.diameter**2
    glow = rng.uniform(0.02, 0.16) * np.exp(-disc / 2.2)
    green, blue = traits.green * math.exp(rng.normal(0, 0.05)), traits.blue * math.exp(rng.normal(0, 0.08))
    tint = view.field(0.6, rng)
    logs = [
        math.log(traits.red) + 0.75 * shade - 0.55 * dip + 0.6 * glow,
        math.log(traits.red * green) + shade - dip + 1.5 * glow + 0.03 * tint,
        math.log(traits.red * green * blue) + shade - 0.9 * dip + 1.7 * glow + 0.06 * tint,
    ]
    light = np.exp(np.stack(logs, axis=-1))
    # light from the edge of the pupil: a pale crescent at the rim of some photographs
    if rng.random() < 0.35:
        side = rng.uniform(0, 2 * math.pi)
        crescent = np.clip(view.distance - 0.72, 0, None) ** 2 * (1 + np.sin(side) * view.y + np.cos(side) * view.x)
        light += rng.uniform(0.3, 1.6) * crescent[..., None] * np.array([0.75, 0.80, 0.62], np.float32)
    return np.asarray(light, np.float32)


def _add_disc(light: np.ndarray, view: View, anatomy: Anatomy, traits: Traits, rng: np.random.Generator) -> None:
    """The head of the optic nerve with its pale cup, a crescent at its side and the sheen of the nerve fibres."""
    stretch, radius = rng.uniform(1.0, 1.16), anatomy.diameter / 2
    wobble = 0.025 * view.field(0.3, rng)
    rim = np.sqrt(view.around(anatomy.disc, stretch)) / radius + wobble
    soft = rng.uniform(0.06, 0.16)
    weight = step((1 - rim) / soft)
    base = np.array(
        [1.0, rng.uniform(0.58, 0.76), rng.uniform(0.26, 0.42) * (0.5 + 1.2 * traits.blue)], np.float32
    ) * rng.uniform(0.90, 1.12)
    cup_at = (anatomy.disc[0] + rng.normal(0, 0.06) * radius, anatomy.disc[1] + anatomy.temporal * 0.10 * radius)
    cup = step((traits.cup - np.sqrt(view.around(cup_at, stretch)) / radius) / 0.14)
    pale = (base + cup[..., None] * np.array([0.10, 0.17, 0.18], np.float32)) * (
        1 - 0.10 * rim[..., None].clip(0, 1) ** 3
    )
    if rng.random() < 0.35:
        beside = (anatomy.disc[0], anatomy.disc[1] + anatomy.temporal * 0.16 * radius)
        crescent = step((1.06 - np.sqrt(view.around(beside, stretch)) / radius) / 0.05) * (1 - weight)
        light *= 1 + (rng.uniform(-0.30, 0.40) * crescent)[..., None]
    light *= 1 - weight[..., None]
    light += (weight * (1 + 0.03 * view.field(0.03, rng)))[..., None] * pale


def _add_pale(
    light: np.ndarray, view: View, anatomy: Anatomy, traits: Traits, lesions: Lesions, rng: np.random.Generator
) -> None:
    """Exudates and cotton wool; drusen and reflexes, which are no disease of the vessels."""
    brightness = float(np.percentile(light[..., 0], 70))
    drusen = [_drusen(anatomy, view, rng) for _ in range(traits.drusen)]
    for spots, colour, edge in (
        ([spot for spot in drusen if spot is not None], DRUSEN_COLOUR, 0.75),
        (lesions.cotton_wool, COTTON_COLOUR, 1.1),
        (lesions.exudates, EXUDATE_COLOUR, 0.4),
    ):
        if spots:
            weight = np.zeros(view.shape, np.float32)
            for spot in spots:
                _mark(weight, view, spot, edge)
            glare = max(0.62, brightness) * (1.3 if colour is EXUDATE_COLOUR else 1.05) * colour
            light += weight[..., None] * np.clip(glare - light, 0, None)
    if traits.reflex > 0.25:
        # the sheen of a young retina: a ring around the fovea
        ring = np.exp(
            -(((np.sqrt(view.around(anatomy.fovea, 0.8)) / anatomy.diameter) - rng.uniform(0.5, 0.75)) ** 2) / 0.01
        )
        light += (0.06 * traits.reflex * ring * np.clip(view.field(0.15, rng), 0, None))[..., None]


def _blood(view: View, anatomy: Anatomy, traits: Traits, lesions: Lesions, rng: np.random.Generator) -> np.ndarray:
    """Optical density (y, x, channel) of vessels, microaneurysms and haemorrhages."""
    vessels = grow_vessels(anatomy, traits.calibre, traits.tortuosity, rng)
    strength = rng.uniform(0.75, 1.1)
    veins = [vessel for vessel in vessels if vessel.vein]
    arteries = [vessel for vessel in vessels if not vessel.vein]
    venous = draw_vessels(view.shape, [*veins, *lesions.new_vessels], view.centre, view.radius) * strength
    arterial = draw_vessels(view.shape, arteries, view.centre, view.radius) * strength
    # light that the wall of an artery throws back
    wide = [type(each)(each.points, 0.4 * each.radius, False) for each in arteries if each.radius[0] > 0.008]
    arterial -= 0.35 * draw_vessels(view.shape, wide, view.centre, view.radius)
    bleeding = np.zeros(view.shape, np.float32)
    for spot in lesions.microaneurysms:
        _mark(bleeding, view, spot, 0.55)
    for spot in lesions.haemorrhages:
        _mark(bleeding, view, spot, 0.55)
    for spot in lesions.preretinal:
        _mark(bleeding, view, spot, 0.2, level_top=True)
    density = venous[..., None] * VENOUS
    density += np.clip(arterial, 0, None)[..., None] * ARTERIAL
    return np.asarray(np.maximum(density, (0.75 * bleeding)[..., None] * BLEEDING))


def _add_specks(light: np.ndarray, view: View, rng: np.random.Generator) -> None:
    """Dust on the lens, out of focus, and spots of pigment: dark, but grey or brown instead of red."""
    for _ in range(int(rng.poisson(0.7))):
        y, x = rng.uniform(-0.8, 0.8, 2)
        dust = np.exp(-view.around((y, x)) / rng.uniform(0.012, 0.03) ** 2)
        light *= 1 - rng.uniform(0.06, 0.22) * dust[..., None]
    if rng.random() < 0.12:
        y, x = rng.uniform(-0.7, 0.7, 2)
        spot = np.exp(-((view.around((y, x)) / rng.uniform(0.04, 0.09) ** 2) ** 2))
        light *= 1 - rng.uniform(0.15, 0.35) * spot[..., None] * np.array([1.0, 0.75, 0.5], np.float32)


def _drusen(anatomy: Anatomy, view: View, rng: np.random.Generator) -> Spot | None:
    y, x = np.array(anatomy.fovea) + rng.normal(0, 0.8 * anatomy.diameter, 2)
    shown = view.shows(float(y), float(x))
    return (
        Spot(float(y), float(x), rng.uniform(0.010, 0.026), ragged=0.3, depth=rng.uniform(0.25, 0.6)) if shown else None
    )


def _mark(canvas: np.ndarray, view: View, spot: Spot, edge: float, level_top: bool = False) -> None:
    """Raise the canvas where a lesion lies; `edge` is how much of its radius the border takes."""
    reach = spot.radius * (1 + edge) * spot.elongation * (1 + spot.ragged)
    rows, columns = (
        slice(max(0, int(centre + (at - reach) * view.radius)), max(0, int(centre + (at + reach) * view.radius) + 2))
        for centre, at in zip(view.centre, (spot.y, spot.x), strict=True)
    )
    dy, dx = view.y[rows] - spot.y, view.x[:, columns] - spot.x
    cos, sin = math.cos(spot.direction), math.sin(spot.direction)
    along, across = dx * cos + dy * sin, dy * cos - dx * sin
    distance = np.hypot(along / spot.elongation, across) / spot.radius
    if spot.ragged:
        angle = np.arctan2(across, along)
        # the outline is another at every place: its phases follow from there
        phase = 997 * spot.y + 613 * spot.x
        waves = sum(np.sin(k * angle + phase * k**2) for k in (2, 3, 4, 5))
        distance = distance * (1 + 0.17 * spot.ragged * waves)
    value = spot.depth * step((1 - distance) / edge)
    if level_top:
        value *= step(dy / (0.1 * spot.radius))
    canvas[rows, columns] = np.maximum(canvas[rows, columns], value)
