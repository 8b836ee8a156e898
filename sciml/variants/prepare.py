"""From reads with a known truth to labelled pileup images, the samples that the network learns from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from sciml.core.contract import Case
from sciml.core.layout import Array, Layout
from sciml.variants.examples import Pileups, pileups
from sciml.variants.label import labels, truth_of
from sciml.variants.pileup import CHANNELS
from sciml.variants.reads import open_reads
from sciml.variants.reference import open_reference
from sciml.variants.regions import Region, read_bed
from sciml.variants.settings import PrepareSettings, Settings
from sciml.variants.vcf import read_vcf

LAYOUT = Layout(
    arrays={
        "image": Array(
            ("sample", "channel", "row", "column"), "uint8", "1", f"pileup, channels {', '.join(CHANNELS)}, 0 to 254"
        ),
        "label": Array(("sample",), "int8", "1", "copies of the image's alternates that the person carries"),
        "group": Array(("sample",), "str", "", "block of a chromosome, never in two splits"),
        "name": Array(("sample",), "str", "", "person contig:position ref>alternates that the image asks about"),
    }
)


def prepare_part(settings: Settings, cases: Sequence[Case]) -> xr.Dataset:
    """All labelled images of these cases, dimensions (sample, channel, row, column)."""
    images, labelled, groups, names = [], list[int](), list[str](), list[str]()
    for case in cases:
        for tile, truths in _labelled_tiles(settings.prepare, case):
            known = [image for image, label in enumerate(truths) if label is not None]
            images.append(tile.images[known])
            labelled += [label for label in truths if label is not None]
            groups += [case.group] * len(known)
            names += [_name(case, tile, image) for image in known]
    size = settings.prepare.pileup
    stack = np.concatenate([np.zeros((0, len(CHANNELS), size.rows, size.columns), np.uint8), *images])
    return xr.Dataset(
        {
            "image": (("sample", "channel", "row", "column"), stack),
            "label": ("sample", np.array(labelled, np.int8)),
            "group": ("sample", np.array(groups, dtype=np.str_)),
            "name": ("sample", np.array(names, dtype=np.str_)),
        }
    )


def _labelled_tiles(settings: PrepareSettings, case: Case) -> Iterator[tuple[Pileups, list[int | None]]]:
    files, place = {name: Path(file.path) for name, file in case.unit.files.items()}, case.place
    region = Region(place["contig"], place["start"], place["end"])
    # a margin, so that truth just outside is not taken for absent
    around = Region(region.contig, max(0, region.start - 1_000), region.end + 1_000)
    with (
        open_reference(files["reference"]) as reference,
        open_reads(files["reads"], reference, case.unit.sample, settings.reads) as source,
    ):
        confident = [r for r in read_bed(files["confident"], reference.contigs) if r.contig == region.contig]
        truth = truth_of(read_vcf(files["truth"], regions=[around]), confident)
        tiles = list(pileups(source, reference, region, settings))
    sites = [site for tile in tiles for site in tile.candidates]
    offsets = np.cumsum([0, *(len(tile.candidates) for tile in tiles)])
    asked = [
        (int(offset + site), alternates)
        for tile, offset in zip(tiles, offsets[:-1], strict=True)
        for site, alternates in zip(tile.sites, tile.sets, strict=True)
    ]
    answers = iter(labels(sites, asked, truth))
    for tile in tiles:
        yield tile, [next(answers) for _ in tile.sets]


def _name(case: Case, tile: Pileups, image: int) -> str:
    site = tile.candidates[tile.sites[image]]
    alternates = ",".join(site.alts[alternate] for alternate in tile.sets[image])
    return f"{case.unit.sample} {site.contig}:{site.position + 1} {site.ref}>{alternates}"
