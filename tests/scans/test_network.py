"""The densely connected network: as published, and open to whoever looks at its maps."""

from __future__ import annotations

import pytest
import torch

from sciml.scans.network import DenseNet


def small(channels: int = 3) -> DenseNet:
    torch.manual_seed(0)
    return DenseNet(channels, 2, stem=8, blocks=(2, 2), growth=4, dropout=0.5)


@pytest.mark.parametrize(("findings", "parameters"), [(1000, 7_978_856), (14, 6_968_206)])
def test_with_the_sizes_of_densenet_121_it_has_the_published_number_of_parameters(
    findings: int, parameters: int
) -> None:
    with torch.device("meta"):
        network = DenseNet(3, findings, stem=64, blocks=(6, 12, 24, 16), growth=32, dropout=0.0)
    assert sum(weight.numel() for weight in network.parameters()) == parameters


def test_layers_are_named_as_in_torchvision() -> None:
    names = small().state_dict().keys()
    assert {
        "features.conv0.weight",
        "features.norm0.running_mean",
        "features.denseblock1.denselayer2.norm1.bias",
        "features.denseblock2.denselayer1.conv2.weight",
        "features.transition1.conv.weight",
        "features.norm3.weight",
        "classifier.weight",
    } <= names


def test_no_layer_works_in_place() -> None:
    assert not [name for name, layer in small().named_modules() if getattr(layer, "inplace", False)]


@pytest.mark.parametrize("channels", [1, 3])
def test_bytes_and_the_same_numbers_as_floats_are_answered_alike(channels: int) -> None:
    network = small(channels).eval()
    image = torch.randint(0, 256, (2, channels, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        assert network(image).shape == (2, 2)
        assert torch.equal(network(image), network(image.float()))


def test_the_last_maps_lie_sixteen_pixels_apart_behind_three_blocks() -> None:
    network = DenseNet(3, 2, stem=8, blocks=(1, 1, 1), growth=4, dropout=0.0).eval()
    with torch.inference_mode():
        maps = network.maps(torch.zeros(1, 3, 128, 128, dtype=torch.uint8))
    # 8 + 4 = 12, halved: 6 + 4 = 10, halved: 5 + 4 = 9 maps; 128 / (2 x 2 x 2 x 2) = 8 rows
    assert maps.shape == (1, 9, 8, 8)
    assert (maps >= 0).all()
