"""How far is an ensemble from what happened? The almost-fair CRPS as a loss."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def almost_fair_crps(members: Tensor, truth: Tensor, alpha: float) -> Tensor:
    """CRPS of an ensemble, cell by cell, in the unit of the field.

    `members` (member, ...) and `truth` (...). `alpha` 1 is the fair CRPS, unbiased in the number of members but blind
    to one member that runs away; 0 the plain one; the almost-fair score lies between
    (Lang et al. 2024, arXiv 2412.15832, equation 4).
    """
    count = len(members)
    skill = (members - truth).abs().mean(0)
    ordered = members.sort(dim=0).values
    # sum over pairs |x_j - x_k| = sum over ranks of (2 rank - count - 1) x
    rank = torch.arange(1, count + 1, dtype=members.dtype, device=members.device)
    weight = (2 * rank - count - 1).reshape(-1, *[1] * (members.ndim - 1))
    pairs = (weight * ordered).sum(0) * 2
    shrink = (1 - alpha) / count
    return skill - (1 - shrink) * pairs / (2 * count * (count - 1))


def pooled(fields: Tensor, seen: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """Block means of fields (..., y, x), and which blocks are observed wholly (by `seen`, the same for all)."""
    if cells == 1:
        return fields, seen
    shape = fields.shape
    blocks = functional.avg_pool2d(fields.reshape(-1, 1, *shape[-2:]), cells)
    whole = functional.avg_pool2d(seen.reshape(-1, 1, *seen.shape[-2:]), cells)
    size = blocks.shape[-2:]
    return blocks.reshape(*shape[:-2], *size), (whole > 0.999).to(seen.dtype).reshape(*seen.shape[:-2], *size)
