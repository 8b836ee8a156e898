"""The order of the samples: a function of seed and epoch, every sample once, equal shares."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.order import BLOCK, Epoch, blocks_of, epoch_order

counts = st.lists(st.integers(0, 300), min_size=1, max_size=6)


def drawn(order: Epoch) -> list[list[tuple[int, int]]]:
    """Samples (part, number) of each window, in the order in which they are delivered."""
    windows = []
    for number in range(-(-order.samples // order.window)):
        lying = [(run.part, n) for run in order.runs(number) for n in range(run.start, run.stop)]
        windows.append([lying[n] for n in order.shuffled(number)])
    return windows


@given(samples=counts, shard=st.integers(1, 200))
def test_blocks_cover_every_sample_and_cross_no_shard(samples: list[int], shard: int) -> None:
    blocks = blocks_of(samples, shard)
    for part, start, length in zip(blocks.part, blocks.start, blocks.length, strict=True):
        assert 0 < length <= BLOCK
        assert start // shard == (start + length - 1) // shard
        assert start + length <= samples[part]
    assert blocks.samples == sum(samples)
    assert len({*zip(blocks.part.tolist(), blocks.start.tolist(), strict=True)}) == len(blocks.part)


@given(samples=counts, window=st.integers(1, 400), world=st.integers(1, 5), seed=st.integers(0, 9))
def test_ranks_share_nothing_and_have_as_many(samples: list[int], window: int, world: int, seed: int) -> None:
    blocks = blocks_of(samples, 128)
    shares = [
        [sample for w in drawn(epoch_order(blocks, window, rank, world, (seed, 3))) for sample in w]
        for rank in range(world)
    ]
    assert {len(share) for share in shares} == {sum(samples) // world}
    together = {sample for share in shares for sample in share}
    assert len(together) == world * (sum(samples) // world)
    assert together <= {(part, n) for part, count in enumerate(samples) for n in range(count)}


@given(samples=counts, window=st.integers(1, 400))
def test_without_shuffling_the_order_is_that_on_disk(samples: list[int], window: int) -> None:
    order = epoch_order(blocks_of(samples, 100), window, 0, 1, None)
    expected = [(part, n) for part, count in enumerate(samples) for n in range(count)]
    assert [sample for w in drawn(order) for sample in w] == expected


def test_seed_and_epoch_make_the_order() -> None:
    blocks = blocks_of([1000, 700], 256)
    first, again, epoch, seed = (drawn(epoch_order(blocks, 256, 0, 1, key)) for key in ((1, 0), (1, 0), (1, 1), (2, 0)))
    assert first == again
    assert first != epoch
    assert first != seed


def test_a_window_mixes_many_shards_and_a_batch_many_blocks() -> None:
    order = epoch_order(blocks_of([256 * 40], 256), 1024, 0, 1, (0, 0))
    shards = [{sample[1] // 256 for sample in window} for window in drawn(order)]
    # sixteen blocks, drawn from forty shards
    assert np.mean([len(found) for found in shards]) > 10
    batch_blocks = {sample[1] // BLOCK for sample in drawn(order)[0][:64]}
    assert len(batch_blocks) > 10
