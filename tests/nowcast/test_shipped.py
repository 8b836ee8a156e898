"""The shipped weights are those of the committed recipe, whole, small and with a card."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sciml.core.errors import SettingsError
from sciml.core.fitting import start_from
from sciml.core.layers import load
from sciml.core.weights import find_model, load_tensors, verify
from sciml.nowcast.model import module
from sciml.nowcast.predict import SHIPPED
from sciml.nowcast.settings import ModelSettings, Settings

CONFIG = Path(__file__).parents[2] / "config"
MANIFEST = {"sizes": {"time": 22}}


def test_the_record_names_the_settings_of_the_release_recipe() -> None:
    recipe = load([CONFIG / "nowcast.yaml", CONFIG / "release" / "nowcast.yaml"], Settings, {"SCIML_DATA": "data"})
    record = verify(find_model(SHIPPED))
    assert record.settings["model"] == recipe.model.model_dump(mode="json")
    assert record.settings["leads"] == recipe.ingest.leads
    assert recipe.train.model_dump(mode="json").items() <= dict(record.training).items()
    assert recipe.simulate is not None
    named = {storm.name for storm in recipe.simulate.storms} | {series.name for series in recipe.ingest.inputs}
    assert {source["id"] for source in record.data["sources"]} == named
    assert not record.demonstration


def test_no_real_day_is_learnt_from_whose_terms_do_not_allow_it() -> None:
    sources = verify(find_model(SHIPPED)).data["sources"]
    real = {source["id"]: source["licence"] for source in sources if not source["simulated"]}
    assert set(real) == {"fmi-20160928", "knmi-20100826"}
    assert all("CC BY 4.0" in licence for licence in real.values())


def test_the_folder_is_below_fifteen_megabytes_and_the_card_says_what_the_storms_were_fitted_to() -> None:
    folder = find_model(SHIPPED)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 15_000_000
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "fitted by hand to the range over four real days" in card


def test_the_shipped_weights_can_be_fine_tuned_with_the_default_network() -> None:
    network = module(Settings(), MANIFEST).network
    start_from(find_model(SHIPPED), "nowcast", network)
    shipped = load_tensors(find_model(SHIPPED))
    assert all(torch.equal(tensor, shipped[name]) for name, tensor in network.state_dict().items())


def test_another_network_cannot_start_from_them_and_is_told_why() -> None:
    network = module(Settings(model=ModelSettings(width=16)), MANIFEST).network
    with pytest.raises(SettingsError, match=r"start_from: nowcast-europe does not fit .* built with .*'width': 32"):
        start_from(find_model(SHIPPED), "nowcast", network)
