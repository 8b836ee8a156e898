"""How fast native files become samples: lenses, proteins and scans, beside a straight way and a raw limit.

    OMP_NUM_THREADS=1 SCIML_DATA=../shared/data python benchmarks/samples.py [--repeats 3]

One row a step, in CPU-seconds: our rate; that of a straight use of the field's library for the same result; and a raw
limit, which nothing can pass: copying as many bytes (cutouts), the matrix products alone (coevolution), the JPEG
decoder alone at its smallest scale (photographs).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from astropy.nddata import Cutout2D
from astropy.table import Table
from PIL import Image

from sciml.lenses.catalogs import objects_of
from sciml.lenses.cutouts import cutouts
from sciml.lenses.settings import PrepareSettings
from sciml.lenses.tiles import open_tile
from sciml.proteins.alignments import read_alignment
from sciml.proteins.features import features, kept_rows
from sciml.proteins.settings import FeatureSettings
from sciml.scans.field_of_view import square
from sciml.scans.formats import read_scan

OBJECTS, SIDE = 5_000, 4_000
FAMILY = "1aoeA"


def main() -> int:
    parser = argparse.ArgumentParser(description="Native files to samples, in CPU seconds of one thread.")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest of so many counts")
    repeats = parser.parse_args().repeats
    data = Path(os.environ.get("SCIML_DATA", "../shared/data"))
    if not data.is_dir():
        print(f"{data}: no such folder; set SCIML_DATA", file=sys.stderr)
        return 4
    print(f"{'step':46s}{'ours':>12s}{'straight':>12s}{'raw limit':>12s}   per CPU-s")
    with TemporaryDirectory() as folder:
        _lenses(Path(folder), repeats)
    _proteins(data / "proteins" / "psicov150" / "msa" / f"{FAMILY}.a3m.gz", repeats)
    _scans(sorted((data / "scans" / "fundus").glob("IDRiD*.jpg"))[:3], repeats)
    return 0


def _lenses(folder: Path, repeats: int) -> None:
    """Cutouts of 45 pixels in four bands out of a tile of 4000 pixels."""
    from astropy.io import fits

    rng = np.random.default_rng(1)
    images = {}
    for band in "griz":
        images[band] = folder / f"tile_{band}.fits"
        fits.writeto(images[band], rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32))
    x, y = rng.uniform(0, SIDE - 1, (2, OBJECTS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a tile of noise has no WCS
        tile = open_tile(images, "tile")
        objects = objects_of(tile, Table({"id": [str(number) for number in range(OBJECTS)], "x": x, "y": y}))
        prepare = PrepareSettings(bands=("g", "r", "i", "z"))
        flux = [tile.flux(band) for band in tile.bands]
        for band in tile.bands:
            tile.sky_sigma(band)  # of the whole tile, once

        def straight() -> None:
            for image in flux:
                for row in range(OBJECTS):
                    Cutout2D(image, (x[row], y[row]), 45, mode="partial", fill_value=np.nan)

        held = np.empty((OBJECTS, 4, 45, 45), np.float32)
        seconds = (
            _fastest(lambda: cutouts(tile, objects, prepare), repeats),
            _fastest(straight, 1),
            _fastest(lambda: held.copy(), repeats),
        )
    _report("lenses: cutouts, 45 px, 4 bands, whole tile", OBJECTS, seconds)


def _proteins(path: Path, repeats: int) -> None:
    """Weights and the three maps of one alignment, beside the two matrix products that they cannot do without."""
    settings = FeatureSettings()
    alignment = read_alignment(path)
    rows = alignment.rows[kept_rows(alignment.rows, settings)]
    hot = np.eye(21, dtype=np.float32)[rows][:, :, :20].reshape(len(rows), -1)

    def products() -> None:
        _ = hot @ hot.T, hot.T @ hot

    seconds = (_fastest(lambda: features(alignment, settings), repeats), None, _fastest(products, repeats))
    _report(f"proteins: features, {rows.shape[0]:,} rows of {rows.shape[1]} residues", 1, seconds)


def _scans(paths: Sequence[Path], repeats: int) -> None:
    """Photographs of 12 megapixels to 128 pixels of their field of view; Pillow alone, whole and by its draft mode."""

    def ours() -> None:
        for path in paths:
            square(read_scan(path, at_least=256), 128, "retina")

    def straight() -> None:
        for path in paths:
            np.asarray(Image.open(path).convert("RGB").resize((128, 128)))

    def drafts() -> None:
        for path in paths:
            image = Image.open(path)
            image.draft("RGB", (256, 256))
            np.asarray(image)

    seconds = (_fastest(ours, repeats), _fastest(straight, repeats), _fastest(drafts, repeats))
    _report("scans: 12 MP photographs to 128 px", len(paths), seconds)


def _fastest(work: Callable[[], Any], repeats: int) -> float:
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _report(step: str, count: int, seconds: Sequence[float | None]) -> None:
    rates = ("" if each is None else f"{count / each:,.4g}" for each in seconds)
    print(f"{step:46s}" + "".join(f"{rate:>12s}" for rate in rates))


if __name__ == "__main__":
    sys.exit(main())
