"""How are calls and truths read from VCF, and written so that the same calls are the same bytes?"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import xarray as xr

from sciml.core.errors import BadInput, ScimlError, SettingsError
from sciml.core.whole import whole_file
from sciml.variants.vcf_read import COLUMNS, read_vcf

__all__ = ["COLUMNS", "read_vcf", "to_dataset", "to_frame", "write_vcf"]

FILTERS = {
    "PASS": "All filters passed",
    "RefCall": "The genotype is homozygous reference",
    "LowQual": "QUAL is below the caller's threshold",
}
FORMATS = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Phred probability that the genotype is wrong">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads over the site">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads that support each allele">',
    '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Share of the reads that support each alternate">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred likelihood of each genotype, the best is 0">',
)
TBI_LIMIT_BP = 2**29
BGZF_BLOCK = 0xFF00
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def write_vcf(calls: pd.DataFrame, out: Path) -> None:
    """Write calls as VCF 4.2: `.vcf`, or `.vcf.gz` bgzipped with its index.

    The records are sorted by the order of `attrs["contigs"]`, then by position. An existing file is replaced only
    when the new one is whole; the index takes its place first, so a file that is there has its index.
    """
    out = Path(out)
    if out.is_dir():
        raise ScimlError(out, "is a folder", "name a file that ends in .vcf.gz or .vcf")
    if out.suffix == ".vcf":
        with whole_file(out) as temporary:
            temporary.write_bytes(_text(calls))
        return
    if not out.name.endswith(".vcf.gz"):
        raise SettingsError(out, "is no VCF name", "let it end in .vcf.gz or .vcf")
    # a TBI index cannot hold longer contigs (wheat, axolotl): they get a CSI
    long = max(calls.attrs["contigs"].values(), default=0) > TBI_LIMIT_BP
    with whole_file(out) as temporary, whole_file(Path(f"{out}.{'csi' if long else 'tbi'}")) as index:
        _write_bgzip(temporary, _text(calls))
        try:
            pysam.tabix_index(str(temporary), preset="vcf", index=str(index), csi=long, force=True, keep_original=True)
        except OSError as error:
            raise ScimlError(out, f"its index cannot be written ({error})", "is the disk full?") from error


def to_dataset(calls: pd.DataFrame) -> xr.Dataset:
    """The same calls as a Dataset of dimension (call); attributes are JSON texts."""
    columns = {
        name: ("call", calls[name].to_numpy(np.dtype("U") if kind == "str" else np.dtype(kind)))
        for name, kind in COLUMNS.items()
    }
    return xr.Dataset(columns, attrs={name: json.dumps(calls.attrs[name]) for name in ("sample", "contigs", "source")})


def to_frame(answer: xr.Dataset) -> pd.DataFrame:
    """The calls of a Dataset that `to_dataset` made."""
    calls = pd.DataFrame({name: answer[name].to_numpy() for name in COLUMNS}).astype(dict(COLUMNS))
    calls.attrs = {name: json.loads(answer.attrs[name]) for name in ("sample", "contigs", "source")}
    return calls


def _text(calls: pd.DataFrame) -> bytes:
    contigs: Mapping[str, int] = calls.attrs["contigs"]
    if strange := sorted(set(calls["contig"]) - set(contigs)):
        raise BadInput(f"contig {strange[0]}", "has calls but is not among the contigs", "complete attrs['contigs']")
    rank = calls["contig"].map({name: number for number, name in enumerate(contigs)})
    ordered = calls.assign(rank=rank).sort_values(["rank", "position", "ref", "alts"], kind="stable")
    lines = [*_header(calls, contigs), *_records(ordered)]
    return ("\n".join(lines) + "\n").encode()


def _header(calls: pd.DataFrame, contigs: Mapping[str, int]) -> Iterator[str]:
    yield "##fileformat=VCFv4.2"
    given = {name for names in calls["filter"].unique() for name in names.split(";")} - {"."}
    described = {**FILTERS, **dict.fromkeys(sorted(given - set(FILTERS)), "As the caller gave it")}
    for name, meaning in described.items():
        yield f'##FILTER=<ID={name},Description="{meaning}">'
    if source := calls.attrs.get("source"):
        yield f"##source={source}"
    for name, length in contigs.items():
        yield f"##contig=<ID={name},length={length}>"
    yield from FORMATS
    yield "\t".join(
        ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", str(calls.attrs["sample"])]
    )


def _records(calls: pd.DataFrame) -> Iterator[str]:
    columns = [calls[name].tolist() for name in COLUMNS]
    for contig, position, ref, alts, qual, filters, gt, gq, dp, ad, vaf, pl in zip(*columns, strict=True):
        written = "." if math.isnan(qual) else f"{qual:.2f}".rstrip("0").rstrip(".")
        numbers = ["." if number < 0 else str(number) for number in (gq, dp)]
        sample = ":".join((gt, *numbers, *(text or "." for text in (ad, vaf, pl))))
        keys = "GT:GQ:DP:AD:VAF:PL"
        yield "\t".join((contig, str(position), ".", ref, alts, written, filters, ".", keys, sample))


def _write_bgzip(path: Path, data: bytes) -> None:
    """Blocked gzip (SAM specification, section 4.1), written here: htslib's writer does not say why it fails."""
    with path.open("wb") as file:
        for start in range(0, len(data), BGZF_BLOCK):
            block = data[start : start + BGZF_BLOCK]
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed = deflate.compress(block) + deflate.flush()
            file.write(b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00")
            file.write(struct.pack("<H", len(packed) + 25) + packed)
            file.write(struct.pack("<II", zlib.crc32(block), len(block)))
        file.write(BGZF_END)
