"""How else might the same eye or chest have been photographed? Random changes that leave the findings as they are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.scans.settings import Kind


@dataclass(frozen=True)
class Changes:
    """What may change: mirrored top to bottom, turned by quarters; shift in pixels; light as a factor either way.

    `gamma` bends the brightness, `colour` is a gain of each channel by itself.
    """

    upside_down: bool
    quarters: bool
    shift: int = 4
    gain: float = 1.2
    gamma: float = 1.25
    colour: float = 1.1


# a retina has no fixed up in a disc; a chest does, and only mirrors
CHANGES: dict[Kind, Changes] = {
    "retina": Changes(upside_down=True, quarters=True),
    "chest": Changes(upside_down=False, quarters=False),
}


def augmented(images: Tensor, changes: Changes) -> Tensor:
    """Each of some square uint8 images (sample, channel, y, x) changed by itself, as float32 of 0 to 255."""
    return relit(moved(images, changes), changes)


def moved(images: Tensor, changes: Changes) -> Tensor:
    """Mirrored, turned and shifted, pixel by pixel: nothing is interpolated, edges are repeated."""
    samples, channels, side, _ = images.shape
    here = torch.arange(side, device=images.device).expand(samples, side)
    rows, columns = (_shifted(here, changes.shift) for _ in "yx")
    columns = torch.where(_coin(images), columns.flip(1), columns)
    if changes.upside_down:
        rows = torch.where(_coin(images), rows.flip(1), rows)
    source = rows[:, :, None] * side + columns[:, None, :]
    if changes.quarters:  # a transposition and two mirrors make every quarter turn
        source = torch.where(_coin(images)[:, :, None], source.transpose(1, 2), source)
    flat = source.reshape(samples, 1, side * side).expand(samples, channels, side * side)
    return images.flatten(2).gather(2, flat).view_as(images)


def relit(images: Tensor, changes: Changes) -> Tensor:
    """Brighter or darker, harder or softer, of another tint; black stays black, as outside the field of view."""
    channels = images.shape[1]
    tint = _factor(images, changes.colour, channels) if channels > 1 else 1.0
    light = (images.float() / 255) ** _factor(images, changes.gamma, 1)
    return (255 * light * _factor(images, changes.gain, 1) * tint).clamp(0, 255)


def _shifted(here: Tensor, most: int) -> Tensor:
    by = torch.randint(-most, most + 1, (len(here), 1), device=here.device)
    return (here + by).clamp(0, here.shape[1] - 1)


def _coin(images: Tensor) -> Tensor:
    return torch.rand(len(images), 1, device=images.device) < 0.5


def _factor(images: Tensor, most: float, channels: int) -> Tensor:
    """Between 1 / most and most, (sample, channel, 1, 1), even on the logarithm."""
    exponent = torch.empty(len(images), channels, 1, 1, device=images.device).uniform_(-1, 1)
    return torch.as_tensor(most, device=images.device) ** exponent
