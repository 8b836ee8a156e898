"""What can be seen of one call: the reads over it, the image that the network saw, and what every caller said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.contract import Index, Unit
from sciml.variants.answers import Answers
from sciml.variants.examples import TILE_BP, pileups
from sciml.variants.normalise import trimmed
from sciml.variants.reads import ReadSource, open_reads
from sciml.variants.reference import Reference, open_reference
from sciml.variants.regions import Region
from sciml.variants.settings import PrepareSettings
from sciml.variants.sites import site_reads

HALF_WIDTH_BP = 50
MAX_READS = 60
# how far from its place in the truth an aligner may have put an insertion or deletion
MAX_SHIFT_BP = 20


@dataclass(frozen=True)
class Place:
    """One allele of one person to look at; `position` counts from 1, as in a VCF."""

    kind: str
    unit: str
    contig: str
    position: int
    ref: str
    alt: str
    type: str
    short: str
    about: str
    qual: float | None = None
    gq: int | None = None
    truth_gt: str = "."
    case: str | None = None


@dataclass(frozen=True)
class CallView:
    """A place with what there is to see of it.

    `reads` are the records of `sciml.variants.sites`, those that show the alternate first, then by start; `shows`
    says which do. `said` has a row for the truth and for each method: who, what, and whether it agrees with the truth.
    """

    place: Place
    start: int
    reference: str
    depth: int
    reads: Sequence[Mapping[str, Any]]
    shows: Sequence[bool]
    said: Sequence[tuple[str, str, str]]
    probabilities: Sequence[tuple[str, float]]
    image: np.ndarray | None


def call_views(
    places: Sequence[Place], index: Index, prepare: PrepareSettings, answers: Answers | None, model: str | None
) -> list[CallView]:
    """Look at every place, in the order given; files are opened once a person, tiles decoded once.

    `prepare` is how the network `model` draws its images, `answers` what the callers wrote.
    """
    units = {unit.id: unit for unit in index.units}
    wanted: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        wanted[place.unit].append(number)
    seen: dict[int, CallView] = {}
    for name, numbers in wanted.items():
        mine = [places[number] for number in numbers]
        for number, view in zip(numbers, _of_one_unit(mine, units[name], prepare, answers, model), strict=True):
            seen[number] = view
    return [seen[number] for number in range(len(places))]


def shows_alternate(read: Mapping[str, Any], place: Place) -> bool:
    """Does a read show the alternate as it is aligned? An insertion or deletion counts wherever it was put nearby."""
    at, grown = place.position - 1, len(place.alt) - len(place.ref)
    if grown == 0:
        first = at - read["start"]
        letters: str = read["letters"]
        return first >= 0 and letters[first : first + len(place.alt)] == place.alt
    if grown > 0:
        return any(
            len(one["letters"]) == grown and abs(one["position"] - at) <= MAX_SHIFT_BP for one in read["insertions"]
        )
    return any(
        length == -grown and abs(read["start"] + first - 1 - at) <= MAX_SHIFT_BP
        for first, length in _gaps(read["letters"])
    )


def kind_of(ref: str, alt: str) -> str:
    """SNP, insertion or deletion."""
    return "SNP" if len(ref) == len(alt) else "insertion" if len(alt) > len(ref) else "deletion"


def _of_one_unit(
    places: Sequence[Place], unit: Unit, prepare: PrepareSettings, answers: Answers | None, model: str | None
) -> Iterator[CallView]:
    files = unit.files
    with (
        open_reference(Path(files["reference"].path)) as reference,
        open_reads(Path(files["reads"].path), reference, unit.sample, prepare.reads) as source,
    ):
        images = _images(places, source, reference, prepare)
        for number, place in enumerate(places):
            seen = site_reads(source, reference, place.contig, place.position - 1, HALF_WIDTH_BP, MAX_READS)
            reads = sorted(seen["reads"], key=lambda read: not shows_alternate(read, place))
            yield CallView(
                place,
                seen["start"],
                seen["reference"],
                seen["depth"],
                reads,
                [shows_alternate(read, place) for read in reads],
                answers.said(place) if answers is not None else (),
                answers.probabilities(place, model) if answers is not None and model is not None else (),
                images.get(number),
            )


def _images(
    places: Sequence[Place], source: ReadSource, reference: Reference, prepare: PrepareSettings
) -> dict[int, np.ndarray]:
    """The image of each place's allele, by number; a place that is no candidate has none."""
    tiles: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        tiles[place.contig, (place.position - 1) // TILE_BP].append(number)
    found: dict[int, np.ndarray] = {}
    for (contig, _), numbers in sorted(tiles.items()):
        at = [places[number].position - 1 for number in numbers]
        for drawn in pileups(source, reference, Region(contig, min(at), max(at) + 1), prepare):
            for image, (site, asked) in enumerate(zip(drawn.sites, drawn.sets, strict=True)):
                candidate = drawn.candidates[site]
                if len(asked) > 1:
                    continue
                allele = trimmed(candidate.position + 1, candidate.ref, candidate.alts[asked[0]])
                for number in numbers:
                    place = places[number]
                    if trimmed(place.position, place.ref, place.alt) == allele:
                        found[number] = drawn.images[image]
    return found


def _gaps(letters: str) -> Iterator[tuple[int, int]]:
    start = None
    for at, letter in enumerate(f"{letters}."):
        if letter == "-" and start is None:
            start = at
        elif letter != "-" and start is not None:
            yield start, at - start
            start = None
