"""How else might the same galaxy have been recorded? Other orientations, other surveys; a lens stays a lens.

A network that saw one camera learns that camera. So depth, colour terms, sharpness and the correlation of the noise
between neighbouring pixels, which resampling leaves behind, are drawn anew for every cutout.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MAX_SHIFT = 2  # pixels: catalogues are not centred better
# as faint as this share of what was recorded, under the same noise; brightness of a band against the others, 1 sigma
FAINTEST, COLOUR = 0.4, 0.1
# largest weight of either neighbour in the smoothing along rows and columns
SMOOTHEST = 0.18
AS_RECORDED = 0.3  # share of the cutouts whose light stays as it is


def augmented(image: Tensor, band_dropout: float) -> Tensor:
    """Each cutout (sample, band, y, x), in sky sigmas and NaN where unobserved, as another survey might show it."""
    return drop_bands(shifted(recorded_elsewhere(turned(image)), MAX_SHIFT), band_dropout)


def recorded_elsewhere(image: Tensor) -> Tensor:
    """Fainter, of other colours, less sharp, the sky's scatter still 1; some stay as they are."""
    changed = smoothed(recoloured(fainter(image)))
    stays = torch.rand(len(image), 1, 1, 1, device=image.device) < AS_RECORDED
    return torch.where(stays, image, changed)


def fainter(image: Tensor) -> Tensor:
    """As a shallower survey shows it: less light, and as much noise on top as brings the sky back to a scatter of 1."""
    share = torch.empty(len(image), 1, 1, 1, device=image.device).uniform_(FAINTEST, 1.0)
    return share * image + torch.sqrt(1 - share**2) * torch.randn_like(image)


def recoloured(image: Tensor) -> Tensor:
    """Each band brighter or fainter by itself, as the depths of a survey's bands differ."""
    return image * torch.exp(COLOUR * torch.randn(*image.shape[:2], 1, 1, device=image.device))


def smoothed(image: Tensor) -> Tensor:
    """Smeared over the nearest pixels, then in units of what is left of white noise; what is unobserved stays so."""
    weight = torch.empty(len(image), 1, 1, 1, device=image.device).uniform_(0.0, SMOOTHEST)
    unobserved = torch.isnan(image)
    seen = torch.where(unobserved, 0.0, image)
    for before, after in (((0, 0, 1, 1), (2, 3)), ((1, 1, 0, 0), (3, 2))):
        padded = nn.functional.pad(seen, before, mode="replicate")
        along, size = after[0], seen.shape[after[0]]
        neighbours = padded.narrow(along, 0, size) + padded.narrow(along, 2, size)
        seen = (1 - 2 * weight) * seen + weight * neighbours
    left = (1 - 2 * weight) ** 2 + 2 * weight**2  # of the variance, for each of the two directions
    return torch.where(unobserved, torch.nan, seen / left)


def turned(image: Tensor) -> Tensor:
    """Each cutout (sample, band, y, x) in one of its eight orientations: the sky has no up."""
    which = torch.randint(8, (len(image), 1, 1, 1), device=image.device)
    image = torch.where(which & 1 > 0, image.flip(2), image)
    image = torch.where(which & 2 > 0, image.flip(3), image)
    return torch.where(which & 4 > 0, image.transpose(2, 3), image)


def shifted(image: Tensor, most: int) -> Tensor:
    """Each cutout (sample, band, y, x) moved by up to `most` whole pixels; what comes in is unobserved."""
    samples, _, rows, columns = image.shape
    padded = nn.functional.pad(image, (most, most, most, most), value=torch.nan)
    start = torch.randint(2 * most + 1, (2, samples, 1), device=image.device)
    y = start[0] + torch.arange(rows, device=image.device)
    x = start[1] + torch.arange(columns, device=image.device)
    sample = torch.arange(samples, device=image.device)[:, None, None]
    return padded[sample, :, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)


def drop_bands(image: Tensor, share: float) -> Tensor:
    """Take one band from this share of the cutouts (sample, band, y, x), as surveys do; never the only one."""
    samples, bands = image.shape[:2]
    if bands == 1:
        return image
    lost = torch.randint(bands, (samples,), device=image.device)
    drops = (torch.rand(samples, device=image.device) < share)[:, None]
    gone = drops & (torch.arange(bands, device=image.device)[None] == lost[:, None])
    return torch.where(gone[:, :, None, None], torch.nan, image)
