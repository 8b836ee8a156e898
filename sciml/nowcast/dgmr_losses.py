"""What DGMR's networks are trained on: hinge losses and the grid-cell regulariser, on the observed cells alone."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from sciml.nowcast.dgmr_generator import HIGHEST_MM_H

HUNDREDTHS = 100.0
HEAVIEST_MM_H = 24.0


def rates(rain: Tensor) -> tuple[Tensor, Tensor]:
    """Rain rates in mm/h, cut at 128 and 0 where unobserved, and what was observed (1 or 0).

    From integers in hundredths of mm/h, negative where nothing was observed, or from floats in mm/h with NaN there.
    """
    if rain.is_floating_point():
        observed, rain = torch.isfinite(rain), rain.float()
    else:
        observed, rain = rain >= 0, rain.float() / HUNDREDTHS
    return torch.where(observed, rain.clamp(0, HIGHEST_MM_H), 0.0), observed.float()


def discriminator_hinge(real: Tensor, generated: Tensor) -> Tensor:
    """Mean over samples and judges of what real scores lack to 1 and generated ones exceed -1."""
    return functional.relu(1 - real).mean() + functional.relu(1 + generated).mean()


def generator_hinge(generated: Tensor) -> Tensor:
    return -generated.mean()


def grid_cell_loss(mean: Tensor, target: Tensor, observed: Tensor) -> Tensor:
    """Mean of |mean of the samples - target| times the target's rain rate, cut at 24 mm/h; all in mm/h.

    The weight is the pseudocode's clip(y, 0, 24): a dry cell weighs nothing. The printed max(y + 1, 24) would weigh
    all cells alike. Where nothing was observed the target does not count; with no cell at all the loss is 0.
    """
    weight = target.clamp(0, HEAVIEST_MM_H) * observed
    # an unobserved target may be anything, also NaN
    apart = torch.where(observed > 0, mean - target, 0.0).abs()
    return (apart * torch.where(observed > 0, weight, 0.0)).sum() / observed.sum().clamp(min=1)
