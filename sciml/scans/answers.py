"""What a method says of one image, as a Dataset and as a NetCDF file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.errors import BadInput
from sciml.core.netcdf import read_netcdf, write_netcdf
from sciml.scans.operating_points import probabilities
from sciml.scans.sight import Sight

__all__ = ["NOT_GRADABLE", "answer", "read_answer", "write_netcdf"]

NO, YES, NOT_GRADABLE = 0, 1, -1
# log-odds are rounded, so that the last bits of a sum of products reach no file
SCORE_DECIMALS = 4
_NEEDED = ("score", "probability", "decision", "gradable")


def answer(
    findings: Sequence[str],
    scores: np.ndarray,
    thresholds: np.ndarray,
    sight: Sight,
    heatmap: np.ndarray | None = None,
) -> xr.Dataset:
    """score (finding) in log-odds, its probability, and the decision: 1 yes, 0 no, -1 where the image is not gradable.

    `heatmap` (finding, row, column), 0 to 1, lies over the square that the method saw.
    """
    rounded = np.round(np.asarray(scores, np.float64), SCORE_DECIMALS)
    probability = probabilities(rounded)
    called = (probability >= thresholds).astype(np.int8)
    decision = called if sight.gradable else np.full_like(called, NOT_GRADABLE)
    variables: dict[str, Any] = {
        "score": ("finding", rounded, {"long_name": "calibrated log-odds", "units": "1"}),
        "probability": ("finding", probability, {"units": "1"}),
        "threshold": ("finding", np.asarray(thresholds, np.float64), {"units": "1"}),
        "decision": ("finding", decision, {"long_name": "1 yes, 0 no, -1 not gradable"}),
        "gradable": ((), np.bool_(sight.gradable)),
    }
    if heatmap is not None:
        about = {"long_name": "where the score is sensitive, not where disease is", "units": "1"}
        variables["heatmap"] = (("finding", "row", "column"), heatmap.astype(np.float32), about)
    named = {"finding": np.array(list(findings), dtype=object)}
    return xr.Dataset(variables, named, {"reason": sight.reason})


def read_answer(path: Path) -> xr.Dataset:
    """An answer as `write_netcdf` left it."""
    dataset = read_netcdf(path)
    lacking = [name for name in _NEEDED if name not in dataset]
    if lacking or "finding" not in dataset.coords:
        raise BadInput(path, f"is no answer about a scan (no {(lacking or ['finding'])[0]})", "make it again")
    return dataset
