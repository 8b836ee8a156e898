"""Rain as it is stored, in hundredths of mm/h, and what share of the members reaches each rate."""

from __future__ import annotations

import numpy as np

PER_MM = 100
MAX_RATE = 327.67  # mm/h, the largest number of hundredths that an int16 holds
UNKNOWN = -1


def packed(rain: np.ndarray) -> tuple[np.ndarray, int]:
    """Hundredths of mm/h as int16, -1 where unknown, and how many cells lie above what it can hold."""
    above = int(np.count_nonzero(rain > MAX_RATE))
    hundredths = np.rint(np.clip(rain, 0, MAX_RATE) * np.float32(PER_MM))
    return np.where(np.isnan(hundredths), UNKNOWN, hundredths).astype(np.int16), above


class Tally:
    """How many members reach each threshold (mm/h), of how many that know: fed one member at a time."""

    PARTS = 10_000  # a probability is stored in ten-thousandths

    def __init__(self, thresholds: tuple[float, ...], shape: tuple[int, ...]) -> None:
        self.thresholds = thresholds
        self._reached = np.zeros((len(thresholds), *shape), np.uint16)
        self._known = np.zeros(shape if thresholds else (0,), np.uint16)

    def add(self, hundredths: np.ndarray) -> None:
        """A member as it is stored: so the probabilities are those of the file's own members."""
        if self.thresholds:
            self._known += hundredths != UNKNOWN
        for row, threshold in zip(self._reached, self.thresholds, strict=True):
            row += hundredths >= round(threshold * PER_MM)

    def probabilities(self) -> np.ndarray:
        """(threshold, ...), NaN where no member knows."""
        with np.errstate(invalid="ignore"):
            return self._reached / self._known.astype(np.float32)

    def packed(self) -> np.ndarray:
        share = self.probabilities()
        share *= self.PARTS
        return np.where(np.isnan(share), UNKNOWN, np.rint(share)).astype(np.int16)
