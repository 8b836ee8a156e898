"""Which tiles and stacks are there to work on? Check their images and catalogues, and list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from dask.array import from_delayed, stack
from dask.delayed import delayed

from sciml.core.contract import Case, Index, Unit
from sciml.core.digests import file_record
from sciml.core.errors import BadInput, ScimlError, raise_all
from sciml.core.inputs import all_sound, repeated, rows_of
from sciml.core.sheets import read_sheet
from sciml.lenses.catalogs import Objects, objects_of, read_catalog, within
from sciml.lenses.settings import InputTile, Settings
from sciml.lenses.tile_files import read_image, split_spec
from sciml.lenses.tiles import Tile, open_tile

CATALOG = "catalog"
# before the name of a band among the files of a unit, so that no band can be taken for the catalogue
IMAGE = "image-"


def ingest(settings: Settings, source: Path | None, out: Path) -> Index:
    """Open every tile; nothing is converted. What is wrong with any is told of all at once."""
    rows = rows_of(settings.ingest, source, _sheet)
    raise_all(repeated("tile", [row.name for row, _ in rows]))
    _check_shared_images([row for row, _ in rows])
    return Index("lenses", tuple(all_sound(rows, _unit)))


def cases(settings: Settings, index: Index) -> list[Case]:
    """Every tile is a case, and a group of its own."""
    return [Case(unit.id, unit, group=unit.id, has_truth=unit.facts["truths"] > 0) for unit in index.units]


def read(unit: Unit) -> xr.Dataset:
    """flux(band, y, x) or flux(object, band, y, x), float32, NaN where nothing was observed; read when asked for."""
    specs, shape = specs_of(unit), tuple(unit.facts["shape"])
    planes = [_lazily(spec, shape) for spec in specs.values()]
    dims = ("object", "band", "y", "x")[-1 - len(shape) :]
    attrs = {name: unit.facts[name] for name in ("scale_arcsec", "wcs") if unit.facts[name] is not None}
    flux = stack(planes, axis=dims.index("band"))  # type: ignore[no-untyped-call]
    return xr.Dataset({"flux": (dims, flux, {"units": unit.facts["units"]})}, {"band": list(specs)}, attrs)


def tile_of_unit(unit: Unit) -> Tile:
    """The images of a unit, in memory."""
    return open_tile(specs_of(unit), unit.id)


def objects_of_unit(unit: Unit, tile: Tile) -> Objects:
    """The objects of a unit: of its catalogue, of its slices, or detected."""
    catalog = unit.files.get(CATALOG)
    return objects_of(tile, None if catalog is None else read_catalog(catalog.path))


def specs_of(unit: Unit) -> dict[str, str]:
    """Band -> file, with the HDU where one was asked for."""
    files = {name.removeprefix(IMAGE): file.path for name, file in unit.files.items() if name.startswith(IMAGE)}
    hdus: Mapping[str, str] = unit.facts["hdus"]
    return {band: files[band] + (f"[{hdus[band]}]" if band in hdus else "") for band in unit.facts["bands"]}


def _sheet(path: Path) -> list[InputTile]:
    return read_sheet(path, InputTile, paths=("images", "catalog"), lists=("bands", "images"))


def _check_shared_images(rows: Sequence[InputTile]) -> None:
    """The same image under two names would train under one and test under the other."""
    holders, errors = dict[tuple[Path, str | None], str](), list[ScimlError]()
    for row in rows:
        for image in row.images:
            path, hdu = split_spec(image)
            first = holders.setdefault((path.resolve(), hdu), row.name)
            if first != row.name:
                errors.append(BadInput(image, f"is an image of tile {first} and of tile {row.name}", "leave one out"))
    raise_all(errors)


def _unit(row: InputTile, simulated: bool, _: Sequence[Unit]) -> Unit:
    images = dict(zip(row.bands, row.images, strict=True))
    tile = open_tile(images, row.name)
    split = {band: split_spec(spec) for band, spec in images.items()}
    files = {IMAGE + band: file_record(path) for band, (path, _) in split.items()}
    facts: dict[str, Any] = {"hdus": {band: hdu for band, (_, hdu) in split.items() if hdu is not None}}
    if row.catalog is not None:
        files[CATALOG] = file_record(Path(row.catalog))
        facts |= _counts(tile, objects_of(tile, read_catalog(row.catalog)))
    else:
        facts |= {"objects": tile.shape[0] if tile.stack else None, "outside": 0, "truths": 0, "lenses": 0}
    return Unit(
        id=row.name,
        sample=row.name,
        role=row.role,
        simulated=simulated,
        licence=row.licence,
        files=files,
        facts=facts | _facts(tile, row.bands),
    )


def _counts(tile: Tile, objects: Objects) -> dict[str, Any]:
    return {
        "objects": len(objects),
        "outside": int(np.count_nonzero(~within(tile, objects.x, objects.y))),
        "truths": int(np.count_nonzero(objects.lens >= 0)),
        "lenses": int(np.count_nonzero(objects.lens == 1)),
    }


def _facts(tile: Tile, bands: Sequence[str]) -> dict[str, Any]:
    return {
        "bands": list(bands),
        "missing_bands": [band for band in bands if band not in tile.bands],
        "shape": list(tile.shape),
        "stack": tile.stack,
        "scale_arcsec": round(tile.scale_arcsec, 6) if np.isfinite(tile.scale_arcsec) else None,
        "wcs": None
        if tile.wcs is None
        else tile.wcs.to_header(relax=True).tostring("\n", endcard=False, padding=False),
        "units": tile.units,
        "sky_sigma": {band: float(f"{tile.sky_sigma(band):.6g}") for band in tile.bands},
    }


def _lazily(spec: str, shape: tuple[int, ...]) -> Any:
    return from_delayed(delayed(_pixels)(spec, len(shape)), shape, np.float32)  # type: ignore[no-untyped-call]


def _pixels(spec: str, dims: int) -> np.ndarray:
    flux = read_image(spec).flux
    return flux if flux.ndim == dims else flux[0]
