"""The lens network sees NaN as unobserved, and is small."""

from __future__ import annotations

import pytest
import torch

from sciml.lenses.network import LensNetwork
from sciml.lenses.settings import ModelSettings


@pytest.fixture(scope="module")
def network() -> LensNetwork:
    torch.manual_seed(1)
    return LensNetwork(bands=3, width=8, stages=3, units=1, stretch=3.0).eval()


def test_the_network_of_the_defaults_has_about_a_hundred_thousand_weights() -> None:
    chosen = ModelSettings()
    network = LensNetwork(3, chosen.width, chosen.stages, chosen.units, chosen.stretch)
    assert 80_000 < sum(weights.numel() for weights in network.parameters()) < 200_000


@pytest.mark.parametrize("side", [15, 45, 101])
def test_cutouts_of_any_allowed_size_get_two_logits(network: LensNetwork, side: int) -> None:
    assert network(torch.zeros(2, 3, side, side)).shape == (2, 2)


def test_unobserved_pixels_are_finite_answers_and_not_dark_ones(network: LensNetwork) -> None:
    image = torch.randn(1, 3, 45, 45)
    dark, missing = image.clone(), image.clone()
    dark[:, 1], missing[:, 1] = 0.0, torch.nan
    answers = network(torch.cat([dark, missing]))
    assert bool(torch.isfinite(answers).all())
    assert not torch.allclose(answers[0], answers[1], atol=1e-4)


def test_a_cutout_without_any_pixel_gets_a_finite_answer(network: LensNetwork) -> None:
    assert bool(torch.isfinite(network(torch.full((1, 3, 45, 45), torch.nan))).all())


def test_a_core_of_a_million_sigmas_does_not_overflow(network: LensNetwork) -> None:
    image = torch.zeros(1, 3, 45, 45)
    image[..., 22, 22] = 1e6
    assert float(network(image).detach().abs().max()) < 1e3


def test_a_logit_does_not_depend_on_the_other_cutouts_of_a_batch(network: LensNetwork) -> None:
    images = torch.randn(4, 3, 45, 45)
    other = torch.cat([images[:1], 50 * images[1:]])
    assert torch.allclose(network(images)[0], network(other)[0], atol=1e-5)
