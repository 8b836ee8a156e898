"""How do the air and the telescope blur an image?"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2

# the air over a good site: Trujillo et al. 2001, MNRAS 328, 977, give 2.5 to 4.8
MOFFAT_BETA = 3.5
FINER = 5


def moffat(fwhm_pixels: float, half: int, beta: float = MOFFAT_BETA) -> np.ndarray:
    """A round Moffat profile, integrated over pixels, of sum 1 and side 2 `half` + 1: (y, x) float32."""
    core = fwhm_pixels / (2 * np.sqrt(2 ** (1 / beta) - 1))
    side = 2 * half + 1
    axis = (np.arange(side * FINER) - (side * FINER - 1) / 2) / FINER
    fine = (1 + (axis[None, :] ** 2 + axis[:, None] ** 2) / core**2) ** -beta
    kernel = fine.reshape(side, FINER, side, FINER).sum(axis=(1, 3))
    return np.asarray(kernel / kernel.sum(), np.float32)


def blurred(images: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Images (..., y, x) convolved with a kernel (y, x); beyond their borders there is nothing."""
    height, width = images.shape[-2:]
    half = kernel.shape[0] // 2
    shape = (next_fast_len(height + 2 * half, real=True), next_fast_len(width + 2 * half, real=True))
    product = rfft2(images, shape) * rfft2(kernel, shape)
    return np.asarray(irfft2(product, shape)[..., half : half + height, half : half + width])
