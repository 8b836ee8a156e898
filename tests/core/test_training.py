"""The training loop: it learns, it is seeded, and it goes on where it was killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sciml.core.settings import TrainSettings
from sciml.core.training import Supervised, fit, outputs, supervised


class Points:
    """Two clouds of points; the order of the batches is a function of the seed, and the place is kept."""

    def __init__(self, batches: int) -> None:
        rng = torch.Generator().manual_seed(3)
        self.label = torch.randint(0, 2, (batches, 16), generator=rng)
        noise = torch.randn(batches, 16, 2, generator=rng)
        self.points = noise + 3.0 * self.label[..., None]
        self.done = 0

    def __len__(self) -> int:
        return len(self.label)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        start, self.done = self.done % len(self), self.done % len(self)
        for batch in range(start, len(self)):
            self.done += 1
            yield {"points": self.points[batch], "label": self.label[batch]}

    def state_dict(self) -> dict[str, int]:
        return {"done": self.done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.done = state["done"]


def network() -> Supervised:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 2))
    loss = nn.CrossEntropyLoss()
    return supervised(layers, lambda b: b["points"], lambda out, b: loss(out, b["label"]), SETTINGS)


SETTINGS = TrainSettings(steps=40, batch_size=16, validate_every=10, learning_rate=0.02, patience=5)


def weights(module: Supervised) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in module.network.state_dict().values()])


def test_forty_steps_tell_two_clouds_apart(tmp_path: Path) -> None:
    module = network()
    curve = fit(module, Points(20), Points(4), SETTINGS, tmp_path, threads=1)
    logits, labels = outputs(module, Points(4))
    # clouds 3 sigma apart in each of two coordinates: chance is 0.5, the best possible 0.98
    assert float((logits.argmax(1) == labels).float().mean()) > 0.9
    assert curve.splitlines()[0] == "step,train_loss,validation_loss"
    assert [int(row.split(",")[0]) for row in curve.splitlines()[1:]] == [10, 20, 30, 40]


class Killed(RuntimeError):
    pass


def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = network()
    fit(whole, Points(20), Points(4), SETTINGS, tmp_path / "whole", threads=1)

    broken = network()
    step = broken.training_step

    def die_at_27(batch: Any, batch_idx: int) -> Tensor:
        if broken.global_step == 27:
            raise Killed
        return step(batch, batch_idx)

    monkeypatch.setattr(broken, "training_step", die_at_27)
    with pytest.raises(Killed):
        fit(broken, Points(20), Points(4), SETTINGS, tmp_path / "killed", threads=1)
    resumed = network()
    fit(resumed, Points(20), Points(4), SETTINGS, tmp_path / "killed", threads=1)
    assert torch.equal(weights(whole), weights(resumed))
