"""Maps of where a score is sensitive, on networks whose answer is known."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sciml.scans.heatmaps import scores_and_maps
from sciml.scans.network import DenseNet


class Looker(DenseNet):
    """Its two maps are the image and its negative, four pixels a cell; its findings: light, dark, and no light."""

    def __init__(self) -> None:
        super().__init__(1, 3, stem=8, blocks=(1,), growth=4, dropout=0.0)
        self.classifier = nn.Linear(2, 3)
        with torch.no_grad():
            self.classifier.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
            self.classifier.bias.copy_(torch.tensor([0.5, 0.0, 0.0]))

    def maps(self, image: Tensor) -> Tensor:
        coarse = nn.functional.avg_pool2d(image.float(), 4) / 255
        return torch.cat([coarse, 1 - coarse], dim=1)


def lit_corner() -> Tensor:
    """Black, but for 8 x 8 of 32 x 32 pixels in the upper right corner."""
    image = torch.zeros(1, 32, 32, dtype=torch.uint8)
    image[:, :8, 24:] = 255
    return image


def test_a_network_that_looks_for_light_looks_at_the_lit_corner() -> None:
    logits, maps = scores_and_maps(Looker().eval(), lit_corner())
    # 1/16 of the image is lit: 0.5 + 1/16, 15/16, -1/16
    assert logits.tolist() == [0.5625, 0.9375, -0.0625]
    expected = torch.zeros(8, 8)
    expected[:2, 6:] = 1
    assert torch.equal(maps[0], expected)
    assert torch.equal(maps[1], 1 - expected)


def test_what_only_lowers_a_score_gives_an_empty_map() -> None:
    _, maps = scores_and_maps(Looker().eval(), lit_corner())
    assert torch.equal(maps[2], torch.zeros(8, 8))


def test_the_map_is_the_class_activation_map_of_the_last_layer() -> None:
    torch.manual_seed(2)
    network = DenseNet(3, 2, stem=8, blocks=(2, 2), growth=4, dropout=0.5).eval()
    nn.init.normal_(network.classifier.weight)
    image = torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8)
    logits, maps = scores_and_maps(network, image)
    with torch.inference_mode():
        assert torch.equal(logits, network(image[None])[0])
        activation = torch.einsum("fm,myx->fyx", network.classifier.weight, network.maps(image[None])[0]).relu()
    assert maps.shape == activation.shape
    for one, expected in zip(maps, activation, strict=True):
        torch.testing.assert_close(one, expected / expected.max().clamp(min=1e-12), atol=1e-5, rtol=1e-5)


def test_looking_leaves_no_gradient_behind() -> None:
    network = DenseNet(1, 3, stem=8, blocks=(1,), growth=4, dropout=0.0).eval()
    logits, maps = scores_and_maps(network, lit_corner())
    assert not logits.requires_grad
    assert not maps.requires_grad
    assert all(weight.grad is None for weight in network.parameters())
