"""Samples of unequal length: what goes in comes out, whatever the batches, shards, chunks and windows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.core.arrays import Codec
from sciml.core.batches import Batches
from sciml.core.contract import Split
from sciml.core.errors import BadInput, ScimlError
from sciml.core.layout import Array, Layout
from sciml.core.manifest import gather
from sciml.core.ragged import CHUNK_BYTES, CHUNK_ROWS, edges, flat_grain, row_order
from sciml.core.store import check_part, open_split, write_part

LAYOUT = Layout(
    {
        "sequence": Array(("residue",), "uint8", "1", "code of the residue"),
        "name": Array(("residue",), "str", "", "a letter for each residue"),
        "profile": Array(("residue", "state"), "float32", "1", "shares"),
        "maps": Array(("pair", "map"), "float16", "1", "scores of pairs"),
        "residues": Array(("sample",), "int32", "1", "residues of the chain"),
        "pairs": Array(("sample",), "int32", "1", "pairs of residues"),
        "number": Array(("sample",), "int64", "1", "which sample this is"),
        "group": Array(("sample",), "str", "", "what may not straddle a split"),
    },
    counts={"residue": "residues", "pair": "pairs"},
)
ARRAYS = ("number", "sequence", "profile", "maps")
SPLITS: tuple[Split, ...] = ("train", "validation")
LENGTHS = st.lists(st.one_of(st.sampled_from([0, 1, 2]), st.integers(0, 40)), min_size=1, max_size=30)


def residues_of(number: int, length: int) -> np.ndarray:
    """Codes that tell chains and places apart."""
    return ((number * 7 + np.arange(length)) % 251).astype(np.uint8)


def profile_of(number: int, length: int) -> np.ndarray:
    return (number + np.arange(3 * length) / 128).reshape(length, 3).astype(np.float32)


def maps_of(number: int, length: int) -> np.ndarray:
    """Two maps of the pairs i <= j, some of them missing."""
    found = (number + np.arange(length * (length + 1)) % 97).reshape(-1, 2).astype(np.float16)
    found[::5, 1] = np.nan
    return found


def chains(lengths: Sequence[int], first: int = 0) -> xr.Dataset:
    """Chain `first + k` has `lengths[k]` residues; one chain is one group."""
    numbers = range(first, first + len(lengths))
    each = list(zip(numbers, lengths, strict=True))
    sequence = np.concatenate([residues_of(0, 0), *(residues_of(*one) for one in each)])
    return xr.Dataset(
        {
            "sequence": ("residue", sequence),
            "name": ("residue", np.array([chr(200 + code) for code in sequence.tolist()], np.str_)),
            "profile": (("residue", "state"), np.concatenate([profile_of(0, 0), *(profile_of(*one) for one in each)])),
            "maps": (("pair", "map"), np.concatenate([maps_of(0, 0), *(maps_of(*one) for one in each)])),
            "residues": ("sample", np.array(lengths, np.int32)),
            "pairs": ("sample", np.array([length * (length + 1) // 2 for length in lengths], np.int32)),
            "number": ("sample", np.array(numbers, np.int64)),
            "group": ("sample", np.array([f"g{number}" for number in numbers], np.str_)),
        }
    )


def part(
    out: Path, train: xr.Dataset, validation: xr.Dataset | None = None, shard: int = 8, codec: Codec = "none"
) -> Path:
    splits = {"train": train, "validation": chains([3], first=9000) if validation is None else validation}
    write_part(out, splits, LAYOUT, shard, np.random.default_rng(0), 1.0, {"domain": "toy"}, codec)  # type: ignore[arg-type]
    return out


def dataset(folder: Path, lengths: Sequence[int], shard: int = 8, codec: Codec = "none") -> Path:
    """Two parts, the first with the first half of the chains."""
    half = len(lengths) // 2
    stores = [
        part(folder / "1.zarr", chains(lengths[:half]), chains([], 8000), shard, codec),
        part(folder / "2.zarr", chains(lengths[half:], first=half), None, shard, codec),
    ]
    gather(stores, folder / "dataset.json")
    return folder / "dataset.json"


@contextmanager
def in_windows_of(samples: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sciml.core.batches.WINDOW_SAMPLES", samples)
        yield


def unpacked(batch: dict[str, torch.Tensor]) -> list[tuple[int, int]]:
    """Number and length of each chain of a batch, after holding every one of its rows against what it must be."""
    bounds = {dim: edges(batch[name].numpy()) for dim, name in LAYOUT.counts.items()}
    found = []
    for place, number in enumerate(batch["number"].tolist()):
        rows = {dim: slice(*edge[place : place + 2].tolist()) for dim, edge in bounds.items()}
        length = int(batch["residues"][place])
        np.testing.assert_array_equal(batch["sequence"][rows["residue"]], residues_of(number, length))
        np.testing.assert_array_equal(batch["profile"][rows["residue"]], profile_of(number, length))
        np.testing.assert_array_equal(batch["maps"][rows["pair"]], maps_of(number, length))
        found.append((number, length))
    for dim, name in (("residue", "sequence"), ("residue", "profile"), ("pair", "maps")):
        assert len(batch[name]) == bounds[dim][-1], "no row is nobody's"
    return found


@settings(max_examples=25, deadline=None)
@given(LENGTHS, st.integers(1, 9), st.integers(1, 40), st.integers(1, 20), st.sampled_from([0, 2]), st.booleans())
def test_every_chain_comes_once_with_its_own_rows(
    lengths: list[int], batch_size: int, shard: int, window: int, workers: int, packed: bool
) -> None:
    with TemporaryDirectory() as folder, in_windows_of(window):
        manifest = dataset(Path(folder), lengths, shard, "lz4" if packed else "none")
        batches = Batches(manifest, "train", batch_size, seed=1, arrays=ARRAYS, drop_last=False, workers=workers)
        found = [unpacked(batch) for batch in batches]
    assert [len(batch) for batch in found[:-1]] == [batch_size] * (len(batches) - 1)
    assert sorted(one for batch in found for one in batch) == list(enumerate(lengths))


@settings(max_examples=15, deadline=None)
@given(LENGTHS, st.integers(1, 5), st.integers(1, 20), st.data())
def test_a_resumed_loader_goes_on_with_the_very_next_batch(
    lengths: list[int], batch_size: int, window: int, data: st.DataObject
) -> None:
    def endless(batches: Batches) -> Iterator[list[tuple[int, int]]]:
        while True:
            for batch in batches:
                yield unpacked(batch)

    with TemporaryDirectory() as folder, in_windows_of(window):
        manifest = dataset(Path(folder), lengths)

        def loader(workers: int = 0) -> Batches:
            return Batches(manifest, "train", min(batch_size, len(lengths)), seed=1, arrays=ARRAYS, workers=workers)

        delivered = data.draw(st.integers(1, 2 * len(loader())))
        uninterrupted = list(islice(endless(loader()), delivered + 5))
        killed = loader(workers=2)
        reading = endless(killed)
        before = list(islice(reading, delivered))
        resumed = loader()
        resumed.load_state_dict(json.loads(json.dumps(killed.state_dict())))
        reading.close()
        assert before + list(islice(endless(resumed), 5)) == uninterrupted


@settings(max_examples=25, deadline=None)
@given(LENGTHS, st.integers(1, 40), st.sampled_from(["none", "lz4"]))
def test_a_split_opens_as_it_was_written_chain_after_chain(lengths: list[int], shard: int, codec: Codec) -> None:
    with TemporaryDirectory() as folder:
        manifest = dataset(Path(folder), lengths, shard, codec)
        for store in ("1.zarr", "2.zarr"):
            check_part(Path(folder) / store)
        train = open_split(manifest, "train").load()
    order = train["number"].values.tolist()
    assert sorted(order) == list(range(len(lengths)))
    expected = xr.concat([chains([lengths[number]], number)[["group", "number"]] for number in order], "sample")
    xr.testing.assert_equal(train[["group", "number"]], expected)
    for name, of in (("sequence", residues_of), ("profile", profile_of), ("maps", maps_of)):
        np.testing.assert_array_equal(train[name], np.concatenate([of(n, lengths[n]) for n in order]))
    assert train["name"].values.tolist() == [chr(200 + code) for code in train["sequence"].values.tolist()]


def test_flat_arrays_are_read_lazily_with_units_and_named_dimensions(tmp_path: Path) -> None:
    train = open_split(dataset(tmp_path, [5, 0, 7, 1]), "train")
    assert train["profile"].chunks is not None
    assert train["profile"].dims == ("residue", "state")
    assert train["maps"].attrs == {"units": "1", "long_name": "scores of pairs"}
    # 5 + 0 + 7 + 1 residues, 15 + 0 + 28 + 1 pairs
    assert dict(train.sizes) == {"sample": 4, "residue": 13, "state": 3, "pair": 44, "map": 2}
    test = open_split(tmp_path / "dataset.json", "test")
    assert dict(test.sizes) == {"sample": 0, "residue": 0, "state": 3, "pair": 0, "map": 2}


def test_chains_of_nothing_are_chains_all_the_same(tmp_path: Path) -> None:
    manifest = dataset(tmp_path, [0, 0, 0, 0])
    (batch,) = Batches(manifest, "train", 4, seed=1, arrays=ARRAYS)
    assert batch["profile"].shape == (0, 3)
    assert sorted(unpacked(batch)) == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_the_manifest_counts_rows_and_knows_the_moments_of_each_map(tmp_path: Path) -> None:
    lengths = [5, 0, 7, 1]
    dataset(tmp_path, lengths)
    content = json.loads((tmp_path / "dataset.json").read_text())
    # the chain that validates has 3 residues, so 6 pairs
    assert content["rows"] == {
        "train": {"residue": 13, "pair": 44},
        "validation": {"residue": 3, "pair": 6},
        "test": {"residue": 0, "pair": 0},
    }
    assert content["sizes"] == {"state": 3, "map": 2}
    rows = np.concatenate([maps_of(number, length) for number, length in enumerate(lengths)]).astype(np.float64)
    np.testing.assert_allclose(content["moments"]["maps"]["mean"], np.nanmean(rows, axis=0), rtol=1e-9)
    np.testing.assert_allclose(content["moments"]["maps"]["std"], np.nanstd(rows, axis=0), rtol=1e-9)


def test_counts_come_along_unasked_and_only_those_that_cut_something(tmp_path: Path) -> None:
    (batch,) = Batches(dataset(tmp_path, [2, 3]), "train", 2, seed=1, arrays=("profile",))
    assert list(batch) == ["profile", "residues"]
    (batch,) = Batches(tmp_path / "dataset.json", "train", 2, seed=1, arrays=("residues", "number", "maps"))
    assert list(batch) == ["residues", "number", "maps", "pairs"]


def test_long_chains_make_small_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 20 residues are 210 pairs of 2 * 2 bytes, and each chain has a count of 4: 844 bytes; 2000 bytes hold two
    monkeypatch.setattr("sciml.core.batches.WINDOW_BYTES", 2000)
    batches = Batches(dataset(tmp_path, [20] * 12), "train", 1, seed=1, arrays=("maps",))
    assert batches._window == 2


def test_what_does_not_add_up_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    good = chains([3, 4])
    for bad, said in (
        (good.assign(residues=good.residues + 1), r"the residues add up to 9, but residue has 7 rows"),
        (good.assign(pairs=("sample", np.array([-1, 17], np.int32))), r"sample 0 has -1 pairs; no count may be"),
        (good.assign(maps=good.maps.transpose()), r"array maps has dimensions \('map', 'pair'\)"),
        (good.drop_vars("residues"), "array residues is missing"),
    ):
        with pytest.raises(ScimlError, match=said):
            part(tmp_path / "p.zarr", bad)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"residue": "lengths", "pair": "pairs"}, r"counts residue by lengths; it needs an array lengths \(sample\)"),
        ({"residue": "sequence", "pair": "pairs"}, r"counts residue by sequence"),
        ({"residue": "residues", "pair": "pairs", "atom": "number"}, r"counts atom by number; .* one along atom"),
        ({"residue": "group", "pair": "pairs"}, r"array group has type <U\d; count residue in whole numbers"),
        ({"residue": "residues"}, r"array maps has dimensions"),
    ],
)
def test_a_layout_that_counts_by_nothing_is_refused(tmp_path: Path, counts: dict[str, str], said: str) -> None:
    layout = Layout(LAYOUT.arrays, counts=counts)
    with pytest.raises(ScimlError, match=said):
        write_part(tmp_path / "p", {"train": chains([3])}, layout, 8, np.random.default_rng(0), 1.0, {})


@pytest.mark.parametrize("name", ["maps", "profile", "residues", "name"])
def test_one_flipped_bit_is_found_and_its_array_named(tmp_path: Path, name: str) -> None:
    store = part(tmp_path / "p.zarr", chains([5, 9, 2]))
    shard = next(file for file in sorted((store / "train" / name / "c").rglob("*")) if file.is_file())
    content = bytearray(shard.read_bytes())
    content[1] ^= 0x10
    shard.write_bytes(content)
    with pytest.raises(BadInput, match=rf"p\.zarr: array train/{name} .*run prepare"):
        check_part(store)


@pytest.mark.parametrize("damage", ["lost", "cut short", "empty"])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_flat_array_is_named_with_its_part_and_never_zeros(tmp_path: Path, damage: str, workers: int) -> None:
    manifest = dataset(tmp_path, [30] * 40)
    shard = tmp_path / "2.zarr/train/maps/c/1/0"
    if damage == "lost":
        shard.unlink()
    else:
        shard.write_bytes(b"" if damage == "empty" else shard.read_bytes()[:500])
    said = r"2\.zarr: array train/maps cannot be read .*run prepare"
    with pytest.raises(BadInput, match=said):
        list(Batches(manifest, "train", 4, seed=1, arrays=ARRAYS, workers=workers))
    with pytest.raises(BadInput, match=said):
        open_split(manifest, "train")["maps"].load()


def test_counts_that_were_altered_on_disk_do_not_hand_out_the_rows_of_others(tmp_path: Path) -> None:
    manifest = dataset(tmp_path, [4, 5])
    shard = next(file for file in (tmp_path / "2.zarr/train/residues/c").rglob("*") if file.is_file())
    content = bytearray(shard.read_bytes())
    content[0] ^= 0x01
    shard.write_bytes(content)
    with pytest.raises(BadInput, match=r"2\.zarr: array train/residues does not add up to the 5 rows of train/"):
        list(Batches(manifest, "train", 2, seed=1, arrays=("profile",)))


def test_a_flat_array_of_nothing_but_its_largest_value_is_read(tmp_path: Path) -> None:
    """Chunks of nothing but the fill value are not written, so that the fill value must be another."""
    flat = chains([9, 1, 9, 4])
    store = part(tmp_path / "1.zarr", flat.assign(sequence=flat.sequence * 0 + np.uint8(255)))
    gather([store], tmp_path / "dataset.json")
    (batch,) = Batches(tmp_path / "dataset.json", "train", 4, seed=1, arrays=("sequence",))
    assert batch["sequence"].tolist() == [255] * 23


def test_a_constant_chunk_that_only_the_new_order_makes_is_written(tmp_path: Path) -> None:
    """Two rows of 255 meet in a chunk of two only after the samples were shuffled."""
    layout = Layout(
        {
            "mark": Array(("residue",), "uint8", "1", "mark"),
            "residues": Array(("sample",), "int32", "1", "length"),
            "group": Array(("sample",), "str", "", "group"),
        },
        counts={"residue": "residues"},
    )
    count = 2 * 64 * 64
    marks = np.tile(np.array([255, 0], np.uint8), count // 2)
    data = xr.Dataset(
        {
            "mark": ("residue", marks),
            "residues": ("sample", np.ones(count, np.int32)),
            "group": ("sample", np.array([f"g{n}" for n in range(count)])),
        }
    )

    class Sorting(np.random.Generator):
        """Draws the order in which all marks of 255 come first."""

        def permutation(self, x: Any, axis: int = 0) -> np.ndarray:
            return np.concatenate([np.arange(0, x, 2), np.arange(1, x, 2)])

    write_part(tmp_path / "p", {"train": data}, layout, 4096, Sorting(np.random.PCG64(0)), 1.0, {"domain": "toy"})
    one = data.isel(sample=[0], residue=[0]).assign(group=("sample", ["other"]))
    write_part(tmp_path / "q", {"validation": one}, layout, 4096, np.random.default_rng(0), 1.0, {"domain": "toy"})
    gather([tmp_path / "p", tmp_path / "q"], tmp_path / "dataset.json")
    batches = Batches(tmp_path / "dataset.json", "train", count, seed=1, arrays=("mark",), shuffle=False)
    assert [batch["mark"].tolist() for batch in batches] == [[255] * (count // 2) + [0] * (count // 2)]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_rows_follow_their_samples_in_any_order(counts: list[int], random: Any) -> None:
    order = list(range(len(counts)))
    random.shuffle(order)
    starts = edges(np.array(counts, np.int32)).tolist()
    expected = [row for sample in order for row in range(starts[sample], starts[sample] + counts[sample])]
    assert row_order(np.array(counts, np.int32), np.array(order)).tolist() == expected


@given(st.integers(0, 10**8), st.integers(1, 10**5), st.integers(1, 4096), st.integers(0, 10**7))
def test_a_shard_is_whole_chunks_of_bounded_size(rows: int, samples: int, samples_per_shard: int, size: int) -> None:
    chunk, shard = flat_grain(rows, samples, samples_per_shard, size)
    assert 1 <= chunk <= CHUNK_ROWS
    assert chunk * size <= max(CHUNK_BYTES, size)
    assert shard % chunk == 0
    assert shard >= samples_per_shard * rows / samples
