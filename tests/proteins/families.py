"""Small alignments and structures for the tests of their readers."""

from __future__ import annotations

import gzip
from pathlib import Path

import gemmi
import numpy as np

from sciml.proteins.backbones import draw_fold
from sciml.proteins.family_files import write_structure
from sciml.proteins.peptide_planes import Backbone, backbone

QUERY = "MKTAYIAKQRQISFVKSHFSRQ"


def write(path: Path, text: str | bytes) -> Path:
    """A file of this text, gzipped where its name says so."""
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def a_backbone(length: int = len(QUERY), seed: int = 0) -> Backbone:
    return backbone(draw_fold(length, "alpha", np.random.default_rng(seed)).ca)


def a_structure(path: Path, sequence: str = QUERY, seed: int = 0) -> Path:
    """mmCIF of a chain A with this sequence."""
    write_structure("it", sequence, a_backbone(len(sequence), seed), path)
    return path


def as_pdb(path: Path, sequence: str = QUERY, chain: str = "A", skip: tuple[int, ...] = ()) -> Path:
    """PDB without a stated sequence; the residues in `skip`, from 0, are not there."""
    cif = a_structure(path.with_suffix(".cif"), sequence)
    structure = gemmi.read_structure(str(cif))
    structure[0][0].name = chain
    for place in sorted(skip, reverse=True):
        del structure[0][0][place]
    for entity in structure.entities:
        entity.full_sequence = []
    path.write_text(structure.make_pdb_string())
    return path
