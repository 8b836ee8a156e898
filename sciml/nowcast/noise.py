"""Random fields by scale: what a forecast cannot know, drawn so that it looks like rain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

# octaves of wavelength in cells: 2-4, 4-8, 8-16, 16-32, 32-64, and all above
BANDS = 6


def band_filters(height: int, width: int) -> Tensor:
    """Weights (band, wavenumber y, wavenumber x) of real Fourier transforms that cut white noise into octaves.

    Each band, applied to white noise of variance one, gives a field of variance one. The edges are cosines in the
    logarithm of the wavelength, so that fields do not ring.
    """
    rows, columns = torch.fft.fftfreq(height), torch.fft.rfftfreq(width)
    frequency = torch.sqrt(rows[:, None] ** 2 + columns[None, :] ** 2)
    octave = -torch.log2(torch.clamp(frequency, min=1e-6)) - 1.5  # 0 in the middle of the band 2-4 cells
    filters = []
    for band in range(BANDS):
        distance = octave - band
        if band == 0:
            distance = torch.clamp(distance, min=0)  # corners of the plane are finer still
        if band == BANDS - 1:
            distance = torch.clamp(distance, max=0)
        filters.append(torch.cos(torch.clamp(distance, -1, 1) * torch.pi / 2))
    stacked = torch.stack(filters)
    stacked[:, 0, 0] = 0.0
    # a column of the half plane stands for its mirror image too
    twice = torch.full((stacked.shape[-1],), 2.0)
    twice[0] = 1.0
    if width % 2 == 0:
        twice[-1] = 1.0
    power = (stacked**2 * twice).sum(dim=(1, 2), keepdim=True) / (height * width)
    return stacked / torch.sqrt(torch.clamp(power, min=1e-12))


def white(shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
    """White noise of variance one as its real Fourier transform over the last two dimensions."""
    spectrum: Tensor = torch.fft.rfft2(torch.randn(shape, generator=generator))
    return spectrum


def banded(spectrum: Tensor, filters: Tensor, height: int, width: int) -> Tensor:
    """Fields (..., band, y, x) of one white spectrum (..., wavenumber y, wavenumber x)."""
    fields: Tensor = torch.fft.irfft2(spectrum.unsqueeze(-3) * filters, s=(height, width))
    return fields


def evolving(height: int, width: int, leads: int, memory: np.ndarray, generator: torch.Generator) -> Iterator[Tensor]:
    """Fields (band, y, x) of one member for each lead, in coordinates that move with the rain.

    `memory` (band) is the correlation of a band from one lead to the next: an autoregressive process of first order.
    The grid is periodic.
    """
    filters = band_filters(height, width)
    keep = torch.from_numpy(memory.astype(np.float32))[:, None, None]
    fresh = torch.sqrt(1 - keep**2)
    state: Tensor | None = None
    for _ in range(leads):
        drawn = banded(white((height, width), generator), filters, height, width)
        state = drawn if state is None else keep * state + fresh * drawn
        yield state
