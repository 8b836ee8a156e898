"""Which pairs do the classical methods find? Direct couplings and mutual information, with average product correction.

They rank pairs and fold nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import xarray as xr

from sciml import __version__
from sciml.core.contract import Case
from sciml.proteins.couplings import mean_field, mutual_information, ridge, sequence_weights
from sciml.proteins.features import kept_rows
from sciml.proteins.folds import described
from sciml.proteins.ingest import alignment_of
from sciml.proteins.settings import Settings

SCORES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mean-field-dca": mean_field,
    "ridge-dca": ridge,
    "mutual-information": mutual_information,
}


def answer_case(method: str, settings: Settings, case: Case) -> xr.Dataset:
    """The scores (residue, residue2) of a method, from the rows that the network's features are made of."""
    alignment = alignment_of(case.unit)
    chosen = settings.prepare.features
    rows = alignment.rows[kept_rows(alignment.rows, chosen)]
    weights = sequence_weights(rows, chosen.identity)
    scores = SCORES[method](rows, weights)
    about = {"method": method, **described(alignment, float(weights.sum()))}
    return xr.Dataset({"contact": (("residue", "residue2"), scores, {"units": "1", "quantity": "score"})}, attrs=about)


METHODS: Mapping[str, Callable[[Settings, Case], xr.Dataset]] = {
    method: partial(answer_case, method) for method in SCORES
}
VERSIONS: Mapping[str, Callable[[], str]] = {method: lambda: f"sciml {__version__}" for method in SCORES}
