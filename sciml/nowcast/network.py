"""How does rain change while it drifts? A U-Net that says, scale by scale, what lasts and what is lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from sciml.nowcast.motion import BLOCK
from sciml.nowcast.noise import BANDS

FLOOR_MM_H = 0.1
HIGHEST_MM_H = 128.0
CONTEXT = 4
# steps between the frames that tell how fast the rain changes
LAG = 3
# independent places after which the context is believed as much as the usual lifetimes
ENOUGH = 20.0
# cells that members stray by after half an hour, and the power of time that it grows with, before anything is learnt
STRAY = (4.0, 1.3)
# minutes after which a band's memory has fallen to 1/e, before anything is learnt (Germann et al. 2006)
LIFETIMES = (12.0, 20.0, 35.0, 70.0, 140.0, 400.0)


def to_levels(rain: Tensor) -> Tensor:
    """Rain rates (mm/h) as levels: 0 is dry, 1 is about 1 mm/h, 3.1 the highest rate that is told apart."""
    return torch.log10(1 + rain.clamp(0, HIGHEST_MM_H) / FLOOR_MM_H)


def to_rain(levels: Tensor) -> Tensor:
    """Rain rates (mm/h) of levels; what lies below zero is dry."""
    highest = math.log10(1 + HIGHEST_MM_H / FLOOR_MM_H)
    return FLOOR_MM_H * (torch.pow(10.0, levels.clamp(0, highest)) - 1)


@dataclass(frozen=True)
class Context:
    """What a forecast begins with: levels and observed shares (sample, time, y, x), motion (sample, component, y, x).

    The last frame is the latest. Motion is in cells a step on a grid of blocks of 8 x 8 cells.
    """

    levels: Tensor
    seen: Tensor
    motion: Tensor

    @classmethod
    def of(cls, rain: Tensor, motion: Tensor) -> Context:
        """From rain rates in mm/h, NaN where nothing was observed."""
        seen = torch.isfinite(rain)
        return cls(to_levels(torch.nan_to_num(rain)), seen.to(rain.dtype), motion)


@dataclass(frozen=True)
class Outlook:
    """The distribution at one lead: levels in the middle (sample, y, x), spread of each band (sample, band, y, x).

    `displacement` (sample, component, y, x) leads back to where the rain was; `stray` is its uncertainty in cells.
    """

    centre: Tensor
    spread: Tensor
    displacement: Tensor
    stray: Tensor

    def levels(self, noise: Tensor, astray: Tensor) -> Tensor:
        """Levels of a member (sample, y, x).

        `noise` (sample, band, y, x) and `astray` (sample, component) are normal with variance one; `astray` is where
        the member drifts to beside the mean motion, in units of `stray` cells.
        """
        both = torch.cat([self.centre[:, None], self.spread], 1)
        away = (self.stray * astray)[..., None, None].expand(-1, -1, *self.centre.shape[-2:])
        moved = carry(both, away, outside="border")
        return moved[:, 0] + (moved[:, 1:] * noise).sum(1)


class CascadeNetwork(nn.Module):
    """From four frames and their motion to the distribution of rain at a lead.

    The frames are carried to the lead along the motion. The last one is cut into bands of scale; the network says how
    much of each band lasts (as in STEPS, Bowler et al. 2006, but place by place), how much of the rain that stands
    still is to be added, what grows or decays besides, and how wide the noise of each band is.
    """

    def __init__(self, width: int, step_minutes: float) -> None:
        super().__init__()
        self.step_minutes = step_minutes
        widths = (width, width + width // 2, 2 * width, 3 * width)
        self.entry = nn.Conv2d(4 * (2 * CONTEXT + 3), width, 3, padding=1)
        self.down = nn.ModuleList(_Block(a, b) for a, b in zip((width, *widths[:-1]), widths, strict=True))
        self.up = nn.ModuleList(
            _Block(above + below, below) for above, below in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        maps = sum(block.width for block in (*self.down, *self.up))
        self.leads = nn.Sequential(nn.Linear(6 + BANDS, 64), nn.SiLU(), nn.Linear(64, 2 * maps))
        self.exit = nn.Conv2d(width, 4 * BANDS + 1, 1)
        self.stray = nn.Parameter(torch.tensor(STRAY).expm1().log())
        # at first nothing is added to what scale and lead alone say
        for parameter in (*self.leads[2].parameters(), *self.exit.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, context: Context, lead: int) -> Outlook:
        """The distribution `lead` steps after the last frame; height and width are multiples of 16."""
        away = [departure(context.motion, lead + age) for age in range(CONTEXT)]
        shape = context.levels.shape[-2:]
        displacement = enlarged(away[0], shape)
        moved, seen = [], []
        for age in range(CONTEXT):
            there = displacement if age == 0 else enlarged(away[age], shape)
            both = torch.stack([context.levels[:, -1 - age], context.seen[:, -1 - age]], 1)
            carried = carry(both, there)
            moved.append(carried[:, 0])
            seen.append(carried[:, 1])
        standing = context.levels.mean(1)
        known = context.seen.mean(1)
        drifting, still = pyramid(moved[0]), pyramid(standing)
        memory = self._memory(lead, drifting, pyramid(moved[LAG]), seen[0] * seen[LAG])
        inputs = torch.stack([*moved, *seen, context.levels[:, -1], standing, known], 1)
        outputs = self._unet(inputs, lead, memory[..., 0, 0])
        outputs = functional.interpolate(outputs, scale_factor=2, mode="bilinear", align_corners=False)
        keep, stay, louder, floor, change = torch.split(outputs, [BANDS, BANDS, BANDS, BANDS, 1], dim=1)
        centre = ((memory + keep) * drifting + stay * still).sum(1) + change[:, 0]
        lost = torch.sqrt(1 - memory**2)
        spread = lost * energy(drifting) * torch.exp(louder.clamp(-4, 2)) + functional.softplus(4 * floor - 5)
        return Outlook(centre, spread, displacement, self._stray(lead))

    def _stray(self, lead: int) -> Tensor:
        """How far members drift apart: a power of the lead, both numbers learnt."""
        size, growth = functional.softplus(self.stray).unbind()
        return size * (lead * self.step_minutes / 30) ** growth

    def _memory(self, lead: int, bands: Tensor, earlier: Tensor, seen: Tensor) -> Tensor:
        """Correlation of each band with itself after `lead` steps, as the context tells it (sample, band, 1, 1).

        The frames of the last quarter of an hour, carried to one place, say how fast this day's rain changes
        (Bowler et al. 2006, section 4); where too little rain is seen to tell, the usual lifetimes stand in.
        """
        usual = torch.exp(-LAG * self.step_minutes / torch.tensor(LIFETIMES, dtype=bands.dtype, device=bands.device))
        weight = seen[:, None]
        together = (weight * bands * earlier).sum((2, 3))
        apart = torch.sqrt((weight * bands**2).sum((2, 3)) * (weight * earlier**2).sum((2, 3)))
        told = (together / apart.clamp(min=1e-6)).clamp(0, 1)
        wet = (weight * (bands.abs() > 1e-3)).sum((2, 3))
        sure = wet / 4 ** torch.arange(1, BANDS + 1, dtype=wet.dtype, device=wet.device)
        correlation = ((sure * told + ENOUGH * usual) / (sure + ENOUGH)).clamp(0.01, 0.999)
        return (correlation ** (lead / LAG))[:, :, None, None]

    def _unet(self, inputs: Tensor, lead: int, memory: Tensor) -> Tensor:
        hours = lead * self.step_minutes / 60
        clock = memory.new_tensor([hours, hours**2, math.sqrt(hours), math.sin(hours), math.cos(hours), 1.0])
        known = torch.cat([clock.expand(len(memory), -1), memory], 1)
        shifts = iter(self._shifts(known))
        field = functional.silu(self.entry(functional.pixel_unshuffle(inputs, 2)))
        kept = []
        for level, block in enumerate(self.down):
            field = block(field if level == 0 else functional.avg_pool2d(field, 2), *next(shifts))
            kept.append(field)
        for block, beside in zip(self.up, kept[-2::-1], strict=True):
            field = functional.interpolate(field, scale_factor=2, mode="bilinear", align_corners=False)
            field = block(torch.cat([field, beside], 1), *next(shifts))
        outputs: Tensor = self.exit(field)
        return outputs

    def _shifts(self, known: Tensor) -> list[tuple[Tensor, Tensor]]:
        widths = [int(block.width) for block in (*self.down, *self.up)]
        parts = torch.split(self.leads(known), [2 * width for width in widths], dim=1)
        return [(scale, shift) for scale, shift in (part[..., None, None].chunk(2, dim=1) for part in parts)]


class _Block(nn.Module):
    """Two convolutions with a way round; scaled and shifted by the lead."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.width = after
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)

    def forward(self, field: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        inner = functional.silu(self.first(field) * (1 + scale) + shift)
        return inner + functional.silu(self.second(inner))


def departure(motion: Tensor, steps: int) -> Tensor:
    """Displacement (sample, component, y, x) in cells back to where the rain was `steps` earlier, on the blocks."""
    displacement = torch.zeros_like(motion)
    for _ in range(steps):
        half = displacement - 0.5 * _at(motion, displacement)
        displacement = displacement - _at(motion, half)
    return displacement


def enlarged(displacement: Tensor, shape: torch.Size) -> Tensor:
    """From blocks to cells."""
    full = functional.interpolate(displacement, scale_factor=BLOCK, mode="bilinear", align_corners=False)
    return full[..., : shape[0], : shape[1]]


def carry(fields: Tensor, displacement: Tensor, outside: Literal["zeros", "border"] = "zeros") -> Tensor:
    """Fields (sample, channel, y, x) along a displacement (sample, component, y, x) in cells, rows first."""
    grid = _grid(displacement, displacement.shape[-2:], 1.0)
    return functional.grid_sample(fields, grid, padding_mode=outside, align_corners=False)


def pyramid(levels: Tensor) -> Tensor:
    """Bands (sample, band, y, x) of fields (sample, y, x): differences of ever wider means. They add up."""
    field = levels[:, None]
    bands, finer = [], field
    for band in range(1, BANDS):
        coarse = functional.avg_pool2d(field, 2**band, ceil_mode=True)
        wider = functional.interpolate(coarse, scale_factor=2**band, mode="bilinear", align_corners=False)
        wider = wider[..., : field.shape[-2], : field.shape[-1]]
        bands.append(finer - wider)
        finer = wider
    return torch.cat([*bands, finer], 1)


def energy(bands: Tensor) -> Tensor:
    """Standard deviation of each band around each place (sample, band, y, x)."""
    found = []
    for band in range(BANDS):
        size = min(4 * 2**band, 32)
        coarse = functional.avg_pool2d(bands[:, band : band + 1] ** 2, size, ceil_mode=True)
        wide = functional.interpolate(coarse, scale_factor=size, mode="bilinear", align_corners=False)
        found.append(wide[..., : bands.shape[-2], : bands.shape[-1]])
    return torch.sqrt(torch.cat(found, 1) + 1e-6)


def _at(motion: Tensor, displacement: Tensor) -> Tensor:
    grid = _grid(displacement, motion.shape[-2:], float(BLOCK))
    return functional.grid_sample(motion, grid, padding_mode="border", align_corners=False)


def _grid(displacement: Tensor, shape: torch.Size, block: float) -> Tensor:
    """Places as grid_sample wants them: columns first, -1 and 1 at the outer edges."""
    height, width = shape
    rows = torch.arange(height, dtype=displacement.dtype, device=displacement.device)[:, None]
    columns = torch.arange(width, dtype=displacement.dtype, device=displacement.device)[None, :]
    down = (rows + displacement[:, 0] / block + 0.5) * 2 / height - 1
    right = (columns + displacement[:, 1] / block + 0.5) * 2 / width - 1
    return torch.stack([right, down], dim=-1)
