"""Findings of images as a table: a row for each image and finding, written as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from sciml.core.errors import SettingsError
from sciml.core.whole import whole_file
from sciml.scans.answers import NOT_GRADABLE

COLUMNS = ("file", "finding", "probability", "decision", "gradable", "reason", "note")
SUFFIXES = (".csv", ".parquet")
NOTE = "demonstration"
DECIMALS = 4
_WORDS = {1: "yes", 0: "no", NOT_GRADABLE: "not gradable"}


def rows_of(file: str, answer: xr.Dataset, demonstration: bool = False) -> pd.DataFrame:
    """The rows of one image that was read."""
    findings = [str(finding) for finding in answer["finding"].values]
    decisions = [_WORDS[int(decision)] for decision in answer["decision"].values]
    probability = answer["probability"].values.round(DECIMALS)
    return _table(
        file, findings, probability, decisions, bool(answer["gradable"]), str(answer.attrs["reason"]), demonstration
    )


def rows_of_unreadable(file: str, findings: Sequence[str], reason: str, demonstration: bool = False) -> pd.DataFrame:
    """The rows of an image that could not be read: no probability."""
    nothing = np.full(len(findings), np.nan)
    return _table(file, findings, nothing, [_WORDS[NOT_GRADABLE]] * len(findings), False, reason, demonstration)


def write_findings(table: pd.DataFrame, out: str | Path) -> None:
    """Write a table of findings whole, as its suffix says; an empty cell is a probability that there is not."""
    path = Path(out)
    if path.suffix not in SUFFIXES:
        raise SettingsError(path, "a table of findings has another suffix", f"end its name in {' or '.join(SUFFIXES)}")
    with whole_file(path) as temporary:
        if path.suffix == ".csv":
            table.to_csv(temporary, index=False, lineterminator="\n", float_format=f"%.{DECIMALS}f")
        else:
            table.to_parquet(temporary, index=False)


def _table(
    file: str,
    findings: Sequence[str],
    probability: np.ndarray,
    decisions: Sequence[str],
    gradable: bool,
    reason: str,
    demonstration: bool,
) -> pd.DataFrame:
    table = pd.DataFrame({"finding": list(findings), "probability": probability, "decision": list(decisions)})
    table["file"] = file
    table["gradable"] = "yes" if gradable else "no"
    table["reason"] = reason
    table["note"] = NOTE if demonstration else ""
    return table[list(COLUMNS)]
