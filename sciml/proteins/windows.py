"""What the network sees of a batch of chains: square windows of their maps of pairs, cut at any place.

A batch is ragged: the residues of all chains end to end, and the pairs i <= j of all chains end to end, row by row;
`residues` says how many residues each chain has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from sciml.proteins.couplings import STATES
from sciml.proteins.features import MAPS

# residues beyond a window's edge that its own residues are seen with
HALO = 3
# one-hot query, profile, entropy, inside the chain
RESIDUE_CHANNELS = 2 * STATES + 2
# sequence separations at which something changes in a protein: turns, helices, strands, long range
SEPARATIONS = (1, 2, 3, 4, 5, 6, 8, 12, 24, 48)
PAIR_CHANNELS = len(MAPS) + len(SEPARATIONS) + 4


@dataclass(frozen=True)
class Windows:
    """Windows of one size: `rows` and `columns` (window, channel, residue), each with a halo; `pairs` (window, channel,
    residue, residue2)."""

    rows: Tensor
    columns: Tensor
    pairs: Tensor


@dataclass(frozen=True)
class Places:
    """Where windows lie: of which chain, and the first residue of their rows and columns; one size for all."""

    chain: Tensor
    row: Tensor
    column: Tensor
    size: int


def random_places(residues: Tensor, crop: int, generator: torch.Generator | None = None) -> Places:
    """One window in each chain, anywhere, no larger than the shortest chain: so nothing is padded."""
    size = min(crop, int(residues.min()))
    free = (residues.cpu() - size + 1).to(torch.float64)
    row, column = ((torch.rand(len(free), generator=generator, dtype=torch.float64) * free).long() for _ in range(2))
    return Places(torch.arange(len(free)), row, column, size)


def fixed_places(residues: Tensor, crop: int) -> Places:
    """Two windows in each chain, always the same: between its ends, and on the diagonal in its middle."""
    size = min(crop, int(residues.min()))
    free = residues.cpu().long() - size
    chain = torch.arange(len(free))
    middle = free // 2
    return Places(
        torch.cat([chain, chain]), torch.cat([torch.zeros_like(free), middle]), torch.cat([free, middle]), size
    )


def whole(residues: Tensor) -> Places:
    """The whole map of the only chain of a batch."""
    zero = torch.zeros(1, dtype=torch.long)
    return Places(zero, zero, zero, int(residues[0]))


def cut(batch: Mapping[str, Tensor], places: Places) -> Windows:
    """The windows of a batch at these places."""
    chains = _residue_features(batch["sequence"], batch["profile"].float())
    starts, ends = _bounds(batch["residues"].long())
    chain = places.chain.to(starts.device)
    row, column = (first.to(starts.device)[:, None] for first in (places.row, places.column))
    span = torch.arange(-HALO, places.size + HALO, device=starts.device)

    def strip(first: Tensor) -> Tensor:
        index = starts[chain][:, None] + first + span
        inside = (index >= starts[chain][:, None]) & (index < ends[chain][:, None])
        found = chains[index.clamp(0, len(chains) - 1)] * inside[..., None]
        return found.transpose(1, 2)

    inner = torch.arange(places.size, device=starts.device)
    i, j = (row + inner)[:, :, None], (column + inner)[:, None, :]
    maps = batch["maps"][_packed(batch["residues"].long(), chain, i, j)].float().permute(0, 3, 1, 2)
    constants = torch.stack([torch.log(batch["neff"].float().clamp(min=1)) / 5, torch.log(ends - starts) / 5], 1)
    shape = (len(chain), 2, places.size, places.size)
    pairs = torch.cat([maps, _separation(i, j), constants[chain][:, :, None, None].expand(shape)], 1)
    return Windows(strip(row), strip(column), pairs)


def distance_windows(points: Tensor, residues: Tensor, places: Places) -> Tensor:
    """Distances (window, residue, residue2) between the atoms (residue, xyz) of all chains, NaN where unknown."""
    starts, _ = _bounds(residues.long())
    inner = torch.arange(places.size, device=points.device)
    first = starts[places.chain.to(starts.device)][:, None]
    rows, columns = (points[first + place.to(first.device)[:, None] + inner] for place in (places.row, places.column))
    return (rows[:, :, None] - columns[:, None, :]).square().sum(-1).sqrt()


def separations(places: Places) -> Tensor:
    """How many places apart the residues of each pair are (window, residue, residue2)."""
    inner = torch.arange(places.size)
    return ((places.row[:, None] + inner)[:, :, None] - (places.column[:, None] + inner)[:, None, :]).abs()


def _residue_features(sequence: Tensor, profile: Tensor) -> Tensor:
    """Channels of each residue (residue, channel)."""
    query = functional.one_hot(sequence.long().clamp(0, STATES - 1), STATES).float()
    entropy = -(profile * torch.log(profile.clamp(min=1e-6))).sum(1, keepdim=True)
    return torch.cat([query, profile, entropy, torch.ones_like(entropy)], 1)


def _bounds(residues: Tensor) -> tuple[Tensor, Tensor]:
    ends = torch.cumsum(residues, 0)
    return ends - residues, ends


def _packed(residues: Tensor, chain: Tensor, i: Tensor, j: Tensor) -> Tensor:
    """Where a pair lies among the pairs of all chains (window, residue, residue2)."""
    sizes = residues * (residues + 1) // 2
    before = (torch.cumsum(sizes, 0) - sizes)[chain][:, None, None]
    length = residues[chain][:, None, None]
    low, high = torch.minimum(i, j), torch.maximum(i, j)
    return before + low * length - low * (low - 1) // 2 + high - low


def _separation(i: Tensor, j: Tensor) -> Tensor:
    """Channels of each pair (window, channel, residue, residue2): how far apart along the chain, and which way."""
    away = j - i
    steps = torch.tensor(SEPARATIONS, device=away.device)[None, :, None, None]
    reached = (away.abs()[:, None] >= steps).float()
    return torch.cat([reached, torch.sign(away)[:, None].float(), torch.log1p(away.abs().float())[:, None] / 5], 1)
