"""How many of the likeliest long-range contacts are true?"""

from __future__ import annotations

import numpy as np

from sciml.proteins.settings import ProteinsEvaluateSettings

# how many pairs are asked for: the length of the chain, half and a fifth of it
PARTS = (1, 2, 5)


def precision(scores: np.ndarray, cb_distance: np.ndarray, settings: ProteinsEvaluateSettings) -> tuple[float, ...]:
    """Precision of the top L, L/2 and L/5 long-range pairs by score (residue, residue2); NaN where there is no pair.

    L is the length of the chain. Where fewer pairs are known than asked for, all of them count.
    """
    rows, columns = ranked_pairs(scores, cb_distance, settings)
    if not len(rows):
        return (float("nan"),) * len(PARTS)
    true = cb_distance[rows, columns] < settings.contact_angstrom
    return tuple(float(true[: max(1, len(scores) // part)].mean()) for part in PARTS)


def density(cb_distance: np.ndarray, settings: ProteinsEvaluateSettings) -> float:
    """Share of the known long-range pairs that touch: the precision of a blind guess; NaN where there is no pair."""
    known = cb_distance[np.triu_indices(len(cb_distance), settings.min_separation)]
    known = known[np.isfinite(known)]
    return float((known < settings.contact_angstrom).mean()) if len(known) else float("nan")


def ranked_pairs(
    scores: np.ndarray, cb_distance: np.ndarray, settings: ProteinsEvaluateSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Long-range pairs i < j whose distance the structure knows, the highest score first; 0-based.

    Of equal scores the pair that comes first along the chain wins.
    """
    rows, columns = np.triu_indices(len(scores), settings.min_separation)
    known = np.isfinite(cb_distance[rows, columns])
    rows, columns = rows[known], columns[known]
    ranked = np.argsort(-scores[rows, columns].astype(np.float64), kind="stable")
    return rows[ranked], columns[ranked]
