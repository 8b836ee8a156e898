"""Where are the residues of the query in a structure?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import gemmi
import numpy as np

from sciml.core.errors import BadInput
from sciml.proteins.alignments import ALPHABET
from sciml.proteins.file_bytes import MIB, read_bytes

MAX_BYTES = 256 * MIB
MAX_LISTED = 8
_ATOMS = ("N", "CA", "C", "CB")
_PROTEIN = (gemmi.PolymerType.PeptideL, gemmi.PolymerType.PeptideD)


@dataclass(frozen=True, eq=False)
class Structure:
    """Coordinates of the query's residues in angstrom, (residue, xyz) float32, NaN where they were not resolved.

    `cb` of a residue without that atom, glycine above all, is where it would be, by N, CA and C.
    """

    sequence: str
    chain: str
    ca: np.ndarray
    cb: np.ndarray


@dataclass(frozen=True)
class _Residue:
    """A place in a chain: the letters that it may have, and its atoms (atom, xyz) or None where it is not resolved."""

    letters: frozenset[str]
    number: int | None
    atoms: np.ndarray | None


def read_structure(path: str | Path, query: str, chain: str | None = None) -> Structure:
    """Read mmCIF or PDB, gzipped or not: first model, most occupied conformation, MSE as the M that it stands for.

    The chain must be the query, or its stated sequence (entity_poly, SEQRES) must hold the query once as a stretch.
    Residues that are not resolved are placed by the stated sequence, else by their numbers.
    """
    path = Path(path)
    chains = _chains(_opened(path))
    if not chains:
        raise BadInput(path, "holds no chain of a protein", "give the structure of the query")
    wanted = chains if chain is None else [(name, residues) for name, residues in chains if name == chain]
    if not wanted:
        raise BadInput(path, f"has no chain {chain!r}", f"its chains: {_listed(chains)}")
    fits = [(name, placed) for name, residues in wanted if (placed := _placed(residues, query)) is not None]
    if not fits:
        reasons = "; ".join(f"chain {name or 'without a name'} {_misfit(residues, query)}" for name, residues in wanted)
        raise BadInput(path, f"no chain is the query of {len(query)} residues: {reasons}", "is it another protein?")
    name, placed = max(fits, key=lambda fit: sum(residue is not None for residue in fit[1]))
    atoms = np.full((len(query), len(_ATOMS), 3), np.nan)
    for number, found in enumerate(placed):
        if found is not None:
            atoms[number] = found
    return Structure(query, name, atoms[:, 1].astype(np.float32), _beta(atoms).astype(np.float32))


def virtual_beta(n: np.ndarray, ca: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Where CB lies for ideal bond lengths and angles, (..., xyz) in angstrom."""
    b, d = ca - n, c - ca
    beta: np.ndarray = ca - 0.58273431 * np.cross(b, d) + 0.56802827 * b - 0.54067466 * d
    return beta


def _opened(path: Path) -> Any:
    content = read_bytes(path, MAX_BYTES)
    try:
        text = content.decode("utf-8", "replace")
        if _is_cif(text):
            structure = gemmi.make_structure_from_block(_coordinates(gemmi.cif.read_string(text)))
        else:
            structure = gemmi.read_pdb_string(text)
        structure.setup_entities()
        structure.assign_label_seq_id()
    except (ValueError, RuntimeError, IndexError) as error:
        raise BadInput(path, f"cannot be read ({error})", "is it a whole mmCIF or PDB file?") from error
    if not len(structure) or not structure[0].count_atom_sites():
        raise BadInput(path, "holds no atom", "give mmCIF or PDB")
    return structure


