"""What do the records of a VCF say about one sample? What is wrong with the file is told in one line."""

from __future__ import annotations

import gzip
import math
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pysam

from sciml.core.errors import BadInput, DataWarning, Missing
from sciml.variants.normalise import Letters
from sciml.variants.regions import Region, listed, merge, other_style

COLUMNS: Mapping[str, str] = {
    "contig": "str",
    "position": "int64",
    "ref": "str",
    "alts": "str",
    "qual": "float64",
    "filter": "str",
    "gt": "str",
    "gq": "int64",
    "dp": "int64",
    "ad": "str",
    "vaf": "str",
    "pl": "str",
}
BGZF_MAGIC = b"\x1f\x8b\x08\x04"
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@dataclass(frozen=True)
class _Header:
    contigs: Mapping[str, int]
    samples: Sequence[str]
    source: str
    lines: int


def read_vcf(
    path: Path,
    sample: str | None = None,
    regions: Sequence[Region] | None = None,
    reference: Letters | None = None,
) -> pd.DataFrame:
    """Records of one sample, as a table with one row a record and the columns of `COLUMNS`.

    `position` counts from 1, as in the file; -1 is a missing number, "." a missing text. `attrs` holds sample, contigs
    and source. Records without an alternate are left out, and so are those whose alternates are all symbolic, breakends
    or `*`; where a record has others too, such an allele keeps its place in `alts`. One DataWarning counts them.

    Parameters
    ----------
    sample
        Which sample; None where the file has just one.
    regions
        Only records whose POS lies in one of these. Quick where the file has an index, otherwise all of it is read.
    reference
        Check REF against it.
    """
    path = Path(path)
    header = _read_header(path)
    column = 9 + _sample_index(path, header, sample)
    wanted = None if regions is None else merge(regions)
    rows = _rows(path, _records(path, header, wanted), header, column, reference)
    calls = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))
    calls.attrs = {"sample": header.samples[column - 9], "contigs": dict(header.contigs), "source": header.source}
    return calls


def samples_of(path: Path) -> list[str]:
    """Names of the samples of a VCF."""
    return list(_read_header(Path(path)).samples)


def _read_header(path: Path) -> _Header:
    contigs, source = dict[str, int](), ""
    for number, line in enumerate(_text_lines(path), start=1):
        if number == 1 and not line.startswith("##fileformat=VCF"):
            what = "is BCF" if line.startswith("BCF") else "is not a VCF (its first line says no ##fileformat=VCF)"
            raise BadInput(path, what, "convert it with: bcftools view -Oz" if line.startswith("BCF") else "check it")
        if line.startswith("##contig=<"):
            keys = dict(pair.split("=", 1) for pair in line[10:].rstrip(">").split(",") if "=" in pair)
            length = keys.get("length", "")
            contigs[keys.get("ID", "")] = int(length) if length.isdigit() else 0
        elif line.startswith("##source=") and not source:
            source = line.removeprefix("##source=")
        elif line.startswith("#CHROM"):
            return _Header(contigs, line.split("\t")[9:], source, number)
        elif not line.startswith("##"):
            break
    raise BadInput(path, "is not a VCF (no #CHROM line)", "check the file")


def _sample_index(path: Path, header: _Header, sample: str | None) -> int:
    if not header.samples:
        raise BadInput(path, "has no genotypes (no sample column)", "a truth needs a sample with GT")
    if sample is not None and sample not in header.samples:
        raise BadInput(path, f"has no sample {sample!r}", f"it has {listed(header.samples)}")
    if sample is None and len(header.samples) > 1:
        remedy = f"choose one: bcftools view -s {header.samples[0]} {path.name}"
        raise BadInput(path, f"holds {len(header.samples)} samples ({listed(header.samples)})", remedy)
    return 0 if sample is None else header.samples.index(sample)


def _records(path: Path, header: _Header, wanted: Sequence[Region] | None) -> Iterator[tuple[str, list[str]]]:
    """Split records in order, each with words that say where it stands."""
    index = _index_of(path)
    if wanted is not None and index is not None:
        yield from _indexed_records(path, index, header, wanted)
        return
    met: dict[str, int] = {}
    for number, line in enumerate(_text_lines(path), start=1):
        if number <= header.lines or not line:
            continue
        fields = line.split("\t")
        place = f"line {number}"
        contig, position = _position(path, place, fields)
        if contig in met and (next(reversed(met)) != contig or position < met[contig]):
            raise BadInput(path, f"is not sorted: {place} ({contig}:{position}) comes late", "run bcftools sort on it")
        met[contig] = position
        if wanted is None or any(r.contig == contig and r.start < position <= r.end for r in wanted):
            yield place, fields
    if wanted is not None:
        _check_style(path, wanted, met or header.contigs)


def _index_of(path: Path) -> Path | None:
    for index in (Path(f"{path}.tbi"), Path(f"{path}.csi")):
        if index.exists():
            if index.stat().st_mtime >= path.stat().st_mtime:
                return index
            # it may be of an earlier file of this name, and would then hide variants
            text = f"{path}: its index is older than the file and is not used; run tabix -f on it"
            warnings.warn(text, DataWarning, stacklevel=2)
    return None


