"""How many radar frames a CPU-second does each reader decode, beside pysteps and beside the bare decoder?

    python benchmarks/radar_readers.py [--data ../shared/data/radar] [--frames 12] [--repeats 3]

Ours opens a file and computes its rain in mm/h, pysteps' importer returns it in the unit of the file. The raw limit is
what the bare decoder takes for the stored numbers: inflating and reading with h5py, zlib or Pillow, nothing converted.
The three take turns, file by file, and the fastest of the repeats counts, so that what else the machine does hits all
alike. pysteps has no reader for MRMS without pygrib: ecCodes, in a process of its own, stands in its place. For BoM it
needs netCDF4. A peer that is not installed leaves its column empty.

Measured on two busy cores of an AMD EPYC (2026-11, 8 files of each format, a dozen other programs beside it), frames a
CPU-second, the peer in the same run, and our share of the raw limit:

    FMI PGM.gz 139 (pysteps 99, 0.30); MeteoSwiss GIF 524 (366, 0.70); KNMI HDF5 210 (195, 0.58);
    BoM NetCDF 134 (4.8, 0.21), that is 28 times, bar 20; OPERA HDF5 12.5 (7.7, 0.53);
    MRMS GRIB2, 24.5 million cells, 2.1 (ecCodes 3.5, 0.38).

What lies between ours and the raw limit is, for the small files, reading the metadata, and for the large ones turning
codes into mm/h. The figures of MRMS are the least
sure: the same frame took from 0.27 to 0.68 CPU-seconds within a minute.
"""

from __future__ import annotations

import argparse
import gzip
import io
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
from PIL import Image

from sciml.nowcast.formats import frames_of

Read: TypeAlias = Callable[[Path], Any]
FOLDERS = ("fmi", "mch", "knmi", "bom", "opera", "mrms")
BAR = {"bom": 20.0}
ECCODES = """
import gzip, sys, time
import eccodes
best = [9e9] * len(sys.argv[2:])
for _ in range(int(sys.argv[1])):
    for number, path in enumerate(sys.argv[2:]):
        begin = time.process_time()
        content = open(path, "rb").read()
        message = eccodes.codes_new_from_message(gzip.decompress(content) if content[:2] == b"\\x1f\\x8b" else content)
        eccodes.codes_get_values(message)
        eccodes.codes_release(message)
        best[number] = min(best[number], time.process_time() - begin)
print(sum(best))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Frames a CPU-second of the radar readers and of their peers.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/radar"))
    parser.add_argument("--frames", type=int, default=12, help="so many files of each format, spread evenly")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest of so many")
    given = parser.parse_args()
    print("format           cells      ours   pysteps   times   bar   raw limit  of it")
    for folder in FOLDERS:
        every = sorted(path for path in (given.data / folder).rglob("*") if path.is_file())
        chosen = every[:: max(1, len(every) // given.frames)][: given.frames]
        if chosen:
            report(folder, chosen, given.repeats)


def report(folder: str, files: list[Path], repeats: int) -> None:
    readers: dict[str, Read] = {"ours": ours, "raw": RAW[folder]}
    if (peer := pysteps_reader(folder)) is not None:
        readers["peer"] = peer
    rates = rate_of_each(readers, files, repeats)
    if folder == "mrms" and find_spec("eccodes"):
        rates["peer"] = rate_of_eccodes(files, repeats)
    height, width = frames_of(files[0])[0].grid.shape
    theirs, faster = (f"{rates['peer']:,.1f}", f"{rates['ours'] / rates['peer']:.1f}") if "peer" in rates else ("", "")
    bar = f"{BAR[folder]:.0f}" if folder in BAR else ""
    print(
        f"{folder:8s}{f'{height} x {width}':>14s}{rates['ours']:10,.1f}{theirs:>10s}{faster:>8s}{bar:>6s}"
        f"{rates['raw']:12,.1f}{rates['ours'] / rates['raw']:7.2f}"
    )


def rate_of_each(readers: dict[str, Read], files: list[Path], repeats: int) -> dict[str, float]:
    """Frames a CPU-second."""
    for read in readers.values():
        read(files[0])  # imports and tables
    best = {name: [float("inf")] * len(files) for name in readers}
    for _ in range(repeats):
        for number, path in enumerate(files):
            for name, read in readers.items():
                begin = time.process_time()
                read(path)
                best[name][number] = min(best[name][number], time.process_time() - begin)
    return {name: len(files) / sum(seconds) for name, seconds in best.items()}


def rate_of_eccodes(files: list[Path], repeats: int) -> float:
    command = [sys.executable, "-c", ECCODES, str(repeats), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return len(files) / float(done.stdout)


def ours(path: Path) -> Any:
    return frames_of(path)[0].rain()


def pysteps_reader(folder: str) -> Read | None:
    if folder == "mrms" or find_spec("pysteps") is None or (folder == "bom" and find_spec("netCDF4") is None):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pysteps.io import importers
    readers: dict[str, Read] = {
        "fmi": lambda path: importers.import_fmi_pgm(str(path), gzipped=True),
        "mch": lambda path: importers.import_mch_gif(str(path), "AQC", "mm", 5.0),
        "knmi": lambda path: importers.import_knmi_hdf5(str(path), qty="ACRR", accutime=5.0, pixelsize=1000.0),
        "bom": lambda path: importers.import_bom_rf3(str(path)),
        "opera": lambda path: importers.import_opera_hdf5(str(path)),
    }
    return readers[folder]


def raw_fmi(path: Path) -> Any:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8)


def raw_mch(path: Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image)


def raw_hdf5(name: str) -> Read:
    def read(path: Path) -> Any:
        with h5py.File(path) as file:
            return file[name][()]

    return read


def raw_mrms(path: Path) -> Any:
    content = path.read_bytes()
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    with Image.open(io.BytesIO(content[content.index(b"\x89PNG") : -4])) as image:
        return np.asarray(image)


RAW: dict[str, Read] = {
    "fmi": raw_fmi,
    "mch": raw_mch,
    "knmi": raw_hdf5("image1/image_data"),
    "bom": raw_hdf5("precipitation"),
    "opera": raw_hdf5("dataset1/data1/data"),
    "mrms": raw_mrms,
}

if __name__ == "__main__":
    main()
