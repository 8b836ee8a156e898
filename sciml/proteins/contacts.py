"""The list of contacts that a user takes away, a pair of residues a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sciml.core.whole import whole_file

# a nearer pair touches because the chain is a chain
MIN_SEPARATION = 6
MIN_PROBABILITY = 0.01


def contact_rows(scores: np.ndarray, at_least: float = MIN_PROBABILITY) -> list[tuple[int, int, float]]:
    """Pairs (i, j, score) of a map (residue, residue2), 1-based, i < j, the highest first."""
    rows, columns = np.triu_indices(len(scores), MIN_SEPARATION)
    values = scores[rows, columns].astype(np.float64)
    kept = np.flatnonzero(values >= at_least)
    ranked = kept[np.argsort(-values[kept], kind="stable")]
    return [(int(rows[place]) + 1, int(columns[place]) + 1, float(values[place])) for place in ranked]


def contacts_text(scores: np.ndarray, column: str = "probability", at_least: float = MIN_PROBABILITY) -> str:
    """Tab-separated, with a header; `column` says what the scores are."""
    lines = [f"{i}\t{j}\t{score:.4f}" for i, j, score in contact_rows(scores, at_least)]
    return "\n".join([f"i\tj\t{column}", *lines]) + "\n"


def write_contacts(
    scores: np.ndarray, out: Path, column: str = "probability", at_least: float = MIN_PROBABILITY
) -> None:
    """The same as a file."""
    with whole_file(out) as temporary:
        temporary.write_text(contacts_text(scores, column, at_least), encoding="utf-8")
