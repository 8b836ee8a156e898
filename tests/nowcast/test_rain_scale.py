"""Every two colours of a scale differ for every kind of sight, and every rate falls into its own step."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.nowcast.rain_scale import DIFFERENCE, GROUND, NO_DATA, PROBABILITY, RAIN, Scale, classes

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
SIGHTS = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
D65 = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, sight: str) -> np.ndarray:
    """CIE L*a*b* of an sRGB colour as somebody with this sight has it."""
    coded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SIGHTS[sight]) @ linear, 0, 1)
    x, y, z = np.cbrt(np.asarray(TO_XYZ) @ seen / D65)  # every colour here is above the linear toe
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def least_distance(colours: tuple[str, ...], sight: str) -> float:
    """CIE76 distance of the two colours that are nearest to each other."""
    return min(float(np.linalg.norm(lab(a, sight) - lab(b, sight))) for a, b in combinations(colours, 2))


def test_the_distance_of_black_and_white_is_a_hundred() -> None:
    """116 (1 - 0) - 16 = 100 for white; black has L* = -16 without the linear toe, which no colour here needs."""
    assert lab("#ffffff", "normal") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("#ff0000", "normal") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scale", [RAIN, PROBABILITY, DIFFERENCE], ids=lambda scale: scale.name)
def test_every_two_steps_can_be_told_apart(scale: Scale, sight: str) -> None:
    assert least_distance(scale.colours, sight) >= 9.5


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_lightest_rain_is_not_the_colour_of_dry_ground(sight: str) -> None:
    """In grey the first step lies 6 below white; a colour of its own helps all other kinds of sight but protan."""
    assert np.linalg.norm(lab(RAIN.colours[0], sight) - lab(GROUND, sight)) >= 6


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scale", [RAIN, PROBABILITY], ids=lambda scale: scale.name)
def test_more_is_darker(scale: Scale, sight: str) -> None:
    lightness = [lab(colour, sight)[0] for colour in (GROUND, *scale.colours)]
    assert (np.diff(lightness) < 0).all()


@pytest.mark.parametrize("sight", ["normal", "grey"])
def test_no_step_of_the_rain_scale_stands_out(sight: str) -> None:
    """An edge where the lightness jumps would look like a front that is not there."""
    steps = -np.diff([lab(colour, sight)[0] for colour in RAIN.colours])
    assert steps.max() / steps.min() < 1.25


def test_too_little_and_too_much_differ_without_colour() -> None:
    """Beside each other by size: the darker side in a grey print tells the sign."""
    little, much = DIFFERENCE.colours[2::-1], DIFFERENCE.colours[3:]
    for less, more in zip(little, much, strict=True):
        assert lab(more, "grey")[0] - lab(less, "grey")[0] >= 9.5


def test_rates_fall_into_the_step_that_their_edge_begins() -> None:
    rates = np.array([0.0, 0.099, 0.1, 0.24, 0.25, 0.999, 1.0, 31.9, 32.0, 300.0, np.nan], np.float32)
    assert classes(rates).tolist() == [0, 0, 1, 1, 2, 3, 4, 8, 9, 9, NO_DATA]


def test_hundredths_of_a_store_keep_their_edges() -> None:
    """10 hundredths are 0.1 mm/h, also where float32 lands below 0.1."""
    hundredths = np.array([9, 10, 24, 25, 49, 50, 100, 200, 400, 800, 1600, 3200], np.int16)
    assert classes(hundredths * np.float32(0.01)).tolist() == [0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]


@given(st.lists(st.floats(0, 300, width=32), min_size=2, max_size=20))
def test_more_rain_is_never_a_lower_step(rates: list[float]) -> None:
    assert (np.diff(classes(np.sort(np.array(rates, np.float32))).astype(int)) >= 0).all()


def test_differences_have_their_sign_and_a_quiet_middle() -> None:
    field = np.array([-9, -8, -2, -0.5, 0, 0.49, 0.5, 2, 8, np.nan], np.float32)
    assert DIFFERENCE.classes(field).tolist() == [1, 2, 3, 0, 0, 0, 4, 5, 6, NO_DATA]
    assert DIFFERENCE.label(1) == "−8 mm/h and less"
    assert DIFFERENCE.label(2) == "−8 to −2 mm/h"
    assert DIFFERENCE.label(3) == "−2 to −0.5 mm/h"
    assert DIFFERENCE.label(4) == "+0.5 to +2 mm/h"
    assert DIFFERENCE.label(6) == "+8 mm/h and more"


def test_a_step_says_what_it_means_in_words_and_with_its_unit() -> None:
    assert RAIN.label(4) == "1 to 2 mm/h"
    assert RAIN.label(9) == "32 mm/h and more"
    assert RAIN.label(0) == "below 0.1 mm/h"
    assert RAIN.label(NO_DATA) == "no data"
    assert [RAIN.word(step) for step in (0, 1, 3, 6, 8, 9)] == [
        "dry", "very light", "light", "moderate", "heavy", "very heavy",
    ]  # fmt: skip
    header = RAIN.header()
    assert len(header["colours"]) == len(header["labels"]) == len(header["words"]) == 10
