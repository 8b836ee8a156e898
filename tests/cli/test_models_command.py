"""`sciml models`: cards and digests without loading weights."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sciml.cli import models
from sciml.core.weights import CARD, RECORD, WEIGHTS, ModelRecord


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One model folder, which stands for all that come with the package."""
    folder = tmp_path / "variants-tiny"
    folder.mkdir()
    record = ModelRecord(
        domain="variants",
        task="genotypes from pileups",
        channels=("base",),
        classes=("0/0", "0/1", "1/1"),
        settings={},
        parameters=48_000,
        weights_sha256=hashlib.sha256(b"weights").hexdigest(),
    )
    (folder / WEIGHTS).write_bytes(b"weights")
    (folder / RECORD).write_text(json.dumps(record.to_json()))
    (folder / CARD).write_text("# Tiny\n\nNot for patients.\n")
    monkeypatch.setattr(models, "shipped", lambda: iter([folder]))
    return folder


def test_list_names_science_size_and_task(sciml, model: Path) -> None:
    (line,) = sciml("models", "list").out.splitlines()
    assert line.split() == ["variants-tiny", "variants", "48,000", "parameters", "genotypes", "from", "pileups"]


def test_list_as_json_holds_the_record(sciml, model: Path) -> None:
    found = json.loads(sciml("models", "list", "--json").out)
    assert found["schema"] == "sciml-models-list-1"
    assert found["models"]["variants-tiny"]["classes"] == ["0/0", "0/1", "1/1"]


def test_show_prints_the_card(sciml, model: Path) -> None:
    assert sciml("models", "show", str(model)).out == "# Tiny\n\nNot for patients.\n"


def test_a_model_without_a_card_is_bad_input(sciml, model: Path) -> None:
    (model / CARD).unlink()
    ended = sciml("models", "show", str(model))
    assert (ended.code, ended.error) == (3, f"{model}: has no card (card.md); copy the whole model folder again")


def test_a_model_that_is_none_is_missing(sciml) -> None:
    ended = sciml("models", "show", "variants-wsg")
    assert ended.code == 4
    assert ended.error == "variants-wsg: no weights of this name come with sciml; see `sciml models list`"


def test_verify_accepts_the_weights_that_were_recorded(sciml, model: Path) -> None:
    for words in (["models", "verify"], ["models", "verify", str(model)]):
        ended = sciml(*words)
        assert ended.code == 0
        assert ended.out.startswith(f"ok         {model}: sha256 ")


def test_verify_notices_one_changed_byte(sciml, model: Path) -> None:
    (model / WEIGHTS).write_bytes(b"Weights")
    ended = sciml("models", "verify")
    assert ended.code == 3
    assert "does not have the digest" in ended.error


def test_what_is_shipped_is_found_in_the_order_of_names() -> None:
    names = [folder.name for folder in models.shipped()]
    assert names == sorted(names)


def test_listing_and_showing_load_no_torch(model: Path) -> None:
    code = (
        "import sys\nfrom sciml.cli import _command\n"
        f"_command(['models', 'list']); _command(['models', 'show', {str(model)!r}])\n"
        f"_command(['models', 'verify', {str(model)!r}])\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