def _is_cif(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return first.lower().startswith("data_")


def _coordinates(document: Any) -> Any:
    """The block with atoms, which need not be the first."""
    for block in document:
        if block.find_loop("_atom_site.Cartn_x"):
            return block
    raise ValueError("it has no atoms")


def _chains(structure: Any) -> list[tuple[str, list[_Residue]]]:
    """Name and places of every protein chain of the first model."""
    polymers = [(chain.name, chain.get_polymer()) for chain in structure[0]]
    return [
        (name, _residues(structure.get_entity_of(polymer), polymer))
        for name, polymer in polymers
        if len(polymer) and polymer.check_polymer_type() in _PROTEIN
    ]


def _residues(entity: Any, polymer: Any) -> list[_Residue]:
    """The places of a chain, by its stated sequence where there is one."""
    # residues at one place are alternatives (microheterogeneity)
    groups = [list(group) for _, group in groupby(polymer, key=lambda residue: residue.seqid)]
    stated = list(entity.full_sequence) if entity is not None else []
    numbers = [group[0].label_seq for group in groups]
    observed = [_observed(group) for group in groups]
    if not stated or any(number is None or not 1 <= number <= len(stated) for number in numbers):
        return observed
    places = [_Residue(_letters(names.split(",")), None, None) for names in stated]
    for number, residue in zip(numbers, observed, strict=True):
        places[number - 1] = _Residue(places[number - 1].letters | residue.letters, None, residue.atoms)
    return places


def _letters(names: Sequence[str]) -> frozenset[str]:
    """One letter a name, MSE's that of MET; X where the alphabet has none."""
    letters = (gemmi.find_tabulated_residue(name).one_letter_code.upper() for name in names)
    return frozenset(letter if letter in ALPHABET else "X" for letter in letters)


def _observed(group: Sequence[Any]) -> _Residue:
    best = max(group, key=lambda residue: max((atom.occ for atom in residue if atom.name == "CA"), default=-1.0))
    alternates = [atom for atom in best if atom.name == "CA"]
    label = max(alternates, key=lambda atom: atom.occ).altloc if alternates else "\0"
    atoms = np.full((len(_ATOMS), 3), np.nan)
    for row, name in enumerate(_ATOMS):
        same = [atom for atom in best if atom.name == name]
        if same:
            # of the conformation that CA is in, where it says so
            atom = max(same, key=lambda one: (one.altloc == label, one.occ))
            atoms[row] = atom.pos.tolist()
    atoms[~np.isfinite(atoms).all(axis=1)] = np.nan
    return _Residue(_letters([residue.name for residue in group]), best.seqid.num, atoms)


def _placed(residues: Sequence[_Residue], query: str) -> list[np.ndarray | None] | None:
    """The atoms at each residue of the query; None if this chain is another."""
    stated = residues[0].number is None
    if len(residues) == len(query) or stated:
        starts = [start for start in range(len(residues) - len(query) + 1) if _same(residues[start:], query)]
        if len(starts) == 1:
            return [residue.atoms for residue in residues[starts[0] :][: len(query)]]
    resolved = [residue for residue in residues if residue.atoms is not None]
    if len(resolved) == len(query) and _same(resolved, query):
        return [residue.atoms for residue in resolved]
    return None if stated or len(resolved) >= len(query) else _by_number(resolved, query)


def _by_number(residues: Sequence[_Residue], query: str) -> list[np.ndarray | None] | None:
    """By the residues' numbers, if one shift of them makes every letter agree."""
    numbers = [residue.number or 0 for residue in residues]
    found = []
    for shift in range(-min(numbers), len(query) - max(numbers)):
        at = dict(zip((number + shift for number in numbers), residues, strict=True))
        if len(at) == len(residues) and all(_agree(residue.letters, query[place]) for place, residue in at.items()):
            found.append(at)
    if len(found) != 1:
        return None
    return [found[0][place].atoms if place in found[0] else None for place in range(len(query))]


def _same(residues: Sequence[_Residue], query: str) -> bool:
    return all(_agree(residue.letters, letter) for residue, letter in zip(residues, query, strict=False))


def _agree(letters: frozenset[str], letter: str) -> bool:
    return letter in letters or "X" in letters or letter not in ALPHABET


def _misfit(residues: Sequence[_Residue], query: str) -> str:
    if len(residues) != len(query):
        return f"has {len(residues)} residues"
    pairs = enumerate(zip(residues, query, strict=True), start=1)
    wrong = [(place, residue, letter) for place, (residue, letter) in pairs if not _agree(residue.letters, letter)]
    place, residue, letter = wrong[0]
    others = f" and differs at {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return f"has {'/'.join(sorted(residue.letters))} at residue {place}, the query {letter}{others}"


def _listed(chains: Sequence[tuple[str, Sequence[_Residue]]]) -> str:
    told = [f"{name or '(no name)'} of {len(residues)} residues" for name, residues in chains[:MAX_LISTED]]
    return ", ".join(told) + (", ..." if len(chains) > MAX_LISTED else "")


def _beta(atoms: np.ndarray) -> np.ndarray:
    n, ca, c, cb = np.moveaxis(atoms, 1, 0)
    return np.where(np.isnan(cb), virtual_beta(n, ca, c), cb)
