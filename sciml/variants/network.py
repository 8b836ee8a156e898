"""The layers of the genotype network; no training, so that calling imports nothing more than torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sciml.core.blocks import Residual, convolution
from sciml.variants.pileup import CHANNELS

LARGEST = 254.0


class GenotypeNetwork(nn.Module):
    """Three residual stages over a pileup, pooled over all of it and over the column of the variant.

    Takes uint8 (sample, channel, row, column), returns logits (sample, class) for 0, 1 and 2 copies of the image's
    alternates. Rows shrink faster than columns: neighbouring reads say the same, neighbouring bases do not.
    """

    def __init__(self, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.stem = convolution(len(CHANNELS), width, (3, 5), stride=(2, 2))
        widths = (width, 2 * width, 4 * width)
        strides = ((2, 1), (2, 2), (2, 2))
        stages: list[nn.Module] = []
        maps = width
        for wider, stride in zip(widths, strides, strict=True):
            stages += [Residual(maps, wider, stride), *(Residual(wider, wider) for _ in range(blocks - 1))]
            maps = wider
        self.stages = nn.Sequential(*stages)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(3 * maps, 3)

    def forward(self, image: Tensor) -> Tensor:
        scaled = image.to(self.head.weight.dtype) / LARGEST
        maps = self.stages(self.stem(scaled.contiguous(memory_format=torch.channels_last)))
        middle = maps.shape[-1] // 2
        site = maps[..., middle - 1 : middle + 2]
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3)), site.mean((2, 3))], dim=1)
        logits: Tensor = self.head(self.dropout(pooled))
        return logits
