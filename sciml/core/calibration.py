"""Turning a classifier's outputs into probabilities that mean what they say."""

from __future__ import annotations

import numpy as np

from sciml.core.contract import Calibrated


def classifier(logits: np.ndarray, labels: np.ndarray) -> Calibrated:
    """Temperature and accuracy of a classifier from its logits (sample, class) on held-out samples."""
    accuracy = float((logits.argmax(axis=1) == labels).mean())
    return Calibrated(
        {"temperature": round(temperature(logits, labels), 6)}, {"validation_accuracy": round(accuracy, 6)}
    )


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The one number by which logits (sample, class) must be divided to fit the labels best.

    Minimises the negative log-likelihood on held-out samples (Guo et al. 2017, arXiv 1706.04599, 4.2) by golden
    section over log T in [-2, 2]; the likelihood is unimodal in it.
    """
    low, high = -2.0, 2.0
    golden = (np.sqrt(5.0) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _loss(logits, labels, float(np.exp(left))) < _loss(logits, labels, float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (sample, class), in float64 so that a quality of 99 is still told from 1."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _loss(logits: np.ndarray, labels: np.ndarray, t: float) -> float:
    chosen = softmax(logits / t)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())
