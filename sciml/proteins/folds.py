"""What is the fold of a query? From an alignment to distances, coordinates and their confidence."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from Bio.PDB.MMCIFParser import MMCIFParser

from sciml.core.errors import BadInput, DataWarning, SettingsError
from sciml.core.weights import find_model
from sciml.core.whole import whole_file
from sciml.proteins.alignments import Alignment, read_alignment
from sciml.proteins.contacts import contacts_text
from sciml.proteins.distograms import contacts, expected_distance, expected_lddt
from sciml.proteins.features import features
from sciml.proteins.folding import fold_chain
from sciml.proteins.model_files import mmcif_text, pdb_text
from sciml.proteins.settings import ProteinsPredictSettings
from sciml.proteins.similarity import distances

if TYPE_CHECKING:  # the command's help and the baselines do without torch
    from Bio.PDB.Structure import Structure

    from sciml.proteins.predictor import Predictor

SHIPPED = "proteins-potts"
# the couplings of a chain take (21 x length)^2 numbers, and the network a map of all pairs at once
LONGEST, SHORTEST = 512, 10
# effective sequences below which coevolution says little
FEW = 100
NUCLEOTIDES = frozenset("ACGTUNX")


@dataclass(frozen=True)
class Fold:
    """The fold of a query.

    `structure`: its C-alpha trace in chain A, confidence in the B-factor; `distances`: `contact(residue, residue2)`,
    the probability of C-beta atoms within 8 A, `distance(residue, residue2)`, the expected distance of C-alpha atoms,
    `ca(residue, xyz)`, in angstrom; `confidence(residue)`: expected lDDT, 0-100.
    """

    structure: Structure
    distances: xr.Dataset
    confidence: np.ndarray


def fold(alignment: str | Path, seed: int = 0, model: str | Path = SHIPPED) -> Fold:
    """Fold the query of an alignment.

    Parameters
    ----------
    alignment
        A3M, Stockholm, FASTA or one sequence a line, also gzipped; the first row is the query, 10 to 512 residues.
    seed
        Of the folding: the same seed gives the same coordinates.
    model
        Name of shipped weights, or a folder that training wrote.

    Raises
    ------
    BadInput
        Alignment or model are not what they should be; the message names file and remedy.
    Missing
        No such file, or no shipped weights of this name.
    """
    answer = answer_file(Path(alignment), seed, model)
    text = mmcif_text(*_chain_of(answer))
    structure = MMCIFParser(QUIET=True).get_structure(answer.attrs["name"], io.StringIO(text))
    return Fold(structure, answer, answer["confidence"].values)


def fold_files(
    alignment: Path,
    out: Path,
    pdb: Path | None = None,
    contact_list: Path | None = None,
    seed: int = 0,
    model: str | Path = SHIPPED,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """The same, written to mmCIF and, where asked for, PDB and a list of contacts: all files or none."""
    answer = answer_file(alignment, seed, model, threads, progress)
    texts = {out: mmcif_text(*_chain_of(answer))}
    if pdb is not None:
        texts[pdb] = pdb_text(*_chain_of(answer))
    if contact_list is not None:
        texts[contact_list] = contacts_text(answer["contact"].values)
    with ExitStack() as stack:
        for path, text in texts.items():
            stack.enter_context(whole_file(path)).write_text(text, encoding="utf-8")
    return answer


def answer_file(
    path: Path,
    seed: int,
    model: str | Path,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Distances, fold and confidence of the query of an alignment file; see `answer_of`."""
    if seed < 0:
        raise SettingsError("seed", f"{seed} is below 0", "give 0 or more")
    alignment = read_alignment(path)
    check_query(path, alignment)
    for note in alignment.notes:
        warnings.warn(DataWarning(f"{path}: {note}"), stacklevel=3)
    from sciml.proteins.predictor import load_predictor

    folder = find_model(model)
    predictor = load_predictor(folder)
    settings = ProteinsPredictSettings(seed=seed)
    answer = answer_of(predictor, alignment, settings, threads, progress)
    if answer.attrs["neff"] < FEW:
        problem = f"only {answer.attrs['neff']:.0f} effective sequences, where some {FEW} are the least"
        warnings.warn(DataWarning(f"{path}: {problem}; trust contacts and fold little"), stacklevel=3)
    return answer.assign_attrs(model=f"{folder.name} {answer.attrs['model']}")


def check_query(path: Path, alignment: Alignment) -> None:
    """Refuse what is no protein of a length that can be folded."""
    length = len(alignment.query)
    if length > LONGEST:
        problem = f"its query has {length} residues, and at most {LONGEST} can be folded"
        raise BadInput(path, problem, "cut the alignment into domains, and fold each")
    if length < SHORTEST:
        raise BadInput(path, f"its query has {length} residues, fewer than {SHORTEST}", "give a whole protein domain")
    if set(alignment.query) <= NUCLEOTIDES:
        raise BadInput(path, "its query looks like nucleotides", "give an alignment of amino acids")


def answer_of(
    predictor: Predictor,
    alignment: Alignment,
    settings: ProteinsPredictSettings,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """What the network says of a query: dimensions residue and residue2, and xyz of the fold; see `Fold`."""
    drawn = features(alignment, predictor.features)
    told = predictor.distograms(drawn, threads)
    ca = fold_chain(told["ca"], predictor.bins, settings.steps, settings.seed, progress)
    confidence = expected_lddt(told["ca"], predictor.bins, distances(ca))
    pairs = ("residue", "residue2")
    variables: dict[str, Any] = {
        "contact": (pairs, contacts(told["cb"], predictor.bins), {"units": "1", "quantity": "probability"}),
        "distance": (pairs, expected_distance(told["ca"], predictor.bins).astype(np.float32), {"units": "angstrom"}),
        "ca": (("residue", "xyz"), ca.astype(np.float32), {"units": "angstrom"}),
        "confidence": ("residue", confidence.astype(np.float32), {"units": "1", "valid_max": 100.0}),
    }
    about = {
        "method": "sciml",
        "model": predictor.record.weights_sha256[:12],
        "seed": settings.seed,
        "notes": "demonstration weights, not to be used" if predictor.record.demonstration else "",
    }
    return xr.Dataset(variables, attrs={**described(alignment, float(drawn["neff"])), **about})


def described(alignment: Alignment, neff: float) -> dict[str, Any]:
    """What every answer says of the alignment that it was made from."""
    return {
        "name": alignment.name,
        "sequence": alignment.query,
        "rows": len(alignment.rows),
        "neff": neff,
    }


def _chain_of(answer: xr.Dataset) -> tuple[str, str, np.ndarray, np.ndarray]:
    return answer.attrs["name"], answer.attrs["sequence"], answer["ca"].values, answer["confidence"].values
