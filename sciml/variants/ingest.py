"""Which reads, references and truths are there to work on? Check them, and list them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pysam
import xarray as xr
from dask.delayed import delayed

from sciml.core.contract import Case, Index, Unit
from sciml.core.digests import file_record
from sciml.core.errors import raise_all
from sciml.core.inputs import all_sound, repeated, rows_of
from sciml.core.sheets import read_sheet
from sciml.variants.reads import open_reads
from sciml.variants.reference import open_reference
from sciml.variants.regions import Region, blocks, read_bed, wanted_regions
from sciml.variants.settings import InputSample, Settings
from sciml.variants.vcf import read_vcf

DEPTH_BIN_BP = 1_000


def ingest(settings: Settings, source: Path | None, out: Path) -> Index:
    """List every sample once all of them are whole; what is wrong with any is told of all at once."""
    units = all_sound(rows_of(settings.ingest, source, _sheet), _unit)
    raise_all(repeated("sample", [unit.id for unit in units]))
    return Index("variants", tuple(units))


def cases(settings: Settings, index: Index) -> list[Case]:
    """Blocks of an absolute grid over every sample's regions.

    The group is a block of a reference's chromosome, whoever was sequenced: the same stretch of sequence in two
    people is not seen by two splits.
    """
    return [
        Case(
            id=_file_name(f"{unit.id}.{piece.contig}_{piece.start + 1}-{piece.end}"),
            unit=unit,
            group=f"{Path(unit.files['reference'].path).name}:{piece.contig}:{piece.start // settings.ingest.case_bp}",
            has_truth="truth" in unit.files,
            place={"contig": piece.contig, "start": piece.start, "end": piece.end},
        )
        for unit in index.units
        for contig, start, end in unit.facts["regions"]
        for piece in blocks(Region(contig, start, end), settings.ingest.case_bp)
    ]


def read(unit: Unit) -> xr.Dataset:
    """Depth of coverage over a sample's regions, lazily: variable depth (bin), reads over a base."""
    parts, starts, contigs = [], list[int](), list[str]()
    lazy_array: Any = dask.array  # has no types of its own
    for contig, start, end in unit.facts["regions"]:
        for piece in blocks(Region(contig, start, end), 1_000 * DEPTH_BIN_BP):
            edges = list(range(piece.start, piece.end, DEPTH_BIN_BP))
            lazy = delayed(_depth)(unit, piece)
            parts.append(lazy_array.from_delayed(lazy, shape=(len(edges),), dtype=np.float32))
            starts += edges
            contigs += [contig] * len(edges)
    depth = xr.DataArray(lazy_array.concatenate(parts), dims="bin", attrs={"units": "reads"})
    coordinates = {"contig": ("bin", contigs), "start": ("bin", starts, {"units": "bases, 0-based"})}
    return xr.Dataset({"depth": depth}, coordinates, attrs={"sample": unit.sample})


def _sheet(path: Path) -> list[InputSample]:
    return read_sheet(path, InputSample, paths=("reads", "reference", "truth", "confident"), lists=("regions",))


def _file_name(name: str) -> str:
    """A sample's or contig's name may hold anything (`HLA-A*01:01`, a slash): what is no letter becomes `_`."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")


def _unit(row: InputSample, simulated: bool, _: Sequence[Unit]) -> Unit:
    files = {"reads": row.reads, "reference": row.reference, "truth": row.truth, "confident": row.confident}
    with open_reference(Path(row.reference)) as reference, open_reads(Path(row.reads), reference, row.sample) as source:
        regions = wanted_regions(row.regions, reference.contigs, source.covered())
        sample, contigs = source.sample, reference.contigs
    if row.truth is not None and row.confident is not None:
        _check_truth(Path(row.truth), Path(row.confident), contigs, regions)
    return Unit(
        id=_file_name(row.name or sample),
        sample=sample,
        role=row.role,
        simulated=simulated,
        licence=row.licence,
        files={name: file_record(Path(path)) for name, path in files.items() if path is not None},
        facts={"regions": [list(region) for region in regions]},
    )


def _check_truth(truth: Path, confident: Path, contigs: dict[str, int], regions: Sequence[Region]) -> None:
    read_bed(confident, contigs)
    read_vcf(truth, regions=regions)


def _depth(unit: Unit, piece: Region) -> np.ndarray:
    with pysam.AlignmentFile(unit.files["reads"].path, reference_filename=unit.files["reference"].path) as file:
        counted = np.sum(file.count_coverage(*piece, quality_threshold=0), axis=0)
    edges = np.arange(0, piece.end - piece.start, DEPTH_BIN_BP)
    sizes = np.diff([*edges, piece.end - piece.start])
    return np.asarray(np.add.reduceat(counted, edges) / sizes, np.float32)
