"""Shards read chunk by chunk."""

from pathlib import Path

import numpy as np
import pytest
import zarr

from sciml.core.arrays import Codec, Grain, create, zarr_module
from sciml.core.shards import Shard

ROWS = np.random.default_rng(0).integers(0, 3, (32, 3, 32, 16)).astype(np.int16)


@pytest.fixture(params=["none", "lz4"])
def codec(request: pytest.FixtureRequest) -> Codec:
    chosen: Codec = request.param
    return chosen


@pytest.fixture
def shard_file(tmp_path: Path, codec: Codec) -> Path:
    create(tmp_path, "x", ROWS, ("sample", "channel", "row", "column"), Grain(1, 32), codec, {})[:] = ROWS
    return tmp_path / "x/c/0/0/0/0"


def read(shard: Shard, first: int, count: int) -> np.ndarray:
    rows = np.zeros((count, 3, 32, 16), np.int16)
    # last place first: chunks go where they are told to
    shard.read(first, [rows[k].data.cast("B") for k in reversed(range(count))])
    return rows[::-1]


def test_any_run_of_chunks_goes_to_its_places(shard_file: Path, codec: Codec) -> None:
    shard = Shard(shard_file, 32, codec != "none")
    for first, count in ((0, 32), (0, 1), (31, 1), (5, 20)):
        assert (read(shard, first, count) == ROWS[first : first + count]).all()


def test_chunks_that_another_program_wrote_out_of_order_are_found(tmp_path: Path, codec: Codec) -> None:
    target = create(tmp_path, "x", ROWS, ("sample", "channel", "row", "column"), Grain(1, 32), codec, {})
    zarr_module()
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline"}):
        slow = zarr.open_array(tmp_path / "x")
        slow[16:] = ROWS[16:]
        slow[:16] = ROWS[:16]
    shard = Shard(tmp_path / "x/c/0/0/0/0", 32, codec != "none")
    assert (read(shard, 0, 32) == ROWS).all()
    assert (target[:] == ROWS).all()


@pytest.mark.parametrize("kept", [0, 3, 200, -1])
def test_a_file_cut_short_has_no_index(shard_file: Path, codec: Codec, kept: int) -> None:
    shard_file.write_bytes(shard_file.read_bytes()[:kept])
    with pytest.raises(ValueError, match="index is damaged"):
        Shard(shard_file, 32, codec != "none")


def test_a_chunk_that_is_not_there_is_damaged(tmp_path: Path, codec: Codec) -> None:
    target = create(tmp_path, "x", ROWS, ("sample", "channel", "row", "column"), Grain(1, 32), codec, {})
    target[:5] = ROWS[:5]
    shard = Shard(tmp_path / "x/c/0/0/0/0", 32, codec != "none")
    assert (read(shard, 0, 5) == ROWS[:5]).all()
    with pytest.raises(ValueError, match="chunk 5 of a shard is damaged"):
        read(shard, 3, 8)


def test_a_damaged_frame_is_not_decompressed_into_the_wrong_place(tmp_path: Path) -> None:
    create(tmp_path, "x", ROWS, ("sample", "channel", "row", "column"), Grain(1, 32), "lz4", {})[:] = ROWS
    path = tmp_path / "x/c/0/0/0/0"
    content = bytearray(path.read_bytes())
    content[4:8] = (10**6).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(ValueError, match="chunk 0 of a shard is damaged"):
        read(Shard(path, 32, True), 0, 4)


def test_places_of_another_size_are_refused(shard_file: Path, codec: Codec) -> None:
    with pytest.raises(ValueError, match="damaged"):
        Shard(shard_file, 32, codec != "none").read(0, [memoryview(bytearray(100))])
