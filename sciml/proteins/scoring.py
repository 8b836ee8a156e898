"""How many of the likeliest long-range contacts are true?"""

from __future__ import annotations

import numpy as np

from sciml.proteins.settings import ProteinsEvaluateSettings

# how many pairs are asked for: the length of the chain, half and a fifth of it
PARTS = (1, 2, 5)


def precision(scores: np.ndarray, cb_distance: np.ndarray, settings: ProteinsEvaluateSettings) -> tuple[float, ...]:
    """Precision of the top L, L/2 and L/5 long-range pairs by score (residue, residue2); NaN where there is no pair.

    L is the length of the chain. Only pairs whose distance the structure knows are ranked; where they are fewer than
    asked for, all of them count. Of equal scores the pair that comes first along the chain wins.
    """
    length = len(scores)
    rows, columns = np.triu_indices(length, settings.min_separation)
    known = np.isfinite(cb_distance[rows, columns])
    rows, columns = rows[known], columns[known]
    if not len(rows):
        return (float("nan"),) * len(PARTS)
    ranked = np.argsort(-scores[rows, columns].astype(np.float64), kind="stable")
    true = (cb_distance[rows, columns] < settings.contact_angstrom)[ranked]
    return tuple(float(true[: max(1, length // part)].mean()) for part in PARTS)
