"""Rain that is easy to foresee: one round blob on each grid, moving steadily."""

import torch
from torch import Tensor


def moving_blobs(sequences: int, frames: int, side: int, seed: int = 0) -> Tensor:
    """int16 (sequence, time, y, x) in hundredths of mm/h; up to two cells a step, up to 20 mm/h, 0 far away."""
    rng = torch.Generator().manual_seed(seed)
    start = side * (0.3 + 0.4 * torch.rand(sequences, 2, generator=rng))
    motion = 4 * torch.rand(sequences, 2, generator=rng) - 2
    peak = 5 + 15 * torch.rand(sequences, 1, 1, 1, generator=rng)
    centre = start[:, None] + torch.arange(frames)[None, :, None] * motion[:, None]  # (sequence, time, component)
    cells = torch.arange(side)
    down = cells[:, None] - centre[..., 0, None, None]
    right = cells[None, :] - centre[..., 1, None, None]
    rain = peak * torch.exp(-(down**2 + right**2) / (2 * (side / 8) ** 2))
    return (100 * torch.where(rain < 0.1, 0.0, rain)).round().to(torch.int16)
