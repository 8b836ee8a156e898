"""Batches: every sample once an epoch, the next batch after any interruption, the same whatever the threads."""

import gc
import json
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sciml.core.arrays import Codec
from sciml.core.batches import Batches
from sciml.core.errors import BadInput, ScimlError, SettingsError
from sciml.core.manifest import gather
from tests.core.samples import part, samples

TRAIN, BATCH = 300, 16
ARRAYS = ("image", "label", "number")


@pytest.fixture(scope="module", params=["none", "lz4"])
def manifest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts: 100, 0 and 200 samples train, 30 validate."""
    codec: Codec = request.param
    folder = tmp_path_factory.mktemp(codec)
    stores = [
        part(folder / "1.zarr", {"train": samples(range(100))}, samples_per_shard=40, codec=codec),
        part(folder / "2.zarr", {"validation": samples(range(1000, 1030))}, samples_per_shard=40, codec=codec),
        part(folder / "3.zarr", {"train": samples(range(100, 300))}, samples_per_shard=40, codec=codec),
    ]
    gather(stores, folder / "dataset.json")
    return folder / "dataset.json"


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six windows an epoch, so that what happens between them is tested."""
    monkeypatch.setattr("sciml.core.batches.WINDOW_SAMPLES", 50)


def loader(manifest: Path, **changed: Any) -> Batches:
    return Batches(manifest, changed.pop("split", "train"), BATCH, **{"seed": 1, "arrays": ARRAYS, **changed})


def numbers(batches: Iterator[dict[str, torch.Tensor]] | Batches) -> list[list[int]]:
    return [batch["number"].tolist() for batch in batches]


@pytest.mark.parametrize("workers", [0, 2])
def test_every_sample_comes_once_with_its_own_image_and_label(manifest: Path, workers: int) -> None:
    seen = []
    for batch in loader(manifest, drop_last=False, workers=workers):
        assert batch["image"].dtype == torch.uint8
        assert batch["image"].shape[1:] == (3, 32, 16)
        expected = samples(batch["number"].tolist())
        assert (batch["image"].numpy() == expected.image.values).all()
        assert (batch["label"].numpy() == expected.label.values).all()
        seen += batch["number"].tolist()
    assert sorted(seen) == list(range(TRAIN))


def test_the_last_small_batch_is_dropped_or_kept_and_the_length_says_so(manifest: Path) -> None:
    # 300 = 18 * 16 + 12
    dropped, kept = loader(manifest), loader(manifest, drop_last=False)
    assert [len(batch) for batch in numbers(dropped)] == [16] * 18
    assert len(dropped) == 18
    assert [len(batch) for batch in numbers(kept)] == [16] * 18 + [12]
    assert len(kept) == 19


def test_the_order_is_a_function_of_seed_and_epoch_and_not_of_workers(manifest: Path) -> None:
    first = loader(manifest)
    epochs = [numbers(first), numbers(first)]
    assert epochs[0] != epochs[1]
    threaded = loader(manifest, workers=2)
    assert [numbers(threaded), numbers(threaded)] == epochs
    assert numbers(loader(manifest, seed=2)) != epochs[0]
    again = loader(manifest)
    again.set_epoch(1)
    assert numbers(again) == epochs[1]


def test_without_shuffling_each_epoch_is_the_order_on_disk(manifest: Path) -> None:
    plain = loader(manifest, split="validation", shuffle=False, drop_last=False)
    first, second = numbers(plain), numbers(plain)
    assert first == second
    # written in random order, read in that order
    assert sorted(n for batch in first for n in batch) == list(range(1000, 1030))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("delivered", [1, 2, 3, 7, 17, 18, 19, 30])
def test_a_resumed_loader_goes_on_with_the_very_next_batch(manifest: Path, workers: int, delivered: int) -> None:
    def endless(batches: Batches) -> Iterator[list[int]]:
        while True:
            yield from numbers(batches)

    uninterrupted = list(islice(endless(loader(manifest)), 60))
    killed = loader(manifest, workers=workers)
    iterator = _forever(killed)
    before = [next(iterator)["number"].tolist() for _ in range(delivered)]
    state = json.loads(json.dumps(killed.state_dict()))
    resumed = loader(manifest, workers=workers)
    resumed.load_state_dict(state)
    after = [batch["number"].tolist() for batch in islice(_forever(resumed), 60 - delivered)]
    assert before + after == uninterrupted


def _forever(batches: Batches) -> Iterator[dict[str, torch.Tensor]]:
    while True:
        yield from batches


def test_batches_read_ahead_do_not_count_as_delivered(manifest: Path) -> None:
    threaded = loader(manifest, workers=2)
    iterator = iter(threaded)
    assert threaded.state_dict()["delivered"] == 0
    for count in range(1, 6):
        next(iterator)
        assert threaded.state_dict()["delivered"] == count


def test_an_iterator_that_nobody_asks_loses_no_place(manifest: Path) -> None:
    batches = loader(manifest)
    iter(batches)
    assert numbers(batches) == numbers(loader(manifest))


def test_a_checkpoint_of_other_data_or_another_batch_size_is_refused(manifest: Path) -> None:
    state = loader(manifest).state_dict()
    for other in (
        loader(manifest, seed=2),
        loader(manifest, world=2),
        Batches(manifest, "train", 8, seed=1, arrays=ARRAYS),
        loader(manifest, split="validation"),
    ):
        with pytest.raises(ScimlError, match="not what the checkpoint was made with"):
            other.load_state_dict(state)


