"""What are the rows of an alignment file, once its format is undone? A3M, A2M, FASTA, Stockholm, one row a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sciml.core.errors import BadInput
from sciml.proteins.file_bytes import read_bytes

LOWER = bytes(range(ord("a"), ord("z") + 1))
# rows that HH-suite writes above the query: secondary structure, solvent, confidence
ANNOTATION = re.compile(r"^(ss_dssp|ss_pred|ss_conf|sa_dssp|aa_dssp|aa_pred|aa_conf|Consensus|\S*_consensus)\b")
_A_ROW = re.compile(rb"[A-Za-z.*-]+")
_FORMATS = "give A3M, Stockholm, aligned FASTA or one sequence a line"


@dataclass(frozen=True)
class Row:
    """A name and its letters, one a column: capitals and gaps."""

    name: str
    letters: bytes


@dataclass(frozen=True)
class RawAlignment:
    """The rows of a file, and the residues that stood between their columns."""

    rows: Sequence[Row]
    insertions: int = 0
    notes: tuple[str, ...] = ()


def parse(path: Path) -> RawAlignment:
    """The rows of a file, which is told by its first line; of FASTA and A3M also by the name."""
    content = read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    lines = [line.strip() for line in content.replace(b"\0", b"").splitlines()]
    first = next((line for line in lines if line), b"")
    if first.startswith(b"# STOCKHOLM"):
        return _stockholm(path, lines)
    while lines and (not lines[0] or lines[0].startswith(b"#")):
        _refuse_complex(path, lines.pop(0))
    if lines and lines[0].startswith(b">"):
        return _headed(path, lines)
    if lines and _A_ROW.fullmatch(lines[0]):
        return _one_a_line(path, lines)
    what = "is of ClustalW's format" if first.startswith(b"CLUSTAL") else "is no alignment"
    raise BadInput(path, what, _FORMATS)


def _refuse_complex(path: Path, comment: bytes) -> None:
    # ColabFold's first line: the chains' lengths, then how often each occurs
    if re.fullmatch(rb"#\d+(,\d+)+\s.*", comment):
        raise BadInput(path, "is the alignment of a complex of several chains", "give that of a single chain")


def _headed(path: Path, lines: Sequence[bytes]) -> RawAlignment:
    rows, notes = _records(lines), list[str]()
    kept = [row for row in rows if not ANNOTATION.match(row.name)]
    if len(kept) < len(rows):
        notes.append(f"{len(rows) - len(kept)} rows of annotation were left out")
    if not kept:
        raise BadInput(path, "holds no sequence", _FORMATS)
    named_a3m = any(suffix.lower() == ".a3m" for suffix in path.suffixes)
    alike = len({len(row.letters) for row in kept}) == 1
    only_small = len(kept) == 1 and kept[0].letters.translate(None, b"-.*").islower()
    if only_small or (not named_a3m and alike and not _is_a2m(kept)):
        return RawAlignment([Row(row.name, row.letters.upper()) for row in kept], 0, tuple(notes))
    # A3M and A2M: small letters lie between columns, dots are nothing (HH-suite user guide, section 4)
    outside = LOWER + b"."
    columns = [Row(row.name, row.letters.translate(None, outside)) for row in kept]
    insertions = sum(
        len(row.letters) - len(column.letters) - row.letters.count(b".")
        for row, column in zip(kept, columns, strict=True)
    )
    return RawAlignment(columns, insertions, tuple(notes))


def _records(lines: Sequence[bytes]) -> list[Row]:
    rows, name, pieces = list[Row](), "", list[bytes]()
    for line in [*lines[1:], b">"]:
        if line.startswith(b">"):
            rows.append(Row(name, b"".join(pieces).translate(None, b" \t")))
            name, pieces = line[1:].decode("utf-8", "replace").strip(), []
        else:
            pieces.append(line)
    first = lines[0][1:].decode("utf-8", "replace").strip()
    return [Row(first, rows[0].letters), *rows[1:]]


def _is_a2m(rows: Sequence[Row]) -> bool:
    """Whether each column is either one of capitals and hyphens or one of small letters and dots.

    In FASTA of equal rows that is not so, a small letter is a residue like any other (masked, or badly aligned).
    """
    letters = np.frombuffer(b"".join(row.letters for row in rows), np.uint8).reshape(len(rows), -1)
    between = (letters >= ord("a")) & (letters <= ord("z")) | (letters == ord("."))
    share = between.mean(axis=0)
    return bool(np.isin(share, (0, 1)).all() and (share == 0).any())


def _stockholm(path: Path, lines: Sequence[bytes]) -> RawAlignment:
    """The first alignment of a file; its blocks are joined by name."""
    pieces = dict[bytes, list[bytes]]()
    ends = [number for number, line in enumerate(lines) if line == b"//"]
    if not ends:
        raise BadInput(path, "ends before its closing //", "is it truncated? copy it again")
    for number, line in enumerate(lines[: ends[0]], start=1):
        if not line or line.startswith(b"#"):
            continue
        words = line.split()
        if len(words) != 2:
            raise BadInput(f"{path}:{number}", "is no row of a Stockholm alignment", "a name and its letters are")
        pieces.setdefault(words[0], []).append(words[1])
    if not pieces:
        raise BadInput(path, "holds no sequence", _FORMATS)
    rows = [Row(name.decode("utf-8", "replace"), b"".join(its).upper()) for name, its in pieces.items()]
    more = any(line and not line.startswith(b"#") and line != b"//" for line in lines[ends[0] + 1 :])
    return RawAlignment(rows, 0, ("only the first of its alignments was read",) if more else ())


def _one_a_line(path: Path, lines: Sequence[bytes]) -> RawAlignment:
    rows = list[Row]()
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        if not _A_ROW.fullmatch(line):
            raise BadInput(f"{path}:{number}", "is no row of aligned residues", _FORMATS)
        rows.append(Row(f"line {number}", line.upper()))
    return RawAlignment(rows)
