"""Part stores: what was written comes back, or the reason is said in one line."""

import hashlib
import json
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr
import zarr

from sciml.core import arrays
from sciml.core.contract import Split
from sciml.core.errors import BadInput, ScimlError, SettingsError
from sciml.core.manifest import gather
from sciml.core.store import check_part, open_split, store_array, write_part
from tests.core.samples import LAYOUT, part, samples

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """40 samples that train, 10 that validate, none that test."""
    return part(tmp_path / "1-of-1.zarr", {"train": samples(range(40)), "validation": samples(range(50, 60))})


@pytest.fixture
def python_pipeline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a machine where zarrs cannot be imported."""
    monkeypatch.setattr(arrays, "zarrs_is_there", lambda: False)
    arrays.zarr_module.cache_clear()
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline"}):
        yield
    arrays.zarr_module.cache_clear()


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_every_sample_comes_back_once_with_its_label_and_group(tmp_path: Path, codec: arrays.Codec) -> None:
    path = part(tmp_path / "p.zarr", {"train": samples(range(40))}, codec=codec)
    stored = open_split(path, "train").load()
    expected = samples(stored.number.values.tolist())
    assert sorted(stored.number.values) == list(range(40))
    xr.testing.assert_equal(stored, expected)


def test_the_order_on_disk_is_random_and_a_function_of_the_seed(tmp_path: Path) -> None:
    orders = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        path = part(tmp_path / f"{name}.zarr", {"train": samples(range(40))}, seed=seed)
        orders.append(open_split(path, "train").number.values.tolist())
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])


def test_the_same_samples_make_the_same_files(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        path = part(tmp_path / name, {"train": samples(range(40))})
        files = sorted(file for file in path.rglob("*") if file.is_file())
        digests.append([(str(f.relative_to(path)), hashlib.sha256(f.read_bytes()).hexdigest()) for f in files])
    assert digests[0] == digests[1]


def test_a_split_is_read_lazily_with_units_and_named_dimensions(three: Path) -> None:
    train = open_split(three, "train")
    assert isinstance(train.image.data, da.Array)
    assert train.image.dims == ("sample", "channel", "row", "column")
    assert train.image.attrs == {"units": "1", "long_name": "picture"}
    assert train.image.chunksizes["sample"] == (16, 16, 8)
    assert train.isel(sample=[3, 20]).number.values.tolist() == train.number.values[[3, 20]].tolist()
    assert (train.image[-1].values == train.image.values[-1]).all()
    assert (train.image[30:4:-7, 1, ::2].values == train.image.values[30:4:-7, 1, ::2]).all()


def test_a_split_without_samples_is_empty_but_has_its_shape(three: Path) -> None:
    test = open_split(three, "test")
    assert test.image.shape == (0, 3, 32, 16)
    assert test.group.values.tolist() == []
    assert (three / "test" / "zarr.json").is_file()


def test_strings_keep_their_umlauts_and_their_emptiness(tmp_path: Path) -> None:
    named = ["", "Zürich", "北京", "chr20:10000000-10050000", "a", "b"]
    path = part(tmp_path / "p.zarr", {"train": samples(range(6), named)})
    stored = open_split(path, "train")
    assert [named[n] for n in stored.number.values] == stored.group.values.tolist()


def test_any_zarr_reader_opens_a_part(three: Path) -> None:
    plain = xr.open_zarr(three, group="train", consolidated=False)
    assert plain.image.dims == ("sample", "channel", "row", "column")
    assert (plain.image.values == open_split(three, "train").image.values).all()


@pytest.mark.usefixtures("python_pipeline")
@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_without_zarrs_the_same_part_is_written_and_read(tmp_path: Path, codec: arrays.Codec) -> None:
    slow = part(tmp_path / "slow.zarr", {"train": samples(range(40))}, codec=codec)
    assert "Batched" in type(zarr.open_array(slow / "train/image")._async_array.codec_pipeline).__name__
    check_part(slow)
    arrays.zarr_module.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrays, "zarrs_is_there", lambda: True)
        check_part(slow)
        fast = part(tmp_path / "fast.zarr", {"train": samples(range(40))}, codec=codec)
        assert "Zarrs" in type(zarr.open_array(fast / "train/image")._async_array.codec_pipeline).__name__
    assert json.loads((slow / "zarr.json").read_text()) == json.loads((fast / "zarr.json").read_text())


def test_the_digest_does_not_depend_on_the_codec(tmp_path: Path) -> None:
    records = [
        json.loads((part(tmp_path / codec, {"train": samples(range(40))}, codec=codec) / "zarr.json").read_text())
        for codec in ("none", "lz4")
    ]
    assert records[0] == records[1]


def test_uncompressed_and_compressed_rows_are_read_alike_from_any_start(tmp_path: Path) -> None:
    stores = [part(tmp_path / codec, {"train": samples(range(40))}, codec=codec) for codec in ("none", "lz4")]
    plain, packed = (arrays.StoredArray(store, "train/image", (40, 3, 32, 16), "uint8") for store in stores)
    for start, stop in ((0, 1), (0, 40), (15, 17), (7, 39), (39, 40), (5, 5)):
        assert (plain.rows(start, stop) == packed.rows(start, stop)).all()


def test_a_whole_part_passes_its_check(three: Path) -> None:
    check_part(three)


@pytest.mark.parametrize("codec", ["none", "lz4"])
@pytest.mark.parametrize("name", ["image", "label", "group"])
def test_one_flipped_bit_is_found_and_its_array_named(tmp_path: Path, name: str, codec: arrays.Codec) -> None:
    path = part(tmp_path / "p.zarr", {"train": samples(range(40))}, codec=codec)
    shard = next(file for file in (path / "train" / name / "c").rglob("*") if file.is_file())
    content = bytearray(shard.read_bytes())
    content[5] ^= 0x10
    shard.write_bytes(content)
    with pytest.raises(BadInput, match=rf"p\.zarr: array train/{name} .*run prepare"):
        check_part(path)


@pytest.mark.parametrize("codec", ["none", "lz4"])
@pytest.mark.parametrize("damage", ["lost", "cut short", "empty"])
def test_a_damaged_shard_is_an_error_and_never_zeros(tmp_path: Path, damage: str, codec: arrays.Codec) -> None:
    path = part(tmp_path / "p.zarr", {"train": samples(range(40))}, codec=codec)
    shard = path / "train/image/c/1/0/0/0"
    if damage == "lost":
        shard.unlink()
    else:
        shard.write_bytes(b"" if damage == "empty" else shard.read_bytes()[:500])
    with pytest.raises(BadInput, match="array train/image cannot be read"):
        open_split(path, "train").image.values  # noqa: B018


def test_an_array_that_is_gone_is_named(three: Path) -> None:
    shutil.rmtree(three / "train/label")
    with pytest.raises(BadInput, match="array train/label cannot be read"):
        check_part(three)


def test_a_folder_that_is_no_part_is_said_to_be_none(tmp_path: Path, three: Path) -> None:
    zarr.create_group(store=tmp_path / "other.zarr")
    with pytest.raises(BadInput, match=r"other\.zarr: is not a part store"):
        open_split(tmp_path / "other.zarr", "train")
    (three / "zarr.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        open_split(three, "train")


def test_a_record_that_was_edited_is_refused(three: Path) -> None:
    path = three / "zarr.json"
    path.write_text(path.read_text().replace('"validation": 10', '"validation": 11'))
    with pytest.raises(BadInput, match="does not have the digest"):
        check_part(three)


def test_samples_that_are_not_what_the_layout_says_are_refused_by_name(tmp_path: Path) -> None:
    good = samples(range(4))
    for bad, said in (
        (good.drop_vars("label"), "array label is missing"),
        (good.assign(extra=good.label), "array extra is not in the layout"),
        (good.assign(label=good.label.astype("int32")), "array label has type int32, the layout says int8"),
        (good.transpose("sample", "row", "column", "channel"), "array image has dimensions"),
        (good.assign(group=good.label), "array group has type int8, the layout says str"),
    ):
        with pytest.raises(ScimlError, match=said):
            part(tmp_path / "p.zarr", {"train": bad})
    assert list(tmp_path.iterdir()) == []


def test_a_part_above_its_size_limit_says_how_many_more_parts_it_takes(tmp_path: Path) -> None:
    large = samples(range(64), shape=(3, 32, 16))
    size_gb = large.nbytes / 1e9
    with pytest.raises(SettingsError, match=r"max_part_gb.*raise prepare\.parts at least 3-fold"):
        write_part(tmp_path / "p", {"train": large}, LAYOUT, 16, np.random.default_rng(0), size_gb / 2.5, {})


def test_a_full_disk_leaves_no_part_and_no_temporary(tmp_path: Path) -> None:
    """A limit on the size of a file stands in for the full disk: the write fails in the same place."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            part(tmp_path / "p.zarr", {"train": samples(range(40))})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_met_inside_the_codec_pipeline_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("IO error: No space left on device (os error 28)")

    monkeypatch.setattr(zarr.Array, "__setitem__", full)
    with pytest.raises(ScimlError, match=r"p\.zarr: no space left on the device"):
        part(tmp_path / "p.zarr", {"train": samples(range(40))})
    assert list(tmp_path.iterdir()) == []