@pytest.mark.parametrize("world", [2, 3, 7])
def test_ranks_see_disjoint_samples_and_equally_many_batches(manifest: Path, world: int) -> None:
    ranks = [loader(manifest, rank=rank, world=world) for rank in range(world)]
    epochs = [numbers(rank) for rank in ranks]
    assert {len(epoch) for epoch in epochs} == {len(ranks[0])} == {TRAIN // world // BATCH}
    seen = [n for epoch in epochs for batch in epoch for n in batch]
    assert len(seen) == len(set(seen)) == world * (TRAIN // world // BATCH) * BATCH


def test_a_batch_is_left_alone_while_it_is_held(manifest: Path) -> None:
    batches = loader(manifest, workers=2)
    held = [(batch["image"][3:5], batch["number"][3:5].tolist()) for batch in _forever_for(batches, 4)]
    gc.collect()
    numbers(batches)
    for image, named in held:
        assert (image.numpy() == samples(named).image.values).all()


def _forever_for(batches: Batches, epochs: int) -> Iterator[dict[str, torch.Tensor]]:
    for _ in range(epochs):
        yield from batches


def test_memory_of_batches_that_are_let_go_is_used_again(manifest: Path) -> None:
    places = {batch["image"].data_ptr() for batch in _forever_for(loader(manifest), 20)}
    # 360 batches on the memory of two windows of three batches at most, and one in use
    assert len(places) <= 7


def test_leaving_an_epoch_early_leaves_no_thread_behind(manifest: Path) -> None:
    before = threading.active_count()
    for _ in loader(manifest, workers=2):
        break
    gc.collect()
    assert threading.active_count() == before


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_part_is_named_with_its_array(tmp_path: Path, workers: int) -> None:
    store = part(tmp_path / "p.zarr", {"train": samples(range(100)), "validation": samples([900])})
    gather([store], tmp_path / "dataset.json")
    (store / "train/image/c/3/0/0/0").write_bytes(b"short")
    with pytest.raises(BadInput, match=r"p\.zarr: array train/image cannot be read"):
        numbers(loader(tmp_path / "dataset.json", workers=workers))
    part(store, {"train": samples(range(99)), "validation": samples([900])})
    with pytest.raises(BadInput, match="has changed since"):
        numbers(loader(tmp_path / "dataset.json", workers=workers))


def test_too_few_samples_and_unknown_arrays_are_refused_at_once(manifest: Path) -> None:
    with pytest.raises(SettingsError, match=r"test has 0 samples, too few .*train\.batch_size"):
        loader(manifest, split="test")
    with pytest.raises(SettingsError, match=r"validation has 30 samples, too few for a batch of 16 on 2 rank"):
        loader(manifest, split="validation", world=2)
    for name in ("group", "depth"):
        with pytest.raises(BadInput, match=f"no array of numbers {name}; it has image, label, number"):
            loader(manifest, arrays=("image", name))


def test_a_batch_may_be_larger_than_a_window(manifest: Path) -> None:
    large = Batches(manifest, "train", 128, seed=1, arrays=("number",))
    assert [len(batch) for batch in numbers(large)] == [128, 128]


def test_large_and_small_samples_of_several_types_are_read_alike(tmp_path: Path) -> None:
    wide = samples(range(40), shape=(1, 2, 3))
    store = part(tmp_path / "p.zarr", {"train": wide, "validation": samples([900], shape=(1, 2, 3))})
    gather([store], tmp_path / "dataset.json")
    for batch in loader(tmp_path / "dataset.json"):
        expected = samples(batch["number"].tolist(), shape=(1, 2, 3))
        assert (batch["image"].numpy() == expected.image.values).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*exists and is not empty:UserWarning")
@pytest.mark.filterwarnings("ignore:.*resuming from a checkpoint that ended:UserWarning")
@pytest.mark.parametrize("manifest", ["none"], indirect=True)
@pytest.mark.parametrize(("killed_at", "workers"), [(29, 0), (29, 2), (37, 0)])
def test_training_killed_in_the_middle_and_resumed_ends_with_the_same_weights(
    manifest: Path, tmp_path: Path, workers: int, killed_at: int
) -> None:
    """A checkpoint every 6 steps: it goes on after 24, in the second epoch of 18 steps, or after 36, at its end."""
    whole = _trained(manifest, tmp_path / "whole", workers, steps=50)
    _trained(manifest, tmp_path / "killed", workers, steps=50, stop_at=killed_at)
    resumed = _trained(manifest, tmp_path / "killed", workers, steps=50)
    assert (resumed == whole).all()
    assert not np.allclose(whole, _trained(manifest, tmp_path / "early", workers, steps=49))


class _Killed(Exception):
    """Stands for kill -9: nothing is tidied up after it."""


def _trained(manifest: Path, folder: Path, workers: int, steps: int, stop_at: int | None = None) -> np.ndarray:
    import pytorch_lightning as pl
    from pytorch_lightning.callbacks import ModelCheckpoint

    class Model(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3 * 32 * 16, 3)

        def training_step(self, batch: dict[str, torch.Tensor], number: int) -> torch.Tensor:
            if self.global_step == stop_at:
                raise _Killed
            outputs = self.layer(batch["image"].float().flatten(1) / 255)
            return torch.nn.functional.cross_entropy(outputs, batch["label"].long())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), 1e-2)

    pl.seed_everything(0, verbose=False)
    model, last = Model(), folder / "last.ckpt"
    keep = ModelCheckpoint(folder, save_last=True, every_n_train_steps=6, enable_version_counter=False)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_steps=steps,
        logger=False,
        callbacks=[keep],
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    found = last if last.exists() else None
    try:
        trainer.fit(model, loader(manifest, workers=workers), ckpt_path=found, weights_only=True)
    except _Killed:
        return np.zeros(0)
    return model.layer.weight.detach().numpy()
