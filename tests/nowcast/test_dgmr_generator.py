"""DGMR's generator has the published shapes, and noise of its own for every sample."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from sciml.nowcast.dgmr_discriminators import build_discriminator
from sciml.nowcast.dgmr_generator import Generator, build_generator


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    return build_generator("tiny", 3).eval()


@pytest.fixture(scope="module")
def published() -> Generator:
    with torch.device("meta"):  # shapes alone
        return build_generator("published", 18).eval()


def rain(samples: int, height: int = 64, width: int = 64) -> Tensor:
    return 5 * torch.rand(samples, 4, height, width, generator=torch.Generator().manual_seed(1))


def convolution(before: int, after: int, side: int, dimensions: int = 2) -> int:
    return before * after * side**dimensions + after


def d_block(before: int, after: int, dimensions: int = 2) -> int:
    """Weights by the pseudocode: the first convolution keeps the maps, the second changes them."""
    sides = ((before, before, 3), (before, after, 3), (before, after, 1))
    return sum(convolution(*one, dimensions) for one in sides)


def port_d_block(before: int, after: int, dimensions: int = 2) -> int:
    """Weights in the open port: the first convolution changes the maps."""
    sides = ((before, after, 3), (after, after, 3), (before, after, 1))
    return sum(convolution(*one, dimensions) for one in sides)


def parameters(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_the_published_generator_differs_from_the_port_by_what_the_port_changed(published: Generator) -> None:
    ours = parameters(published)
    levels = (384, 192, 96, 48)
    # the port's G-blocks hold a 1 x 1 convolution that they never use
    idle = sum(convolution(2 * maps, 2 * maps, 1) for maps in levels)
    # the port's doubling G-blocks keep 2 m maps (and norms) between their convolutions, the published ones have m
    wide = sum(
        convolution(2 * m, 2 * m, 3) + convolution(2 * m, m, 3) + 2 * 2 * m
        - convolution(2 * m, m, 3) - convolution(m, m, 3) - 2 * m
        for m in levels
    )  # fmt: skip
    # the port's context stack has half the maps in each frame, and D-blocks of the other order
    maps = (4, 48, 96, 192, 384)
    half = (4, 24, 48, 96, 192)
    whole = sum(map(d_block, maps, maps[1:])) + sum(convolution(4 * m, m, 3) for m in maps[1:])
    port = sum(map(port_d_block, half, half[1:])) + sum(convolution(2 * m, m, 3) for m in maps[1:])
    assert ours + idle + wide - whole + port == 53_566_957  # 53.6 M, as measured for the port
    assert ours == 51_739_817


def test_the_published_discriminators_differ_from_the_port_by_the_order_in_their_blocks() -> None:
    with torch.device("meta"):
        ours = parameters(build_discriminator("published"))
    maps = (4, 48, 96, 192, 384, 768)
    pairs = list(pairwise(maps))
    spatial = sum(port_d_block(*pair) - d_block(*pair) for pair in pairs)
    temporal = sum(
        port_d_block(*pair, dimensions) - d_block(*pair, dimensions)
        for pair, dimensions in zip(pairs, (3, 3, 2, 2, 2), strict=True)
    )
    # the last block of each: an idle 1 x 1 convolution; batch normalisation with scale and offset
    last = convolution(768, 768, 1) + 2 * 768
    assert ours + spatial + temporal + 2 * last == 44_704_610  # 44.7 M, as measured for the port


def test_the_published_size_has_the_published_shapes(published: Generator) -> None:
    with torch.device("meta"):
        states = published.context(torch.empty(2, 4, 256, 256))
        latent = published.latent(torch.empty(2, 8, 8, 8))
        frame, after = published.sampler(latent, states)
    assert published.leads == 18
    assert [tuple(state.shape[1:]) for state in states] == [(48, 64, 64), (96, 32, 32), (192, 16, 16), (384, 8, 8)]
    assert latent.shape == (2, 768, 8, 8)
    assert frame.shape == (2, 256, 256)
    assert [state.shape for state in after] == [state.shape for state in states]


def test_eighteen_leads_come_out_when_eighteen_are_asked_for() -> None:
    generator = build_generator("tiny", 18).eval()
    with torch.no_grad():
        assert generator(rain(1)).shape == (1, 18, 64, 64)


@pytest.mark.parametrize(("height", "width"), [(32, 64), (96, 32)])
def test_any_multiple_of_32_will_do(generator: Generator, height: int, width: int) -> None:
    with torch.no_grad():
        assert generator(rain(2, height, width)).shape == (2, 3, height, width)


def test_samples_of_a_batch_have_noise_of_their_own(generator: Generator) -> None:
    frames = rain(1).expand(2, -1, -1, -1)
    noise = generator.draw_noise(frames)
    assert noise.shape == (2, 8, 2, 2)
    assert not torch.equal(noise[0], noise[1])
    with torch.no_grad():
        drawn = generator(frames)
    assert not torch.allclose(drawn[0], drawn[1])


def test_two_calls_differ_and_the_same_noise_does_not(generator: Generator) -> None:
    frames = rain(1)
    noise = generator.draw_noise(frames, torch.Generator().manual_seed(5))
    with torch.no_grad():
        assert not torch.equal(generator(frames), generator(frames))
        assert torch.equal(generator(frames, noise), generator(frames, noise))


def test_noise_is_drawn_as_for_its_seed() -> None:
    frames, generator = rain(400), build_generator("tiny", 1)
    noise = generator.draw_noise(frames, torch.Generator().manual_seed(5))
    assert torch.equal(noise, generator.draw_noise(frames, torch.Generator().manual_seed(5)))
    # 400 x 8 x 2 x 2 = 12,800 draws: standard error of the mean 0.009, of the deviation 0.006
    assert abs(noise.mean().item()) < 0.04
    assert abs(noise.std().item() - 1) < 0.03


def test_a_lead_does_not_depend_on_how_many_follow(generator: Generator) -> None:
    frames = rain(1)
    noise = generator.draw_noise(frames)
    with torch.no_grad():
        assert torch.equal(generator(frames, noise, leads=5)[:, :2], generator(frames, noise, leads=2))


def test_the_same_weights_drive_every_lead() -> None:
    assert parameters(build_generator("tiny", 2)) == parameters(build_generator("tiny", 18))


def test_weights_come_back_from_a_file(generator: Generator) -> None:
    from safetensors.torch import load, save

    frames = rain(1)
    noise = generator.draw_noise(frames)
    torch.manual_seed(9)
    other = build_generator("tiny", 3).eval()
    with torch.no_grad():
        assert not torch.equal(other(frames, noise), generator(frames, noise))
        other.load_state_dict(load(save(generator.state_dict())))
        assert torch.equal(other(frames, noise), generator(frames, noise))
