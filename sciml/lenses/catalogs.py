"""Which objects of a tile are asked about, and what is known of them?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table

from sciml.core.errors import BadInput, DataWarning
from sciml.lenses.catalog_files import read_columns
from sciml.lenses.tiles import Tile

# other names of a column, in the case-folded spelling of surveys; a unit in brackets is dropped first
ALIASES = {
    "ra": ("ra", "raj2000", "ra_j2000", "ra_deg", "alpha_j2000"),
    "dec": ("dec", "dej2000", "decj2000", "dec_j2000", "dec_deg", "delta_j2000"),
    "id": ("id", "name", "object_id", "objid", "source_id"),
}
NUMBERS = ("ra", "dec", "x", "y", "index", "lens", "theta_e", "arc_snr")
TEXTS = ("id", "kind")
UNKNOWN = -1


@dataclass(frozen=True)
class Objects:
    """Objects of one tile; `ra`, `dec` in degrees, `x`, `y` in pixels, 0 at the centre of the first one.

    NaN is a position that is not known; `index` is the slice of a stack, -1 in a tile. Of the truth, `lens` is 1, 0
    or -1 (not known), `kind` may be empty, `theta_e` (arcsec) and `arc_snr` may be NaN.
    """

    id: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    x: np.ndarray
    y: np.ndarray
    index: np.ndarray
    lens: np.ndarray
    kind: np.ndarray
    theta_e: np.ndarray
    arc_snr: np.ndarray

    def __len__(self) -> int:
        return len(self.id)

    def __getitem__(self, which: slice | np.ndarray) -> Objects:
        """Some of the objects: a slice, a mask, or their numbers."""
        return Objects(**{each.name: getattr(self, each.name)[which] for each in fields(self)})


def read_catalog(path: str | Path) -> Table:
    """The catalogue in a CSV, TSV, ECSV or FITS file, with the column names of `Objects`.

    Rows with no position and rows whose id was there before are left out, with a DataWarning.
    """
    found = read_columns(Path(path))
    names = _renamed(list(found), path)
    columns = {ours: found[theirs] for ours, theirs in names.items()}
    if not ({"ra", "dec"} <= set(columns) or {"x", "y"} <= set(columns) or "index" in columns):
        problem = f"has no columns ra and dec, x and y, or index; it has {', '.join(found)}"
        raise BadInput(path, problem, "name the columns ra and dec (degrees), x and y (pixels from 0), or index")
    table = Table({name: columns[name].text if name in TEXTS else columns[name].numbers(path) for name in columns})
    if not len(table):
        raise BadInput(path, "lists no object", "give a catalogue with at least one row")
    if "id" not in columns:
        table["id"] = [str(number) for number in range(len(table))]
    table["row"], table.meta["rows"] = np.arange(len(table)), len(table)
    return _usable(table, path)


def objects_of(tile: Tile, catalog: Table | None) -> Objects:
    """The objects of a catalogue in the pixels of the tile; without one the slices of a stack, or what is detected."""
    if catalog is None and tile.stack:
        catalog = Table({"index": np.arange(tile.shape[0], dtype=np.float64)})
        catalog["id"] = [f"{tile.name}-{number}" for number in range(tile.shape[0])]
    elif catalog is None:
        if tile.wcs is None:
            raise BadInput(_file_of(tile), "has no sky WCS", "give a catalogue with columns x and y, or a WCS")
        from sciml.lenses.detection import detect

        catalog = detect(tile)
    placed = _in_stack(tile, catalog) if tile.stack else _in_tile(tile, catalog)
    rows = placed.pop("row").astype(int)
    lens = _column(catalog, "lens")[rows]
    return Objects(
        id=np.asarray(catalog["id"], dtype=np.str_)[rows],
        **placed,
        lens=np.where(np.isfinite(lens), lens, UNKNOWN).astype(np.int8),
        kind=np.asarray(catalog["kind"] if "kind" in catalog.colnames else [""] * len(catalog), dtype=np.str_)[rows],
        theta_e=_column(catalog, "theta_e")[rows],
        arc_snr=_column(catalog, "arc_snr")[rows],
    )


def _renamed(found: list[str], path: str | Path) -> dict[str, str]:
    """Our name of a column -> its name in the file; the first alias that is there wins."""
    spelled = {name.split("[")[0].split("(")[0].strip().casefold(): name for name in reversed(found)}
    names = dict[str, str]()
    for ours in (*TEXTS, *NUMBERS):
        for alias in ALIASES.get(ours, (ours,)):
            if alias in spelled:
                names.setdefault(ours, spelled[alias])
    if ("ra" in names) != ("dec" in names):
        there, missing = ("ra", "dec") if "ra" in names else ("dec", "ra")
        raise BadInput(path, f"has a column {there} and none of {missing}", f"name it {missing} (degrees)")
    return names


def _usable(table: Table, path: str | Path) -> Table:
    """The rows with a position and an id of their own."""
    lost = np.zeros(len(table), bool)
    for name in ("ra", "dec", "x", "y", "index"):
        if name in table.colnames:
            lost |= ~np.isfinite(table[name])
    _tell(path, table["id"][lost], "have no position")
    if "dec" in table.colnames:
        beyond = ~lost & (np.abs(table["dec"]) > 90)
        if beyond.any() and not (~lost & ~beyond).any():
            raise BadInput(path, "every dec is beyond 90 degrees", "ra and dec are in degrees: are they swapped?")
        _tell(path, table["id"][beyond], "have a dec beyond 90 degrees")
        lost |= beyond
    if "lens" in table.colnames:
        odd = ~lost & np.isfinite(table["lens"]) & ~np.isin(table["lens"], (0, 1))
        if odd.any():
            raise BadInput(
                path, f"lens is {table['lens'][odd][0]:g} for {table['id'][odd][0]}", "it is 1 or 0, or empty"
            )
    _, first = np.unique(np.asarray(table["id"][~lost], dtype=np.str_), return_index=True)
    kept = np.zeros(len(table), bool)
    kept[np.flatnonzero(~lost)[first]] = True
    _tell(path, table["id"][~lost & ~kept], "are listed twice; the first row counts")
    if not kept.any():
        raise BadInput(path, "no row has a position", "give ra and dec in degrees")
    return table[kept]


def _tell(path: str | Path, ids: Table.Column, problem: str) -> None:
    if len(ids):
        shown = ", ".join(map(str, ids[:3])) + (", ..." if len(ids) > 3 else "")
        warnings.warn(DataWarning(f"{path}: {len(ids)} objects {problem} ({shown})"), stacklevel=4)


def _in_stack(tile: Tile, catalog: Table) -> dict[str, np.ndarray]:
    """Positions in the slices of a stack: the centre, unless the catalogue says otherwise."""
    if "index" in catalog.colnames:
        index = np.asarray(catalog["index"], np.float64)
    elif catalog.meta.get("rows") == tile.shape[0]:
        index = np.asarray(catalog["row"], np.float64)  # a row for each slice: in the same order
    else:
        problem = f"is a stack of {tile.shape[0]} cutouts; its catalogue has no column index and other rows"
        raise BadInput(_file_of(tile), problem, "add the column index: the slice of each object, from 0")
    inside = np.isin(index, np.arange(tile.shape[0]))
    _tell(_file_of(tile), catalog["id"][~inside], f"have an index that is no slice of 0 to {tile.shape[0] - 1}")
    if not inside.any():
        raise BadInput(_file_of(tile), "no index of its catalogue is a slice of it", "index counts slices from 0")
    here = catalog[inside]
    height, width = tile.shape[1:]
    return {
        "row": np.flatnonzero(inside),
        "ra": _column(here, "ra"),
        "dec": _column(here, "dec"),
        "x": _column(here, "x", (width - 1) / 2),
        "y": _column(here, "y", (height - 1) / 2),
        "index": index[inside].astype(np.int64),
    }


def _in_tile(tile: Tile, catalog: Table) -> dict[str, np.ndarray]:
    """Pixel positions of all objects at once; those of the sky win over those in pixels, if there is a WCS."""
    columns, count = set(catalog.colnames), len(catalog)
    place = {"row": np.arange(count), "index": np.full(count, -1, np.int64)}
    ra, dec, x, y = (_column(catalog, name) for name in ("ra", "dec", "x", "y"))
    if tile.wcs is not None and {"ra", "dec"} <= columns:
        x, y = pixels_of(tile, ra, dec)
        _check_meeting(tile, ra, dec, x, y)
    elif not {"x", "y"} <= columns:
        lacks = "has no sky WCS" if tile.wcs is None else "has a catalogue without positions"
        raise BadInput(_file_of(tile), lacks, "give its catalogue columns x and y (pixels, from 0)")
    elif tile.wcs is not None:
        ra, dec = tile.wcs.all_pix2world(x, y, 0)
    return {**place, "ra": ra, "dec": dec, "x": x, "y": y}


def pixels_of(tile: Tile, ra: np.ndarray, dec: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x, y of positions in degrees; NaN for those more than 60 degrees off, where a projection repeats the sky."""
    wcs: Any = tile.wcs
    alpha, delta = np.radians(ra - wcs.wcs.crval[0]), np.radians(dec)
    pole = np.radians(wcs.wcs.crval[1])
    near = np.sin(delta) * np.sin(pole) + np.cos(delta) * np.cos(pole) * np.cos(alpha) > 0.5
    x, y = np.full((2, len(ra)), np.nan)
    if near.any():
        # quiet: the iteration for distorted WCS does not converge far outside, and need not
        x[near], y[near] = wcs.all_world2pix(ra[near], dec[near], 0, quiet=True)
    return x, y


def within(tile: Tile, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether each position lies on a pixel of the tile."""
    height, width = tile.shape[-2:]
    with np.errstate(invalid="ignore"):
        return (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)


def _check_meeting(tile: Tile, ra: np.ndarray, dec: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """A catalogue that misses its tile altogether is told, with the likely reason."""
    if within(tile, x, y).any():
        return
    hint = ""
    # a dec beyond 90 has no place on the sky, so it has none in the tile
    for other_ra, other_dec, reason in ((dec, ra, "ra and dec are swapped"), (15 * ra, dec, "ra is in hours")):
        valid = np.abs(other_dec) <= 90
        if valid.any() and within(tile, *pixels_of(tile, other_ra[valid], other_dec[valid])).any():
            hint = f": {reason}"
    warnings.warn(DataWarning(f"{_file_of(tile)}: no object of the catalogue lies in the tile{hint}"), stacklevel=4)


def _column(table: Table, name: str, missing: float = float("nan")) -> np.ndarray:
    if name not in table.colnames:
        return np.full(len(table), missing)
    return np.asarray(table[name], np.float64)


def _file_of(tile: Tile) -> str:
    return next(iter(tile.specs.values()), tile.name)
