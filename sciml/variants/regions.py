"""Where on the genome: intervals from text and from BED files, and their blocks on a fixed grid."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sciml.core.errors import BadInput, Missing


class Region(NamedTuple):
    """An interval of a contig, 0-based and half-open as in BED; its text is 1-based and closed as in samtools."""

    contig: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.contig}:{self.start + 1}-{self.end}"

    @property
    def length(self) -> int:
        return self.end - self.start


def parse_region(text: str, contigs: Mapping[str, int]) -> Region:
    """Read `chr20` (all of it) or `chr20:10,000,000-10,049,000` (1-based, closed) as samtools does."""
    text = text.strip()
    if text in contigs:  # names with colons and hyphens, such as HLA-A*01:01:01:01
        return Region(text, 0, contigs[text])
    contig, colon, bounds = text.rpartition(":")
    if not colon:
        raise BadInput(text or "region", *_unknown_contig(text, contigs))
    match = re.fullmatch(r"(\d[\d,]*)-(\d[\d,]*)", bounds)
    if match is None:
        if text.count(":") == 1 and contig not in contigs:
            raise BadInput(text, *_unknown_contig(contig, contigs))
        raise BadInput(text, "is not a region", "write contig or contig:start-end, for instance chr20:1,000-2,000")
    first, last = (int(number.replace(",", "")) for number in match.groups())
    if contig not in contigs:
        raise BadInput(text, *_unknown_contig(contig, contigs))
    if first < 1 or last < first:
        raise BadInput(text, "the start must be at least 1 and not beyond the end", "positions count from 1")
    if last > contigs[contig]:
        raise BadInput(text, f"{contig} ends at {contigs[contig]:,}", "choose a region inside the contig")
    return Region(contig, first - 1, last)


def read_bed(path: Path, contigs: Mapping[str, int] | None = None) -> list[Region]:
    """Intervals of a BED file (plain or gzipped) in its order; an empty interval is left out."""
    return [region for region in _bed_lines(Path(path), contigs) if region.length > 0]


def wanted_regions(texts: Sequence[str], contigs: Mapping[str, int], covered: Sequence[Region]) -> list[Region]:
    """Regions and BED files that a user named, joined, in the order of the contigs; `covered` where none was named."""
    named = [region for text in texts for region in _named(text, contigs)]
    order = {contig: number for number, contig in enumerate(contigs)}
    return sorted(merge(named if texts else covered), key=lambda region: (order[region.contig], region.start))


def merge(regions: Iterable[Region]) -> list[Region]:
    """Sorted by contig name and start, overlapping and touching intervals joined."""
    merged: list[Region] = []
    for region in sorted(regions):
        if merged and merged[-1].contig == region.contig and region.start <= merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, region.end))
        else:
            merged.append(region)
    return merged


def blocks(region: Region, size: int) -> Iterator[Region]:
    """Cut a region where the multiples of `size` lie on its contig, so that two regions cut at the same places."""
    first = region.start - region.start % size
    for start in range(first, region.end if region.length > 0 else first, size):
        yield Region(region.contig, max(start, region.start), min(start + size, region.end))


def _named(text: str, contigs: Mapping[str, int]) -> list[Region]:
    if text not in contigs and (text.endswith((".bed", ".bed.gz")) or Path(text).is_file()):
        return read_bed(Path(text), contigs)
    return [parse_region(text, contigs)]


def _unknown_contig(contig: str, contigs: Mapping[str, int]) -> tuple[str, str]:
    twin = other_style(contig, contigs)
    hint = f"here it is called {twin!r}" if twin else f"contigs are {listed(contigs)}"
    return f"there is no contig {contig!r}", hint


def other_style(contig: str, contigs: Iterable[str]) -> str | None:
    """The same contig under the other naming style: `20` for `chr20`, `MT` for `chrM`."""
    bare = contig.removeprefix("chr")
    mitochondrion = {"M": "MT", "MT": "M"}.get(bare, bare)
    twins = {bare, f"chr{bare}", mitochondrion, f"chr{mitochondrion}"} - {contig}
    return next((name for name in contigs if name in twins), None)


def listed(names: Iterable[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more


def _bed_lines(path: Path, contigs: Mapping[str, int] | None) -> Iterator[Region]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        place = f"{path}:{number}"
        fields = line.split("\t") if "\t" in line else line.split()
        if len(fields) < 3:
            raise BadInput(place, f"{len(fields)} column(s) where BED has at least 3", "contig, start and end, by tabs")
        contig = fields[0]
        if not (re.fullmatch(r"-?\d+", fields[1].strip()) and re.fullmatch(r"-?\d+", fields[2].strip())):
            raise BadInput(place, f"start {fields[1]!r} and end {fields[2]!r} are not whole numbers", "mend the line")
        start, end = int(fields[1]), int(fields[2])
        if start < 0 or end < start:
            raise BadInput(place, f"the interval {start}-{end} is not one", "BED counts from 0 and end >= start")
        if contigs is not None and contig not in contigs:
            raise BadInput(place, *_unknown_contig(contig, contigs))
        if contigs is not None and end > contigs[contig]:
            raise BadInput(place, f"{contig} ends at {contigs[contig]:,}, before {end:,}", "is it another assembly?")
        yield Region(contig, start, end)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise Missing(path, "there is no such file", "check the path") from None
    except (OSError, EOFError) as error:
        raise BadInput(path, f"cannot be read ({error})", "check the file") from error
    except UnicodeDecodeError:
        raise BadInput(path, "is not a text file", "give a BED file") from None
