"""The shipped weights are those of the committed recipe, whole, small and with a card."""

from pathlib import Path

import pytest
import torch

from sciml.core.errors import SettingsError
from sciml.core.fitting import start_from
from sciml.core.layers import load
from sciml.core.weights import find_model, load_tensors, verify
from sciml.variants.model import module
from sciml.variants.pileup import CHANNELS
from sciml.variants.predict import SHIPPED
from sciml.variants.settings import ModelSettings, Settings

CONFIG = Path(__file__).parents[2] / "config"


def test_the_record_names_the_settings_of_the_release_recipe() -> None:
    recipe = load([CONFIG / "variants.yaml", CONFIG / "release" / "variants.yaml"], Settings, {"SCIML_DATA": "data"})
    record = verify(find_model(SHIPPED))
    assert record.settings["model"] == recipe.model.model_dump(mode="json")
    assert record.settings["prepare"] == recipe.prepare.model_dump(
        mode="json", include={"reads", "candidates", "pileup"}
    )
    assert recipe.train.model_dump(mode="json").items() <= dict(record.training).items()
    assert recipe.simulate is not None
    assert [(s["id"], s["role"]) for s in record.data["sources"]] == [(p.name, p.role) for p in recipe.simulate.samples]
    assert all(source["simulated"] for source in record.data["sources"])
    assert not record.demonstration


def test_the_folder_is_below_ten_megabytes_and_sees_todays_channels() -> None:
    folder = find_model(SHIPPED)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 10_000_000
    assert verify(folder).channels == CHANNELS
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "fitted by hand to the reads of NA12878" in card


def test_the_shipped_weights_can_be_fine_tuned_with_the_default_network() -> None:
    network = module(Settings(), {}).network
    start_from(find_model(SHIPPED), "variants", network)
    shipped = load_tensors(find_model(SHIPPED))
    assert all(torch.equal(tensor, shipped[name]) for name, tensor in network.state_dict().items())


def test_another_network_cannot_start_from_them_and_is_told_why() -> None:
    network = module(Settings(model=ModelSettings(width=32)), {}).network
    with pytest.raises(SettingsError, match=r"start_from: variants-wgs does not fit .* built with .*'width': 24"):
        start_from(find_model(SHIPPED), "variants", network)
