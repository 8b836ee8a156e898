"""Model folders: what they hold, and what they refuse."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sciml.core.errors import BadInput, Missing
from sciml.core.weights import ModelRecord, fill, find_model, load_tensors, read_record, verify, write_model

TENSORS = {"layer.weight": torch.arange(6.0).reshape(2, 3), "layer.bias": torch.ones(2)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record = ModelRecord("variants", "genotypes", ("base",), ("hom_ref", "het"), settings={"model": {"width": 4}})
    write_model(
        tmp_path / "model", record, TENSORS, "step,train_loss\n", lambda whole: f"# card of {whole.parameters}\n"
    )
    return tmp_path / "model"


def test_a_model_comes_back_as_it_was_written(folder: Path) -> None:
    record = read_record(folder, "variants")
    assert record.parameters == 2 * 3 + 2
    assert record.channels == ("base",)
    assert (folder / "card.md").read_text() == "# card of 8\n"
    back = load_tensors(folder)
    assert all(torch.equal(back[name], tensor) for name, tensor in TENSORS.items())


def test_the_same_model_has_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    record = ModelRecord("variants", "genotypes", ("base",), ("hom_ref", "het"), settings={"model": {"width": 4}})
    write_model(
        tmp_path / "again",
        record,
        dict(reversed(TENSORS.items())),
        "step,train_loss\n",
        lambda whole: f"# card of {whole.parameters}\n",
    )
    for name in ("weights.safetensors", "model.json"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def flip_a_byte(folder: Path) -> None:
    path = folder / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_the_weights(folder: Path) -> None:
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:20])


def cut_the_record(folder: Path) -> None:
    path = folder / "model.json"
    path.write_text(path.read_text()[:40])


def forget_a_field(folder: Path) -> None:
    content = json.loads((folder / "model.json").read_text())
    del content["channels"]
    (folder / "model.json").write_text(json.dumps(content))


def remove_the_record(folder: Path) -> None:
    (folder / "model.json").unlink()


@pytest.mark.parametrize("harm", [flip_a_byte, cut_the_weights, cut_the_record, forget_a_field, remove_the_record])
def test_a_damaged_folder_is_refused_in_one_line(folder: Path, harm: Callable[[Path], None]) -> None:
    harm(folder)
    with pytest.raises(BadInput) as refused:
        verify(folder)
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_model_of_another_science_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="a model for variants, not for lenses"):
        read_record(folder, "lenses")


def test_weights_that_do_not_fit_the_network_name_the_first_wrong_one(folder: Path) -> None:
    with pytest.raises(BadInput, match=r"layer\.bias|weight"):
        fill(torch.nn.Linear(3, 2), load_tensors(folder), folder)


def test_an_unknown_shipped_name_says_how_to_list_them() -> None:
    with pytest.raises(Missing, match="sciml models list"):
        find_model("no-such-weights")
