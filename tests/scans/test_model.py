"""What the network is trained on, and what its record tells."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from example_findings import SIDE, fundus, settings_of

from sciml.scans.field_of_view import square_of
from sciml.scans.model import calibrate, known_loss, module, record
from sciml.scans.network import build
from sciml.scans.settings import FINDINGS, Kind


def test_the_loss_is_the_mean_over_what_is_known() -> None:
    logits = torch.tensor([[0.0, 100.0], [2.0, -3.0]])
    labels = torch.tensor([[1, -1], [0, -1]], dtype=torch.int8)
    # log 2 for a half, log(1 + e^2) for a 2 that should be low; the second finding is not known
    expected = (np.log(2) + np.log1p(np.exp(2))) / 2
    assert known_loss(logits, labels).item() == pytest.approx(expected, rel=1e-6)


def test_what_is_not_known_teaches_nothing() -> None:
    logits = torch.randn(4, 2, requires_grad=True)
    known_loss(logits, torch.tensor([[1, -1]] * 4)).backward()
    assert logits.grad is not None
    assert (logits.grad[:, 0] != 0).all()
    assert (logits.grad[:, 1] == 0).all()
    assert known_loss(logits, torch.full((4, 2), -1)).item() == 0


@pytest.mark.parametrize("kind", ["retina", "chest"])
def test_the_record_names_channels_and_findings_and_what_an_image_must_be_cut_to(kind: Kind) -> None:
    described = record(settings_of(kind), {})
    assert described.classes == FINDINGS[kind]
    assert len(described.channels) == (3 if kind == "retina" else 1)
    assert described.settings["ingest"] == {"kind": kind}
    assert described.settings["prepare"] == {"side": SIDE}
    assert described.settings["scaling"]["light"] == ("even" if kind == "retina" else "as it is")


def test_a_spotted_retina_is_learnt_in_forty_steps() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    settings = settings_of()
    spotted = torch.arange(48) % 2
    images = torch.stack(
        [
            torch.from_numpy(square_of(fundus(n, 25 * int(s)) / np.float32(255), SIDE, "retina"))
            for n, s in enumerate(spotted)
        ]
    )
    labels = torch.stack([spotted, torch.full_like(spotted, -1)], dim=1)
    training = module(settings, {})
    optimiser = torch.optim.AdamW(training.network.parameters(), lr=0.01)
    batch = {"image": images[:32], "labels": labels[:32]}
    left_out = {"image": images[32:], "labels": labels[32:]}
    for _ in range(40):
        optimiser.zero_grad()
        seen = training.augment(batch)
        training.loss(training.network(training.inputs(seen)), seen).backward()
        optimiser.step()
    training.eval()
    found = calibrate(settings, training, [left_out])
    assert found.figures["validation_auroc.any_dr"] >= 0.95
    # nothing was known of the other finding, so nothing is said of it
    assert np.isfinite(list(found.calibration.values())).all()


def test_a_network_is_built_for_its_kind() -> None:
    chest = build("chest", settings_of("chest").model)
    assert chest.features.conv0.in_channels == 1
    assert chest.classifier.out_features == 3
