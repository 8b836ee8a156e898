"""A model folder at work: what is refused, and what calibration does to the answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from chains import SMALL, family, write_a3m, write_model_folder

from sciml.core.errors import BadInput
from sciml.proteins.alignments import read_alignment
from sciml.proteins.features import features
from sciml.proteins.predictor import distograms_of, load_predictor, logits_of, one_chain


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model_folder(tmp_path_factory.mktemp("model") / "small")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory):
    path = write_a3m(tmp_path_factory.mktemp("family") / "a.a3m", family())
    return features(read_alignment(path), SMALL.prepare.features)


def test_distograms_are_probabilities_the_same_both_ways_round(folder: Path, drawn) -> None:
    found = load_predictor(folder).distograms(drawn)
    assert set(found) == {"cb", "ca"}
    for probabilities in found.values():
        assert probabilities.shape == (19, 40, 40)
        np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
        np.testing.assert_array_equal(probabilities, probabilities.transpose(0, 2, 1))


def test_the_features_are_made_as_in_training(folder: Path) -> None:
    assert load_predictor(folder).features == SMALL.prepare.features


def test_far_pairs_that_weighed_less_in_training_get_their_odds_back(folder: Path, drawn) -> None:
    predictor, chain = load_predictor(folder), one_chain(drawn)
    even, weighed = (logits_of(predictor.network, chain, weight)["cb"] for weight in (1.0, 0.25))
    np.testing.assert_array_equal(even[:-1], weighed[:-1])
    # counted a quarter of the times it was met: the true odds are four times those that were learnt
    np.testing.assert_allclose(weighed[-1] - even[-1], np.log(4), rtol=1e-4)


def test_a_temperature_of_two_takes_the_root_of_the_odds() -> None:
    logits = {"cb": np.log(np.array([0.8, 0.2]))[:, None, None]}
    assert distograms_of(logits, {})["cb"][0, 0, 0] == pytest.approx(0.8)
    # sqrt(0.8 / 0.2) = 2
    assert distograms_of(logits, {"temperature.cb": 2.0})["cb"][0, 0, 0] == pytest.approx(2 / 3)


def test_a_network_that_trains_is_asked_where_it_is(drawn) -> None:
    from sciml.proteins.network import DistogramNetwork

    torch.manual_seed(0)
    found = logits_of(DistogramNetwork(SMALL.model), one_chain(drawn), 0.3)
    assert found["ca"].dtype == np.float32
    found["ca"][:] = 0  # an array like any other


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {}},
        {"settings": {"model": {"channels": 8, "dilations": [1, 2], "crop": 24}}},
        {"settings": {"model": {"width": 9}, "prepare": {"features": {}}}},
        {"settings": {"model": "large", "prepare": None}},
        {"domain": "scans"},
    ],
)
def test_a_record_that_fits_nothing_is_refused(folder: Path, tmp_path: Path, change: dict[str, object]) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    record = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps({**record, **change}))
    with pytest.raises(BadInput) as refused:
        load_predictor(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_weights_of_another_network_are_refused(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    record = json.loads((tmp_path / "model.json").read_text())
    record["settings"]["model"]["channels"] = 16
    (tmp_path / "model.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match="does not fit the network"):
        load_predictor(tmp_path)
