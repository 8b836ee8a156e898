"""The training loop: it learns, it is seeded, and it goes on where it was killed."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sciml.core.errors import ScimlError
from sciml.core.settings import TrainSettings
from sciml.core.training import Supervised, Trainable, fit, outputs, supervised


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


class Adversaries(Trainable):
    """Two networks and two losses: one tells points from drawn ones, the other draws; two steps and one for a batch."""

    steps_per_batch = 3

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.automatic_optimization = False
        self.network = nn.Linear(2, 2)
        self.critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
        self.seen: list[Tensor] = []

    def training_step(self, batch: dict[str, Tensor], _: int) -> None:
        self.seen.append(batch["points"])
        draws, tells = self.optimizers()
        for _turn in range(2):
            drawn = self.network(torch.randn(16, 2)).detach()
            told = (1 - self.critic(batch["points"])).relu().mean() + (1 + self.critic(drawn)).relu().mean()
            self._step(tells, told)
        self._step(draws, -self.critic(self.network(torch.randn(16, 2))).mean())
        self.log("critic_loss", told.detach())

    def _step(self, optimiser: Any, loss: Tensor) -> None:
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()

    def validation_step(self, batch: dict[str, Tensor], _: int) -> None:
        drawn = self.network(torch.randn(16, 2))
        self.log("validation_loss", (drawn.mean(0) - batch["points"].mean(0)).square().sum())

    def configure_optimizers(self) -> Any:
        return [torch.optim.Adam(part.parameters(), lr=0.01) for part in (self.network, self.critic)]


def weights(module: Trainable) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in module.network.state_dict().values()])


def test_forty_steps_tell_two_clouds_apart(tmp_path: Path) -> None:
    module = network()
    curve = fit(module, Points(20), Points(4), SETTINGS, tmp_path, threads=1)
    logits, labels = outputs(module.network, module.inputs, Points(4))
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


def test_several_optimiser_steps_a_batch_are_one_step_of_the_curve(tmp_path: Path) -> None:
    module = Adversaries()
    curve = fit(module, Points(20), Points(4), SETTINGS, tmp_path, threads=1)
    assert len(module.seen) == SETTINGS.steps
    assert curve.splitlines()[0] == "step,train_loss,validation_loss,critic_loss"
    assert [int(row.split(",")[0]) for row in curve.splitlines()[1:]] == [10, 20, 30, 40]


def test_a_killed_training_with_several_optimisers_goes_on_with_the_very_next_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken, resumed = Adversaries(), Adversaries(), Adversaries()
    fit(whole, Points(20), Points(4), SETTINGS, tmp_path / "whole", threads=1)
    step = broken.training_step

    def die_at_27(batch: dict[str, Tensor], batch_idx: int) -> None:
        if len(broken.seen) == 27:
            raise Killed
        step(batch, batch_idx)

    monkeypatch.setattr(broken, "training_step", die_at_27)
    with pytest.raises(Killed):
        fit(broken, Points(20), Points(4), SETTINGS, tmp_path / "killed", threads=1)
    fit(resumed, Points(20), Points(4), SETTINGS, tmp_path / "killed", threads=1)
    # the last validation, and with it the last checkpoint, was after batch 20
    assert len(resumed.seen) == 20
    assert all(torch.equal(a, b) for a, b in zip(whole.seen[20:], resumed.seen, strict=True))
    assert torch.equal(weights(whole), weights(resumed))


def test_the_last_weights_stay_where_the_schedule_ends_at_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def worse_and_worse(self: Supervised, batch: dict[str, Tensor], _: int) -> None:
        self.log("validation_loss", torch.tensor(float(self.global_step)))

    monkeypatch.setattr(Supervised, "validation_step", worse_and_worse)
    found = {}
    for keep in ("best", "last"):
        settings = SETTINGS.model_copy(update={"keep": keep})
        module = network()
        fit(module, Points(20), Points(4), settings, tmp_path / keep, threads=1)
        found[keep] = weights(module)
    checkpoints = [torch.load(tmp_path / f"last/{name}.ckpt", weights_only=True) for name in ("best", "last")]
    # best is that of step 10, last that of step 40
    assert [checkpoint["global_step"] for checkpoint in checkpoints] == [10, 40]
    for kept, checkpoint in zip(("best", "last"), checkpoints, strict=True):
        assert torch.equal(found[kept], torch.cat([t.flatten() for t in checkpoint["state_dict"].values()]))


def test_a_training_that_ended_but_was_not_written_gives_the_same_weights_again(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"keep": "last"})
    first, again = network(), network()
    fit(first, Points(20), Points(4), settings, tmp_path, threads=1)
    fit(again, Points(20), Points(4), settings, tmp_path, threads=1)
    assert torch.equal(weights(first), weights(again))


@pytest.mark.parametrize(
    ("keep", "value", "said"),
    [("best", math.nan, "no validation loss was ever finite"), ("last", 1.0, "the last weights are not finite")],
)
def test_a_training_that_diverged_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str, value: float, said: str
) -> None:
    def diverged(self: Supervised, batch: dict[str, Tensor], _: int) -> None:
        self.log("validation_loss", torch.tensor(value))

    def explode(self: Supervised, batch: dict[str, Tensor], _: int) -> Tensor:
        return sum(tensor.sum() for tensor in self.network.parameters()) * torch.tensor(math.nan)

    monkeypatch.setattr(Supervised, "validation_step", diverged)
    monkeypatch.setattr(Supervised, "training_step", explode)
    with pytest.raises(ScimlError, match=said):
        fit(network(), Points(20), Points(4), SETTINGS.model_copy(update={"keep": keep}), tmp_path, threads=1)
