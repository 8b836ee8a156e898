"""From a case to its findings: the network on one image, and a table of all images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from sciml.core.contract import Case
from sciml.core.errors import Missing
from sciml.scans.answers import read_answer, write_netcdf
from sciml.scans.findings_table import rows_of, write_findings
from sciml.scans.settings import Settings
from sciml.scans.sight import sight_of

if TYPE_CHECKING:  # baselines write through this room too, and should not pay for torch
    from sciml.scans.classifier import Classifier

SHIPPED = "scans-retina"
SUFFIX = ".nc"


def load(folder: Path) -> Classifier:
    """The classifier in a model folder."""
    from sciml.scans.classifier import load_classifier

    return load_classifier(folder)


def predict(settings: Settings, model: Classifier, case: Case) -> xr.Dataset:
    """The findings of one image, and where in it each score is sensitive."""
    if model.kind != settings.ingest.kind:
        raise Missing(
            f"a model for {settings.ingest.kind} images",
            f"is needed, and this one reads {model.kind} images",
            "leave this method out of predict.methods",
        )
    return model.answer(sight_of(case, model.side, model.kind))


def export(answer: xr.Dataset, out: Path) -> None:
    """Write an answer as NetCDF."""
    write_netcdf(answer, out)


def collect(answers: Sequence[tuple[Case, Path]], out: Path) -> None:
    """findings.csv: a row for each image, named by its case, and finding."""
    tables = [rows_of(case.id, read_answer(path)) for case, path in answers]
    if tables:
        write_findings(pd.concat(tables, ignore_index=True), out / "findings.csv")
