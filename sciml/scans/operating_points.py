"""From what probability on is a finding called? Thresholds that keep a chosen sensitivity on known images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sciml.core.calibration import temperature
from sciml.core.contract import Calibrated
from sciml.core.ranking import auroc, histogram

# of the images with the finding, the share that shall be called: a screen rather misses no disease than spares a visit
SENSITIVITY = 0.9
# where no image with the finding is known
UNTESTED = 0.5
DIGITS = 6


def calibrated(logits: np.ndarray, labels: np.ndarray, findings: Sequence[str]) -> Calibrated:
    """Temperatures, thresholds and AUROCs from logits and labels (sample, finding) of held-out images; -1 unknown.

    A finding that none or all of the images have keeps the temperature 1, and has no AUROC.
    """
    calibration, figures = dict[str, float](), dict[str, float]()
    for place, finding in enumerate(findings):
        known = labels[:, place] >= 0
        scores, positive = logits[known, place], labels[known, place] == 1
        both = positive.any() and not positive.all()
        # the likelihood of one logit z is that of the two classes (0, z)
        its_own = temperature(np.stack([np.zeros_like(scores), scores], 1), positive.astype(int)) if both else 1.0
        # never sharper than the network: where all are told apart, the likelihood knows no bound
        calibration[temperature_of(finding)] = round(max(1.0, its_own), DIGITS)
        scores = scores / calibration[temperature_of(finding)]
        calibration[threshold_of(finding)] = threshold_at(probabilities(scores), positive, SENSITIVITY)
        if both:
            figures[f"validation_auroc.{finding}"] = round(float(auroc(*histogram(scores, positive))), DIGITS)
    return Calibrated(calibration, figures)


def threshold_at(probability: np.ndarray, positive: np.ndarray, sensitivity: float) -> float:
    """The probability from which on at least this share of the positives is called, and more where that costs nothing.

    It is as high as the sensitivity allows, then lowered as far as no further negative is called: halfway, in log odds,
    between the next negative and the positives above it. So a finding that is told apart without error does not get a
    threshold that only the surest of its positives reach. A half where there is no positive.
    """
    of_positives = np.sort(probability[positive])[::-1]
    if not len(of_positives):
        return UNTESTED
    needed = int(np.ceil(sensitivity * len(of_positives) - 1e-9))  # 0.9 x 10 shall be 9
    highest = of_positives[needed - 1]
    below = probability[~positive & (probability < highest)]
    lowest = of_positives[of_positives > below.max()].min() if len(below) else of_positives.min()
    if len(below):
        lowest = min(lowest, _halfway(float(below.max()), float(lowest)))
    return float(np.floor(lowest * 10**DIGITS) / 10**DIGITS)


def _halfway(low: float, high: float) -> float:
    """The probability whose log odds lie in the middle; 0 and 1 count as the nearest that the digits can tell."""
    odds = np.log([p / (1 - p) for p in np.clip([low, high], 10.0**-DIGITS, 1 - 10.0**-DIGITS)])
    return float(probabilities(odds.mean(keepdims=True))[0])


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
