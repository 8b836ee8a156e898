"""The loss by hand, what is left out of it, and that the network learns what maps show."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from chains import BINS, SMALL, bundle
from torch import Tensor

from sciml.proteins.model import ARRAYS, _chains, calibrate, distogram_loss, module, record
from sciml.proteins.pairs import pack
from sciml.proteins.settings import ModelSettings
from sciml.proteins.similarity import distances
from sciml.proteins.windows import STATES

CHAINS = [bundle(2, 16), bundle(), bundle(2, 27)]


def batch(chains: list[np.ndarray], seed: int = 0) -> dict[str, Tensor]:
    """Chains whose first map is noise about their contacts, as coevolution is."""
    rng = np.random.default_rng(seed)
    maps = []
    for chain in chains:
        noise = rng.normal(0, 0.5, (3, len(chain), len(chain)))
        noise[0] += 4 * (distances(chain) < 8)
        maps.append(pack((noise + noise.transpose(0, 2, 1)) / 2).astype(np.float16))
    total = sum(map(len, chains))
    arrays = {
        "sequence": rng.integers(0, 20, total).astype(np.uint8),
        "profile": rng.dirichlet(np.ones(STATES), total).astype(np.float32),
        "maps": np.concatenate(maps),
        "ca": np.concatenate(chains).astype(np.float32),
        "cb": np.concatenate(chains).astype(np.float32),
        "neff": np.full(len(chains), 800, np.float32),
        "residues": np.array([len(chain) for chain in chains], np.int32),
        "pairs": np.array([len(one) for one in maps], np.int32),
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def test_a_batch_has_the_arrays_that_are_asked_for() -> None:
    assert set(batch(CHAINS)) == set(ARRAYS)


def test_an_undecided_network_loses_the_log_of_the_bins() -> None:
    loss = distogram_loss(ModelSettings(crop=24))
    # of every pair log(19), whatever its weight
    assert float(loss(torch.zeros(6, 2, 19, 24, 24), batch(CHAINS))) == pytest.approx(np.log(19), rel=1e-5)


def test_far_pairs_weigh_less() -> None:
    straight = np.stack([5.5 * np.arange(10), np.zeros(10), np.zeros(10)], 1)  # neighbours two apart: 11 A
    settings = ModelSettings(far_weight=0.25)
    logits = torch.zeros(2, 2, 19, 10, 10)  # no window is larger than the chain
    logits[:, :, 18] = 2.0
    near, far = 2 * (8 + 7), 2 * (6 + 5 + 4 + 3 + 2 + 1)  # 11 and 16.5 A, then 22 A and more, both ways round
    total = np.log(18 + np.exp(2))
    expected = (near * total + 0.25 * far * (total - 2)) / (near + 0.25 * far)
    found = distogram_loss(settings)(logits, batch([straight]))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_neighbours_and_unresolved_residues_are_left_out() -> None:
    chain = bundle()
    holed = batch([chain])
    holed["cb"][10] = torch.nan
    logits = torch.randn(2, 2, 19, 56, 56, generator=torch.Generator().manual_seed(0)).requires_grad_()
    distogram_loss(ModelSettings(crop=56))(logits, holed).backward()
    gradient = logits.grad
    assert gradient is not None
    place = torch.arange(56)
    near = (place[:, None] - place).abs() < 2
    felt = gradient.abs().sum((0, 2)) > 0
    assert not felt[:, near].any()
    assert not felt[0, 10].any()
    assert not felt[0, :, 10].any()
    assert felt[1][~near].all()


def test_a_chain_without_any_coordinates_costs_nothing() -> None:
    lost = batch([bundle()])
    lost["ca"][:], lost["cb"][:] = torch.nan, torch.nan
    assert float(distogram_loss(ModelSettings(crop=56))(torch.randn(2, 2, 19, 56, 56), lost)) == 0


def test_training_draws_windows_and_validation_does_not() -> None:
    torch.manual_seed(0)
    trained = module(SMALL, {})
    flat = batch(CHAINS)
    drawn = trained.augment(flat)
    assert trained.inputs(drawn).pairs.shape[0] == 3
    assert trained.inputs(flat).pairs.shape[0] == 6
    assert not torch.equal(drawn["row"], trained.augment(flat)["row"])


def test_the_truth_is_cut_where_the_inputs_are() -> None:
    torch.manual_seed(0)
    trained = module(SMALL, {})
    drawn = trained.augment(batch(CHAINS))
    logits = torch.zeros(3, 2, BINS.count, 24, 24)
    for window, chain in enumerate(CHAINS):
        row, column = int(drawn["row"][window]), int(drawn["column"][window])
        apart = distances(chain)[row : row + 24, column : column + 24]
        # contacts are what the first map shows of the same window
        contact = trained.inputs(drawn).pairs[window, 0] > 2
        assert (contact.numpy() == (apart < 8)).mean() > 0.95
        labels = torch.from_numpy(BINS.label(apart))
        logits[window] = 20.0 * torch.nn.functional.one_hot(labels, BINS.count).permute(2, 0, 1)
    assert float(trained.loss(logits, drawn)) < 1e-6


def test_sixty_steps_on_maps_with_contacts_find_contacts() -> None:
    torch.manual_seed(0)
    trained = module(SMALL, {})
    flat, other = batch(CHAINS, seed=1), batch(CHAINS, seed=2)
    optimiser = torch.optim.AdamW(trained.network.parameters(), 1e-2)
    with torch.no_grad():
        before = float(trained.loss(trained.network(trained.inputs(other)), other))
    for _ in range(60):
        drawn = trained.augment(flat)
        loss = trained.loss(trained.network(trained.inputs(drawn)), drawn)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        after = float(trained.loss(trained.network(trained.inputs(other)), other))
    assert after < 0.75 * before
    found = calibrate(SMALL, trained, [other])
    assert set(found.calibration) == {"temperature.cb", "temperature.ca"}
    assert all(0.2 < value < 5 for value in found.calibration.values())
    # chance: the share of contacts among the pairs 24 or more apart
    chance = np.mean(
        [(distances(one)[np.triu_indices(len(one), 24)] < SMALL.evaluate.contact_angstrom).mean() for one in CHAINS]
    )
    assert found.figures["validation_precision_top_l"] > 2 * chance


def test_the_chains_of_a_batch_come_apart_as_they_were_put_together() -> None:
    whole = batch(CHAINS)
    for chain, one in zip(CHAINS, _chains([whole]), strict=True):
        np.testing.assert_array_equal(one["ca"], chain.astype(np.float32))
        assert one["residues"].tolist() == [len(chain)]
        assert len(one["maps"]) == int(one["pairs"])


def test_a_validation_without_structures_is_calibrated_to_nothing() -> None:
    lost = batch([bundle()])
    lost["ca"][:], lost["cb"][:] = torch.nan, torch.nan
    found = calibrate(SMALL, module(SMALL, {}), [lost])
    assert found.calibration == {"temperature.cb": 1.0, "temperature.ca": 1.0}
    assert found.figures == {}


def test_the_record_says_what_predicting_needs() -> None:
    said = json.loads(json.dumps(asdict(record(SMALL, {}))))
    assert said["settings"]["prepare"]["features"]["max_rows"] == 200
    assert said["settings"]["model"]["channels"] == 8
    assert len(said["classes"]) == BINS.count
    assert (said["classes"][0], said["classes"][-1]) == ("below 3 A", "beyond 20 A")
