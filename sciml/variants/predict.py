"""From aligned reads to a VCF: the caller on one case, and the public verb `call`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from sciml.core.contract import Case
from sciml.core.parallel import map_ordered
from sciml.core.weights import find_model
from sciml.variants.calls import as_frame
from sciml.variants.reads import ReadSource, open_reads
from sciml.variants.reference import Reference, open_reference
from sciml.variants.regions import Region, blocks, wanted_regions
from sciml.variants.settings import CallerPredictSettings, Settings
from sciml.variants.vcf import read_vcf, to_dataset, to_frame, write_vcf

if TYPE_CHECKING:  # baselines write through this room too, and should not pay for torch
    from sciml.variants.caller import Caller

SHIPPED = "variants-wgs"
SUFFIX = ".vcf.gz"
STRETCH_BP = 50_000


def load(folder: Path) -> Caller:
    """The caller in a model folder."""
    from sciml.variants.caller import load_caller

    return load_caller(folder)


def predict(settings: Settings, model: Caller, case: Case) -> xr.Dataset:
    """Calls of one case, dimension (call), with the columns of `sciml.variants.vcf`."""
    region = Region(case.place["contig"], case.place["start"], case.place["end"])
    reads, reference = (Path(case.unit.files[name].path) for name in ("reads", "reference"))
    return to_dataset(call_regions(model, reads, reference, [region], case.unit.sample, settings.predict, threads=1))


def export(answer: xr.Dataset, out: Path) -> None:
    """Write calls as bgzipped, indexed VCF."""
    write_vcf(to_frame(answer), out)


def collect(answers: Sequence[tuple[Case, Path]], out: Path) -> None:
    """One VCF a person: the calls of all of their cases, in the order of the genome."""
    persons: dict[str, list[pd.DataFrame]] = {}
    for case, path in answers:
        persons.setdefault(case.unit.id, []).append(read_vcf(path))
    for name, tables in persons.items():
        whole = pd.concat(tables, ignore_index=True)
        whole.attrs = tables[0].attrs
        write_vcf(whole, out / f"{name}{SUFFIX}")


def call(
    reads: str | Path,
    reference: str | Path,
    regions: Sequence[str | Path] = (),
    sample: str | None = None,
    model: str | Path = SHIPPED,
    threads: int = 1,
    min_qual: float = CallerPredictSettings().min_qual,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Small variants of one person, from sorted and indexed reads.

    Parameters
    ----------
    reads
        BAM or CRAM.
    reference
        The FASTA that the reads were aligned to, plain or bgzipped.
    regions
        `contig`, `contig:start-end` (1-based, both ends included) or BED files; none: every contig with reads.
    sample
        Which sample, if the file holds several; without read groups the file's name stands in.
    model
        Name of shipped weights, or a folder that training wrote.
    threads
        Stretches of 50 kb worked on at the same time; the calls do not depend on it.
    min_qual
        Calls below this quality (phred) get the filter LowQual.
    progress
        Called with (bases done, bases in all).

    Returns
    -------
    One row a record, sorted, with the columns of `sciml.variants.vcf`; `attrs` holds sample and contigs.

    Raises
    ------
    BadInput
        Reads, reference, regions or model are not what they should be; the message names file and remedy.
    Missing
        No shipped weights of this name.
    """
    settings = CallerPredictSettings(min_qual=min_qual)
    caller = load(find_model(model))
    with _opened(caller, Path(reads), Path(reference), sample) as (source, fasta):
        wanted = wanted_regions([str(region) for region in regions], fasta.contigs, source.covered())
    return call_regions(caller, Path(reads), Path(reference), wanted, sample, settings, threads, progress)


def call_regions(
    caller: Caller,
    reads: Path,
    reference: Path,
    regions: Sequence[Region],
    sample: str | None,
    settings: CallerPredictSettings,
    threads: int,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Calls of sorted regions that do not overlap, by stretches of an absolute grid."""
    from sciml.variants.caller import call_stretch, one_thread_a_pass

    one_thread_a_pass()
    stretches = [piece for region in regions for piece in blocks(region, STRETCH_BP)]
    total, done = sum(piece.end - piece.start for piece in stretches), 0

    def one(stretch: Region) -> list[dict[str, Any]]:
        # handles of its own: neither an alignment file nor a FASTA may be read from two threads
        with _opened(caller, reads, reference, sample) as (source, fasta):
            return call_stretch(caller, source, fasta, stretch, settings)

    rows: list[dict[str, Any]] = []
    for stretch, found in zip(stretches, map_ordered(one, stretches, threads), strict=True):
        rows += found
        done += stretch.end - stretch.start
        if progress is not None:
            progress(done, total)
    with _opened(caller, reads, reference, sample) as (source, fasta):
        return as_frame(rows, source.sample, fasta.contigs)


@contextmanager
def _opened(caller: Caller, reads: Path, reference: Path, sample: str | None) -> Iterator[tuple[ReadSource, Reference]]:
    with open_reference(reference) as fasta, open_reads(reads, fasta, sample, caller.prepare.reads) as source:
        yield source, fasta
