"""The densely connected network (Huang et al. 2017, arXiv 1608.06993), small enough to learn on a CPU.

Layers are named as in torchvision, so that weights of its DenseNets can be mapped by name. No rectifier works in
place: hooks, and the maps of `sciml.scans.heatmaps`, would see what came after it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from sciml.scans.light import SCALINGS, Scaling, centred
from sciml.scans.settings import FINDINGS, Kind, ModelSettings

CHANNELS: Mapping[Kind, tuple[str, ...]] = {"retina": ("red", "green", "blue"), "chest": ("brightness",)}
# maps of the 1 x 1 convolution before each 3 x 3 one, in units of the growth; share of a block's maps that go on
BOTTLENECK, COMPRESSION = 4, 0.5


def build(kind: Kind, settings: ModelSettings) -> DenseNet:
    """The network for images of a kind, untrained."""
    return DenseNet(
        len(CHANNELS[kind]),
        len(FINDINGS[kind]),
        settings.stem,
        settings.blocks,
        settings.growth,
        settings.dropout,
        SCALINGS[kind],
    )


class DenseNet(nn.Module):
    """Logits (sample, finding) of bytes 0 to 255 (sample, channel, y, x), of whatever number type.

    The stem halves the image twice, each transition once: maps of 128 pixels leave three blocks at 8 x 8.
    """

    def __init__(
        self,
        channels: int,
        findings: int,
        stem: int,
        blocks: Sequence[int],
        growth: int,
        dropout: float,
        scaling: Scaling = centred,
    ) -> None:
        super().__init__()
        self.scaling = scaling
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            conv0=nn.Conv2d(channels, stem, 7, stride=2, padding=3, bias=False),
            norm0=nn.BatchNorm2d(stem),
            relu0=nn.ReLU(),
            pool0=nn.MaxPool2d(3, stride=2, padding=1),
        )
        maps = stem
        for number, depth in enumerate(blocks, start=1):
            layers[f"denseblock{number}"] = DenseBlock(maps, depth, growth)
            maps += depth * growth
            if number < len(blocks):
                kept = int(maps * COMPRESSION)
                layers[f"transition{number}"] = _transition(maps, kept)
                maps = kept
        layers[f"norm{len(blocks) + 1}"] = nn.BatchNorm2d(maps)
        self.features = nn.Sequential(layers)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(maps, findings)
        _start(self)

    def forward(self, image: Tensor) -> Tensor:
        return self.answer(self.maps(image))

    def maps(self, image: Tensor) -> Tensor:
        """What the last normalisation leaves, rectified: (sample, map, row, column)."""
        scaled = self.scaling(image.to(self.classifier.weight.dtype))
        return nn.functional.relu(self.features(scaled.contiguous(memory_format=torch.channels_last)))

    def answer(self, maps: Tensor) -> Tensor:
        """Logits (sample, finding) of maps, by their means."""
        logits: Tensor = self.classifier(self.dropout(maps.mean((2, 3))))
        return logits


class DenseBlock(nn.Module):
    """Layers that each see the maps of all layers before them."""

    def __init__(self, maps: int, depth: int, growth: int) -> None:
        super().__init__()
        for number in range(depth):
            self.add_module(f"denselayer{number + 1}", DenseLayer(maps + number * growth, growth))

    def forward(self, maps: Tensor) -> Tensor:
        for layer in self.children():
            maps = torch.cat([maps, layer(maps)], dim=1)
        return maps


class DenseLayer(nn.Sequential):
    """Normalise, rectify, mix by 1 x 1; normalise, rectify, look around by 3 x 3."""

    def __init__(self, maps: int, growth: int) -> None:
        inner = BOTTLENECK * growth
        super().__init__(
            OrderedDict(
                norm1=nn.BatchNorm2d(maps),
                relu1=nn.ReLU(),
                conv1=nn.Conv2d(maps, inner, 1, bias=False),
                norm2=nn.BatchNorm2d(inner),
                relu2=nn.ReLU(),
                conv2=nn.Conv2d(inner, growth, 3, padding=1, bias=False),
            )
        )


def _transition(maps: int, kept: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            norm=nn.BatchNorm2d(maps),
            relu=nn.ReLU(),
            conv=nn.Conv2d(maps, kept, 1, bias=False),
            pool=nn.AvgPool2d(2, stride=2),
        )
    )


def _start(network: nn.Module) -> None:
    """The first weights as in the paper's own code."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
        elif isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.bias)
