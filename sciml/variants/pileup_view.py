"""Calls as the pileup viewer takes them: a header and flat arrays, at most a few kilobytes a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sciml.core.report.panels import Table, Viewer
from sciml.variants.call_views import HALF_WIDTH_BP, CallView
from sciml.variants.pileup import CHANNELS
from sciml.variants.pileup_picture import pileup_picture

LETTERS = "ACGTN"
AGREES, DELETED = 0, 6
REVERSE, ALTERNATE = 1, 2
HOW_TO_READ = (
    "Top: depth, with other letters than the reference in colour. Then the reference, and one row a read, those that "
    "show the alternate first (bar on the left; the triangle is the strand). Letters are bases that differ, lines are "
    "deleted bases, violet bars are insertions; pale bases have a low quality, a dashed outline a low mapping quality."
)
LOOKS_WRONG = (
    "An alternate on one strand only, only at the ends of reads, only in reads of low mapping quality, or three "
    "different haplotypes over one site: all signs of an artefact."
)
NO_IMAGE = "The caller drew no image here: this allele did not reach the thresholds of a candidate."


def pileup_viewer(
    views: Sequence[CallView],
    kinds: Sequence[tuple[str, str]],
    caption: str,
    sentence: str,
    table: Table | None = None,
    left_out: str = "",
) -> Viewer:
    """The viewer `pileup` of these calls; `kinds` are (kind, label) of its tabs, the first is open at the start.

    A base is coded 0 where it agrees with the reference, 1 to 5 as A, C, G, T, N, and 6 where it is deleted.
    """
    images = [view.image for view in views if view.image is not None]
    shape = images[0].shape if images else (len(CHANNELS), 1, 1)
    filled = [kind for kind, _ in kinds if any(view.place.kind == kind for view in views)]
    codes = [_codes(read, view) for view in views for read in view.reads]
    lengths = [len(code) for code in codes]
    arrays: dict[str, np.ndarray] = {
        "code": np.frombuffer(b"".join(codes), np.uint8),
        "quality": np.frombuffer(b"".join(_qualities(read) for view in views for read in view.reads), np.uint8),
        "read_offset": np.cumsum([0, *lengths]).astype(np.uint32),
        "read_start": np.array([read["start"] - view.start for view in views for read in view.reads], np.int16),
        "read_mapping": np.array([read["mapping_quality"] for view in views for read in view.reads], np.uint8),
        "read_flags": np.array([flag for view in views for flag in _flags(view)], np.uint8),
        "image": np.stack(images) if images else np.zeros((0, *shape), np.uint8),
    }
    header = {
        "columns": 2 * HALF_WIDTH_BP + 1,
        "channels": [name.replace("_", " ") for name in CHANNELS],
        "image_rows": shape[1],
        "image_columns": shape[2],
        "caption": caption,
        "asked": any(view.said for view in views),
        "kinds": [{"kind": kind, "label": label} for kind, label in kinds if kind in filled or not filled],
        "sites": list(_sites(views)),
    }
    static = tuple(
        pileup_picture(next(view for view in views if view.place.kind == kind), label)
        for kind, label in kinds
        if kind in filled
    )
    return Viewer("pileup", sentence, header, arrays, static[:3], table, left_out)


def _sites(views: Sequence[CallView]) -> Iterator[dict[str, Any]]:
    first, image = 0, 0
    for view in views:
        place = view.place
        deleted = max(0, len(place.ref) - len(place.alt))
        last = first + len(view.reads)
        yield {
            "kind": place.kind,
            "contig": place.contig,
            "position": place.position,
            "ref": place.ref,
            "alts": place.alt,
            "type": place.type,
            "short": place.short,
            "about": place.about,
            "qual": place.qual,
            "gq": -1 if place.gq is None else place.gq,
            "start": view.start,
            "reference": view.reference,
            "column": place.position - 1 - view.start + (1 if deleted else 0),
            "span": max(1, deleted),
            "depth": view.depth,
            "reads": [first, last],
            "insertions": [
                [first + number, one["position"] - view.start, one["letters"]]
                for number, read in enumerate(view.reads)
                for one in read["insertions"]
            ],
            "said": [list(row) for row in view.said],
            "probabilities": [[genotype, round(value, 4)] for genotype, value in view.probabilities],
            "image": image if view.image is not None else -1,
            "no_image": NO_IMAGE,
        }
        first, image = last, image + (view.image is not None)


def _codes(read: Mapping[str, Any], view: CallView) -> bytes:
    offset = read["start"] - view.start
    reference = view.reference[offset : offset + len(read["letters"])]
    return bytes(_code(letter, expected) for letter, expected in zip(read["letters"], reference, strict=True))


def _code(letter: str, reference: str) -> int:
    if letter in "- ":
        return DELETED
    return AGREES if letter == reference else LETTERS.find(letter) + 1 or len(LETTERS)


def _qualities(read: Mapping[str, Any]) -> bytes:
    return bytes(min(93, ord(mark) - 33) for mark in read["qualities"])


def _flags(view: CallView) -> list[int]:
    return [REVERSE * read["reverse"] + ALTERNATE * shows for read, shows in zip(view.reads, view.shows, strict=True)]
