"""From a case to contacts and a fold in a NetCDF file, and to the files that a user takes away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from sciml.core.contract import Case
from sciml.core.netcdf import SUFFIX, read_netcdf, write_netcdf
from sciml.proteins.contacts import MIN_PROBABILITY, write_contacts
from sciml.proteins.folds import SHIPPED, answer_of
from sciml.proteins.ingest import alignment_of
from sciml.proteins.model_files import write_mmcif, write_pdb
from sciml.proteins.settings import Settings

if TYPE_CHECKING:  # baselines write through this room too, and should not pay for torch
    from sciml.proteins.predictor import Predictor

__all__ = ["SHIPPED", "SUFFIX", "collect", "export", "load", "predict"]


def load(folder: Path) -> Predictor:
    """The network in a model folder."""
    from sciml.proteins.predictor import load_predictor

    return load_predictor(folder)


def predict(settings: Settings, model: Predictor, case: Case) -> xr.Dataset:
    """Contacts and fold of one family: see `sciml.proteins.folds.Fold`."""
    return answer_of(model, alignment_of(case.unit), settings.predict)


def export(answer: xr.Dataset, out: Path) -> None:
    """Write an answer as NetCDF."""
    write_netcdf(answer, out)


def collect(answers: Sequence[tuple[Case, Path]], out: Path) -> None:
    """For each family its contacts and, from a network, its fold as mmCIF and PDB."""
    for case, path in answers:
        answer = read_netcdf(path)
        contact = answer["contact"]
        probable = contact.attrs["quantity"] == "probability"
        # a score without a unit: what is above zero is more than the average of both residues explains
        least = MIN_PROBABILITY if probable else 0.0
        write_contacts(contact.values, out / f"{case.id}.contacts.tsv", contact.attrs["quantity"], least)
        if "ca" in answer:
            chain = (case.id, answer.attrs["sequence"], answer["ca"].values, answer["confidence"].values)
            write_mmcif(*chain, out / f"{case.id}.cif")
            write_pdb(*chain, out / f"{case.id}.pdb")
