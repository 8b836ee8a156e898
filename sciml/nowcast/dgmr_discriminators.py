"""Does this sequence look like radar? The two judges that DGMR's generator learns against.

Ravuri et al. 2021, Nature 597, 672. Both see (sample, time, y, x) in mm/h, context and forecast together, with zeros
where nothing was observed, in real and generated sequences alike.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from sciml.nowcast.dgmr_blocks import (
    SPECTRAL_EPS,
    DBlock,
    MeanNorm,
    halved_3d,
    sn_convolution_3d,
    steady_weights,
)
from sciml.nowcast.dgmr_generator import CONTEXT, WIDTHS, Size

LEADS_SEEN = 8


def build_discriminator(size: Size) -> Discriminator:
    """Both discriminators with fresh weights."""
    return Discriminator(WIDTHS[size])


class Discriminator(nn.Module):
    """Scores (sample, judge) of sequences (sample, time, y, x): spatial first, temporal second; high is real.

    Real and generated sequences go in together, as one batch: the last layer takes the mean of the batch away, and
    a batch of one kind would always score the same on average.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spatial = SpatialDiscriminator(width)
        self.temporal = TemporalDiscriminator(width)

    def forward(self, sequences: Tensor) -> Tensor:
        with steady_weights(self):
            scores = [self.spatial(drawn_leads(sequences)), self.temporal(drawn_crop(sequences))]
        return torch.stack(scores, dim=1)


def drawn_leads(sequences: Tensor) -> Tensor:
    """Up to 8 different leads of each sequence (sample, lead, y, x), drawn anew for each; never a context frame."""
    samples, frames = sequences.shape[:2]
    # drawn on the CPU, so that a resumed training goes on with the same draws
    order = torch.rand(samples, frames - CONTEXT).argsort(dim=1)[:, :LEADS_SEEN] + CONTEXT
    rows = torch.arange(samples, device=sequences.device)[:, None]
    return sequences[rows, order.to(sequences.device)]


def drawn_crop(sequences: Tensor) -> Tensor:
    """A window of half the height and width, at full resolution, the same for all frames and sequences."""
    height, width = (side // 2 for side in sequences.shape[-2:])
    top = int(torch.randint(sequences.shape[-2] - height + 1, ()))
    left = int(torch.randint(sequences.shape[-1] - width + 1, ()))
    return sequences[..., top : top + height, left : left + width]


class SpatialDiscriminator(nn.Module):
    """Looks at single frames (sample, lead, y, x), at half the resolution, and adds up its scores (sample)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            DBlock(4, width, activate_first=False),
            *(DBlock(before, after) for before, after in pairwise(width * 2**level for level in range(5))),
            DBlock(16 * width, 16 * width, halve=False),
        )
        self.verdict = Verdict(16 * width)

    def forward(self, frames: Tensor) -> Tensor:
        single = functional.avg_pool2d(frames.flatten(0, 1)[:, None], 2)
        maps = self.blocks(functional.pixel_unshuffle(single, 2))
        return cast(Tensor, self.verdict(maps, len(frames)))


class TemporalDiscriminator(nn.Module):
    """Looks at whole sequences (sample, time, y, x) of a window, and adds up its scores (sample).

    Two 3-D blocks join every four frames; what they make is judged frame by frame.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.joining = nn.Sequential(
            DBlock(4, width, activate_first=False, convolution=sn_convolution_3d, pool=halved_3d),
            DBlock(width, 2 * width, convolution=sn_convolution_3d, pool=halved_3d),
        )
        self.blocks = nn.Sequential(
            *(DBlock(before, after) for before, after in pairwise(width * 2**level for level in range(1, 5))),
            DBlock(16 * width, 16 * width, halve=False),
        )
        self.verdict = Verdict(16 * width)

    def forward(self, frames: Tensor) -> Tensor:
        maps = functional.pixel_unshuffle(frames[:, :, None], 2).transpose(1, 2)  # (sample, map, time, y, x)
        maps = self.joining(maps).transpose(1, 2).flatten(0, 1)
        return cast(Tensor, self.verdict(self.blocks(maps), len(frames)))


class Verdict(nn.Module):
    """One score a sample, from maps (sample * frame, map, y, x)."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.norm = MeanNorm(maps)
        self.score = spectral_norm(nn.Linear(maps, 1), eps=SPECTRAL_EPS)

    def forward(self, maps: Tensor, samples: int) -> Tensor:
        pooled = functional.relu(maps).sum((2, 3))
        scores: Tensor = self.score(self.norm(pooled))
        return scores.reshape(samples, -1).sum(1)
