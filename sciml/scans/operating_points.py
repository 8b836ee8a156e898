"""From what probability on is a finding called? Thresholds that keep a chosen sensitivity on known images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sciml.core.calibration import findings as calibrated_findings
from sciml.core.contract import Calibrated

# of the images with the finding, the share that shall be called: a screen rather misses no disease than spares a visit
SENSITIVITY = 0.9
# where no image with the finding is known
UNTESTED = 0.5
DIGITS = 6


def calibrated(logits: np.ndarray, labels: np.ndarray, findings: Sequence[str]) -> Calibrated:
    """Temperatures, thresholds and AUROCs from logits and labels (sample, finding) of held-out images; -1 unknown."""
    scaled = calibrated_findings(logits, labels, findings)
    thresholds = {}
    for place, finding in enumerate(findings):
        known = labels[:, place] >= 0
        score = logits[known, place] / scaled.calibration[temperature_of(finding)]
        threshold = threshold_at(probabilities(score), labels[known, place] == 1, SENSITIVITY)
        thresholds[threshold_of(finding)] = threshold
    return Calibrated({**scaled.calibration, **thresholds}, scaled.figures)


def threshold_at(probability: np.ndarray, positive: np.ndarray, sensitivity: float) -> float:
    """The highest probability from which on at least this share of the positives is called, rounded down.

    A half where there is no positive.
    """
    of_positives = np.sort(probability[positive])[::-1]
    if not len(of_positives):
        return UNTESTED
    needed = int(np.ceil(sensitivity * len(of_positives) - 1e-9))  # 0.9 x 10 shall be 9
    return float(np.floor(of_positives[needed - 1] * 10**DIGITS) / 10**DIGITS)


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-scores.astype(np.float64))))


def constants(calibration: Mapping[str, float], findings: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Temperature and threshold of each finding, out of a model's record."""
    temperatures = [calibration[temperature_of(finding)] for finding in findings]
    thresholds = [calibration[threshold_of(finding)] for finding in findings]
    return np.array(temperatures, np.float64), np.array(thresholds, np.float64)


def temperature_of(finding: str) -> str:
    return f"temperature.{finding}"


def threshold_of(finding: str) -> str:
    return f"threshold.{finding}"
