"""Which distance has every pair of residues? A residual network over the map of pairs.

After Xu 2019 (PNAS 116, 16856) and AlphaFold's first distogram network (Senior et al. 2020): coevolution maps beside
what two short convolutions along the chain make of the profile, then dilated residual blocks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sciml.proteins.distograms import Bins
from sciml.proteins.settings import ModelSettings
from sciml.proteins.windows import HALO, PAIR_CHANNELS, RESIDUE_CHANNELS, Windows

# which atoms a distogram is of, in the order of the outputs
ATOMS = ("cb", "ca")


class DistogramNetwork(nn.Module):
    """Logits (window, atom, bin, residue, residue2) of windows of pairs.

    The pairs of a window are normalised together (instance norm), so a window must hold true pairs only, no padding.
    """

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        width, self.bins = settings.channels, Bins.of(settings).count
        self.along = nn.Conv1d(RESIDUE_CHANNELS, width, 2 * HALO + 1)
        # a 1 x 1 convolution of the outer concatenation, without ever writing that out: three sums
        self.row, self.column = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.pair = nn.Conv2d(PAIR_CHANNELS, width, 1)
        self.blocks = nn.Sequential(*(_Block(width, dilation) for dilation in settings.dilations))
        self.norm = nn.InstanceNorm2d(width, affine=True)
        self.heads = nn.Conv2d(width, len(ATOMS) * self.bins, 1)

    def forward(self, windows: Windows) -> Tensor:
        """Logits of the windows."""
        rows, columns = (functional.elu(self.along(strip)).transpose(1, 2) for strip in (windows.rows, windows.columns))
        outer = self.row(rows)[:, :, None, :] + self.column(columns)[:, None, :, :]
        # bent before the first norm, which takes out whatever is the same for all pairs, as the depth of an alignment
        pairs = functional.elu(outer.permute(0, 3, 1, 2) + self.pair(windows.pairs))
        logits: Tensor = self.heads(functional.elu(self.norm(self.blocks(pairs))))
        return logits.reshape(len(logits), len(ATOMS), self.bins, *logits.shape[2:])


class _Block(nn.Module):
    """Two convolutions, the first dilated, and a way round them."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.InstanceNorm2d(width, affine=True) for _ in range(2))
        self.wide = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)
        self.near = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, pairs: Tensor) -> Tensor:
        inner = self.wide(functional.elu(self.norms[0](pairs)))
        changed: Tensor = self.near(functional.elu(self.norms[1](inner)))
        return pairs + changed


def symmetric(logits: Tensor) -> Tensor:
    """Logits of a whole map, the same for a pair both ways round."""
    return 0.5 * (logits + logits.transpose(-1, -2))


def edges_of(settings: ModelSettings) -> Tensor:
    """The edges between the bins, angstrom."""
    return torch.from_numpy(Bins.of(settings).edges).float()