def _target(path: Path, rows: int, shard: int) -> zarr.Array:
    empty = np.zeros((rows, 32, 40), np.uint8)
    target: zarr.Array = arrays.create(path, "x", empty, ("time", "y", "x"), arrays.Grain(1, shard), "none", {})
    return target


@pytest.mark.parametrize("multiple", [1, 2, 5])
def test_aligned_parallel_writes_are_bit_exact(tmp_path: Path, multiple: int) -> None:
    values = np.random.default_rng(0).integers(0, 256, (1000, 32, 40), np.uint8)
    target = _target(tmp_path / "a.zarr", 1000, 64)
    with dask.config.set(scheduler="threads", num_workers=4):
        store_array(da.from_array(values, chunks=(64 * multiple, 32, 40)), target)
    assert (target[:] == values).all()


def test_chunks_that_cross_a_shard_are_refused_with_both_sizes(tmp_path: Path) -> None:
    target = _target(tmp_path / "a.zarr", 1000, 256)
    with pytest.raises(ScimlError, match=r"Dask chunks of 200 along axis 0 cross the borders of shards of 256"):
        store_array(da.zeros((1000, 32, 40), chunks=(200, 32, 40), dtype=np.uint8), target)
    with pytest.raises(ScimlError, match=r"chunks of 16 along axis 1 .* shards of 32"):
        store_array(da.zeros((1000, 32, 40), chunks=(256, 16, 40), dtype=np.uint8), target)
    with pytest.raises(ScimlError, match=r"shape \(1000, 32, 40\), the data \(999, 32, 40\)"):
        store_array(da.zeros((999, 32, 40), chunks=(256, 32, 40), dtype=np.uint8), target)
    assert (target[:] == target.fill_value).all()


def test_parts_are_read_one_after_the_other(tmp_path: Path) -> None:
    stores = [
        part(tmp_path / "parts" / f"{k}.zarr", {"train": samples(numbers), "validation": samples([90 + k], [f"v{k}"])})
        for k, numbers in enumerate((range(20), range(20, 25)))
    ]
    gather(stores, tmp_path / "dataset.json")
    both = open_split(tmp_path / "dataset.json", "train")
    assert set(both.number.values[:20]) == set(range(20))
    assert set(both.number.values[20:]) == set(range(20, 25))
    xr.testing.assert_equal(both.load(), samples(both.number.values.tolist()))
    assert open_split(tmp_path / "dataset.json", "test").sizes["sample"] == 0


def test_a_part_that_was_made_again_after_gather_is_noticed(tmp_path: Path) -> None:
    store = part(tmp_path / "p.zarr", {"train": samples(range(20)), "validation": samples([90])})
    gather([store], tmp_path / "dataset.json")
    part(store, {"train": samples(range(21)), "validation": samples([90])})
    with pytest.raises(BadInput, match=r"p\.zarr: has changed since dataset\.json was written; run gather again"):
        open_split(tmp_path / "dataset.json", "train")
