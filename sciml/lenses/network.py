"""The layers of the lens network; no training, so that finding imports nothing more than torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sciml.core.blocks import Residual, convolution

CLASSES = ("other", "lens")


class LensNetwork(nn.Module):
    """A residual network over cutouts in sky sigmas, a twentieth of CMU DeepLens (Lanusse et al. 2018, section 3).

    Takes float (sample, band, y, x), NaN where nothing was observed; returns logits (sample, class). Each band comes
    with a mask of where it was observed, so that a missing band is not taken for a dark one. asinh keeps the ring that
    is a few sigmas high beside a core of thousands. The maps are halved `stages` times, first by the stem, and hold
    1.4 times as many features each time: depth is cheap where maps are small.
    """

    def __init__(self, bands: int, width: int, stages: int, units: int, stretch: float) -> None:
        super().__init__()
        self.stretch = stretch
        self.stem = convolution(2 * bands, width, 5, stride=(2, 2))
        layers: list[nn.Module] = []
        maps = width
        for stage in range(stages):
            wider = _eighths(width * 2 ** (stage / 2)) if stage else width
            layers += [Residual(maps, wider, (2, 2) if stage else (1, 1))]
            layers += [Residual(wider, wider) for _ in range(units - 1)]
            maps = wider
        self.stages = nn.Sequential(*layers)
        self.head = nn.Linear(2 * maps, len(CLASSES))

    def forward(self, image: Tensor) -> Tensor:
        observed = torch.isfinite(image)
        scaled = torch.asinh(torch.where(observed, image, 0.0) / self.stretch)
        seen = torch.cat([scaled, observed.to(scaled.dtype)], dim=1).to(self.head.weight.dtype)
        maps = self.stages(self.stem(seen.contiguous(memory_format=torch.channels_last)))
        # the mean hears of rings, the maximum of one arc
        logits: Tensor = self.head(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1))
        return logits


def _eighths(maps: float) -> int:
    """The nearest multiple of eight: vectors of the processor stay full."""
    return 8 * round(maps / 8)
