"""Which sequences are aligned to the query, column by column of the query?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sciml.core.errors import BadInput
from sciml.proteins.alignment_formats import Row, parse

ALPHABET = "ACDEFGHIKLMNPQRSTVWY-"
GAP = 20
MAX_NAME = 80
# titin, the longest protein known, has 35,000 residues
MAX_COLUMNS = 100_000
_GAPS = b"-.*"
_NO_RESIDUE = 255


@dataclass(frozen=True, eq=False)
class Alignment:
    """An alignment whose columns are the residues of its first row, the query.

    `rows`: (row, residue) uint8, places in ALPHABET; what is none of the twenty (X, B, Z, U) counts as a gap there,
    while `query` keeps its letter. `insertions`: residues of all rows between columns, which were taken out.
    """

    name: str
    query: str
    rows: np.ndarray
    insertions: int
    notes: tuple[str, ...]


def read_alignment(path: str | Path) -> Alignment:
    """Read A3M, A2M, Stockholm, FASTA or one sequence a line (.aln), gzipped or not; the query comes first."""
    path = Path(path)
    raw = parse(path)
    _check_lengths(path, raw.rows)
    letters = np.frombuffer(b"".join(row.letters for row in raw.rows), np.uint8).reshape(len(raw.rows), -1)
    states = _STATES[letters]
    _check_letters(path, raw.rows, letters, states)
    kept = ~np.isin(letters[0], np.frombuffer(_GAPS, np.uint8))
    if not kept.any():
        raise BadInput(path, "its first row, the query, holds no residue", "put the query first")
    notes, insertions = list(raw.notes), raw.insertions
    if not kept.all():
        notes.append(f"{int((~kept).sum())} columns in which the query has a gap were left out")
        insertions += int((states[:, ~kept] != GAP).sum())
    query = letters[0, kept].tobytes().decode("ascii")
    states = np.ascontiguousarray(states[:, kept])
    states.flags.writeable = False
    return Alignment(_name(raw.rows[0].name, path), query, states, insertions, tuple(notes))


def encode(sequence: str) -> np.ndarray:
    """Places in ALPHABET of the letters of a sequence, (residue) uint8."""
    return _STATES[np.frombuffer(sequence.encode("ascii"), np.uint8)]


def _states() -> np.ndarray:
    table = np.full(256, _NO_RESIDUE, np.uint8)
    for letter in range(ord("A"), ord("Z") + 1):
        table[letter] = GAP
    for letter in _GAPS:
        table[letter] = GAP
    for place, amino_acid in enumerate(ALPHABET):
        table[ord(amino_acid)] = place
    return table


_STATES = _states()


def _check_lengths(path: Path, rows: Sequence[Row]) -> None:
    columns = len(rows[0].letters)
    if columns > MAX_COLUMNS:
        raise BadInput(path, f"its query has {columns:,} columns, and no protein has", "is it a genome?")
    wrong = [number for number, row in enumerate(rows) if len(row.letters) != columns]
    if wrong:
        first = rows[wrong[0]]
        problem = f"row {wrong[0] + 1} ({_plain(first.name)}) has {len(first.letters)} columns, the query has {columns}"
        more = f", and so have {len(wrong) - 1} more rows another number" if len(wrong) > 1 else ""
        raise BadInput(path, problem + more, "align the rows to the query, or copy the file again")


def _check_letters(path: Path, rows: Sequence[Row], letters: np.ndarray, states: np.ndarray) -> None:
    wrong = np.argwhere(states == _NO_RESIDUE)
    if len(wrong):
        row, column = wrong[0]
        symbol = chr(letters[row, column])
        problem = f"row {row + 1} ({_plain(rows[row].name)}) holds {symbol!r} in column {column + 1}"
        raise BadInput(path, problem, "only letters of residues and gaps may stand there")


def _name(header: str, path: Path) -> str:
    words = _plain(header).split()
    return words[0] if words else re.sub(r"(\.(a3m|a2m|sto|stockholm|aln|fasta|fas|fa|afa|gz))+$", "", path.name)


def _plain(header: str) -> str:
    """A header without what could play tricks on a terminal, not too long."""
    return "".join(letter for letter in header if letter.isprintable())[:MAX_NAME]
