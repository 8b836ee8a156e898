"""How many pileup images a CPU-second does the loader read, beside numpy.memmap and beside Zarr's own pipelines?

    python benchmarks/loader.py [--gb 1.0] [--rounds 5] [--folder DIR]

Images are (channel 7, row 64, column 101) of bytes, once like pileups (half empty, flat channels) and once random.
Everyone yields the same: batches of 64 random samples with their labels, as tensors. All read one freshly written
store that the system still holds in memory, in turn, so that what else the machine does hits all alike.

Measured on two busy cores of an AMD EPYC (2026-11, 1 GB, medians of 5; other work ran beside it), pileup-like images:

    numpy.memmap 444,000 samples/CPU-s; Batches without codec 316,000, that is 0.76 of it (0.62 to 0.81), bar 0.4;
    Batches with lz4 95,000 (0.22); zarrs in slices of 64, not shuffled, 67,000; Zarr's own pipeline 4,900;
    writing 4.2 CPU-s/GB without codec, 2.3 with lz4, which takes 0.14 of the space;
    from disk, nothing in memory, 2 workers: 20,800 samples/s without codec, 45,800 with lz4;
    peak memory of a reading process: 352 MB for a part of 1 GB, 353 MB for twenty.

Why `none` is the default: decoding lz4 alone takes three times as long as reading from the system's memory, in whatever
way it is done (numcodecs into a buffer in place: 134,000 samples/CPU-s). Why `lz4` is offered: a seventh of the space,
and from disk twice as fast; it pays once the data no longer fit into memory. Zstandard at level 1 takes 0.09 of the
space and reads at 25,000. Why the loader opens shards itself: the pipelines take 0.5 ms a call and fill one contiguous
array, so that every sample would be copied once more to be shuffled.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from sciml.core.arrays import Codec, zarr_module
from sciml.core.batches import Batches
from sciml.core.contract import Split
from sciml.core.layout import Array, Layout
from sciml.core.manifest import gather
from sciml.core.store import write_part

SHAPE, BATCH, SHARD, BLOCK = (7, 64, 101), 64, 256, 64
IMAGE_BYTES = int(np.prod(SHAPE))
LAYOUT = Layout(
    {
        "image": Array(("sample", "channel", "row", "column"), "uint8", "1", "pileup"),
        "label": Array(("sample",), "int8", "1", "class"),
        "group": Array(("sample",), "str", "", "group"),
    }
)
Epoch: TypeAlias = Callable[[], Iterator[Any]]


def main() -> None:
    options = _options()
    if options.peak:
        _use(Batches(options.peak, "train", BATCH, seed=0, arrays=("image", "label")))
        print(_peak_mb())
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for kind, images in (("pileup-like", _pileups), ("random", _random)):
            _compare(Path(folder) / kind, kind, images(round(options.gb * 1e9 / IMAGE_BYTES)), options.rounds)
        _memory(Path(folder) / "pileup-like")


def _compare(folder: Path, kind: str, images: NDArray[np.uint8], rounds: int) -> None:
    folder.mkdir()
    print(f"{kind} images, {len(images):,} of {IMAGE_BYTES:,} bytes")
    np.save(folder / "images.npy", images)
    for codec in ("none", "lz4"):
        _write(folder / codec, images, codec)
    contenders = _contenders(folder, len(images))
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for epoch, _ in contenders.values():  # once unmeasured: opening, first pages
        _use(epoch())
    for _ in range(rounds):
        for name, (epoch, samples) in contenders.items():
            begin = time.process_time()
            _use(epoch())
            rates[name].append(samples / (time.process_time() - begin))
    reference = rates["numpy.memmap"]
    for name, found in rates.items():
        shares = [mine / theirs for mine, theirs in zip(found, reference, strict=True)]
        share = f"{median(shares):.2f} of memmap ({min(shares):.2f} to {max(shares):.2f}, n = {rounds})"
        print(f"  {name:32s}{median(found):10,.0f} samples/CPU-s   {share}")
    for codec in ("none", "lz4"):
        _from_disk(folder / codec, len(images))


def _contenders(folder: Path, count: int) -> dict[str, tuple[Epoch, int]]:
    """What is compared: an epoch of batches, and its number of samples."""
    few = count // 16
    chosen: dict[str, tuple[Epoch, int]] = {"numpy.memmap": (lambda: _memmap(folder / "images.npy", count), count)}
    for codec in ("none", "lz4"):
        for workers in (0, 2):
            batches = Batches(
                folder / codec / "dataset.json", "train", BATCH, seed=0, arrays=("image", "label"), workers=workers
            )
            samples = len(batches) * BATCH
            chosen[f"Batches, {codec}, {workers} workers"] = (batches.__iter__, samples)
        store = folder / codec / "1-of-1.zarr/train/image"
        chosen[f"Zarr with zarrs, {codec}"] = (partial(_sliced, store, few, True), few)
        chosen[f"Zarr alone, {codec}"] = (partial(_sliced, store, few, False), few)
    return chosen


def _memmap(path: Path, count: int) -> Iterator[dict[str, torch.Tensor]]:
    images, labels = np.load(path, mmap_mode="r"), np.zeros(count, np.int8)
    order = np.random.default_rng(0).permutation(count)
    for start in range(0, count - count % BATCH, BATCH):
        chosen = order[start : start + BATCH]
        yield {"image": torch.from_numpy(images[chosen]), "label": torch.from_numpy(labels[chosen])}


def _sliced(store: Path, count: int, fast: bool) -> Iterator[torch.Tensor]:
    """Blocks of 64 as a pipeline slices them; not even shuffled."""
    zarr = zarr_module()
    python, rust = "zarr.core.codec_pipeline.BatchedCodecPipeline", "zarrs.ZarrsCodecPipeline"
    with zarr.config.set({"codec_pipeline.path": rust if fast else python}):
        array = zarr.open_array(store, mode="r")
    for start in range(0, count - count % BLOCK, BLOCK):
        yield torch.from_numpy(array[start : start + BLOCK])


def _use(batches: Any) -> None:
    for _ in batches:
        pass


def _write(folder: Path, images: NDArray[np.uint8], codec: Codec) -> None:
    count = len(images)
    data = xr.Dataset(
        {
            "image": (("sample", "channel", "row", "column"), images),
            "label": ("sample", np.zeros(count, np.int8)),
            "group": ("sample", np.array([f"block {n // 100}" for n in range(count)])),
        }
    )
    few = data.isel(sample=slice(0, 1)).assign(group=("sample", np.array(["other"])))
    part, begin = folder / "1-of-1.zarr", time.process_time()
    splits: dict[Split, xr.Dataset] = {"train": data, "validation": few}
    write_part(part, splits, LAYOUT, SHARD, np.random.default_rng(0), 1e3, {"domain": "bench"}, codec)
    cpu_s = time.process_time() - begin
    gather([part], folder / "dataset.json")
    size = sum(file.stat().st_size for file in part.rglob("*") if file.is_file())
    gb = images.nbytes / 1e9
    print(f"  write, {codec}: {cpu_s / gb:.1f} CPU-s/GB, {size / images.nbytes:.2f} of the size")


def _from_disk(folder: Path, count: int) -> None:
    """An epoch of which the system holds nothing in memory."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    begin = time.perf_counter()
    _use(Batches(folder / "dataset.json", "train", BATCH, seed=0, arrays=("image", "label"), workers=2))
    print(f"  {f'from disk, {folder.name}, 2 workers':32s}{count / (time.perf_counter() - begin):10,.0f} samples/s")


