"""What can be wrong with a file of aligned reads, and how it is said."""

from __future__ import annotations

import gzip
import hashlib
import warnings
from pathlib import Path
from typing import Any

import pysam

from sciml.core.errors import BadInput, DataWarning, Missing
from sciml.variants.fasta_index import quiet
from sciml.variants.reference import Reference
from sciml.variants.regions import Region, listed, other_style

# the empty block or container that htslib writes last (SAM and CRAM specifications; CRAM 3.x and 2.1)
_ENDS = {
    "BAM": (bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000"),),
    "CRAM": (
        bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"),
        bytes.fromhex("0b000000ffffffff0fe0454f460000000001000001000606010001000100"),
    ),
}


def opened(path: Path, reference: Reference, threads: int) -> Any:
    """Open a BAM or CRAM that is whole, sorted and indexed; anything else raises."""
    kind = _kind(path)
    _check_end(path, kind)
    try:
        with quiet():
            file = pysam.AlignmentFile(
                str(path), reference_filename=str(reference.usable_path), threads=threads, check_sq=False,
                format_options=[b"decode_md=0"] if kind == "CRAM" else None,
            )  # fmt: skip
            has_index = file.has_index()
    except (OSError, ValueError) as error:
        raise BadInput(path, f"cannot be opened as {kind} ({error})", "is it truncated? copy it again") from error
    if not file.references:
        file.close()
        raise BadInput(path, "names no contigs in its header: the reads are not aligned", "align them, sort and index")
    if not has_index:
        file.close()
        raise BadInput(path, "has no index", f"run samtools index {path}")
    _warn_of_old_index(path)
    return file


def chosen_sample(file: Any, path: Path, sample: str | None) -> tuple[str, frozenset[str] | None]:
    """The sample's name, and the read groups to keep (None: all reads are this sample's)."""
    groups: dict[str, set[str]] = {}
    for group in file.header.to_dict().get("RG", []):
        groups.setdefault(group.get("SM", path.stem), set()).add(group.get("ID", ""))
    if not groups:
        return sample or path.stem, None
    if sample is None and len(groups) > 1:
        raise BadInput(path, f"holds {len(groups)} samples: {listed(sorted(groups), 20)}", "name one with --sample")
    name = sample or next(iter(groups))
    if name not in groups:
        raise BadInput(path, f"has no reads of sample {name!r}", f"its read groups name {listed(sorted(groups), 20)}")
    return name, frozenset(groups[name]) if len(groups) > 1 else None


def shared_contigs(file: Any, path: Path, reference: Reference) -> dict[str, int]:
    """Contigs that reads and FASTA both have with the same length, in the order of the reads; none at all raises."""
    own = dict(zip(file.references, file.lengths, strict=True))
    shared = {name: length for name, length in own.items() if reference.contigs.get(name) == length}
    if not shared:
        name = next((name for name in own if name in reference.contigs or other_style(name, reference.contigs)), None)
        if name is not None:
            check_contig(file, path, reference, name)
        names = f"the reads have {listed(own)}, the FASTA {listed(reference.contigs)}"
        remedy = "give the FASTA that the reads were aligned to"
        raise BadInput(path, f"shares no contig with {reference.path}: {names}", remedy)
    return shared


def check_contig(file: Any, path: Path, reference: Reference, contig: str) -> None:
    """Raise unless reads and FASTA agree about this contig."""
    remedy = "give the FASTA that the reads were aligned to"
    length = reference.contigs.get(contig)
    own = file.get_reference_length(contig) if contig in file.references else None
    if own is None:
        twin = other_style(contig, file.references)
        problem = f"has no contig {contig!r}" + (f"; the reads call it {twin!r}" if twin else "")
        raise BadInput(path, problem, "" if not twin else f"{reference.path} calls it {contig!r}: {remedy}")
    if length is None:
        twin = other_style(contig, reference.contigs)
        names = f"the FASTA calls it {twin!r}" if twin else f"the FASTA has {listed(reference.contigs)}"
        raise BadInput(path, f"the reads lie on {contig!r}, which {reference.path} does not have ({names})", remedy)
    if own != length:
        raise BadInput(
            path, f"{contig} has {own:,} bases in the reads' header and {length:,} in {reference.path}", remedy
        )


def damage(file: Any, path: Path, reference: Reference, region: Region, error: Exception) -> BadInput:
    """Why reading stopped half way: another reference (CRAM), or a damaged file."""
    if file.is_cram and _other_sequence(file, reference, region.contig):
        return BadInput(
            path, f"was written with another {region.contig} than {reference.path} has",
            "give the FASTA that the CRAM was made with",
        )  # fmt: skip
    return BadInput(path, f"is truncated or damaged: reading {region} failed ({error})", "copy it again, then index it")


def _other_sequence(file: Any, reference: Reference, contig: str) -> bool:
    for line in file.header.to_dict().get("SQ", []):
        if line.get("SN") == contig and "M5" in line:
            digest = hashlib.md5(usedforsecurity=False)
            for start in range(0, reference.contigs[contig], 1 << 22):
                end = min(start + (1 << 22), reference.contigs[contig])
                digest.update(reference.fetch(contig, start, end).encode())
            return digest.hexdigest() != str(line["M5"]).lower()
    return False


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        with gzip.open(path) if head[:2] == b"\x1f\x8b" else path.open("rb") as content:
            inner = content.read(4)
    except FileNotFoundError:
        raise Missing(path, "there is no such file", "check the path of the reads") from None
    except (OSError, EOFError) as error:
        raise BadInput(path, f"cannot be read ({error})", "give a BAM or CRAM") from error
    if inner == b"BAM\1":
        return "BAM"
    if head == b"CRAM":
        return "CRAM"
    if not head:
        raise BadInput(path, "is empty", "give a BAM or CRAM")
    if head[:3] in (b"@HD", b"@SQ"):
        raise BadInput(path, "is a SAM text file", f"run samtools sort -o {path.stem}.bam {path}, then samtools index")
    raise BadInput(path, "is neither BAM nor CRAM", "give a sorted, indexed BAM or CRAM")


def _check_end(path: Path, kind: str) -> None:
    with path.open("rb") as file:
        major = file.read(5)[4]
        file.seek(max(0, path.stat().st_size - 64))
        whole = file.read().endswith(_ENDS[kind])
    if not whole and (kind == "BAM" or major in (2, 3)):
        raise BadInput(path, f"is truncated: the closing block of a {kind} is missing", "copy it again, then index it")


def _warn_of_old_index(path: Path) -> None:
    for index in (
        *(path.with_name(path.name + suffix) for suffix in (".bai", ".csi", ".crai")),
        *(path.with_suffix(suffix) for suffix in (".bai", ".csi", ".crai")),
    ):
        if index.exists():
            if index.stat().st_mtime < path.stat().st_mtime - 1:
                warnings.warn(
                    f"{index} is older than {path.name}; run samtools index {path}", DataWarning, stacklevel=4
                )
            return
