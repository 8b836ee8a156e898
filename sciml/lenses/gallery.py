"""The best candidates of a search as a page of their own: one file that runs in any browser, without a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from astropy.table import QTable

from sciml import __version__
from sciml.core.report.markup import join, tag
from sciml.core.report.page import Section, page
from sciml.core.report.panels import Column, Item, Panel, Table, Text
from sciml.core.report.render import Writer
from sciml.lenses.compass import Direction, compass
from sciml.lenses.gallery_view import HOW_TO_READ, LOOKS_WRONG, Candidate, candidate_table, gallery_viewer

MOST = 200
NOT_FOR = "A score is no proof: a candidate needs a look at its image, and then a spectrum."


def gallery_page(name: str, cutouts: xr.Dataset, table: QTable) -> str:
    """The whole HTML file of at most 5 MB, the same bytes for the same candidates; at most the best 200 are drawn.

    `cutouts` holds `image` (object, band, y, x) in sky sigmas, its objects in the order of the rows of `table`.
    """
    if cutouts.sizes["object"] != len(table):
        raise ValueError(f"{cutouts.sizes['object']} cutouts do not belong to {len(table)} rows")
    ranked = _ranked(table)
    best = _candidates(table, cutouts, ranked[:MOST])
    # of the images alone nobody can say whether they are simulated, so the page has no band for it
    writer = Writer("real")
    sentence = f"{len(best):,} candidates of {name}, the best first."
    # a search hands over its best alone, and says in the metadata how many there are
    scored, objects = (
        int(table.meta.get(name, count)) for name, count in (("scored", len(ranked)), ("objects", len(table)))
    )
    left_out = _left_out(objects, scored, len(best))
    items: list[Item] = [Text(("No object was scored, so there is nothing to look at.",))]
    if best:
        scale = float(cutouts.attrs.get("scale_arcsec", math.nan))
        caption = f"Candidates of {name}, sciml {__version__}."
        items = [gallery_viewer(best, (), scale, caption, sentence, shown_scores=False, left_out=left_out)]
    shown = Panel("data", "Candidates, the best first", tuple(items), "", HOW_TO_READ, LOOKS_WRONG)
    how = Panel("data", "How it was made", (_made(table, cutouts), Text((NOT_FOR,))))
    head = join(
        [
            tag("p", "sciml · lenses", class_="crumb"),
            tag("h1", f"Lens candidates in {name}"),
            tag(
                "p",
                f"{scored:,} {'object was' if scored == 1 else 'objects were'} scored. {left_out}".strip(),
                class_="question",
            ),
        ]
    )
    footer = join([tag("p", f"Made by sciml {__version__}."), writer.licences])
    body = writer.panels([shown, how])
    sections = [Section("candidates", "Candidates", body)]
    return page(f"Lens candidates in {name}", head, sections, footer, writer.blocks, writer.scripts)


def _ranked(table: QTable) -> list[int]:
    """Rows with a score, the best first."""
    scores = _numbers(table, "score")
    return sorted(np.flatnonzero(np.isfinite(scores)).tolist(), key=lambda row: (-scores[row], row))


def _candidates(table: QTable, cutouts: xr.Dataset, rows: Sequence[int]) -> list[Candidate]:
    columns = {name: _numbers(table, name) for name in ("score", "probability", "ra", "dec", "x", "y", "rank")}
    tiles, names, reasons = (_words(table, name) for name in ("tile", "id", "reason"))
    directions = directions_by_tile(tiles, columns)
    found = []
    for row in rows:
        number = {name: None if math.isnan(values[row]) else float(values[row]) for name, values in columns.items()}
        north, east = directions.get(tiles[row]) or (None, None)
        rank = [("Rank", f"{number['rank']:.0f}")] if number["rank"] else []
        note = [("Note", reasons[row])] if reasons[row] not in ("", "ok") else []
        found.append(
            Candidate(
                name=names[row],
                tile=tiles[row],
                image=np.asarray(cutouts["image"][row].transpose("band", "y", "x").values, np.float32),
                score=number["score"],
                probability=number["probability"],
                ra=number["ra"],
                dec=number["dec"],
                x=number["x"],
                y=number["y"],
                north=north,
                east=east,
                facts=(*rank, *note),
            )
        )
    return found


def directions_by_tile(
    tiles: Sequence[str], columns: dict[str, np.ndarray]
) -> dict[str, tuple[Direction, Direction] | None]:
    """North and east on the images of each tile, from the places of its objects."""
    of = np.asarray(tiles)
    return {
        tile: compass(*(columns[name][of == tile] for name in ("ra", "dec", "x", "y"))) for tile in dict.fromkeys(tiles)
    }


def _numbers(table: QTable, name: str) -> np.ndarray:
    """A column as plain numbers (object,), NaN where it is masked or not there."""
    if name not in table.colnames:
        return np.full(len(table), np.nan)
    column = table[name]
    values = np.ma.filled(np.ma.asarray(getattr(column, "value", column)).astype(np.float64), np.nan)
    return np.asarray(values, np.float64)


def _words(table: QTable, name: str) -> list[str]:
    return [str(value) for value in table[name]] if name in table.colnames else [""] * len(table)


def _left_out(objects: int, scored: int, shown: int) -> str:
    parts = [f"The best {shown} are drawn here; the table of the search holds all."] if scored > shown else []
    if objects > scored:
        parts.append(f"{objects - scored:,} could not be scored; that table says why.")
    return " ".join(parts)


def _made(table: QTable, cutouts: xr.Dataset) -> Table:
    bands = ", ".join(str(band) for band in cutouts["band"].values) if "band" in cutouts.coords else "not named"
    scale = cutouts.attrs.get("scale_arcsec")
    facts = [
        ("Bands", bands),
        ("Cutout", f"{cutouts.sizes['x']} x {cutouts.sizes['y']} pixels of {scale:g} arcsec" if scale else "not known"),
        *(
            (str(name), str(value))
            for name, value in sorted(table.meta.items())
            if isinstance(value, str | int | float)
        ),
    ]
    return Table("made", (Column("What"), Column("Value")), tuple(facts))


__all__ = ["candidate_table", "gallery_page"]
