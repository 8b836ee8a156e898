"""What would a cutout look like at another pixel scale?"""

from __future__ import annotations

import numpy as np

# a difference that moves the corner of a cutout by less than half a pixel is none
MAX_SAME_SCALE = 0.02
MIN_WEIGHT = 0.5
KERNEL_RADIUS = 2.0


class Resampler:
    """Takes cutouts of `side` native pixels to `size` pixels, each `ratio` native ones wide, about the same centre.

    The kernel is the cubic of Keys 1981, IEEE Trans. ASSP 29, 1153 (a = -1/2), widened to the larger of both pixels
    so that no frequency is folded. It is separable, and alike for all cutouts: two matrix products.
    """

    def __init__(self, size: int, ratio: float) -> None:
        self.size, self.ratio = size, ratio
        wide = max(1.0, ratio)
        half = int(np.ceil(ratio * (size // 2) + KERNEL_RADIUS * wide))
        self.side = 2 * half + 1
        targets = ratio * (np.arange(size) - size // 2)
        distance = np.abs(np.arange(-half, half + 1)[None, :] - targets[:, None]) / wide
        weights = _keys(distance)
        self._weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
        # scatter of the weighted mean of independent noise of scatter 1, along one axis
        self._scatter = float(np.sqrt((self._weights.astype(np.float64) ** 2).sum(axis=1).mean()))

    def __call__(self, native: np.ndarray) -> np.ndarray:
        """(object, y, x) in sky sigmas of a native pixel to (object, y, x) in sky sigmas of a new one.

        NaN where less than half of the kernel's weight was observed.
        """
        seen = np.isfinite(native)
        values = self._apply(np.where(seen, native, np.float32(0)))
        if not seen.all():
            partial = ~seen.all(axis=(1, 2))
            weight = self._apply(seen[partial].astype(np.float32))
            with np.errstate(divide="ignore", invalid="ignore"):
                values[partial] = np.where(weight >= MIN_WEIGHT, values[partial] / weight, np.float32(np.nan))
        values /= np.float32(self._scatter**2)
        return values

    def _apply(self, images: np.ndarray) -> np.ndarray:
        return np.asarray(self._weights @ images @ self._weights.T)


def _keys(distance: np.ndarray) -> np.ndarray:
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0.0))