def _memory(folder: Path) -> None:
    """Peak memory of a process that reads one part, and of one that reads it twenty times over as a larger data set."""
    for codec in ("none", "lz4"):
        peaks = []
        for times in (1, 20):
            manifest = folder / codec / f"{times}.json"
            gather([folder / codec / "1-of-1.zarr"] * times, manifest)
            command = [sys.executable, __file__, "--peak", str(manifest)]
            peaks.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(f"peak memory, {codec}: {peaks[0]:,.0f} MB for one part, {peaks[1]:,.0f} MB for twenty")


def _peak_mb() -> float:
    """Largest resident size of this program; getrusage would count the parent's, up to the exec."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _pileups(count: int) -> NDArray[np.uint8]:
    """Flat channels, noisy qualities, reads that begin and end anywhere, empty rows below the last read."""
    rng = np.random.default_rng(0)
    drawn = np.zeros((min(count, 1024), *SHAPE), np.uint8)
    for image in drawn:
        bases, depth = rng.choice(np.array([30, 100, 180, 250], np.uint8), 101), int(rng.integers(25, 50))
        starts, lengths = rng.integers(0, 40, depth), rng.integers(50, 101, depth)
        for row, (start, end) in enumerate([(0, 101)] * 5 + [*zip(starts, starts + lengths, strict=True)]):
            image[:, row, start:end] = np.array([0, 0, 254, 70 + 170 * rng.integers(2), 152, 50, 120])[:, None]
            image[0, row, start:end] = bases[start:end]
            image[1, row, start:end] = rng.integers(120, 254, len(bases[start:end]))
    return drawn[rng.integers(0, len(drawn), count)]


def _random(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, *SHAPE), np.uint8)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gb", type=float, default=1.0, help="size of each set of images (1e9 bytes)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to put the stores for the time being")
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