def _indexed_records(
    path: Path, index: Path, header: _Header, wanted: Sequence[Region]
) -> Iterator[tuple[str, list[str]]]:
    try:
        with pysam.TabixFile(str(path), index=str(index)) as file:
            _check_style(path, wanted, file.contigs or header.contigs)
            for region in wanted:
                if region.contig not in file.contigs:
                    continue
                for line in file.fetch(*region):
                    fields = line.split("\t")
                    contig, position = _position(path, "a record", fields)
                    if region.start < position <= region.end:
                        yield f"record {contig}:{position}", fields
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise BadInput(path, f"cannot be read by its index {index.name} ({error})", "run tabix -f on it") from error


def _check_style(path: Path, wanted: Iterable[Region], contigs: Iterable[str]) -> None:
    """Another naming style looks like a file without variants, and must not pass for one."""
    known = set(contigs)
    for contig in {region.contig for region in wanted} - known:
        if twin := other_style(contig, known):
            raise BadInput(
                path,
                f"calls contig {contig!r} {twin!r}: its naming differs from the reference's",
                "rename with bcftools annotate --rename-chrs",
            )


def _position(path: Path, place: str, fields: Sequence[str]) -> tuple[str, int]:
    if len(fields) < 8 or not fields[1].isdigit():
        raise BadInput(path, f"{place} is not a VCF record", "columns are separated by tabs; POS is a number")
    return fields[0], int(fields[1])


def _rows(
    path: Path,
    records: Iterable[tuple[str, list[str]]],
    header: _Header,
    column: int,
    reference: Letters | None,
) -> list[dict[str, Any]]:
    rows, skipped = list[dict[str, Any]](), 0
    for place, fields in records:
        if len(fields) <= column:
            raise BadInput(path, f"{place} has {len(fields)} columns, the header {9 + len(header.samples)}", "mend it")
        if fields[4] == ".":
            continue
        odd = sum(not allele.isalpha() for allele in fields[4].split(","))
        skipped += odd
        if odd <= fields[4].count(","):
            rows.append(_row(path, place, fields, column))
            if reference is not None:
                _check_ref(path, place, rows[-1], reference)
    if skipped:
        what = "allele that is" if skipped == 1 else "alleles that are"
        warnings.warn(f"{path}: {skipped} {what} symbolic, a breakend or '*' left out", DataWarning, stacklevel=3)
    return rows


def _row(path: Path, place: str, fields: Sequence[str], column: int) -> dict[str, Any]:
    given = dict(zip(fields[8].split(":"), fields[column].split(":"), strict=False))
    if "GT" not in given:
        raise BadInput(path, f"{place} has no GT: the sample's genotype is not said", "a truth needs genotypes")
    alleles = given["GT"].replace("|", "/").split("/")
    alternates = fields[4].count(",") + 1
    if not fields[3].isalpha() or not all(a == "." or (a.isdigit() and int(a) <= alternates) for a in alleles):
        raise BadInput(
            path, f"{place}: REF {fields[3]!r}, ALT {fields[4]!r}, GT {given['GT']!r} do not agree", "mend it"
        )
    try:
        return {
            "contig": fields[0],
            "position": int(fields[1]),
            "ref": fields[3].upper(),
            "alts": fields[4].upper(),
            "qual": math.nan if fields[5] == "." else float(fields[5]),
            "filter": fields[6],
            "gt": given["GT"],
            "gq": _whole(given.get("GQ", ".")),
            "dp": _whole(given.get("DP", ".")),
            "ad": given.get("AD", "."),
            "vaf": given.get("VAF", "."),
            "pl": given.get("PL", "."),
        }
    except ValueError as error:
        raise BadInput(path, f"{place} is not a VCF record ({error})", "mend it") from error


def _whole(text: str) -> int:
    return -1 if text in (".", "") else round(float(text))


def _check_ref(path: Path, place: str, row: Mapping[str, Any], reference: Letters) -> None:
    start = row["position"] - 1
    there = reference.fetch(row["contig"], start, start + len(row["ref"])).upper()
    # an N on either side tells nothing
    if len(there) != len(row["ref"]) or any(
        a != b and a in "ACGT" and b in "ACGT" for a, b in zip(row["ref"], there, strict=True)
    ):
        where = f"{place} ({row['contig']}:{row['position']})"
        raise BadInput(path, f"{where} has REF {row['ref']}, the reference {there}", "is it of another assembly?")


def _text_lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            if magic == BGZF_MAGIC:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - len(BGZF_END)))
                if file.read() != BGZF_END:
                    raise BadInput(path, "is truncated (its last block is missing)", "copy or make it again")
        opener = gzip.open if magic[:2] == b"\x1f\x8b" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield line.rstrip("\r\n")
    except FileNotFoundError:
        raise Missing(path, "there is no such file", "check the path") from None
    except UnicodeDecodeError:
        raise BadInput(path, "is not a VCF (it is not text)", "check the file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(path, f"is truncated or corrupt ({error})", "copy or make it again") from error
    except OSError as error:
        raise BadInput(path, f"cannot be read ({error.strerror})", "check the file") from error
