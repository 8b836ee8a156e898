"""A retina is seen against its surroundings, a chest as it is."""

import math

import torch

from sciml.scans.light import CONTRAST, DARK, centred, even_light


def disc(level: float, side: int = 64) -> torch.Tensor:
    """An even disc (sample, channel, y, x), black outside."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    inside = (y - side / 2) ** 2 + (x - side / 2) ** 2 < (side / 2.2) ** 2
    return (level * inside).expand(1, 3, side, side).clone()


def test_an_even_disc_shows_nothing_up_to_its_edge() -> None:
    assert even_light(disc(120.0)).abs().max() < 1e-4


def test_a_dark_dot_is_as_dark_as_its_share_of_the_light_whatever_the_flash() -> None:
    for level in (60.0, 180.0):
        image = disc(level)
        image[:, :, 32, 32] = level / 2
        seen = even_light(image)[0, 0]
        # one pixel of 64 hardly changes the mean around it
        expected = CONTRAST * math.log((level / 2 + DARK) / (level + DARK))
        assert abs(float(seen[32, 32]) - expected) < 0.1
        assert seen[10, 32].abs() < 0.1


def test_a_tint_of_the_whole_image_changes_nothing_where_it_is_bright() -> None:
    image = 100 + 40 * torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    tinted = image * torch.tensor([1.3, 1.0, 0.8])[None, :, None, None]
    # all that is left is what DARK adds
    assert (even_light(image) - even_light(tinted)).abs().max() < 0.15


def test_a_chest_keeps_its_slow_light() -> None:
    assert torch.equal(centred(torch.tensor([127.5, 191.5])), torch.tensor([0.0, 1.0]))
