"""How is a simulated family written? Its alignment as A3M, its query's structure as mmCIF."""

from __future__ import annotations

import gzip
from pathlib import Path

import gemmi
import numpy as np

from sciml.core.whole import whole_file
from sciml.proteins.alignments import ALPHABET, GAP
from sciml.proteins.peptide_planes import Backbone

INSERTED, MAX_INSERTION = 0.3, 8
FRAGMENTS, FRAGMENT_SHARE = 0.4, 0.12
_ELEMENTS = {"N": "N", "CA": "C", "C": "C", "O": "O", "CB": "C"}


def write_alignment(name: str, rows: np.ndarray, rng: np.random.Generator, out: Path) -> None:
    """A3M of (row, residue), the query first; other rows lose residues at their ends and gain some in between."""
    lines = [f">{name}", _letters(rows[0])]
    for number, row in enumerate(rows[1:], start=1):
        lines += [f">{name}_{number}", _inserted(_letters(_fragment(row, rng)), rng)]
    # a time of zero: the same family is the same bytes
    packed = gzip.compress(("\n".join(lines) + "\n").encode("ascii"), compresslevel=6, mtime=0)
    with whole_file(out) as temporary:
        temporary.write_bytes(packed)


def write_structure(name: str, sequence: str, chain: Backbone, out: Path) -> None:
    """mmCIF of one chain A with its sequence stated; glycine has no C-beta."""
    structure = gemmi.Structure()
    structure.name = name
    residues = gemmi.Chain("A")
    names = gemmi.expand_one_letter_sequence(sequence, gemmi.ResidueKind.AA)
    for place, residue_name in enumerate(names):
        residues.add_residue(_residue(chain, place, residue_name))
    model = gemmi.Model(1)
    model.add_chain(residues)
    structure.add_model(model)
    structure.setup_entities()
    structure.entities[0].full_sequence = names
    structure.assign_label_seq_id()
    with whole_file(out) as temporary:
        temporary.write_text(structure.make_mmcif_document().as_string(), encoding="utf-8")


def _letters(row: np.ndarray) -> str:
    return "".join(ALPHABET[state] for state in row)


def _fragment(row: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A search finds the part of a relative that is alike, seldom its ends."""
    lost = rng.exponential(FRAGMENT_SHARE, 2) * (rng.random(2) < FRAGMENTS) * len(row)
    begin, end = np.minimum(lost, 0.4 * len(row)).astype(int)
    shortened = row.copy()
    shortened[:begin] = GAP
    shortened[len(row) - end :] = GAP
    return shortened


def _inserted(letters: str, rng: np.random.Generator) -> str:
    if rng.random() >= INSERTED:
        return letters
    place, size = int(rng.integers(1, len(letters))), int(rng.integers(1, MAX_INSERTION + 1))
    return letters[:place] + _letters(rng.integers(0, GAP, size)).lower() + letters[place:]


def _residue(chain: Backbone, place: int, name: str) -> gemmi.Residue:
    residue = gemmi.Residue()
    residue.name, residue.seqid = name, gemmi.SeqId(str(place + 1))
    atoms = {"N": chain.n, "CA": chain.ca, "C": chain.c, "O": chain.o, "CB": chain.cb}
    for atom_name, places in atoms.items():
        if atom_name == "CB" and name == "GLY":
            continue
        atom = gemmi.Atom()
        atom.name, atom.element = atom_name, gemmi.Element(_ELEMENTS[atom_name])
        atom.pos = gemmi.Position(*(float(value) for value in places[place]))
        atom.occ, atom.b_iso = 1.0, 20.0
        residue.add_atom(atom)
    return residue
