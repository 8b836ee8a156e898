"""What does an alignment say of residues and of pairs of them? The same for training and for answering."""

from __future__ import annotations

import numpy as np
import xarray as xr

from sciml.core.errors import BadInput
from sciml.core.streams import stream
from sciml.proteins.alignments import GAP, Alignment
from sciml.proteins.couplings import Couplings, sequence_weights
from sciml.proteins.pairs import pack
from sciml.proteins.settings import FeatureSettings

MAPS = ("mutual_information", "mean_field", "ridge")
MAX_LENGTH = 2000
NEAR = 6
LOWEST, HIGHEST = -3.0, 12.0


def features(alignment: Alignment, settings: FeatureSettings) -> xr.Dataset:
    """sequence(residue), profile(residue, state) and maps(pair, map), as `pairs.pack` keeps them; neff and rows.

    A map is told in standard deviations from the mean of its pairs at least 6 residues apart.
    """
    length = len(alignment.query)
    if length > MAX_LENGTH:  # the covariance of 2000 residues takes 7 GB
        problem = f"its query has {length} residues, more than {MAX_LENGTH}"
        raise BadInput(alignment.name, problem, "cut it into domains")
    rows = alignment.rows[kept_rows(alignment.rows, settings)]
    weights = sequence_weights(rows, settings.identity)
    scores = Couplings(rows, weights)
    maps = np.stack(
        [standardised(score) for score in (scores.mutual_information(), scores.mean_field(), scores.ridge())]
    )
    return xr.Dataset(
        {
            "sequence": ("residue", alignment.rows[0].copy(), {"units": "1"}),
            "profile": (("residue", "state"), scores.single, {"units": "1"}),
            "maps": (("pair", "map"), pack(maps).astype(np.float16), {"units": "standard deviations"}),
            "neff": ((), np.float32(weights.sum()), {"units": "rows"}),
            "rows": ((), np.int32(len(rows)), {"units": "rows"}),
        },
        {"map": list(MAPS)},
        {"name": alignment.name, "query": alignment.query, "length": length},
    )


def kept_rows(rows: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    """Places of the rows that count, in their order: the query, and rows of few gaps, drawn by seed if too many."""
    full = np.flatnonzero((rows[1:] == GAP).mean(axis=1) <= settings.max_gaps) + 1
    if len(full) > settings.max_rows - 1:
        drawn = stream(settings.seed, "rows").choice(len(full), settings.max_rows - 1, replace=False)
        full = full[np.sort(drawn)]
    return np.concatenate([[0], full])


def standardised(scores: np.ndarray) -> np.ndarray:
    """Standard deviations from the mean of the pairs at least 6 residues apart; zero where all are the same."""
    length = len(scores)
    far = scores[np.triu_indices(length, NEAR)] if length > NEAR else np.zeros(1, np.float32)
    spread = far.std(dtype=np.float64)
    if not spread > 1e-9:
        return np.zeros_like(scores)
    scaled: np.ndarray = np.clip((scores - far.mean(dtype=np.float64)) / spread, LOWEST, HIGHEST)
    return scaled.astype(np.float32)
