"""How does DGMR draw the next frames? Context stack, latent stack and sampler.

Ravuri et al. 2021, Nature 597, 672. Rain rates go in and come out in mm/h, with no other scaling, as in the model
snapshot that the authors published; they are cut at 128 mm/h and unobserved cells are 0.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from sciml.nowcast.dgmr_blocks import (
    NORM_MOMENTUM,
    ConvGRU,
    DBlock,
    GBlock,
    LBlock,
    SelfAttention,
    sn_convolution,
    steady_weights,
)

Size: TypeAlias = Literal["published", "half", "tiny"]

# maps after the first D-block; all others are multiples of it
WIDTHS: dict[Size, int] = {"published": 48, "half": 24, "tiny": 8}
CONTEXT = 4
HIGHEST_MM_H = 128.0
# cells of the radar grid along one cell of the latent field
COARSEST = 32
LATENT_MAPS = 8


def build_generator(size: Size, leads: int) -> Generator:
    """A generator with fresh weights; `leads` is what it forecasts when not told otherwise."""
    return Generator(WIDTHS[size], leads)


class Generator(nn.Module):
    """From four frames (sample, time, y, x) in mm/h to leads (sample, lead, y, x); y and x are multiples of 32."""

    def __init__(self, width: int, leads: int) -> None:
        super().__init__()
        self.leads = leads
        self.context = ContextStack(width)
        self.latent = LatentStack(width)
        self.sampler = Sampler(width)

    def forward(self, frames: Tensor, noise: Tensor | None = None, leads: int | None = None) -> Tensor:
        """One sample for every context; `noise` as `draw_noise` makes it, drawn here when left out."""
        if noise is None:
            noise = self.draw_noise(frames)
        with steady_weights(self):
            states = self.context(frames)
            latent = self.latent(noise)
            drawn = []
            for _ in range(self.leads if leads is None else leads):
                frame, states = self.sampler(latent, states)
                drawn.append(frame)
        return torch.stack(drawn, dim=1)

    def draw_noise(self, frames: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Noise of its own for every sample (sample, map, y / 32, x / 32).

        It is drawn on the CPU, so that a seed means the same on every device and a resumed training goes on with it.
        """
        samples, _, height, width = frames.shape
        noise = torch.randn(samples, LATENT_MAPS, height // COARSEST, width // COARSEST, generator=rng)
        return noise.to(frames.device)


class ContextStack(nn.Module):
    """The first states of the four recurrent units, finest first: at 1/4, 1/8, 1/16 and 1/32 of the resolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        maps = [4, *(width * 2**level for level in range(4))]
        self.blocks = nn.ModuleList(DBlock(before, after) for before, after in pairwise(maps))
        self.mixers = nn.ModuleList(sn_convolution(CONTEXT * after, after, 3) for after in maps[1:])

    def forward(self, frames: Tensor) -> list[Tensor]:
        samples = len(frames)
        maps = functional.pixel_unshuffle(frames.flatten(0, 1)[:, None], 2)
        states = []
        for block, mixer in zip(self.blocks, self.mixers, strict=True):
            maps = block(maps)
            beside = maps.unflatten(0, (samples, CONTEXT)).flatten(1, 2)
            states.append(functional.relu(mixer(beside)))
        return states


class LatentStack(nn.Module):
    """From noise (sample, map, y / 32, x / 32) to the field that drives the coarsest recurrent unit."""

    def __init__(self, width: int) -> None:
        super().__init__()
        maps = [LATENT_MAPS, max(LATENT_MAPS, width // 2), max(LATENT_MAPS, width), 4 * width]
        self.layers = nn.Sequential(
            sn_convolution(LATENT_MAPS, LATENT_MAPS, 3),
            *(LBlock(before, after) for before, after in pairwise(maps)),
            SelfAttention(4 * width),
            LBlock(4 * width, 16 * width),
        )

    def forward(self, noise: Tensor) -> Tensor:
        return cast(Tensor, self.layers(noise))


class Sampler(nn.Module):
    """One lead after the other: four recurrent units from coarse to fine, each followed by two G-blocks."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(SamplerLevel(2 * maps, maps) for maps in (8 * width, 4 * width, 2 * width, width))
        self.norm = nn.BatchNorm2d(width, momentum=NORM_MOMENTUM)
        self.output = sn_convolution(width, 4, 1)

    def forward(self, latent: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """The next frame (sample, y, x) and the states (finest first) after it."""
        maps, after = latent, []
        for level, state in zip(self.levels, reversed(states), strict=True):
            maps, state = level(maps, state)
            after.append(state)
        frame = functional.pixel_shuffle(self.output(functional.relu(self.norm(maps))), 2)
        return frame[:, 0], after[::-1]


class SamplerLevel(nn.Module):
    """ConvGRU, 1 x 1 convolution, G-block, doubling G-block: (sample, inputs, y, x) to (sample, maps, 2 y, 2 x)."""

    def __init__(self, inputs: int, maps: int) -> None:
        super().__init__()
        self.unit = ConvGRU(inputs, maps)
        self.widen = sn_convolution(maps, 2 * maps, 1)
        self.block = GBlock(2 * maps, 2 * maps)
        self.upward = GBlock(2 * maps, maps, double=True)

    def forward(self, maps: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        state = self.unit(maps, state)
        return self.upward(self.block(self.widen(state))), state
