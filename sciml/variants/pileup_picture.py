"""A pileup as a still picture: for paper, for a page without programs, for the front page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sciml.core.report.panels import Figure
from sciml.core.report.shapes import Boxes, Letters, Shape, Strokes, Words, drawing
from sciml.variants.call_views import CallView

CELL, ROW = 8.0, 9.0
COVER, TOP = 30.0, 62.0
GUTTER = 20.0


def pileup_picture(view: CallView, title: str, most_reads: int = 40, columns: int | None = None) -> Figure:
    """Coverage, reference letters, then one row a read; `columns` keeps that many around the site."""
    place = view.place
    middle = place.position - 1 - view.start
    half = len(view.reference) if columns is None else columns // 2
    first, last = max(0, middle - half), min(len(view.reference), middle + half + 1)
    reads = _some(view, most_reads)
    shown = sum(view.shows)
    sentence = (
        f"{title}: {place.contig}:{place.position:,} {place.ref}>{place.alt}. {place.about} "
        f"{shown} of {len(view.reads)} reads drawn show the alternate."
    )
    width, height = GUTTER + CELL * (last - first), TOP + ROW * len(reads) + 4
    deleted = max(0, len(place.ref) - len(place.alt))
    site = (GUTTER + CELL * (middle - first + (1 if deleted else 0)), 14.0, CELL * max(1, deleted), height - 14)
    shapes: list[Shape] = [Boxes("site", [site]), *_cover(view, first, last), *_reference(view, first, last)]
    shapes += _rows(view, reads, first, last)
    change = f"{short_allele(place.ref)}>{short_allele(place.alt)}"
    words = f"{title} · {place.contig}:{place.position:,} {change} · {place.short}"
    return drawing(width, height, [Words("name", GUTTER, 10, words), *shapes], sentence)


def thumbnail(views: Sequence[CallView]) -> Figure | None:
    """A lively small pileup for the front page: of the first calls the one with alternates on about half its reads."""
    if not views:
        return None

    def unlike_half(view: CallView) -> float:
        return abs(sum(view.shows) / max(1, len(view.shows)) - 0.5)

    return pileup_picture(min(views[:20], key=unlike_half), "A call", most_reads=18, columns=61)


def _some(view: CallView, most: int) -> list[int]:
    """Numbers of the reads drawn: all, or evenly chosen ones, so that the share of the alternate stays."""
    count = len(view.reads)
    return list(range(count)) if count <= most else [round(at * (count - 1) / (most - 1)) for at in range(most)]


def _cover(view: CallView, first: int, last: int) -> list[Shape]:
    depth: Counter[int] = Counter()
    other: dict[str, Counter[int]] = defaultdict(Counter)
    for read in view.reads:
        for at, letter in enumerate(read["letters"], start=read["start"] - view.start):
            if letter not in "- ":
                depth[at] += 1
                if at < len(view.reference) and letter != view.reference[at]:
                    other[letter][at] += 1
    most = max(depth.values(), default=1)
    scale = (COVER - 4) / most
    base = 14 + COVER
    columns = range(first, last)
    bars = [(_x(at, first), base - scale * depth[at], CELL - 1, scale * depth[at]) for at in columns if depth[at]]
    shapes: list[Shape] = [Boxes("cover", [_rounded(bar) for bar in bars])]
    for letter in "ACGTN":
        boxes = [
            _rounded((_x(at, first), base - scale * other[letter][at], CELL - 1, scale * other[letter][at]))
            for at in columns
            if other[letter][at]
        ]
        if boxes:
            shapes.append(Boxes(f"base-{letter}", boxes))
    return shapes


def _reference(view: CallView, first: int, last: int) -> list[Shape]:
    return [
        Letters(f"letter base-{letter}", places)
        for letter in "ACGTN"
        if (
            places := [
                (_x(at, first) + CELL / 2, TOP - 7, letter) for at in range(first, last) if view.reference[at] == letter
            ]
        )
    ]


def _rows(view: CallView, reads: list[int], first: int, last: int) -> list[Shape]:
    bodies: list[tuple[float, float, float, float]] = []
    gaps: list[list[tuple[float, float]]] = []
    bars: list[list[tuple[float, float]]] = []
    weak: list[tuple[float, float, float, float]] = []
    strands: list[tuple[float, float, str]] = []
    alternate: list[tuple[float, float, float, float]] = []
    others: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row, number in enumerate(reads):
        read, y = view.reads[number], TOP + ROW * row
        start = read["start"] - view.start
        inside = [(at, letter) for at, letter in enumerate(read["letters"], start=start) if first <= at < last]
        for at, length, kind in _runs(inside):
            if kind == "gap":
                gaps.append([(_x(at, first), y + ROW / 2), (_x(at + length, first), y + ROW / 2)])
            else:
                bodies.append((_x(at, first), y + 0.5, CELL * length, ROW - 1))
        for at, letter in inside:
            if letter not in "- " and letter != view.reference[at]:
                others[letter].append((_x(at, first), y))
        for one in read["insertions"]:
            at = one["position"] + 1 - view.start
            if first <= at <= last:
                x = _x(at, first)
                bars += [[(x, y), (x, y + ROW)], [(x - 2, y + 0.5), (x + 2, y + 0.5)]]
                bars.append([(x - 2, y + ROW - 0.5), (x + 2, y + ROW - 0.5)])
        if inside and read["mapping_quality"] < 20:
            weak.append((_x(inside[0][0], first), y + 1, CELL * len(inside), ROW - 2))
        strands.append((12, y + ROW - 2, "◂" if read["reverse"] else "▸"))
        if view.shows[number]:
            alternate.append((2, y, 3, ROW))
    shapes: list[Shape] = [Boxes("alternate", alternate), Letters("small", strands), Boxes("read", bodies)]
    for letter, places in sorted(others.items()):
        shapes.append(Boxes(f"base-{letter}", [(x, y + 0.5, CELL, ROW - 1) for x, y in places]))
        shapes.append(Letters("on-base", [(x + CELL / 2, y + ROW - 2, letter) for x, y in places]))
    return [*shapes, Boxes("weak", weak), Strokes("gap", gaps), Strokes("insertion", bars)]


def _runs(letters: list[tuple[int, str]]) -> list[tuple[int, int, str]]:
    """Stretches of bases and of gaps: start, length, kind."""
    runs: list[tuple[int, int, str]] = []
    for at, letter in letters:
        kind = "gap" if letter in "- " else "bases"
        if runs and runs[-1][2] == kind:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1, kind)
        else:
            runs.append((at, 1, kind))
    return runs


def _x(column: int, first: int) -> float:
    return GUTTER + CELL * (column - first)


def _rounded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, width, height = (round(value, 1) for value in box)
    return x, y, width, height


def short_allele(allele: str) -> str:
    """An allele that fits a heading."""
    return allele if len(allele) <= 12 else f"{allele[:10]}…({len(allele)})"
